/*
 * How a server finds out that its client has cancelled: CoTestCancel, and ICancelMethodCalls of
 * the call context, in methods, in Begin_ and on worker threads.
 */
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

/* Seconds that no test waits for. */
#define LONG_TIME 3600

static HANDLE entered; /* the server has the call */
static HANDLE seen;    /* and has seen the cancel */

static ICancelMethodCalls *cancel_of_call(void)
{
  ICancelMethodCalls *cancel;

  CHECK_EQ(CoGetCallContext(&IID_ICancelMethodCalls, (void **)&cancel), S_OK);
  return cancel;
}

static void serve_till_cancel(void)
{
  ICancelMethodCalls *cancel = cancel_of_call();

  CHECK_EQ(ICancelMethodCalls_TestCancel(cancel), RPC_S_CALLPENDING);
  CHECK_EQ(CoTestCancel(), RPC_S_CALLPENDING);
  SetEvent(entered);
  while (CoTestCancel() == RPC_S_CALLPENDING)
    Sleep(1);
  CHECK_EQ(CoTestCancel(), RPC_E_CALL_CANCELED);
  CHECK_EQ(ICancelMethodCalls_TestCancel(cancel), RPC_E_CALL_CANCELED);
  /* That is for clients. */
  CHECK_EQ(ICancelMethodCalls_Cancel(cancel, 0), E_NOTIMPL);
  ICancelMethodCalls_Release(cancel);
  SetEvent(seen);
}

/* ---- clients: in an apartment of their own; the object is in the test's ---- */

struct client {
  IStream *stream;
  ULONG seconds;
  void (*body)(struct client *client, INumbers *numbers);
};

static void run_client(void *context)
{
  struct client *client = context;
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  client->body(client, numbers);
  INumbers_Release(numbers);
}

static void serve_client(struct server_calls_object *object, enum apartment apartment,
                         ULONG seconds, void (*body)(struct client *, INumbers *))
{
  struct client client = {.seconds = seconds, .body = body};
  struct apartment_thread thread;

  entered = CreateEventW(NULL, FALSE, FALSE, NULL);
  seen = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(entered && seen);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
               &IID_INumbers, (IUnknown *)&object->numbers.numbers, &client.stream),
           S_OK);
  apartment_start(&thread, apartment, run_client, &client);
  apartment_join(&thread);
  CloseHandle(entered);
  CloseHandle(seen);
}

struct canceller {
  DWORD caller;
  ULONG seconds;
  HRESULT result;
};

static void cancel_once_entered(void *context)
{
  struct canceller *canceller = context;

  CHECK_SIGNALLED(entered);
  canceller->result = CoCancelCall(canceller->caller, canceller->seconds);
}

static void square_cancelled(struct client *client, INumbers *numbers)
{
  struct canceller canceller = {GetCurrentThreadId(), client->seconds, S_OK};
  struct apartment_thread thread;
  LONG result = 0;
  HRESULT called;

  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  apartment_start(&thread, MTA, cancel_once_entered, &canceller);
  called = INumbers_Square(numbers, 12, &result);
  apartment_join(&thread);
  CHECK_SIGNALLED(seen);
  /* Without time, too, the server may have answered before the caller was released. */
  CHECK_EQ(canceller.result, client->seconds ? RPC_E_CALL_COMPLETE : S_OK);
  if (client->seconds || called != RPC_E_CALL_CANCELED) {
    CHECK_EQ(called, S_OK);
    CHECK_EQ(result, 144);
  }
}

static void square_asynchronously(struct client *client, INumbers *numbers)
{
  ICancelMethodCalls *cancel;
  ICallFactory *factory;
  AsyncINumbers *call;
  LONG result = 0;

  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINumbers, NULL, &IID_AsyncINumbers,
                                   (IUnknown **)&call),
           S_OK);
  ICallFactory_Release(factory);
  CHECK_EQ(AsyncINumbers_QueryInterface(call, &IID_ICancelMethodCalls, (void **)&cancel), S_OK);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  CHECK_SIGNALLED(entered);
  if (client->seconds) {
    CHECK_EQ(ICancelMethodCalls_Cancel(cancel, client->seconds), RPC_E_CALL_COMPLETE);
    CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
    CHECK_EQ(result, 144);
  } else {
    CHECK_EQ(ICancelMethodCalls_Cancel(cancel, 0), S_OK);
    CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), RPC_E_CALL_CANCELED);
  }
  CHECK_SIGNALLED(seen);
  ICancelMethodCalls_Release(cancel);
  AsyncINumbers_Release(call);
}

/* ---- methods ---- */

static HRESULT STDMETHODCALLTYPE square_till_cancel(INumbers *numbers, LONG value, LONG *result)
{
  (void)numbers;
  serve_till_cancel();
  *result = value * value;
  return S_OK;
}

static void check_method(enum apartment apartment, ULONG seconds)
{
  struct server_calls_object object;

  proxy_dll_register();
  server_calls_object_init(&object, REFUSE_CALL);
  object.methods.Square = square_till_cancel;
  serve_client(&object, apartment, seconds, square_cancelled);
  CHECK_EQ(CoTestCancel(), RPC_E_CALL_COMPLETE);
}

IN_STA(a_method_in_an_sta_learns_of_a_cancel_and_its_result_is_the_calls)
{
  check_method(MTA, LONG_TIME);
}

IN_STA(a_method_in_an_sta_learns_that_its_client_is_no_longer_there)
{
  check_method(STA, 0);
}

IN_MTA(a_method_in_the_mta_learns_of_a_cancel_and_its_result_is_the_calls)
{
  check_method(STA, LONG_TIME);
}

IN_MTA(a_method_in_the_mta_learns_that_its_client_is_no_longer_there)
{
  check_method(STA, 0);
}

static HRESULT STDMETHODCALLTYPE square_uncancelled(INumbers *numbers, LONG value, LONG *result)
{
  (void)numbers;
  CHECK_EQ(CoTestCancel(), RPC_S_CALLPENDING);
  *result = value * value;
  return S_OK;
}

static void square_plainly(struct client *client, INumbers *numbers)
{
  LONG result = 0;

  (void)client;
  CHECK_EQ(INumbers_Square(numbers, 12, &result), S_OK);
  CHECK_EQ(result, 144);
}

/* Such a call is posted past RPC. */
IN_STA(a_call_that_cannot_be_cancelled_is_pending)
{
  struct server_calls_object object;

  proxy_dll_register();
  server_calls_object_init(&object, LACK_FACTORY);
  object.methods.Square = square_uncancelled;
  serve_client(&object, MTA, 0, square_plainly);
}

/* ---- Begin_ ---- */

static void check_begin(enum apartment apartment, ULONG seconds,
                        void (*in_begin)(LONG, ISynchronize *),
                        void (*body)(struct client *, INumbers *))
{
  struct server_calls_object object;

  proxy_dll_register();
  server_calls_object_init(&object, ASK_IN_SQUARE);
  object.in_begin = in_begin;
  serve_client(&object, apartment, seconds, body);
  while (object.objects)
    SwitchToThread(); /* who has signalled is still on its way out */
}

static void signal_and_release(ISynchronize *synchronize)
{
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  ISynchronize_Release(synchronize);
}

static void till_cancel(LONG value, ISynchronize *synchronize)
{
  ICancelMethodCalls *cancel = cancel_of_call();

  (void)value;
  serve_till_cancel();
  signal_and_release(synchronize);
  CHECK_EQ(ICancelMethodCalls_TestCancel(cancel), RPC_E_CALL_COMPLETE);
  CHECK_EQ(CoTestCancel(), RPC_E_CALL_COMPLETE);
  ICancelMethodCalls_Release(cancel);
}

IN_MTA(begin_learns_that_a_synchronous_client_has_cancelled)
{
  check_begin(STA, LONG_TIME, till_cancel, square_cancelled);
}

IN_STA(begin_in_an_sta_learns_that_a_synchronous_client_has_cancelled)
{
  check_begin(MTA, 0, till_cancel, square_cancelled);
}

IN_MTA(begin_learns_that_an_asynchronous_client_has_cancelled)
{
  check_begin(STA, LONG_TIME, till_cancel, square_asynchronously);
}

IN_STA(begin_in_an_sta_learns_that_an_asynchronous_client_has_cancelled)
{
  check_begin(MTA, 0, till_cancel, square_asynchronously);
}

struct worker {
  ICancelMethodCalls *cancel;
  ISynchronize *synchronize;
};

static DWORD WINAPI work_till_cancel(void *context)
{
  struct worker *worker = context;

  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  CHECK_EQ(CoTestCancel(), RPC_E_CALL_COMPLETE); /* no call of this thread's */
  CHECK_EQ(ICancelMethodCalls_TestCancel(worker->cancel), RPC_S_CALLPENDING);
  SetEvent(entered);
  while (ICancelMethodCalls_TestCancel(worker->cancel) == RPC_S_CALLPENDING)
    Sleep(1);
  CHECK_EQ(ICancelMethodCalls_TestCancel(worker->cancel), RPC_E_CALL_CANCELED);
  SetEvent(seen);
  signal_and_release(worker->synchronize);
  CHECK_EQ(ICancelMethodCalls_TestCancel(worker->cancel), RPC_E_CALL_COMPLETE);
  ICancelMethodCalls_Release(worker->cancel);
  HeapFree(GetProcessHeap(), 0, worker);
  CoUninitialize();
  return 0;
}

static void start_worker(LONG value, ISynchronize *synchronize)
{
  struct worker *worker = HeapAlloc(GetProcessHeap(), 0, sizeof(*worker));
  HANDLE thread;

  (void)value;
  CHECK(worker);
  *worker = (struct worker){cancel_of_call(), synchronize};
  thread = CreateThread(NULL, 0, work_till_cancel, worker, 0, NULL);
  CHECK(thread);
  CloseHandle(thread);
}

IN_STA(a_worker_of_a_pending_call_learns_of_a_cancel)
{
  check_begin(MTA, LONG_TIME, start_worker, square_asynchronously);
  check_begin(MTA, LONG_TIME, start_worker, square_cancelled);
}

IN_MTA(a_worker_of_a_pending_call_learns_that_its_client_is_no_longer_there)
{
  check_begin(STA, 0, start_worker, square_asynchronously);
  check_begin(STA, 0, start_worker, square_cancelled);
}

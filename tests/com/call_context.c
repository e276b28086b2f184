/*
 * What a server's method, Begin_ and its worker threads learn of their call, and whom they may
 * impersonate: CoGetCallContext, CoImpersonateClient, CoRevertToSelf, CoQueryClientBlanket.
 */
#include "call_context_checks.h"
#include "helper.h"
#include "numbers_calls.h"
#include "privilege.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

#include <rpc.h>

/* ---- clients ---- */

struct client {
  IStream *stream;
  const IID *iid;
  void (*body)(IUnknown *proxy);
};

static void run_client(void *context)
{
  struct client *client = context;
  IUnknown *proxy;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, client->iid, (void **)&proxy), S_OK);
  client->body(proxy);
  IUnknown_Release(proxy);
}

static void start_client(struct apartment_thread *thread, struct client *client,
                         enum apartment apartment, IUnknown *object)
{
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(client->iid, object, &client->stream), S_OK);
  apartment_start(thread, apartment, run_client, client);
}

static void call_from(enum apartment apartment, IUnknown *object, const IID *iid,
                      void (*body)(IUnknown *proxy))
{
  struct client client = {NULL, iid, body};
  struct apartment_thread thread;

  start_client(&thread, &client, apartment, object);
  apartment_join(&thread);
}

static void square_two(IUnknown *proxy)
{
  LONG result = 0;

  CHECK_EQ(INumbers_Square((INumbers *)proxy, 2, &result), S_OK);
  CHECK_EQ(result, 4);
}

/* ---- synchronous methods ---- */

static IServerSecurity *kept;
static DWORD method_thread;

static HRESULT STDMETHODCALLTYPE square(INumbers *numbers, LONG value, LONG *result)
{
  (void)numbers;
  check_blanket();
  impersonate_and_revert();
  method_thread = GetCurrentThreadId();
  kept = security_of_call();
  CHECK_EQ(CoImpersonateClient(), S_OK); /* and leaves it */
  *result = value * value;
  return S_OK;
}

static void check_synchronous(enum apartment apartment, enum server_calls_manner manner)
{
  struct server_calls_object object;

  proxy_dll_register();
  check_no_context();
  server_calls_object_init(&object, manner);
  object.methods.Square = square;
  call_from(apartment, (IUnknown *)&object.numbers.numbers, &IID_INumbers, square_two);
  check_refused(kept);
  IServerSecurity_Release(kept);
  check_no_context();
}

IN_STA(a_method_has_a_call_context_and_its_impersonation_ends_with_it_in_an_sta)
{
  check_synchronous(MTA, REFUSE_CALL);
  CHECK_EQ(method_thread, GetCurrentThreadId());
}

IN_STA(a_method_whose_call_com_has_posted_has_a_call_context)
{
  check_synchronous(MTA, LACK_FACTORY);
  CHECK_EQ(method_thread, GetCurrentThreadId());
}

IN_MTA(a_method_has_a_call_context_in_the_mta)
{
  check_synchronous(STA, REFUSE_CALL);
}

static HRESULT STDMETHODCALLTYPE raise_in_square(INumbers *numbers, LONG value, LONG *result)
{
  (void)numbers;
  (void)value;
  (void)result;
  CHECK_EQ(CoImpersonateClient(), S_OK);
  RaiseException(0xe0000299, 0, 0, NULL);
  return S_OK;
}

static void fail_to_square(IUnknown *proxy)
{
  LONG result = 0;

  CHECK(FAILED(INumbers_Square((INumbers *)proxy, 2, &result)));
}

IN_STA(a_method_that_raises_leaves_neither_call_context_nor_impersonation)
{
  struct server_calls_object object;

  proxy_dll_register();
  server_calls_object_init(&object, REFUSE_CALL);
  object.methods.Square = raise_in_square;
  call_from(MTA, (IUnknown *)&object.numbers.numbers, &IID_INumbers, fail_to_square);
  check_no_context();
}

/* IPersist: its proxy DLL is Wine's. */
static HRESULT STDMETHODCALLTYPE persist_query_interface(IPersist *persist, REFIID iid,
                                                         void **found)
{
  *found = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IPersist) ? persist : NULL;
  return *found ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE persist_count(IPersist *persist)
{
  (void)persist;
  return 2;
}

static HRESULT STDMETHODCALLTYPE get_class_id(IPersist *persist, CLSID *class_id)
{
  (void)persist;
  impersonate_and_revert();
  *class_id = CLSID_ManualResetEvent;
  return S_OK;
}

static void ask_class_id(IUnknown *proxy)
{
  CLSID class_id;

  CHECK_EQ(IPersist_GetClassID((IPersist *)proxy, &class_id), S_OK);
  CHECK(IsEqualCLSID(&class_id, &CLSID_ManualResetEvent));
}

IN_MTA(a_method_of_wines_own_proxy_dlls_has_a_call_context)
{
  IPersistVtbl methods = {persist_query_interface, persist_count, persist_count, get_class_id};
  IPersist persist = {&methods};

  call_from(STA, (IUnknown *)&persist, &IID_IPersist, ask_class_id);
}

/* ---- Begin_ and Finish_ ---- */

static void signal_and_release(ISynchronize *synchronize)
{
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  ISynchronize_Release(synchronize);
}

static void check_begin(enum apartment apartment, void (*in_begin)(LONG, ISynchronize *),
                        void (*in_finish)(LONG), void (*body)(IUnknown *proxy))
{
  struct server_calls_object object;

  proxy_dll_register();
  server_calls_object_init(&object, ASK_IN_SQUARE);
  object.in_begin = in_begin;
  object.in_finish = in_finish;
  call_from(apartment, (IUnknown *)&object.numbers.numbers, &IID_INumbers, body);
  CHECK_EQ(object.begun, object.finished);
  while (object.objects)
    SwitchToThread(); /* a worker that has signalled is still on its way out */
  check_no_context();
}

static void without_context(LONG value)
{
  (void)value;
  check_no_context();
}

static void until_signal(LONG value, ISynchronize *synchronize)
{
  IServerSecurity *security;

  (void)value;
  check_blanket();
  impersonate_and_revert();
  security = security_of_call();
  signal_and_release(synchronize);
  check_no_context();
  check_refused(security);
  IServerSecurity_Release(security);
}

IN_STA(begin_has_a_call_context_until_signal_in_an_sta)
{
  check_begin(MTA, until_signal, without_context, square_two);
}

IN_MTA(begin_has_a_call_context_until_signal_in_the_mta)
{
  check_begin(STA, until_signal, without_context, square_two);
}

static void revert_after_signal(LONG value, ISynchronize *synchronize)
{
  (void)value;
  CHECK_EQ(CoImpersonateClient(), S_OK);
  signal_and_release(synchronize);
  CHECK(thread_has_token());
  CHECK_EQ(CoImpersonateClient(), RPC_E_CALL_COMPLETE);
  check_impersonating(true);
  CHECK_EQ(CoRevertToSelf(), S_OK);
  check_no_context();
}

IN_MTA(an_impersonation_may_be_ended_after_signal)
{
  check_begin(STA, revert_after_signal, without_context, square_two);
}

/* Finish_ runs in Signal of another call's Begin_, which impersonates. */
static ISynchronize *first_signal;

static void signal_the_first(LONG value, ISynchronize *synchronize)
{
  if (value == 3) {
    InterlockedExchangePointer((void **)&first_signal, synchronize);
    return;
  }
  while (!first_signal)
    SwitchToThread(); /* the other client */
  CHECK_EQ(CoImpersonateClient(), S_OK);
  signal_and_release(first_signal);
  check_impersonating(true);
  CHECK_EQ(CoRevertToSelf(), S_OK);
  signal_and_release(synchronize);
}

static void square_three(IUnknown *proxy)
{
  LONG result = 0;

  CHECK_EQ(INumbers_Square((INumbers *)proxy, 3, &result), S_OK);
  CHECK_EQ(result, 9);
}

static void check_two(enum apartment apartment, void (*in_begin)(LONG, ISynchronize *))
{
  struct server_calls_object object;
  struct client two = {NULL, &IID_INumbers, square_two};
  struct client three = {NULL, &IID_INumbers, square_three};
  struct apartment_thread first, second;

  proxy_dll_register();
  server_calls_object_init(&object, ASK_IN_SQUARE);
  object.in_begin = in_begin;
  object.in_finish = without_context;
  start_client(&first, &three, apartment, (IUnknown *)&object.numbers.numbers);
  start_client(&second, &two, apartment, (IUnknown *)&object.numbers.numbers);
  apartment_join(&first);
  apartment_join(&second);
  CHECK_EQ(object.finished, 2);
  check_no_context();
}

IN_MTA(finish_has_neither_call_context_nor_impersonation_of_another_call)
{
  check_two(STA, signal_the_first);
}

/* The first one of the two leaves it open, and is pending still when the second one begins. */
static void leave_open(LONG value, ISynchronize *synchronize)
{
  ISynchronize *former;

  (void)value;
  check_impersonating(false);
  former = InterlockedExchangePointer((void **)&first_signal, synchronize);
  CHECK_EQ(CoImpersonateClient(), S_OK);
  if (!former)
    return;
  signal_and_release(former);
  signal_and_release(synchronize);
}

IN_STA(an_impersonation_left_open_ends_when_begin_returns)
{
  check_two(MTA, leave_open);
}

/* ---- worker threads ---- */

struct work {
  IServerSecurity *security;
  ISynchronize *synchronize;
  HANDLE begun;
};
static struct work work;

static DWORD WINAPI do_work(void *unused)
{
  IUnknown *former;

  (void)unused;
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  CHECK_SIGNALLED(work.begun);
  check_no_context();
  CHECK_EQ(IServerSecurity_ImpersonateClient(work.security), S_OK);
  CHECK(IServerSecurity_IsImpersonating(work.security));
  CHECK(thread_has_token());
  CHECK_EQ(IServerSecurity_RevertToSelf(work.security), S_OK);
  CHECK(!IServerSecurity_IsImpersonating(work.security));
  CHECK(!thread_has_token());
  CHECK_EQ(CoSwitchCallContext((IUnknown *)work.security, &former), S_OK);
  CHECK(!former);
  check_blanket();
  impersonate_and_revert();
  signal_and_release(work.synchronize);
  check_no_context();
  check_refused(work.security);
  CHECK_EQ(CoSwitchCallContext(NULL, &former), S_OK);
  IServerSecurity_Release(work.security);
  CoUninitialize();
  return 0;
}

static HANDLE worker;

static void start_worker(ISynchronize *synchronize)
{
  work = (struct work){security_of_call(), synchronize, CreateEventW(NULL, TRUE, FALSE, NULL)};
  CHECK(work.begun);
  InterlockedExchangePointer((void **)&worker, CreateThread(NULL, 0, do_work, NULL, 0, NULL));
  CHECK(worker);
}

static void end_worker(void)
{
  CHECK_SIGNALLED(worker);
  CloseHandle(worker);
  CloseHandle(work.begun);
}

/* The worker goes on when the next call has begun. */
static void work_after_begin(LONG value, ISynchronize *synchronize)
{
  if (value == 3) {
    start_worker(synchronize);
    return;
  }
  while (!worker)
    SwitchToThread(); /* the other client */
  CHECK(!IServerSecurity_IsImpersonating(work.security));
  SetEvent(work.begun);
  signal_and_release(synchronize);
}

IN_MTA(a_worker_thread_impersonates_until_signal_in_the_mta)
{
  check_two(STA, work_after_begin);
  end_worker();
}

static void work_meanwhile(LONG value, ISynchronize *synchronize)
{
  (void)value;
  start_worker(synchronize);
  SetEvent(work.begun);
}

IN_STA(a_worker_thread_impersonates_until_signal_in_an_sta)
{
  check_begin(MTA, work_meanwhile, without_context, square_two);
  end_worker();
}

/* Whoever is first: what has been refused once is not given again. */
static DWORD WINAPI impersonate_until_refused(void *context)
{
  IServerSecurity *security = context;

  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  while (IServerSecurity_ImpersonateClient(security) == S_OK) {
    CHECK(IServerSecurity_IsImpersonating(security));
    CHECK_EQ(IServerSecurity_RevertToSelf(security), S_OK);
  }
  check_refused(security);
  IServerSecurity_Release(security);
  CoUninitialize();
  return 0;
}

static void race_with_signal(LONG value, ISynchronize *synchronize)
{
  HANDLE thread = CreateThread(NULL, 0, impersonate_until_refused, security_of_call(), 0, NULL);

  CHECK(thread);
  /* At another moment of the thread's life each time. */
  for (LONG i = 0; i < value; i++)
    SwitchToThread();
  signal_and_release(synchronize);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
}

#define RACES 100

static void square_many(IUnknown *proxy)
{
  for (LONG i = 0; i < RACES; i++) {
    LONG result = 0;

    CHECK_EQ(INumbers_Square((INumbers *)proxy, i, &result), S_OK);
    CHECK_EQ(result, i * i);
  }
}

IN_MTA(signal_while_a_worker_thread_impersonates_refuses_what_comes_after_it)
{
  check_begin(STA, race_with_signal, without_context, square_many);
}

/* ---- another process ---- */

static void be_the_client(LONG value, ISynchronize *synchronize)
{
  (void)value;
  CHECK(privilege_of_process());
  /* In the MTA it is RPC's thread that the call is on. */
  CHECK_EQ(RpcImpersonateClient(NULL), RPC_S_OK);
  CHECK(!privilege_of_thread());
  CHECK_EQ(RpcRevertToSelf(), RPC_S_OK);
  CHECK_EQ(CoImpersonateClient(), S_OK);
  CHECK(!privilege_of_thread());
  CHECK_EQ(CoRevertToSelf(), S_OK);
  signal_and_release(synchronize);
}

HELPER(server)
{
  struct server_calls_object object;
  char text[256];

  (void)argc;
  (void)argv;
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  server_calls_object_init(&object, ASK_IN_SQUARE);
  object.in_begin = be_the_client;
  numbers_to_text((IUnknown *)&object.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  helper_wait_for_stop();
  CHECK_EQ(object.finished, 1);
  CoUninitialize();
}

IN_MTA(the_client_that_is_impersonated_is_the_process_that_calls)
{
  struct helper server;
  INumbers *numbers;

  proxy_dll_register();
  helper_start(&server, "server", "", RUNTIME_SHIM);
  privilege_give_away();
  numbers = numbers_from_text(server.text);
  square_two((IUnknown *)numbers);
  INumbers_Release(numbers);
  helper_stop(&server);
}

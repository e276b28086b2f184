/*
 * Message filters: the server's is asked before each call, synchronous or not, and what it
 * rejects the client is told; the client's is asked while it waits.
 */
#include "helper.h"
#include "life.h"
#include "proxy_dll.h"

#include <stdlib.h>

#define SQUARE 3 /* the method's number */

struct filter {
  IMessageFilter filter;
  DWORD verdict; /* on incoming calls of INumbers */
  LONG incoming; /* calls of INumbers */
  LONG pending;  /* messages that came while a call was waited for */
};

static struct filter *from_interface(IMessageFilter *filter)
{
  return CONTAINING_RECORD(filter, struct filter, filter);
}

static HRESULT STDMETHODCALLTYPE query_interface(IMessageFilter *filter, REFIID iid,
                                                 void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMessageFilter))
    return E_NOINTERFACE;
  *object = filter;
  return S_OK;
}

static ULONG STDMETHODCALLTYPE static_reference(IMessageFilter *filter)
{
  (void)filter;
  return 1;
}

static DWORD STDMETHODCALLTYPE handle_incoming(IMessageFilter *interface_pointer, DWORD type,
                                               HTASK caller, DWORD ticks, INTERFACEINFO *info)
{
  struct filter *filter = from_interface(interface_pointer);

  (void)caller, (void)ticks;
  /* COM's own calls for the object come by, too. */
  if (!IsEqualIID(&info->iid, &IID_INumbers))
    return SERVERCALL_ISHANDLED;
  CHECK_EQ(type, CALLTYPE_TOPLEVEL);
  CHECK_EQ(info->wMethod & 0x7fff, SQUARE);
  CHECK(info->pUnk);
  filter->incoming++;
  return filter->verdict;
}

static DWORD STDMETHODCALLTYPE retry_rejected(IMessageFilter *filter, HTASK callee, DWORD ticks,
                                              DWORD type)
{
  (void)filter, (void)callee, (void)ticks, (void)type;
  return (DWORD)-1;
}

static DWORD STDMETHODCALLTYPE message_pending(IMessageFilter *interface_pointer, HTASK callee,
                                               DWORD ticks, DWORD type)
{
  (void)callee, (void)ticks;
  CHECK_EQ(type, PENDINGTYPE_TOPLEVEL);
  InterlockedIncrement(&from_interface(interface_pointer)->pending);
  return PENDINGMSG_WAITDEFPROCESS;
}

static IMessageFilterVtbl methods = {query_interface, static_reference, static_reference,
                                     handle_incoming, retry_rejected,   message_pending};

static void filter_register(struct filter *filter, DWORD verdict)
{
  memset(filter, 0, sizeof(*filter));
  filter->filter.lpVtbl = &methods;
  filter->verdict = verdict;
  CHECK_EQ(CoRegisterMessageFilter(&filter->filter, NULL), S_OK);
}

static void filter_revoke(struct filter *filter)
{
  IMessageFilter *former = NULL;

  CHECK_EQ(CoRegisterMessageFilter(NULL, &former), S_OK);
  CHECK(former == &filter->filter);
}

/* ---- the server's ---- */

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* An STA with an object. Arguments: manner of the object, verdict, calls expected. */
HELPER(filter_server)
{
  struct server_calls_object object;
  struct filter filter;
  char text[256];

  CHECK_EQ(argc, 3);
  proxy_dll_register();
  CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
  filter_register(&filter, strtoul(argv[1], NULL, 10));
  server_calls_object_init(&object, atoi(argv[0]));
  numbers_to_text((IUnknown *)&object.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  apartment_run(MTA, wait_for_stop, NULL);
  CHECK_EQ(filter.incoming, atoi(argv[2]));
  filter_revoke(&filter);
  CoUninitialize();
}

static void check_outcome(HRESULT outcome, LONG result, DWORD verdict)
{
  CHECK_EQ(outcome, verdict == SERVERCALL_REJECTED ? RPC_E_CALL_REJECTED : S_OK);
  if (outcome == S_OK)
    CHECK_EQ(result, 144);
}

/* A synchronous and an asynchronous call, twice each. */
static void check_verdict(enum server_calls_manner manner, DWORD verdict)
{
  struct helper process;
  AsyncINumbers *call;
  char arguments[64];
  INumbers *numbers;
  HRESULT outcome;

  proxy_dll_register();
  snprintf(arguments, sizeof(arguments), "%d %lu 4", manner, verdict);
  helper_start(&process, "filter_server", arguments, RUNTIME_SHIM);
  numbers = numbers_from_text(process.text);
  call = numbers_new_call(numbers);
  for (int i = 0; i < 2; i++) {
    LONG result = 0;

    outcome = INumbers_Square(numbers, 12, &result);
    check_outcome(outcome, result, verdict);
    CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
    outcome = AsyncINumbers_Finish_Square(call, &result);
    check_outcome(outcome, result, verdict);
  }
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  INumbers_Release(numbers);
  helper_stop(&process);
}

IN_STA(a_server_that_handles_calls_is_asked_before_each)
{
  check_verdict(REFUSE_CALL, SERVERCALL_ISHANDLED);
}

IN_STA(a_server_that_handles_calls_asynchronously_is_asked_before_each)
{
  check_verdict(SIGNAL_IN_BEGIN, SERVERCALL_ISHANDLED);
}

IN_STA(calls_that_the_server_rejects_fail)
{
  check_verdict(REFUSE_CALL, SERVERCALL_REJECTED);
}

IN_STA(calls_that_a_server_of_call_objects_rejects_fail)
{
  check_verdict(SIGNAL_IN_BEGIN, SERVERCALL_REJECTED);
}

/* ---- the client's ---- */

struct pending_test {
  struct life_server server;
  struct filter filter;
  DWORD client;
};

/* Messages for the client while its call is held, until its filter has been asked. */
static DWORD WINAPI disturb(void *context)
{
  struct pending_test *test = context;

  held_object_wait(&test->server.object, 1);
  while (!InterlockedCompareExchange(&test->filter.pending, 0, 0)) {
    PostThreadMessageW(test->client, WM_APP, 0, 0);
    Sleep(1);
  }
  held_object_signal(&test->server.object, 0, 1);
  return 0;
}

static void check_pending(bool asynchronous)
{
  static struct pending_test test;
  INumbers *numbers;
  LONG result = 0;
  HANDLE thread;

  proxy_dll_register();
  life_server_start(&test.server, MTA);
  life_server_export(&test.server);
  numbers = life_server_connect(&test.server);
  filter_register(&test.filter, SERVERCALL_ISHANDLED);
  test.client = GetCurrentThreadId();
  thread = CreateThread(NULL, 0, disturb, &test, 0, NULL);
  CHECK(thread);
  if (asynchronous) {
    AsyncINumbers *call = numbers_new_call(numbers);

    CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
    CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
    CHECK_EQ(AsyncINumbers_Release(call), 0);
  } else {
    CHECK_EQ(INumbers_Square(numbers, 12, &result), S_OK);
  }
  CHECK_EQ(result, 144);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  filter_revoke(&test.filter);
  INumbers_Release(numbers);
  held_object_check_gone(&test.server.object);
  life_server_end(&test.server);
}

IN_STA(a_client_is_asked_while_it_waits_for_a_synchronous_call)
{
  check_pending(false);
}

IN_STA(a_client_is_asked_while_it_waits_for_an_asynchronous_call)
{
  check_pending(true);
}

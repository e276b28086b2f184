/*
 * Message filters: registering them; the server's is asked before each call, synchronous or
 * not; the client's is asked while it waits, and may cancel. What becomes of calls that a
 * server rejects: rejected_calls.c.
 */
#include "filter.h"
#include "helper.h"
#include "life.h"
#include "proxy_dll.h"

#include <stdlib.h>

/* ---- registration ---- */

IN_STA(registering_gives_the_former_filter_back)
{
  IMessageFilter *former;
  struct filter first, second;

  filter_init(&first);
  filter_init(&second);
  filter_register(&first);
  CHECK_EQ(first.references, 2);
  CHECK_EQ(CoRegisterMessageFilter(&second.filter, &former), S_OK);
  CHECK(former == &first.filter);
  CHECK_EQ(IMessageFilter_Release(former), 1);
  CHECK_EQ(CoRegisterMessageFilter(&first.filter, NULL), S_OK);
  CHECK_EQ(second.references, 1);
  filter_revoke(&first);
  CHECK_EQ(CoRegisterMessageFilter(NULL, &former), S_OK);
  CHECK(!former);
}

TEST(a_filter_goes_with_its_apartment)
{
  IMessageFilter *former;
  struct filter filter;

  filter_init(&filter);
  CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
  filter_register(&filter);
  CoUninitialize();
  CHECK_EQ(filter.references, 1);
  CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
  CHECK_EQ(CoRegisterMessageFilter(NULL, &former), S_OK);
  CHECK(!former);
  CoUninitialize();
}

IN_MTA(the_mta_has_no_filters)
{
  struct filter filter;

  filter_init(&filter);
  CHECK_EQ(CoRegisterMessageFilter(&filter.filter, NULL), CO_E_NOT_SUPPORTED);
  CHECK_EQ(filter.references, 1);
}

/* ---- the server's ---- */

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* An STA with an object. Arguments: manner of the object, calls expected. */
HELPER(filter_server)
{
  struct server_calls_object object;
  struct filter filter;
  char text[256];

  CHECK_EQ(argc, 2);
  proxy_dll_register();
  CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
  filter_init(&filter);
  filter_register(&filter);
  server_calls_object_init(&object, atoi(argv[0]));
  numbers_to_text((IUnknown *)&object.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  apartment_run(MTA, wait_for_stop, NULL);
  CHECK_EQ(filter.incoming, atoi(argv[1]));
  filter_revoke(&filter);
  CoUninitialize();
}

/* A synchronous and an asynchronous call, twice each. */
static void check_asked(enum server_calls_manner manner)
{
  struct helper process;
  AsyncINumbers *call;
  char arguments[64];
  INumbers *numbers;

  proxy_dll_register();
  snprintf(arguments, sizeof(arguments), "%d 4", manner);
  helper_start(&process, "filter_server", arguments, RUNTIME_SHIM);
  numbers = numbers_from_text(process.text);
  call = numbers_new_call(numbers);
  for (int i = 0; i < 2; i++) {
    LONG result = 0;

    CHECK_EQ(INumbers_Square(numbers, 12, &result), S_OK);
    CHECK_EQ(result, 144);
    CHECK_EQ(AsyncINumbers_Begin_Square(call, 13), S_OK);
    CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
    CHECK_EQ(result, 169);
  }
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  INumbers_Release(numbers);
  helper_stop(&process);
}

IN_STA(a_server_that_handles_calls_is_asked_before_each)
{
  check_asked(REFUSE_CALL);
}

IN_STA(a_server_that_handles_calls_asynchronously_is_asked_before_each)
{
  check_asked(SIGNAL_IN_BEGIN);
}

/* ---- the client's ---- */

struct pending_test {
  struct life_server server;
  struct filter filter;
  bool cancels; /* the server then holds the call until it is over */
};

/* Messages for the client while its call is held, until its filter has been asked. */
static DWORD WINAPI disturb(void *context)
{
  struct pending_test *test = context;

  held_object_wait(&test->server.object, 1);
  while (!InterlockedCompareExchange(&test->filter.pending, 0, 0)) {
    PostThreadMessageW(test->filter.thread, WM_APP, 0, 0);
    Sleep(1);
  }
  if (!test->cancels)
    held_object_signal(&test->server.object, 0, 1);
  return 0;
}

static HRESULT square(INumbers *numbers, bool asynchronous, LONG *result)
{
  AsyncINumbers *call;
  HRESULT outcome;

  if (!asynchronous)
    return INumbers_Square(numbers, 12, result);
  call = numbers_new_call(numbers);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  outcome = AsyncINumbers_Finish_Square(call, result);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  return outcome;
}

static void check_pending(enum apartment server, bool asynchronous, bool cancels)
{
  static struct pending_test test;
  INumbers *numbers;
  LONG result = 0;
  HANDLE thread;

  proxy_dll_register();
  life_server_start(&test.server, server);
  life_server_export(&test.server);
  numbers = life_server_connect(&test.server);
  filter_init(&test.filter);
  if (cancels)
    test.filter.pending_answer = PENDINGMSG_CANCELCALL;
  test.cancels = cancels;
  filter_register(&test.filter);
  thread = CreateThread(NULL, 0, disturb, &test, 0, NULL);
  CHECK(thread);
  CHECK_EQ(square(numbers, asynchronous, &result), cancels ? RPC_E_CALL_CANCELED : S_OK);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  filter_revoke(&test.filter);
  if (cancels)
    held_object_signal(&test.server.object, 0, 1);
  else
    CHECK_EQ(result, 144);
  INumbers_Release(numbers);
  held_object_check_gone(&test.server.object);
  life_server_end(&test.server);
}

IN_STA(a_client_is_asked_while_it_waits_for_a_synchronous_call)
{
  check_pending(MTA, false, false);
}

IN_STA(a_client_is_asked_while_it_waits_for_an_asynchronous_call)
{
  check_pending(MTA, true, false);
}

IN_STA(a_client_cancels_a_synchronous_call_to_the_mta)
{
  check_pending(MTA, false, true);
}

IN_STA(a_client_cancels_a_synchronous_call_to_an_sta)
{
  check_pending(STA, false, true);
}

IN_STA(a_client_cancels_an_asynchronous_call)
{
  check_pending(STA, true, true);
}

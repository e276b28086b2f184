/*
 * Calls that the server's message filter rejects (SERVERCALL_REJECTED, SERVERCALL_RETRYLATER):
 * what the client is told, and what its own filter makes of it (RetryRejectedCall). From an STA
 * to an STA of the same process and of another one, synchronous and asynchronous on both sides.
 */
#include "filter.h"
#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

#include <stdlib.h>

#define ALL 1000 /* calls, more than any test makes */

static const DWORD types[] = {SERVERCALL_REJECTED, SERVERCALL_RETRYLATER};

/* Without call objects, posted or by RPC; with call objects. */
static const enum server_calls_manner manners[] = {LACK_FACTORY, REFUSE_CALL, SIGNAL_IN_BEGIN};

/* ---- the server ---- */

struct server {
  bool same_process;
  enum server_calls_manner manner;
  DWORD verdict;
  LONG verdicts;
  struct helper process;
  struct apartment_thread thread;
  HANDLE ready, end;
  DWORD id; /* of the object's thread */
  char text[256];
};

static void open_object(struct server_calls_object *object, struct filter *filter,
                        struct server *server)
{
  char text[240];

  filter_init(filter);
  filter->verdict = server->verdict;
  filter->verdicts = server->verdicts;
  filter_register(filter);
  server_calls_object_init(object, server->manner);
  numbers_to_text((IUnknown *)&object->numbers.numbers, text, sizeof(text));
  snprintf(server->text, sizeof(server->text), "%08lx%s", GetCurrentThreadId(), text);
}

static void serve(void *context)
{
  struct server *server = context;
  struct server_calls_object object;
  struct filter filter;

  open_object(&object, &filter, server);
  SetEvent(server->ready);
  apartment_wait(server->end);
  filter_revoke(&filter);
}

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* Arguments: manner, verdict, how often. */
HELPER(rejecting_server)
{
  struct server_calls_object object;
  struct filter filter;
  struct server server;

  CHECK_EQ(argc, 3);
  server.manner = atoi(argv[0]);
  server.verdict = strtoul(argv[1], NULL, 10);
  server.verdicts = atoi(argv[2]);
  proxy_dll_register();
  CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
  open_object(&object, &filter, &server);
  helper_ready(server.text);
  apartment_run(MTA, wait_for_stop, NULL);
  filter_revoke(&filter);
  CoUninitialize();
}

static void start_thread(struct server *server)
{
  server->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
  server->end = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(server->ready && server->end);
  apartment_start(&server->thread, STA, serve, server);
  CHECK_SIGNALLED(server->ready);
}

static void start_process(struct server *server)
{
  char arguments[64];

  snprintf(arguments, sizeof(arguments), "%d %lu %ld", server->manner, server->verdict,
           server->verdicts);
  helper_start(&server->process, "rejecting_server", arguments, RUNTIME_SHIM);
  strcpy(server->text, server->process.text);
}

/* Its object; the first `verdicts` calls are rejected. */
static INumbers *server_start(struct server *server, bool same_process,
                              enum server_calls_manner manner, DWORD verdict, LONG verdicts)
{
  INumbers *numbers;

  *server = (struct server){
      .same_process = same_process, .manner = manner, .verdict = verdict, .verdicts = verdicts};
  proxy_dll_register();
  if (same_process)
    start_thread(server);
  else
    start_process(server);
  numbers = numbers_from_text(server->text + 8);
  server->text[8] = 0;
  server->id = strtoul(server->text, NULL, 16);
  return numbers;
}

static void server_end(struct server *server, INumbers *numbers)
{
  INumbers_Release(numbers);
  if (!server->same_process) {
    helper_stop(&server->process);
    return;
  }
  SetEvent(server->end);
  apartment_join(&server->thread);
  CloseHandle(server->ready);
  CloseHandle(server->end);
}

/* ---- calls ---- */

static HRESULT synchronous_square(INumbers *numbers)
{
  LONG result = 0;
  HRESULT outcome = INumbers_Square(numbers, 12, &result);

  if (outcome == S_OK)
    CHECK_EQ(result, 144);
  return outcome;
}

static HRESULT asynchronous_square(INumbers *numbers)
{
  AsyncINumbers *call = numbers_new_call(numbers);
  LONG result = 0;
  HRESULT outcome;

  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  outcome = AsyncINumbers_Finish_Square(call, &result);
  if (outcome == S_OK)
    CHECK_EQ(result, 144);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), RPC_E_CALL_COMPLETE);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  return outcome;
}

/* Calls both ways, of which the first `verdicts` each are rejected, on each kind of server. */
static void for_each_call(void (*check)(struct server *server, INumbers *numbers,
                                        HRESULT (*square)(INumbers *numbers)),
                          LONG verdicts)
{
  struct server server;

  for (int place = 0; place < 2; place++)
    for (size_t i = 0; i < ARRAYSIZE(types); i++)
      for (size_t k = 0; k < ARRAYSIZE(manners); k++) {
        INumbers *numbers = server_start(&server, !place, manners[k], types[i], verdicts);

        check(&server, numbers, synchronous_square);
        server_end(&server, numbers);
        if (manners[k] == LACK_FACTORY)
          continue;
        numbers = server_start(&server, !place, manners[k], types[i], verdicts);
        check(&server, numbers, asynchronous_square);
        server_end(&server, numbers);
      }
}

/* ---- what the client is told ---- */

static HRESULT code_of(DWORD type)
{
  return type == SERVERCALL_REJECTED ? RPC_E_CALL_REJECTED : RPC_E_SERVERCALL_RETRYLATER;
}

static void check_without_filter(struct server *server, INumbers *numbers,
                                 HRESULT (*square)(INumbers *numbers))
{
  CHECK_EQ(square(numbers), code_of(server->verdict));
  CHECK_EQ(square(numbers), code_of(server->verdict));
  CHECK_EQ(square(numbers), S_OK);
}

IN_STA(without_a_filter_a_rejected_call_fails_at_once)
{
  for_each_call(check_without_filter, 2);
}

/* An MTA has none. */
IN_MTA(a_rejected_call_of_the_mta_fails_at_once)
{
  for_each_call(check_without_filter, 2);
}

static void check_again(struct server *server, INumbers *numbers,
                        HRESULT (*square)(INumbers *numbers))
{
  struct filter filter;

  filter_init(&filter);
  filter.answer = 0;
  filter_register(&filter);
  CHECK_EQ(square(numbers), S_OK);
  CHECK_EQ(filter.retries, 3);
  CHECK_EQ(filter.type, server->verdict);
  CHECK_EQ(filter.callee, server->id);
  CHECK_EQ(filter.pending, 0); /* nothing has come but the rejections */
  CHECK_EQ(square(numbers), S_OK);
  CHECK_EQ(filter.retries, 3);
  filter_revoke(&filter);
}

IN_STA(a_filter_has_rejected_calls_sent_again)
{
  for_each_call(check_again, 3);
}

static void check_not_again(struct server *server, INumbers *numbers,
                            HRESULT (*square)(INumbers *numbers))
{
  struct filter filter;

  filter_init(&filter);
  filter_register(&filter);
  CHECK_EQ(square(numbers), RPC_E_CALL_REJECTED);
  CHECK_EQ(filter.retries, 1);
  CHECK_EQ(filter.type, server->verdict);
  filter_revoke(&filter);
}

IN_STA(a_filter_gives_rejected_calls_up)
{
  for_each_call(check_not_again, ALL);
}

/* ---- waiting ---- */

#define DELAY_MS 200

static void stop_after_two(struct filter *filter)
{
  if (filter->retries == 2)
    filter->answer = 0;
}

/* The second question comes after the wait. */
static void check_delay(HRESULT (*square)(INumbers *numbers))
{
  struct filter filter;
  struct server server;
  INumbers *numbers = server_start(&server, false, REFUSE_CALL, SERVERCALL_RETRYLATER, 2);

  filter_init(&filter);
  filter.answer = DELAY_MS;
  filter.in_retry = stop_after_two;
  filter_register(&filter);
  CHECK_EQ(square(numbers), S_OK);
  CHECK_EQ(filter.retries, 2);
  CHECK(filter.ticks + 20 >= DELAY_MS); /* the clock's steps */
  filter_revoke(&filter);
  server_end(&server, numbers);
}

IN_STA(a_synchronous_call_is_sent_again_when_the_filter_says)
{
  check_delay(synchronous_square);
}

IN_STA(an_asynchronous_call_is_sent_again_when_the_filter_says)
{
  check_delay(asynchronous_square);
}

#define LONG_TIME 3600000

/* Messages for the client, once its filter wants it to wait, until MessagePending is asked. */
static DWORD WINAPI disturb(void *context)
{
  struct filter *filter = context;

  while (!InterlockedCompareExchange(&filter->pending, 0, 0)) {
    PostThreadMessageW(filter->thread, WM_APP, 0, 0);
    Sleep(1);
  }
  return 0;
}

static void start_disturbing(struct filter *filter)
{
  filter->pending = 0;
  filter->context = CreateThread(NULL, 0, disturb, filter, 0, NULL);
  CHECK(filter->context);
}

static void check_cancel(HRESULT (*square)(INumbers *numbers))
{
  struct filter filter;
  struct server server;
  INumbers *numbers = server_start(&server, false, REFUSE_CALL, SERVERCALL_RETRYLATER, 1);

  filter_init(&filter);
  filter.answer = LONG_TIME;
  filter.in_retry = start_disturbing;
  filter_register(&filter);
  filter.pending_answer = PENDINGMSG_CANCELCALL;
  CHECK_EQ(square(numbers), RPC_E_CALL_CANCELED);
  CHECK_EQ(filter.retries, 1);
  CHECK_SIGNALLED(filter.context);
  CloseHandle(filter.context);
  filter.pending_answer = PENDINGMSG_WAITDEFPROCESS;
  CHECK_EQ(square(numbers), S_OK);
  filter_revoke(&filter);
  server_end(&server, numbers);
}

IN_STA(a_synchronous_call_that_waits_to_be_sent_again_is_cancelled)
{
  check_cancel(synchronous_square);
}

IN_STA(an_asynchronous_call_that_waits_to_be_sent_again_is_cancelled)
{
  check_cancel(asynchronous_square);
}

static void cancel_next(struct filter *filter)
{
  CHECK_EQ(ICancelMethodCalls_Cancel((ICancelMethodCalls *)filter->context, 0), S_OK);
}

IN_STA(a_rejected_call_whose_object_is_cancelled_is_not_sent_again)
{
  struct filter filter;
  struct server server;
  INumbers *numbers = server_start(&server, false, REFUSE_CALL, SERVERCALL_REJECTED, 1);
  AsyncINumbers *call = numbers_new_call(numbers);
  LONG result;

  filter_init(&filter);
  filter.answer = LONG_TIME;
  filter.in_retry = cancel_next;
  CHECK_EQ(AsyncINumbers_QueryInterface(call, &IID_ICancelMethodCalls, &filter.context), S_OK);
  filter_register(&filter);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), RPC_E_CALL_CANCELED);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  filter_revoke(&filter);
  ICancelMethodCalls_Release((ICancelMethodCalls *)filter.context);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  server_end(&server, numbers);
}

/* ---- filters that do more ---- */

static void call_and_revoke(struct filter *filter)
{
  IMessageFilter *former;

  CHECK_EQ(GetCurrentThreadId(), filter->thread);
  CHECK_EQ(synchronous_square(filter->context), S_OK);
  CHECK_EQ(CoRegisterMessageFilter(NULL, &former), S_OK);
  CHECK(former == &filter->filter);
  IMessageFilter_Release(former);
}

static void check_busy_filter(HRESULT (*square)(INumbers *numbers))
{
  struct filter filter;
  struct server server;
  INumbers *numbers = server_start(&server, true, REFUSE_CALL, SERVERCALL_RETRYLATER, 1);

  filter_init(&filter);
  filter.answer = 0;
  filter.in_retry = call_and_revoke;
  filter.context = numbers;
  filter_register(&filter);
  CHECK_EQ(square(numbers), S_OK);
  CHECK_EQ(filter.references, 1);
  server_end(&server, numbers);
}

IN_STA(a_filter_calls_and_revokes_itself_during_a_synchronous_call)
{
  check_busy_filter(synchronous_square);
}

IN_STA(a_filter_calls_and_revokes_itself_during_an_asynchronous_call)
{
  check_busy_filter(asynchronous_square);
}

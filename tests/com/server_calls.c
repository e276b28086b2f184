/*
 * Synchronous calls on objects with an ICallFactory: the server does them by Begin_ and Finish_
 * of its call objects, and the client cannot tell.
 */
#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

#include <stdlib.h>
#include <tlhelp32.h>

#include "raw_com_client.h"

/* Calls of INumbers in numbers_call_everything(). */
#define NUMBERS_CALLS 8

struct client {
  IStream *stream;
  void (*body)(INumbers *numbers);
};

static void run_client(void *context)
{
  struct client *client = context;
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  client->body(numbers);
  INumbers_Release(numbers);
}

static void start_client(struct apartment_thread *thread, struct client *client,
                         enum apartment apartment, struct server_calls_object *object)
{
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
               &IID_INumbers, (IUnknown *)&object->numbers.numbers, &client->stream),
           S_OK);
  apartment_start(thread, apartment, run_client, client);
}

/* A worker that has signalled may still be on its way out. */
static void check_all_gone(struct server_calls_object *object)
{
  while (object->objects || object->numbers.references != 1)
    SwitchToThread();
}

/* Runs body(proxy) in another apartment; the object is in this one. */
static void call_from(enum apartment apartment, struct server_calls_object *object,
                      void (*body)(INumbers *numbers))
{
  struct client client = {NULL, body};
  struct apartment_thread thread;

  proxy_dll_register();
  start_client(&thread, &client, apartment, object);
  apartment_join(&thread);
  check_all_gone(object);
}

static void check_everything_from(enum apartment apartment, enum server_calls_manner manner)
{
  struct server_calls_object object;

  server_calls_object_init(&object, manner);
  call_from(apartment, &object, numbers_call_everything);
  CHECK_EQ(object.begun, NUMBERS_CALLS);
  CHECK_EQ(object.finished, NUMBERS_CALLS);
  CHECK_EQ(object.numbers.nothings, 1);
}

IN_MTA(synchronous_calls_are_processed_by_begin_and_finish_in_the_mta)
{
  check_everything_from(STA, SIGNAL_IN_BEGIN);
}

IN_STA(synchronous_calls_are_processed_by_begin_and_finish_from_the_mta_in_an_sta)
{
  check_everything_from(MTA, SIGNAL_IN_BEGIN);
}

IN_STA(synchronous_calls_are_processed_by_begin_and_finish_from_sta_to_sta)
{
  check_everything_from(STA, SIGNAL_IN_BEGIN);
}

IN_MTA(any_thread_signals_a_call_in_the_mta)
{
  check_everything_from(STA, SIGNAL_FROM_THREAD);
}

IN_STA(any_thread_signals_a_call_in_an_sta)
{
  check_everything_from(MTA, SIGNAL_FROM_THREAD);
}

/* ---- what goes wrong ---- */

static void call_and_expect(INumbers *numbers, HRESULT expected)
{
  LONG result = 4711;

  CHECK_EQ(INumbers_Square(numbers, 3, &result), expected);
  if (SUCCEEDED(expected))
    CHECK_EQ(result, 9);
}

static void expect_begin_failure(INumbers *numbers)
{
  NumberName greeting = {NULL};

  call_and_expect(numbers, BEGIN_FAILURE);
  CHECK_EQ(INumbers_Name(numbers, L"Ada", &greeting), BEGIN_FAILURE);
  CHECK(!greeting.text);
}

static void expect_server_fault(INumbers *numbers)
{
  call_and_expect(numbers, RPC_E_SERVERFAULT);
}

static void check_failing(enum apartment apartment, enum server_calls_manner manner,
                          void (*body)(INumbers *numbers), LONG finished)
{
  struct server_calls_object object;

  server_calls_object_init(&object, manner);
  call_from(apartment, &object, body);
  CHECK(object.begun > 0);
  CHECK_EQ(object.finished, finished);
}

IN_MTA(a_failure_of_begin_is_the_methods_result_and_finish_is_not_called)
{
  check_failing(STA, FAIL_BEGIN, expect_begin_failure, 0);
}

IN_STA(a_failure_of_begin_is_the_methods_result_in_an_sta_too)
{
  check_failing(MTA, FAIL_BEGIN, expect_begin_failure, 0);
}

IN_MTA(a_begin_that_signals_and_fails_has_failed)
{
  check_failing(STA, FAIL_AND_SIGNAL, expect_begin_failure, 0);
}

IN_MTA(an_exception_of_begin_is_a_server_fault)
{
  check_failing(STA, RAISE_IN_BEGIN, expect_server_fault, 0);
}

IN_MTA(an_exception_of_finish_is_a_server_fault)
{
  check_failing(STA, RAISE_IN_FINISH, expect_server_fault, 1);
}

IN_STA(an_exception_in_an_sta_is_a_server_fault)
{
  check_failing(MTA, RAISE_IN_BEGIN, expect_server_fault, 0);
  check_failing(MTA, RAISE_IN_FINISH, expect_server_fault, 1);
}

static void check_synchronous(enum apartment apartment, enum server_calls_manner manner)
{
  struct server_calls_object object;

  server_calls_object_init(&object, manner);
  call_from(apartment, &object, numbers_call_everything);
  CHECK_EQ(object.begun, 0);
  CHECK_EQ(object.numbers.nothings, 1);
}

IN_MTA(where_create_call_refuses_the_call_is_processed_synchronously)
{
  check_synchronous(STA, REFUSE_CALL);
}

IN_STA(where_create_call_refuses_in_an_sta_the_call_is_processed_synchronously)
{
  check_synchronous(MTA, REFUSE_CALL);
}

IN_MTA(where_the_call_object_refuses_aggregation_the_call_is_processed_synchronously)
{
  check_synchronous(STA, REFUSE_AGGREGATION);
}

/* ---- pending calls ---- */

static void square(INumbers *numbers)
{
  call_and_expect(numbers, S_OK);
}

#define CLIENTS 4

/* None of them is answered before all of them are in the server. */
static void check_together(enum apartment apartment)
{
  struct server_calls_object object;
  struct client clients[CLIENTS];
  struct apartment_thread threads[CLIENTS];

  proxy_dll_register();
  server_calls_object_init(&object, SIGNAL_TOGETHER);
  object.together = CLIENTS;
  for (int i = 0; i < CLIENTS; i++) {
    clients[i].body = square;
    start_client(&threads[i], &clients[i], apartment, &object);
  }
  for (int i = 0; i < CLIENTS; i++)
    apartment_join(&threads[i]);
  CHECK_EQ(object.finished, CLIENTS);
  check_all_gone(&object);
}

IN_STA(an_sta_dispatches_while_calls_of_its_process_are_pending)
{
  check_together(MTA);
}

IN_MTA(the_mta_dispatches_while_calls_are_pending)
{
  check_together(STA);
}

static ISynchronize *held[CLIENTS];
static volatile LONG held_count;
static HANDLE held_one; /* automatic */

static void hold(LONG value, ISynchronize *synchronize)
{
  held[value] = synchronize;
  held_count++;
  SetEvent(held_one);
}

/* Each client calls with the number of those that were held before. */
static void square_count(INumbers *numbers)
{
  LONG value = held_count, result = 4711;

  CHECK_EQ(INumbers_Square(numbers, value, &result), S_OK);
  CHECK_EQ(result, value * value);
}

static void check_any_order(enum apartment apartment)
{
  static const int order[CLIENTS] = {1, 0, 3, 2};
  struct server_calls_object object;
  struct client clients[CLIENTS];
  struct apartment_thread threads[CLIENTS];

  proxy_dll_register();
  server_calls_object_init(&object, ASK_IN_SQUARE);
  object.in_begin = hold;
  held_one = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(held_one);
  for (int i = 0; i < CLIENTS; i++) {
    clients[i].body = square_count;
    start_client(&threads[i], &clients[i], apartment, &object);
    apartment_wait(held_one);
  }
  for (int i = 0; i < CLIENTS; i++) {
    CHECK_EQ(ISynchronize_Signal(held[order[i]]), S_OK);
    ISynchronize_Release(held[order[i]]);
    apartment_join(&threads[order[i]]);
  }
  CloseHandle(held_one);
  check_all_gone(&object);
}

IN_STA(an_sta_answers_calls_of_its_process_in_any_order_to_the_mta)
{
  check_any_order(MTA);
}

IN_STA(an_sta_answers_calls_of_its_process_in_any_order_to_other_stas)
{
  check_any_order(STA);
}

static ULONG calls_received(void)
{
  RPC_STATS_VECTOR *stats;
  ULONG count;

  CHECK_EQ(RpcMgmtInqStats(NULL, &stats), RPC_S_OK);
  count = stats->Stats[RPC_C_STATS_CALLS_IN];
  CHECK_EQ(RpcMgmtStatsVectorFree(&stats), RPC_S_OK);
  return count;
}

static void square_past_rpc(INumbers *numbers)
{
  ULONG before = calls_received();

  square(numbers);
  CHECK_EQ(calls_received(), before);
}

static void square_by_rpc(INumbers *numbers)
{
  ULONG before = calls_received();

  square(numbers);
  CHECK(calls_received() > before);
}

/* The short way, for which RPC would be several times slower. */
IN_STA(an_object_without_call_objects_is_called_past_rpc_though_its_neighbour_is_not)
{
  struct server_calls_object plain, asynchronous;

  server_calls_object_init(&plain, LACK_FACTORY);
  server_calls_object_init(&asynchronous, SIGNAL_IN_BEGIN);
  for (int i = 0; i < 2; i++) {
    call_from(MTA, &plain, square_past_rpc);
    call_from(MTA, &asynchronous, square_by_rpc);
    call_from(STA, &plain, square_past_rpc);
    call_from(STA, &asynchronous, square_by_rpc);
  }
}

/* ---- another process ---- */

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

static int thread_count(void)
{
  HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  THREADENTRY32 entry = {.dwSize = sizeof(entry)};
  int count = 0;

  CHECK(snapshot != INVALID_HANDLE_VALUE);
  for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
    count += entry.th32OwnerProcessID == GetCurrentProcessId();
  CloseHandle(snapshot);
  return count;
}

static void tell_thread_count(struct server_calls_object *object)
{
  char text[32];

  (void)object;
  snprintf(text, sizeof(text), "%d", thread_count());
  helper_ready(text);
}

/* Arguments: apartment, manner, together. */
HELPER(server)
{
  static struct server_calls_object object;
  struct apartment_thread thread;
  bool sta;
  char text[256];

  CHECK_EQ(argc, 3);
  sta = atoi(argv[0]) == STA;
  CHECK_EQ(CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED), S_OK);
  server_calls_object_init(&object, atoi(argv[1]));
  object.together = atoi(argv[2]);
  object.all_are_waiting = tell_thread_count;
  numbers_to_text((IUnknown *)&object.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  apartment_start(&thread, MTA, wait_for_stop, NULL);
  apartment_join(&thread);
  CHECK(object.begun > 0);
  CHECK_EQ(object.finished, object.begun);
  if (sta) {
    CHECK_EQ(object.begin_thread, GetCurrentThreadId());
    CHECK_EQ(object.numbers.thread, GetCurrentThreadId());
  }
  check_all_gone(&object);
  CoUninitialize();
}

static void start_server(struct helper *server, enum apartment apartment,
                         enum server_calls_manner manner, int together)
{
  char arguments[32];

  proxy_dll_register();
  snprintf(arguments, sizeof(arguments), "%d %d %d", apartment, manner, together);
  helper_start(server, "server", arguments, RUNTIME_SHIM);
}

static void check_process(enum apartment apartment, enum server_calls_manner manner)
{
  struct helper server;
  INumbers *numbers;

  start_server(&server, apartment, manner, 0);
  numbers = numbers_from_text(server.text);
  numbers_call_everything(numbers);
  INumbers_Release(numbers);
  helper_stop(&server);
}

IN_MTA(synchronous_calls_are_processed_by_begin_and_finish_in_another_process)
{
  check_process(MTA, SIGNAL_IN_BEGIN);
}

IN_MTA(synchronous_calls_are_processed_by_begin_and_finish_in_another_process_sta)
{
  check_process(STA, SIGNAL_IN_BEGIN);
}

IN_STA(any_thread_signals_a_call_from_another_process)
{
  check_process(MTA, SIGNAL_FROM_THREAD);
}

IN_MTA(finish_is_called_in_the_objects_sta_whoever_signals)
{
  check_process(STA, SIGNAL_FROM_THREAD);
}

#define PENDING     1000
#define MANY        32 /* threads */
#define ORPC_SQUARE 3

/* None is answered before all are in the server, which counts its threads then. */
static void check_pending(enum apartment apartment)
{
  static struct raw_com_call calls[PENDING];
  struct raw_com_client client;
  struct helper server;

  start_server(&server, apartment, SIGNAL_TOGETHER, PENDING);
  raw_com_client_connect(&client, server.text, &IID_INumbers);
  for (LONG i = 0; i < PENDING; i++)
    raw_com_call_send(&client, &calls[i], ORPC_SQUARE, i);
  helper_next_text(&server);
  CHECK_AT_MOST(atoi(server.text), MANY);
  for (LONG i = 0; i < PENDING; i++)
    CHECK_EQ(raw_com_call_receive(&calls[i]), i * i);
  raw_com_client_disconnect(&client);
  helper_stop(&server);
}

TEST(a_thousand_calls_are_pending_in_the_mta_with_few_threads)
{
  check_pending(MTA);
}

TEST(a_thousand_calls_are_pending_in_an_sta_with_few_threads)
{
  check_pending(STA);
}

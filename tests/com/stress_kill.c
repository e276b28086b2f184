/*
 * Processes that are killed with calls pending, while those are being answered. A server: each
 * call ends, with its answer or as RPC_S_CALL_FAILED. A client: its calls end in the server
 * when they are signalled, and all that they had is given back; the references that it had are
 * those that CoDisconnectObject takes back, because combase has no rundown.
 */
#include "../rpc/race.h"
#include "helper.h"
#include "life.h"
#include "numbers_calls.h"
#include "proxy_dll.h"

#define ROUNDS_SHARE 10 /* calls are dearer than those of RPC alone */
#define BATCHES      3
#define CALLS        (BATCHES * BATCH)

static void begin_batches(struct batch *batches, INumbers *numbers)
{
  for (int i = 0; i < BATCHES; i++) {
    batch_begin(&batches[i], numbers);
    INumbers_AddRef(numbers); /* one for each, and the caller's */
  }
}

/* ---- servers ---- */

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* Argument: apartment. Holds CALLS calls, and answers all of them when another one comes. */
HELPER(held_server)
{
  static struct server_calls_object object;
  struct apartment_thread thread;
  char text[256];

  CHECK_EQ(argc, 1);
  CHECK_EQ(CoInitializeEx(NULL, argv[0][0] - '0' == STA ? COINIT_APARTMENTTHREADED
                                                        : COINIT_MULTITHREADED),
           S_OK);
  held_object_init(&object);
  object.together = CALLS + 1;
  numbers_to_text((IUnknown *)&object.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  apartment_start(&thread, MTA, wait_for_stop, NULL);
  apartment_join(&thread);
}

struct server_death {
  struct helper server;
  struct batch batches[BATCHES];
  AsyncINumbers *last; /* makes the server answer */
  bool begun;
};

static void begin_last(void *context)
{
  struct server_death *death = context;

  death->begun = SUCCEEDED(AsyncINumbers_Begin_Square(death->last, 7));
}

static void kill_server(void *context)
{
  helper_kill(&((struct server_death *)context)->server);
}

static void finish_calls(struct race *race, struct server_death *death)
{
  LONG result;

  for (int i = 0; i < CALLS; i++) {
    AsyncINumbers *call = death->batches[i / BATCH].calls[i % BATCH];
    HRESULT outcome = AsyncINumbers_Finish_Square(call, &result);

    if (outcome != S_OK)
      CHECK_EQ(outcome, HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
    else
      CHECK_EQ(result, (i % BATCH) * (i % BATCH));
    CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), RPC_E_CALL_COMPLETE);
    race_count(race, outcome == S_OK ? 0 : 1);
  }
  if (death->begun)
    AsyncINumbers_Finish_Square(death->last, &result);
}

static void release_calls(struct server_death *death)
{
  AsyncINumbers_Release(death->last);
  for (int i = 0; i < BATCHES; i++)
    batch_release(&death->batches[i]);
}

static void server_is_killed(enum apartment server, const char *name)
{
  static struct server_death death;
  struct race race;
  INumbers *numbers;
  char argument[2] = {(char)('0' + server), 0};

  proxy_dll_register();
  race_begin(&race, name, "answered", "lost", race_rounds() / ROUNDS_SHARE);
  race.both = false; /* on a busy machine the server may be dead before it begins */
  while (race_goes_on(&race)) {
    helper_start(&death.server, "held_server", argument, RUNTIME_SHIM);
    numbers = numbers_from_text(death.server.text);
    begin_batches(death.batches, numbers);
    death.last = numbers_new_call(numbers);
    INumbers_Release(numbers);
    race_run(&race, begin_last, kill_server, &death);
    finish_calls(&race, &death);
    release_calls(&death);
    /* Combase loses an event and two blocks for each of two proxies that cannot tell the
     * server any more. */
    race_allow(&race, 2, 4);
  }
  race_end(&race);
}

LIFE_TEST(a_server_is_killed_while_it_answers_an_sta, STA,
          server_is_killed(MTA, "server killed, client in an STA"))
LIFE_TEST(a_server_with_an_sta_is_killed_while_it_answers, MTA,
          server_is_killed(STA, "server killed, object in an STA"))

/* ---- clients ---- */

/* Argument: apartment, a reference. Leaves CALLS calls pending. */
HELPER(calling_client)
{
  static struct batch batches[BATCHES];
  struct apartment_thread thread;

  CHECK_EQ(argc, 2);
  CHECK_EQ(CoInitializeEx(NULL, argv[0][0] - '0' == STA ? COINIT_APARTMENTTHREADED
                                                        : COINIT_MULTITHREADED),
           S_OK);
  begin_batches(batches, numbers_from_text(argv[1]));
  helper_ready("calls are pending");
  apartment_start(&thread, MTA, wait_for_stop, NULL);
  apartment_join(&thread);
}

struct client_death {
  struct helper client;
  HANDLE process; /* outlives `client` */
  struct life_server server;
  bool died_before[CALLS];
};

/* All but the last ones, which are still pending when the client is dead. */
#define RACED (CALLS - CALLS / 4)

static void answer_calls(void *context)
{
  struct client_death *death = context;

  for (int i = BATCH_ANSWERED; i < RACED; i++) {
    death->died_before[i] = WaitForSingleObject(death->process, 0) == WAIT_OBJECT_0;
    held_object_signal(&death->server.object, i, i + 1);
  }
}

static void kill_client(void *context)
{
  helper_kill(&((struct client_death *)context)->client);
}

static void start_client(struct client_death *death, enum apartment client)
{
  char reference[256], arguments[260];
  INumbers *numbers;

  life_server_export(&death->server);
  death->server.object.together = CALLS + 1;
  numbers = life_server_connect(&death->server);
  numbers_to_text((IUnknown *)numbers, reference, sizeof(reference));
  INumbers_Release(numbers);
  snprintf(arguments, sizeof(arguments), "%d %s", client, reference);
  helper_start(&death->client, "calling_client", arguments, RUNTIME_SHIM);
  CHECK(DuplicateHandle(GetCurrentProcess(), death->client.process, GetCurrentProcess(),
                        &death->process, SYNCHRONIZE, FALSE, 0));
  held_object_wait(&death->server.object, CALLS);
}

static void client_is_killed(enum apartment client, enum apartment server, const char *name)
{
  static struct client_death death;
  struct race race;

  proxy_dll_register();
  race_begin(&race, name, "signalled before", "signalled after", race_rounds() / ROUNDS_SHARE);
  life_server_start(&death.server, server);
  while (race_goes_on(&race)) {
    start_client(&death, client);
    held_object_signal(&death.server.object, 0, BATCH_ANSWERED);
    race_run(&race, answer_calls, kill_client, &death);
    for (int i = 0; i < BATCH_ANSWERED; i++)
      race_count_only(&race, 0);
    for (int i = BATCH_ANSWERED; i < RACED; i++)
      race_count(&race, death.died_before[i] ? 1 : 0);
    for (int i = RACED; i < CALLS; i++)
      race_count_only(&race, 1);
    held_object_signal(&death.server.object, RACED, CALLS);
    while (death.server.object.finished != CALLS)
      SwitchToThread();
    life_server_disconnect(&death.server);
    held_object_check_gone(&death.server.object);
    CloseHandle(death.process);
  }
  life_server_end(&death.server);
  race_end(&race);
}

LIFE_TEST(a_client_is_killed_while_the_mta_answers, MTA,
          client_is_killed(STA, MTA, "client killed, object in the MTA"))
LIFE_TEST(a_client_is_killed_while_an_sta_answers, MTA,
          client_is_killed(MTA, STA, "client killed, object in an STA"))

/*
 * Processes that die with calls pending, at the moment when those are being completed.
 *
 * A client: the server sees its calls cancelled and can end each of them, answered or not, and
 * its context handles are run down. A server: each call of its clients ends once, with its
 * answer or a failure, and the binding leads to the next server at that endpoint.
 *
 * Over TCP no process dies here while it is sending or receiving. Wine's server (8 and 10)
 * keeps a socket open for good whose process has been killed in the middle of an operation on
 * it, so that the other side can see nothing. (stress_lost.c has replies against closing
 * sockets.)
 */
#include "async_call.h"
#include "held_calls.h"
#include "procedures.h"
#include "race.h"
#include "seats.h"

#define CALLS    125 /* that a process has when it dies */
#define SESSIONS 3

/* ---- clients ---- */

/* dying_client WIRE ENDPOINT: opens context handles and leaves calls pending. */
HELPER(dying_client)
{
  static struct async_call calls[CALLS];
  static LONG answers[CALLS];
  session_t sessions[SESSIONS];
  CHECK_EQ(argc, 2);
  RPC_BINDING_HANDLE binding = endpoint_bind(argv[0][0] - '0', argv[1]);
  for (int i = 0; i < SESSIONS; i++)
    sync_session_open(binding, i, &sessions[i]);
  for (int i = 0; i < CALLS; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&calls[i].state, sizeof(calls[i].state)), RPC_S_OK);
    calls[i].state.NotificationType = RpcNotificationTypeNone;
    async_hold(&calls[i].state, binding, i, &answers[i]);
  }
  helper_ready("calls are pending");
  helper_wait_for_stop();
}

struct client_death {
  struct helper client;
  HANDLE dead; /* TCP: the replies go out when the client is dead; else NULL */
  RPC_STATUS statuses[CALLS];
};

/*
 * Half of them; the others are still there when the client is dead. Over TCP the race is with
 * the server finding out.
 */
static void complete_half(void *context)
{
  struct client_death *death = context;
  if (death->dead)
    CHECK_SIGNALLED(death->dead);
  for (LONG i = 0; i < CALLS; i += 2)
    death->statuses[i] = seat_release(i, i);
}

static void kill_client(void *context)
{
  helper_kill(&((struct client_death *)context)->client);
}

/* The server learns that nobody waits for the call any more, and ends it in either way. */
static void end_orphan(LONG number)
{
  RPC_ASYNC_STATE *state = seat_take(number);
  RPC_STATUS status;
  CHECK(state);
  while ((status = RpcServerTestCancel(RpcAsyncGetCallHandle(state))) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
  CHECK_EQ(status, RPC_S_OK);
  *seats[number].answer = number;
  if (number % 4 == 1)
    CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_CALL_FAILED);
  else
    CHECK_EQ(RpcAsyncAbortCall(state, 5), RPC_S_CALL_FAILED);
}

/* helper_kill() closes the one that the helper has. */
static HANDLE second_handle(HANDLE process)
{
  HANDLE second;
  CHECK(DuplicateHandle(GetCurrentProcess(), process, GetCurrentProcess(), &second, SYNCHRONIZE,
                        FALSE, 0));
  return second;
}

static void client_dies_while_calls_are_completed(enum wire wire, const char *name)
{
  struct race race;
  char endpoint[64], arguments[80];
  RPC_BINDING_HANDLE binding = seats_listen(wire, endpoint, sizeof(endpoint));
  snprintf(arguments, sizeof(arguments), "%d %s", wire, endpoint);
  race_begin(&race, name, "answered", "orphaned", race_rounds() / 2);
  race.both = wire == WIRE_LOCAL; /* over TCP the server may be very quick */
  while (race_goes_on(&race)) {
    struct client_death death = {0};
    helper_start(&death.client, "dying_client", arguments, RUNTIME_SHIM);
    if (wire == WIRE_TCP)
      death.dead = second_handle(death.client.process);
    seats_wait(CALLS);
    CHECK_EQ(session_count(), SESSIONS);
    race_run(&race, complete_half, kill_client, &death);
    if (death.dead)
      CloseHandle(death.dead);
    for (LONG i = 0; i < CALLS; i++) {
      if (i % 2) {
        end_orphan(i);
        race_count_only(&race, 1);
      } else {
        CHECK(death.statuses[i] == RPC_S_OK || death.statuses[i] == RPC_S_CALL_FAILED);
        race_count(&race, death.statuses[i] == RPC_S_OK ? 0 : 1);
      }
    }
    while (session_count())
      SwitchToThread();
  }
  CHECK_EQ(midl_blocks(), 0);
  race_end(&race);
  seats_stop(binding);
}

TEST_WITHIN(client_dies_while_calls_are_completed_local, 120000)
{
  client_dies_while_calls_are_completed(WIRE_LOCAL, "client dies, ncalrpc");
}

TEST_WITHIN(client_dies_while_calls_are_completed_tcp, 120000)
{
  client_dies_while_calls_are_completed(WIRE_TCP, "client dies, TCP");
}

/* ---- servers ---- */

/*
 * dying_server WIRE ENDPOINT: holds calls until it is told to answer them. Over TCP it answers
 * half of them by itself, and then says so.
 */
HELPER(dying_server)
{
  CHECK_EQ(argc, 2);
  enum wire wire = argv[0][0] - '0';
  server_listen_here(wire, argv[1], MANAGERS_ASYNC);
  helper_ready("serving");
  held_calls_wait(CALLS);
  if (wire == WIRE_TCP)
    for (long i = 0; i < CALLS; i += 2)
      CHECK_EQ(held_calls_release(i, held_answer(i)), RPC_S_OK);
  helper_ready("calls are pending");
  helper_wait_for_stop();
}

struct server_death {
  struct helper server;
  RPC_BINDING_HANDLE control; /* TCP: NULL */
};

static void answer_all(void *context)
{
  struct server_death *death = context;
  if (death->control)
    RAISED(control_release_all, death->control, 4711); /* the server may be gone by then */
}

static void kill_server(void *context)
{
  helper_kill(&((struct server_death *)context)->server);
}

static RPC_ASYNC_STATE states[CALLS];
static LONG answers[CALLS];

static void make_calls(RPC_BINDING_HANDLE binding, HANDLE port)
{
  for (LONG i = 0; i < CALLS; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&states[i], sizeof(states[i])), RPC_S_OK);
    states[i].NotificationType = RpcNotificationTypeIoc;
    states[i].u.IOC.hIOPort = port;
    states[i].u.IOC.dwNumberOfBytesTransferred = 0;
    states[i].u.IOC.dwCompletionKey = (DWORD_PTR)&states[i];
    states[i].u.IOC.lpOverlapped = NULL;
    answers[i] = -1;
    async_hold(&states[i], binding, i, &answers[i]);
  }
}

/* One notification each, and no more; an answer, or a failure and none. */
static void finish_calls(struct race *race, HANDLE port)
{
  bool told[CALLS] = {false};
  DWORD bytes;
  ULONG_PTR key;
  OVERLAPPED *overlapped;
  for (int i = 0; i < CALLS; i++) {
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE));
    LONG number = (LONG)((RPC_ASYNC_STATE *)key - states);
    CHECK(number >= 0 && number < CALLS && !told[number]);
    told[number] = true;
    RPC_STATUS status = RpcAsyncCompleteCall(&states[number], NULL);
    CHECK(status == RPC_S_OK || status == RPC_S_CALL_FAILED);
    CHECK_EQ(answers[number], status == RPC_S_OK ? held_answer(number) : -1);
    race_count(race, status == RPC_S_OK ? 0 : 1);
  }
  CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
}

static void server_dies_while_calls_are_completed(enum wire wire, const char *name)
{
  struct race race;
  struct server_death death = {0};
  char endpoint[64], arguments[80];
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  CHECK(port);
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  snprintf(arguments, sizeof(arguments), "%d %s", wire, endpoint);
  RPC_BINDING_HANDLE binding = endpoint_bind(wire, endpoint);
  if (wire == WIRE_LOCAL)
    death.control = endpoint_bind(wire, endpoint);
  race_begin(&race, name, "answered", "lost", race_rounds() / 2);
  while (race_goes_on(&race)) {
    /* The same binding every time: it leads to whatever server is there. */
    helper_start(&death.server, "dying_server", arguments, RUNTIME_SHIM);
    make_calls(binding, port);
    helper_next_text(&death.server);
    race_run(&race, answer_all, kill_server, &death);
    finish_calls(&race, port);
  }
  race_end(&race);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  if (death.control)
    CHECK_EQ(RpcBindingFree(&death.control), RPC_S_OK);
  CloseHandle(port);
}

TEST_WITHIN(server_dies_while_calls_are_completed_local, 120000)
{
  server_dies_while_calls_are_completed(WIRE_LOCAL, "server dies, ncalrpc");
}

TEST_WITHIN(server_dies_while_calls_are_completed_tcp, 120000)
{
  server_dies_while_calls_are_completed(WIRE_TCP, "server dies, TCP");
}

/*
 * A server that stops listening while calls are pending, and listens again: nothing is left
 * when RpcMgmtWaitServerListen or RpcServerUnregisterIf comes back, a call that comes too late
 * is refused, and the same connections serve the next calls.
 */
#include "async_call.h"
#include "race.h"
#include "seats.h"

#define PENDING 10 /* in their seats when the server stops */
#define MORE    10 /* made at the same moment */
#define CALLS   (PENDING + MORE)

struct stop_race {
  RPC_BINDING_HANDLE binding;
  bool unregister; /* how the server stops: this way, or by not listening any more */
  volatile LONG stopped;
};

static struct async_call calls[CALLS];
static LONG answers[CALLS];
static bool made[CALLS];

static bool is_refused(RPC_STATUS status)
{
  return status == RPC_S_SERVER_TOO_BUSY || status == RPC_S_UNKNOWN_IF ||
         status == RPC_S_SERVER_UNAVAILABLE || status == RPC_S_CALL_FAILED_DNE;
}

static void make_call(RPC_BINDING_HANDLE binding, LONG number)
{
  struct async_call *call = &calls[number];
  CHECK_EQ(RpcAsyncInitializeHandle(&call->state, sizeof(call->state)), RPC_S_OK);
  call->state.NotificationType = RpcNotificationTypeEvent;
  call->state.u.hEvent = call->event;
  answers[number] = -1;
  DWORD raised = RAISED(async_hold, &call->state, binding, number, &answers[number]);
  made[number] = !raised;
  if (raised && !is_refused((RPC_STATUS)raised))
    check_failed(__FILE__, __LINE__, "the call raised %lu", raised);
}

/* Completes whoever sits, until the server has stopped: it waits for them. */
static void complete_and_call(void *context)
{
  struct stop_race *stop = context;
  long next = PENDING;
  do {
    for (LONG i = 0; i < CALLS; i++)
      if (seats[i].state)
        CHECK_EQ(seat_release(i, i), RPC_S_OK);
    if (next < CALLS)
      make_call(stop->binding, next++);
  } while (next < CALLS || !InterlockedCompareExchange(&stop->stopped, 0, 0));
}

static void stop_serving(void *context)
{
  struct stop_race *stop = context;
  if (stop->unregister) {
    seats_unregister(true);
  } else {
    CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
    CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  }
  for (int i = 0; i < CALLS; i++)
    CHECK(!seats[i].state);
  InterlockedExchange(&stop->stopped, 1);
}

static void serve_again(const struct stop_race *stop)
{
  if (stop->unregister)
    seats_register();
  else
    CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
}

/* A call while the server has stopped: no. */
static void expect_refusal(RPC_BINDING_HANDLE binding)
{
  make_call(binding, 0);
  if (made[0]) {
    CHECK_SIGNALLED(calls[0].event);
    CHECK(is_refused(RpcAsyncCompleteCall(&calls[0].state, NULL)));
  }
  CHECK(!seats[0].state);
}

static void finish_call(struct race *race, LONG number)
{
  RPC_STATUS status = RPC_S_SERVER_UNAVAILABLE;
  if (made[number]) {
    CHECK_SIGNALLED(calls[number].event);
    status = RpcAsyncCompleteCall(&calls[number].state, NULL);
    CHECK(!async_call_is_notified(&calls[number]));
  }
  if (status != RPC_S_OK && !is_refused(status))
    check_failed(__FILE__, __LINE__, "call %ld ended with %ld", (long)number, status);
  CHECK_EQ(answers[number], status == RPC_S_OK ? number : -1);
  if (number < PENDING)
    CHECK_EQ(status, RPC_S_OK);
  else
    race_count(race, status == RPC_S_OK ? 0 : 1);
}

/* `rounds` counts the calls that are made while the server stops. */
static void stop_while_calls_are_pending(enum wire wire, bool unregister, const char *name)
{
  struct race race;
  char endpoint[64];
  struct stop_race stop = {.unregister = unregister};
  stop.binding = seats_listen(wire, endpoint, sizeof(endpoint));
  for (int i = 0; i < CALLS; i++)
    async_call_init(&calls[i]);
  race_begin(&race, name, "answered", "refused", race_rounds() / 4);
  while (race_goes_on(&race)) {
    stop.stopped = 0;
    for (LONG i = 0; i < PENDING; i++)
      make_call(stop.binding, i);
    seats_wait(PENDING);
    race_run(&race, complete_and_call, stop_serving, &stop);
    for (LONG i = 0; i < CALLS; i++)
      finish_call(&race, i);
    expect_refusal(stop.binding);
    serve_again(&stop);
  }
  race_end(&race);
  for (int i = 0; i < CALLS; i++)
    async_call_close(&calls[i]);
  seats_stop(stop.binding);
}

TEST_WITHIN(stop_listening_while_calls_are_pending_local, 120000)
{
  stop_while_calls_are_pending(WIRE_LOCAL, false, "call / stop listening, ncalrpc");
}

TEST_WITHIN(stop_listening_while_calls_are_pending_tcp, 120000)
{
  stop_while_calls_are_pending(WIRE_TCP, false, "call / stop listening, TCP");
}

TEST_WITHIN(unregister_while_calls_are_pending_local, 120000)
{
  stop_while_calls_are_pending(WIRE_LOCAL, true, "call / unregister, ncalrpc");
}

TEST_WITHIN(unregister_while_calls_are_pending_tcp, 120000)
{
  stop_while_calls_are_pending(WIRE_TCP, true, "call / unregister, TCP");
}

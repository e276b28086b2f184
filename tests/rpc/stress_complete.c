/*
 * Two threads that both want to end the same call: exactly one does, the other is told no, and
 * the call has that one's outcome.
 */
#include "async_call.h"
#include "race.h"
#include "seats.h"

#define BATCH      32
#define ABORT_CODE 7777

static struct async_call calls[BATCH];
static LONG answers[BATCH];
static RPC_BINDING_HANDLE binding;

static void make_calls(void)
{
  for (long i = 0; i < BATCH; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&calls[i].state, sizeof(calls[i].state)), RPC_S_OK);
    calls[i].state.NotificationType = RpcNotificationTypeEvent;
    calls[i].state.u.hEvent = calls[i].event;
    answers[i] = -1;
    async_hold(&calls[i].state, binding, i, &answers[i]);
  }
  seats_wait(BATCH);
}

static void begin(enum wire wire)
{
  char endpoint[64];
  binding = seats_listen(wire, endpoint, sizeof(endpoint));
  for (int i = 0; i < BATCH; i++)
    async_call_init(&calls[i]);
}

static void end(void)
{
  for (int i = 0; i < BATCH; i++)
    async_call_close(&calls[i]);
  seats_stop(binding);
}

struct ending {
  RPC_ASYNC_STATE *state;
  RPC_STATUS status[2];
};

/* Which of the two was first; checks that the other was refused. */
static int winner(const struct ending *ending)
{
  int first = ending->status[0] == RPC_S_OK ? 0 : 1;
  CHECK_EQ(ending->status[first], RPC_S_OK);
  CHECK(ending->status[!first] == RPC_S_INVALID_ASYNC_CALL ||
        ending->status[!first] == RPC_S_INVALID_ASYNC_HANDLE);
  return first;
}

/* ---- the server's side ---- */

static void complete(void *context)
{
  struct ending *ending = context;
  ending->status[0] = RpcAsyncCompleteCall(ending->state, NULL);
}

static void abort_call(void *context)
{
  struct ending *ending = context;
  ending->status[1] = RpcAsyncAbortCall(ending->state, ABORT_CODE);
}

static void complete_against_abort(enum wire wire, const char *name)
{
  struct race race;
  begin(wire);
  race_begin(&race, name, "completed", "aborted", race_rounds() / 2);
  while (race_goes_on(&race)) {
    make_calls();
    for (long i = 0; i < BATCH; i++) {
      struct ending ending = {seat_take(i), {-1, -1}};
      *seats[i].answer = i;
      race_run(&race, complete, abort_call, &ending);
      int first = winner(&ending);
      CHECK_SIGNALLED(calls[i].event);
      CHECK_EQ(RpcAsyncCompleteCall(&calls[i].state, NULL), first ? ABORT_CODE : RPC_S_OK);
      CHECK_EQ(answers[i], first ? -1 : i);
      CHECK(!async_call_is_notified(&calls[i]));
      race_count(&race, first);
    }
  }
  race_end(&race);
  end();
}

TEST_WITHIN(abort_against_complete_local, 120000)
{
  complete_against_abort(WIRE_LOCAL, "server completes / aborts, ncalrpc");
}

TEST_WITHIN(abort_against_complete_tcp, 120000)
{
  complete_against_abort(WIRE_TCP, "server completes / aborts, TCP");
}

/* ---- the client's side ---- */

static void complete_second(void *context)
{
  struct ending *ending = context;
  ending->status[1] = RpcAsyncCompleteCall(ending->state, NULL);
}

static void complete_against_complete(enum wire wire, const char *name)
{
  struct race race;
  begin(wire);
  race_begin(&race, name, "by the first", "by the second", race_rounds() / 2);
  while (race_goes_on(&race)) {
    make_calls();
    for (long i = 0; i < BATCH; i++)
      CHECK_EQ(seat_release(i, i), RPC_S_OK);
    for (long i = 0; i < BATCH; i++) {
      struct ending ending = {&calls[i].state, {-1, -1}};
      CHECK_SIGNALLED(calls[i].event);
      race_run(&race, complete, complete_second, &ending);
      race_count(&race, winner(&ending));
      CHECK_EQ(answers[i], i);
      CHECK(!async_call_is_notified(&calls[i]));
    }
  }
  race_end(&race);
  end();
}

TEST_WITHIN(complete_against_complete_local, 120000)
{
  complete_against_complete(WIRE_LOCAL, "client completes / completes, ncalrpc");
}

TEST_WITHIN(complete_against_complete_tcp, 120000)
{
  complete_against_complete(WIRE_TCP, "client completes / completes, TCP");
}

/* ---- the server's side, twice the same ---- */

static void complete_twice(enum wire wire, const char *name)
{
  struct race race;
  begin(wire);
  race_begin(&race, name, "by the first", "by the second", race_rounds() / 2);
  while (race_goes_on(&race)) {
    make_calls();
    for (long i = 0; i < BATCH; i++) {
      struct ending ending = {seat_take(i), {-1, -1}};
      *seats[i].answer = i;
      race_run(&race, complete, complete_second, &ending);
      race_count(&race, winner(&ending));
      CHECK_SIGNALLED(calls[i].event);
      CHECK_EQ(RpcAsyncCompleteCall(&calls[i].state, NULL), RPC_S_OK);
      CHECK_EQ(answers[i], i);
      CHECK(!async_call_is_notified(&calls[i]));
    }
  }
  race_end(&race);
  end();
}

TEST_WITHIN(server_completes_against_itself_local, 120000)
{
  complete_twice(WIRE_LOCAL, "server completes / completes, ncalrpc");
}

TEST_WITHIN(server_completes_against_itself_tcp, 120000)
{
  complete_twice(WIRE_TCP, "server completes / completes, TCP");
}

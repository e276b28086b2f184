/*
 * Cancels against what may happen at the same moment: the reply, and the request entering its
 * manager routine. Each call has one outcome and one notification, the server learns of every
 * cancel, and nothing is left behind.
 */
#include "async_call.h"
#include "race.h"
#include "seats.h"

#define BATCH 32

static struct async_call calls[BATCH];
static LONG answers[BATCH];
static RPC_BINDING_HANDLE binding;

static void make_calls(long count)
{
  for (long i = 0; i < count; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&calls[i].state, sizeof(calls[i].state)), RPC_S_OK);
    calls[i].state.NotificationType = RpcNotificationTypeEvent;
    calls[i].state.u.hEvent = calls[i].event;
    answers[i] = -1;
    async_hold(&calls[i].state, binding, i, &answers[i]);
  }
}

/* The one outcome of a call, after its one notification; its answer is whole or untouched. */
static RPC_STATUS finish(long number)
{
  CHECK_SIGNALLED(calls[number].event);
  RPC_STATUS status = RpcAsyncCompleteCall(&calls[number].state, NULL);
  CHECK(status == RPC_S_OK || status == RPC_S_CALL_CANCELLED);
  CHECK_EQ(answers[number], status == RPC_S_OK ? number : -1);
  CHECK(!async_call_is_notified(&calls[number]));
  return status;
}

/* Everything made before has been dispatched, or dropped, and every cancel been read. */
static void flush(void)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  async_add(&call.state, binding, 20, 3);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
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

/* ---- reply against abortive cancel ---- */

struct reply_race {
  long number;
  RPC_STATUS reply;
};

static void reply(void *context)
{
  struct reply_race *call = context;
  call->reply = seat_release(call->number, call->number);
}

static void cancel_and_abort(void *context)
{
  struct reply_race *call = context;
  CHECK_EQ(RpcAsyncCancelCall(&calls[call->number].state, TRUE), RPC_S_OK);
}

static void reply_against_abortive_cancel(enum wire wire, const char *name)
{
  struct race race;
  begin(wire);
  race_begin(&race, name, "replied", "cancelled", race_rounds() / 2);
  while (race_goes_on(&race)) {
    make_calls(BATCH);
    seats_wait(BATCH);
    for (long i = 0; i < BATCH; i++) {
      struct reply_race call = {i, -1};
      race_run(&race, reply, cancel_and_abort, &call);
      RPC_STATUS status = finish(i);
      /* The server may have sent what the client no longer wants, but not the other way. */
      CHECK(call.reply == RPC_S_OK || call.reply == RPC_S_CALL_FAILED);
      if (status == RPC_S_OK)
        CHECK_EQ(call.reply, RPC_S_OK);
      race_count(&race, status == RPC_S_OK ? 0 : 1);
    }
    for (long i = 0; i < BATCH; i++)
      CHECK(!async_call_is_notified(&calls[i]));
    flush();
  }
  race_end(&race);
  end();
}

TEST_WITHIN(reply_against_abortive_cancel_local, 120000)
{
  reply_against_abortive_cancel(WIRE_LOCAL, "reply / abortive cancel, ncalrpc");
}

TEST_WITHIN(reply_against_abortive_cancel_tcp, 120000)
{
  reply_against_abortive_cancel(WIRE_TCP, "reply / abortive cancel, TCP");
}

/* ---- cancel against dispatch ---- */

static void let_dispatch(void *context)
{
  (void)context;
  seats_open_gate();
}

static void cancel_all(void *context)
{
  for (long i = 0; i < BATCH; i++)
    CHECK_EQ(RpcAsyncCancelCall(&calls[i].state, *(BOOL *)context), RPC_S_OK);
}

/* FALSE: each call enters its manager routine, which has been told by then, or is told now. */
static void end_cancelled_call(struct race *race, long number)
{
  RPC_ASYNC_STATE *state = seats[number].state;
  CHECK(state);
  CHECK_EQ(RpcServerTestCancel(RpcAsyncGetCallHandle(state)), RPC_S_OK);
  race_count(race, seats[number].cancelled_at_entry ? 1 : 0);
  CHECK(!async_call_is_notified(&calls[number]));
  CHECK_EQ(seat_release(number, number), RPC_S_OK);
  CHECK_EQ(finish(number), RPC_S_OK);
}

/* TRUE: the call is over for the client; its manager routine is entered, or is not. */
static void end_abandoned_call(struct race *race, long number)
{
  bool entered = seats[number].state;
  CHECK_EQ(finish(number), RPC_S_CALL_CANCELLED);
  race_count(race, entered ? 0 : 1);
  if (entered)
    CHECK_EQ(seat_release(number, number), RPC_S_CALL_FAILED);
}

/*
 * The calls queue up behind one whose manager routine stays inside; the race begins when it
 * comes back.
 */
static void cancel_against_dispatch(enum wire wire, BOOL abandon, const char *name)
{
  struct race race;
  begin(wire);
  race_begin(&race, name, "entered first", abandon ? "dropped" : "cancelled at entry",
             race_rounds() / 2);
  while (race_goes_on(&race)) {
    struct async_call gate;
    LONG answer = -1;
    seats_close_gate();
    async_call_init(&gate);
    async_hold(&gate.state, binding, -1, &answer);
    seats_wait_at_gate();
    make_calls(BATCH);
    race_run(&race, let_dispatch, cancel_all, &abandon);
    CHECK_EQ(async_call_finish(&gate, NULL), RPC_S_OK);
    flush();
    for (long i = 0; i < BATCH; i++)
      (abandon ? end_abandoned_call : end_cancelled_call)(&race, i);
  }
  race_end(&race);
  end();
}

TEST_WITHIN(cancel_against_dispatch_local, 120000)
{
  cancel_against_dispatch(WIRE_LOCAL, FALSE, "cancel / dispatch, ncalrpc");
}

TEST_WITHIN(cancel_against_dispatch_tcp, 120000)
{
  cancel_against_dispatch(WIRE_TCP, FALSE, "cancel / dispatch, TCP");
}

TEST_WITHIN(abortive_cancel_against_dispatch_local, 120000)
{
  cancel_against_dispatch(WIRE_LOCAL, TRUE, "abortive cancel / dispatch, ncalrpc");
}

TEST_WITHIN(abortive_cancel_against_dispatch_tcp, 120000)
{
  cancel_against_dispatch(WIRE_TCP, TRUE, "abortive cancel / dispatch, TCP");
}

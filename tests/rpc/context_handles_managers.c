#include "context_handles.h"

#include "held_calls.h"
#include "strict_contexts.h"

#include "../harness/harness.h"

struct context_state context_states[STATES];
static LONG alive, run_down;

LONG contexts_alive(void)
{
  return InterlockedCompareExchange(&alive, 0, 0);
}

LONG contexts_run_down(void)
{
  return InterlockedCompareExchange(&run_down, 0, 0);
}

static struct context_state *open(LONG id)
{
  CHECK(id >= 0 && id < STATES);
  struct context_state *state = &context_states[id];
  *state = (struct context_state){.id = id};
  InterlockedIncrement(&alive);
  return state;
}

static void close(struct context_state *state)
{
  CHECK(!state->run_down);
  CHECK_EQ(InterlockedIncrement(&state->closed), 1);
  InterlockedDecrement(&alive);
}

void __RPC_USER context_t_rundown(context_t context)
{
  struct context_state *state = context;
  CHECK(state);
  /* Exactly once, never with a call that uses it, and not after it has been closed. */
  CHECK_EQ(InterlockedCompareExchange(&state->users, 0, 0), 0);
  CHECK(!state->closed);
  CHECK_EQ(InterlockedIncrement(&state->run_down), 1);
  InterlockedDecrement(&alive);
  InterlockedIncrement(&run_down);
}

static LONG enter(struct context_state *state)
{
  CHECK(state && state >= context_states && state < context_states + STATES);
  CHECK(!state->closed && !state->run_down);
  LONG users = InterlockedIncrement(&state->users);
  CHECK(users == 1 || state->shared);
  return InterlockedIncrement(&state->uses);
}

static void leave(struct context_state *state)
{
  CHECK(InterlockedDecrement(&state->users) >= 0);
}

void context_leave(LONG id)
{
  leave(&context_states[id]);
}

static void complete(RPC_ASYNC_STATE *call, void *reply)
{
  CHECK_EQ(RpcAsyncCompleteCall(call, reply), RPC_S_OK);
}

void server_context_open(PRPC_ASYNC_STATE call, handle_t binding, LONG id, context_t *context)
{
  (void)binding;
  CHECK(!*context);
  *context = open(id);
  complete(call, NULL);
}

void server_context_open_held(PRPC_ASYNC_STATE call, handle_t binding, LONG id, LONG number,
                              context_t *context)
{
  (void)binding;
  *context = open(id);
  held_calls_park(call, HELD_VOID, number, NULL, NULL);
}

void server_context_open_fails(PRPC_ASYNC_STATE call, handle_t binding, LONG id, ULONG code,
                               context_t *context)
{
  (void)binding;
  struct context_state *state = open(id);
  *context = state;
  close(state); /* as a manager routine does that has to give up */
  CHECK_EQ(RpcAsyncAbortCall(call, code), RPC_S_OK);
}

void server_context_use(PRPC_ASYNC_STATE call, context_t context)
{
  LONG uses = enter(context);
  leave(context);
  RPC_STATUS status = RpcAsyncCompleteCall(call, &uses);
  CHECK(status == RPC_S_OK || status == RPC_S_CALL_FAILED); /* the client is gone */
}

void server_context_hold(PRPC_ASYNC_STATE call, context_t context, LONG number, LONG *answer)
{
  enter(context);
  held_calls_park(call, HELD_LONG, number, answer, NULL);
}

void server_context_hold_shared(PRPC_ASYNC_STATE call, context_t context, LONG number,
                                LONG *answer)
{
  enter(context);
  ((struct context_state *)context)->shared = 1;
  CHECK_EQ(RpcSsContextLockShared(RpcAsyncGetCallHandle(call), context), RPC_S_OK);
  held_calls_park(call, HELD_LONG, number, answer, NULL);
}

void server_context_use_two(PRPC_ASYNC_STATE call, context_t one, context_t two)
{
  enter(one);
  enter(two);
  SwitchToThread();
  leave(two);
  leave(one);
  complete(call, NULL);
}

void server_context_hold_two(PRPC_ASYNC_STATE call, context_t one, context_t two, LONG number,
                             LONG *answer)
{
  enter(one);
  enter(two);
  held_calls_park(call, HELD_LONG, number, answer, NULL);
}

void server_context_close(PRPC_ASYNC_STATE call, context_t *context)
{
  enter(*context);
  leave(*context);
  close(*context);
  *context = NULL;
  complete(call, NULL);
}

void server_context_close_held(PRPC_ASYNC_STATE call, context_t *context, LONG number)
{
  enter(*context);
  leave(*context);
  close(*context);
  *context = NULL;
  held_calls_park(call, HELD_VOID, number, NULL, NULL);
}

void server_context_close_fails(PRPC_ASYNC_STATE call, context_t *context, ULONG code)
{
  enter(*context);
  leave(*context);
  close(*context);
  *context = NULL;
  CHECK_EQ(RpcAsyncAbortCall(call, code), RPC_S_OK);
}

void server_context_fail(PRPC_ASYNC_STATE call, context_t *context, ULONG code)
{
  (void)call;
  enter(*context);
  leave(*context);
  RpcRaiseException(code);
}

void server_context_replace(PRPC_ASYNC_STATE call, context_t *old, LONG id, context_t *fresh)
{
  close(*old);
  *old = NULL;
  *fresh = open(id);
  complete(call, NULL);
}

void server_context_open_if_null(PRPC_ASYNC_STATE call, handle_t binding, context_t *context,
                                 LONG id)
{
  (void)binding;
  if (!*context)
    *context = open(id);
  LONG uses = enter(*context);
  leave(*context);
  complete(call, &uses);
}

/* ---- the other interfaces: synchronous ---- */

void __RPC_USER guest_t_rundown(guest_t context)
{
  context_t_rundown(context);
}

void __RPC_USER stranger_t_rundown(stranger_t context)
{
  context_t_rundown(context);
}

LONG server_guest_use(guest_t context)
{
  LONG uses = enter(context);
  leave(context);
  return uses;
}

void server_stranger_open(handle_t binding, stranger_t *context)
{
  (void)binding;
  *context = open(STATES - 1);
}

LONG server_stranger_use(stranger_t context)
{
  return server_guest_use(context);
}

void server_stranger_close(stranger_t *context)
{
  close(*context);
  *context = NULL;
}

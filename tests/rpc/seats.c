#include "seats.h"

#include "procedures.h"

struct seat seats[SEATS];

static volatile LONG gate_is_open;
static volatile LONG at_gate;

static void wait_in_gate(RPC_ASYNC_STATE *state, LONG *answer)
{
  InterlockedExchange(&at_gate, 1);
  while (!InterlockedCompareExchange(&gate_is_open, 0, 0))
    SwitchToThread();
  *answer = 0;
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
}

static void hold(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG *answer)
{
  bool cancelled = RpcServerTestCancel(RpcAsyncGetCallHandle(state)) == RPC_S_OK;
  (void)binding;
  if (number < 0) {
    wait_in_gate(state, answer);
    return;
  }
  CHECK(number < SEATS);
  seats[number].cancelled_at_entry = cancelled;
  seats[number].answer = answer;
  CHECK(!InterlockedExchangePointer((void *volatile *)&seats[number].state, state));
}

/* The manager routines in the order of calls_procedures.h; NULL: not called by these tests. */
static struct {
  void (*add)(PRPC_ASYNC_STATE, handle_t, LONG, LONG);
  void (*hold)(PRPC_ASYNC_STATE, handle_t, LONG, LONG *);
  void *others[13];
  void (*session_open)(PRPC_ASYNC_STATE, handle_t, LONG, session_t *);
  void *last[3];
} managers = {.add = async_server_add, .hold = hold, .session_open = async_server_session_open};

void seats_register(void)
{
  CHECK_EQ(
      RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)&managers),
      RPC_S_OK);
}

void seats_unregister(bool wait)
{
  CHECK_EQ(RpcServerUnregisterIf(async_server_calls_v1_0_s_ifspec, NULL, wait), RPC_S_OK);
}

RPC_BINDING_HANDLE seats_listen(enum wire wire, char *endpoint, size_t size)
{
  endpoint_choose(wire, endpoint, size);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  seats_register();
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

void seats_stop(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  seats_unregister(true);
}

void seats_wait(long count)
{
  for (long i = 0; i < count; i++)
    while (!seats[i].state)
      SwitchToThread();
}

RPC_ASYNC_STATE *seat_take(long number)
{
  return InterlockedExchangePointer((void *volatile *)&seats[number].state, NULL);
}

RPC_STATUS seat_release(long number, LONG answer)
{
  RPC_ASYNC_STATE *state = seat_take(number);
  CHECK(state);
  *seats[number].answer = answer;
  return RpcAsyncCompleteCall(state, NULL);
}

void seats_close_gate(void)
{
  at_gate = gate_is_open = 0;
}

void seats_wait_at_gate(void)
{
  while (!InterlockedCompareExchange(&at_gate, 0, 0))
    SwitchToThread();
}

void seats_open_gate(void)
{
  InterlockedExchange(&gate_is_open, 1);
}

/*
 * Manager routines that end the thread they are called on: the call fails, nothing waits for it
 * for ever, and the server goes on.
 */
#include "async_call.h"
#include "server.h"

#define ROUNDS 2 /* the runtime looks for threads that were terminated every few seconds */

enum death { EXIT_THREAD, TERMINATE_THREAD, OVERFLOW_STACK, DEATHS };

static volatile LONG always = 1;

static __attribute__((noinline)) int recurse(volatile char *caller)
{
  volatile char frame[200];
  frame[0] = caller[0];
  return always ? recurse(frame) + frame[0] : 0;
}

static void die(LONG how)
{
  volatile char start = 0;
  if (how == EXIT_THREAD)
    ExitThread(0);
  else if (how == TERMINATE_THREAD)
    TerminateThread(GetCurrentThread(), 0);
  else if (how == OVERFLOW_STACK)
    recurse(&start);
}

static LONG sync_add_or_die(handle_t binding, LONG how, LONG number)
{
  (void)binding;
  die(how);
  return number;
}

static void async_add_or_die(PRPC_ASYNC_STATE state, handle_t binding, LONG how, LONG number)
{
  (void)binding;
  die(how);
  CHECK_EQ(RpcAsyncCompleteCall(state, &number), RPC_S_OK);
}

static struct {
  LONG (*add)(handle_t binding, LONG how, LONG number);
  void *others[20];
} sync_managers = {.add = sync_add_or_die};

static struct {
  void (*add)(PRPC_ASYNC_STATE state, handle_t binding, LONG how, LONG number);
  void *others[20];
} async_managers = {.add = async_add_or_die};

static RPC_BINDING_HANDLE listen_here(enum wire wire, enum managers managers)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  if (managers == MANAGERS_SYNC)
    CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL,
                                 (RPC_MGR_EPV *)&sync_managers),
             RPC_S_OK);
  else
    CHECK_EQ(RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL,
                                 (RPC_MGR_EPV *)&async_managers),
             RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

static void check_death(RPC_BINDING_HANDLE binding, LONG how)
{
  struct async_call call, behind;
  LONG sum = 0;
  RPC_STATUS status;
  CHECK_EQ(RAISED(sync_add, binding, how, 0), RPC_S_CALL_FAILED);
  async_call_init(&call);
  async_add(&call.state, binding, how, 0);
  async_call_init(&behind);
  async_add(&behind.state, binding, DEATHS, 7);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_CALL_FAILED);
  /* Its connection may have ended with the thread that was reading it. */
  status = async_call_finish(&behind, &sum);
  CHECK(status == RPC_S_CALL_FAILED || (status == RPC_S_OK && sum == 7));
  async_call_init(&behind);
  async_add(&behind.state, binding, DEATHS, 8);
  status = async_call_finish(&behind, &sum);
  CHECK(status == RPC_S_CALL_FAILED || (status == RPC_S_OK && sum == 8));
  CHECK_EQ(sync_add(binding, DEATHS, 9), 9);
}

/* Listening ends when no call is in progress: none of the dead is. */
static void run(enum wire wire, enum managers managers)
{
  RPC_BINDING_HANDLE binding = listen_here(wire, managers);
  for (int i = 0; i < ROUNDS; i++)
    for (LONG how = 0; how < DEATHS; how++)
      check_death(binding, how);
  CHECK_EQ(sync_add(binding, DEATHS, 5), 5);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  CHECK_EQ(RpcServerUnregisterIf(NULL, NULL, TRUE), RPC_S_OK);
}

TEST_WITHIN(synchronous_managers_local, 100000)
{
  run(WIRE_LOCAL, MANAGERS_SYNC);
}

TEST_WITHIN(synchronous_managers_tcp, 100000)
{
  run(WIRE_TCP, MANAGERS_SYNC);
}

TEST_WITHIN(asynchronous_managers_local, 100000)
{
  run(WIRE_LOCAL, MANAGERS_ASYNC);
}

TEST_WITHIN(asynchronous_managers_tcp, 100000)
{
  run(WIRE_TCP, MANAGERS_ASYNC);
}

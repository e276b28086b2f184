/*
 * Asynchronous calls of one thread on one binding handle are dispatched in the order made; and
 * what may run beside.
 */
#include "async_call.h"
#include "held_calls.h"
#include "server.h"

#include <stdlib.h>

#define THREADS 8
#define CALLS   1000

struct caller {
  RPC_BINDING_HANDLE binding;
  LONG thread;
  LONG misplaced; /* what the server counted */
};

static void start_mark(struct caller *caller, RPC_ASYNC_STATE *state, HANDLE port,
                       LONG sequence)
{
  CHECK_EQ(RpcAsyncInitializeHandle(state, sizeof(*state)), RPC_S_OK);
  state->NotificationType = RpcNotificationTypeIoc;
  state->u.IOC.hIOPort = port;
  state->u.IOC.dwNumberOfBytesTransferred = 0;
  state->u.IOC.dwCompletionKey = (DWORD_PTR)state;
  state->u.IOC.lpOverlapped = NULL;
  async_mark(state, caller->binding, caller->thread, sequence);
}

static DWORD WINAPI make_calls(void *context)
{
  struct caller *caller = context;
  RPC_ASYNC_STATE *states = calloc(CALLS, sizeof(*states));
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  CHECK(states && port);
  for (LONG i = 0; i < CALLS; i++)
    start_mark(caller, &states[i], port, i + 1);
  for (LONG i = 0; i < CALLS; i++) {
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    LONG misplaced = 0;
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE));
    CHECK_EQ(RpcAsyncCompleteCall((RPC_ASYNC_STATE *)key, &misplaced), RPC_S_OK);
    if (misplaced > caller->misplaced)
      caller->misplaced = misplaced;
  }
  CloseHandle(port);
  free(states);
  return 0;
}

static LONG call_from_all_threads(RPC_BINDING_HANDLE binding)
{
  struct caller callers[THREADS] = {0};
  HANDLE threads[THREADS];
  LONG misplaced = 0;
  for (int i = 0; i < THREADS; i++) {
    callers[i].binding = binding;
    callers[i].thread = i;
    threads[i] = CreateThread(NULL, 0, make_calls, &callers[i], 0, NULL);
    CHECK(threads[i]);
  }
  for (int i = 0; i < THREADS; i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
    if (callers[i].misplaced > misplaced)
      misplaced = callers[i].misplaced;
  }
  return misplaced;
}

ON_EACH_SERVER(calls_of_a_thread_are_dispatched_in_order)
{
  CHECK_EQ(call_from_all_threads(server->binding), 0);
}

/* Without the promise of order every call still comes, once. */
ON_LOCAL_AND_REMOTE(noncausal_calls_all_arrive)
{
  CHECK_EQ(RpcBindingSetOption(server->binding, RPC_C_OPT_BINDING_NONCAUSAL, TRUE), RPC_S_OK);
  call_from_all_threads(server->binding);
}

ON_EACH_SERVER(synchronous_call_runs_while_asynchronous_ones_are_pending)
{
  struct async_call calls[50];
  LONG answers[50] = {0};
  for (int i = 0; i < 50; i++) {
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, server->binding, i, &answers[i]);
  }
  server_wait_held(server, 50);
  for (LONG i = 0; i < 20; i++)
    CHECK_EQ(sync_add(server->binding, i, 1), i + 1);
  for (int i = 0; i < 50; i++) {
    CHECK_EQ(RpcAsyncGetCallStatus(&calls[i].state), RPC_S_ASYNC_CALL_PENDING);
    CHECK_EQ(server_release(server, i, i + 1), RPC_S_OK);
    CHECK_EQ(async_call_finish(&calls[i], NULL), RPC_S_OK);
    CHECK_EQ(answers[i], i + 1);
  }
}

struct blocked {
  RPC_BINDING_HANDLE binding;
  LONG answer;
};

static DWORD WINAPI hold_synchronously(void *context)
{
  struct blocked *blocked = context;
  sync_hold(blocked->binding, 1000, &blocked->answer);
  return 0;
}

ON_LOCAL_AND_REMOTE(asynchronous_calls_run_while_a_synchronous_one_is_pending)
{
  struct blocked blocked = {server->binding, 0};
  HANDLE thread = CreateThread(NULL, 0, hold_synchronously, &blocked, 0, NULL);
  CHECK(thread);
  server_wait_held(server, 1);
  for (LONG i = 0; i < 20; i++) {
    struct async_call call;
    LONG sum = 0;
    async_call_init(&call);
    async_add(&call.state, server->binding, i, 1);
    CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
    CHECK_EQ(sum, i + 1);
  }
  CHECK_EQ(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
  CHECK_EQ(server_release(server, 1000, 31), RPC_S_OK);
  CHECK_SIGNALLED(thread);
  CHECK_EQ(blocked.answer, 31);
  CloseHandle(thread);
}

/*
 * Synchronous manager routines that wait, called by asynchronous clients: the pool gives each a
 * thread.
 */
static void hold_in_synchronous_managers(enum wire wire)
{
  struct server server;
  struct async_call calls[8];
  LONG answers[8] = {0};
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  for (int i = 0; i < 8; i++) {
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, server.binding, i, &answers[i]);
  }
  server_wait_held(&server, 8);
  for (int i = 7; i >= 0; i--) {
    CHECK_EQ(server_release(&server, i, i + 10), RPC_S_OK);
    CHECK_EQ(async_call_finish(&calls[i], NULL), RPC_S_OK);
    CHECK_EQ(answers[i], i + 10);
  }
  server_stop(&server);
}

TEST(synchronous_managers_run_side_by_side_local)
{
  hold_in_synchronous_managers(WIRE_LOCAL);
}

TEST(synchronous_managers_run_side_by_side_tcp)
{
  hold_in_synchronous_managers(WIRE_TCP);
}

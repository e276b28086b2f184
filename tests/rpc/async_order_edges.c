/*
 * The order of calls where it is easily lost: among large calls and small ones, after the
 * connection was lost; and without it, by RPC_C_OPT_BINDING_NONCAUSAL. See also async_order.c.
 */
#include "async_call.h"
#include "held_calls.h"
#include "procedures.h"
#include "server.h"

#include <stdlib.h>

#define THREADS 8
#define CALLS   1000

/* Operations of `calls` that these servers have. */
#define OP_HOLD  1
#define OP_BLOCK 5 /* in place of nothing: its routine returns when the test lets it */
#define OP_ECHO  14
#define OP_MARK  18
#define OPNUMS   32

static LONG arrivals[THREADS][CALLS + 1]; /* of each number of each thread */
static LONG last[THREADS];
static LONG misplaced;
static HANDLE unblock;

static void note_arrival(LONG thread, LONG sequence)
{
  CHECK(thread >= 0 && thread < THREADS && sequence > 0 && sequence <= CALLS);
  InterlockedIncrement(&arrivals[thread][sequence]);
  if (InterlockedExchange(&last[thread], sequence) != sequence - 1)
    InterlockedIncrement(&misplaced);
}

static void mark(PRPC_ASYNC_STATE state, handle_t binding, LONG thread, LONG sequence)
{
  LONG reply = 0;
  (void)binding;
  note_arrival(thread, sequence);
  CHECK_EQ(RpcAsyncCompleteCall(state, &reply), RPC_S_OK);
}

/* The data begins with what `mark` has as arguments. */
static void mark_by_echo(PRPC_ASYNC_STATE state, handle_t binding, LONG count, byte *data,
                         LONG *reply_count, byte **reply)
{
  LONG numbers[2];
  (void)binding;
  CHECK(count >= (LONG)sizeof(numbers));
  memcpy(numbers, data, sizeof(numbers));
  note_arrival(numbers[0], numbers[1]);
  *reply_count = 1;
  *reply = midl_user_allocate(1);
  CHECK(*reply);
  **reply = data[count - 1];
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
}

static void block(PRPC_ASYNC_STATE state, handle_t binding)
{
  (void)binding;
  CHECK_SIGNALLED(unblock);
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
}

/* A server in this process with the manager routines above; a binding to it. */
static RPC_BINDING_HANDLE listen_here(enum wire wire)
{
  static void *vector[OPNUMS] = {
      [OP_HOLD] = async_server_hold,
      [OP_BLOCK] = block,
      [OP_ECHO] = mark_by_echo,
      [OP_MARK] = mark,
  };
  char endpoint[64];
  unblock = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(unblock);
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

static void stop_listening(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

/* ---- many calls of one thread ---- */

/* One of them; it posts itself to the port when it is complete. */
struct numbered {
  RPC_ASYNC_STATE state;
  LONG reply;
  byte *bytes; /* of echo */
};

struct caller {
  RPC_BINDING_HANDLE binding;
  LONG thread;
  LONG calls;
  LONG large_every; /* 0: all are small */
  LONG worst;       /* of the replies of mark */
};

#define LARGE (1 << 20)

static void start_large(struct caller *caller, struct numbered *call, LONG sequence)
{
  LONG numbers[2] = {caller->thread, sequence};
  byte *data = calloc(1, LARGE);
  CHECK(data);
  memcpy(data, numbers, sizeof(numbers));
  async_echo(&call->state, caller->binding, LARGE, data, &call->reply, &call->bytes);
  free(data);
}

static void start(struct caller *caller, struct numbered *call, HANDLE port, LONG sequence)
{
  CHECK_EQ(RpcAsyncInitializeHandle(&call->state, sizeof(call->state)), RPC_S_OK);
  call->state.NotificationType = RpcNotificationTypeIoc;
  call->state.u.IOC.hIOPort = port;
  call->state.u.IOC.dwNumberOfBytesTransferred = 0;
  call->state.u.IOC.dwCompletionKey = (DWORD_PTR)call;
  call->state.u.IOC.lpOverlapped = NULL;
  if (caller->large_every && sequence % caller->large_every == 1)
    start_large(caller, call, sequence);
  else
    async_mark(&call->state, caller->binding, caller->thread, sequence);
}

static void finish_next(struct caller *caller, HANDLE port)
{
  DWORD bytes;
  ULONG_PTR key;
  OVERLAPPED *overlapped;
  LONG reply = 0;
  CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE));
  struct numbered *call = (struct numbered *)key;
  CHECK_EQ(RpcAsyncCompleteCall(&call->state, &reply), RPC_S_OK);
  if (call->bytes)
    midl_user_free(call->bytes);
  else if (reply > caller->worst)
    caller->worst = reply;
}

static DWORD WINAPI make_calls(void *context)
{
  struct caller *caller = context;
  struct numbered *calls = calloc(caller->calls, sizeof(*calls));
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  CHECK(calls && port);
  for (LONG i = 0; i < caller->calls; i++)
    start(caller, &calls[i], port, i + 1);
  for (LONG i = 0; i < caller->calls; i++)
    finish_next(caller, port);
  CloseHandle(port);
  free(calls);
  return 0;
}

/* What the worst reply of mark was. */
static LONG call_from_all_threads(RPC_BINDING_HANDLE binding, LONG calls, LONG large_every)
{
  struct caller callers[THREADS];
  HANDLE threads[THREADS];
  LONG worst = 0;
  for (int i = 0; i < THREADS; i++) {
    callers[i] = (struct caller){binding, i, calls, large_every, 0};
    threads[i] = CreateThread(NULL, 0, make_calls, &callers[i], 0, NULL);
    CHECK(threads[i]);
  }
  for (int i = 0; i < THREADS; i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
    if (callers[i].worst > worst)
      worst = callers[i].worst;
  }
  return worst;
}

static void check_each_arrived_once(LONG calls)
{
  for (int i = 0; i < THREADS; i++)
    for (LONG j = 1; j <= calls; j++)
      if (arrivals[i][j] != 1)
        check_failed(__FILE__, __LINE__, "call %ld of thread %d arrived %ld times", j, i,
                     arrivals[i][j]);
}

/* The one that is sent first has arrived first, though it takes a hundred times as long. */
ON_EACH_WIRE(large_and_small_calls_of_a_thread_are_dispatched_in_order)
{
  RPC_BINDING_HANDLE binding = listen_here(wire);
  call_from_all_threads(binding, 100, 10);
  CHECK_EQ(misplaced, 0);
  check_each_arrived_once(100);
  stop_listening(binding);
}

/* ---- without order ---- */

ON_EACH_WIRE(noncausal_calls_arrive_exactly_once)
{
  RPC_BINDING_HANDLE binding = listen_here(wire);
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_BINDING_NONCAUSAL, TRUE), RPC_S_OK);
  call_from_all_threads(binding, CALLS, 0);
  check_each_arrived_once(CALLS);
  test_note("%ld of %d calls did not come right after their predecessor", misplaced,
            THREADS * CALLS);
  stop_listening(binding);
}

#define LATER 200

/* Later calls of the thread are dispatched and answered, while the manager routine of the first
 * has not returned. */
ON_EACH_WIRE(noncausal_calls_do_not_wait_for_an_earlier_one)
{
  RPC_BINDING_HANDLE binding = listen_here(wire);
  struct async_call first;
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_BINDING_NONCAUSAL, TRUE), RPC_S_OK);
  async_call_init(&first);
  async_nothing(&first.state, binding);
  for (LONG i = 1; i <= LATER; i++) {
    struct async_call later;
    LONG reply = -1;
    async_call_init(&later);
    async_mark(&later.state, binding, 0, i);
    CHECK_EQ(async_call_finish(&later, &reply), RPC_S_OK);
  }
  CHECK_EQ(RpcAsyncGetCallStatus(&first.state), RPC_S_ASYNC_CALL_PENDING);
  SetEvent(unblock);
  CHECK_EQ(async_call_finish(&first, NULL), RPC_S_OK);
  stop_listening(binding);
}

/* They can be pending together, too, more than there are connections for them. */
ON_EACH_WIRE(noncausal_calls_are_pending_side_by_side)
{
  static struct async_call calls[LATER];
  static LONG answers[LATER];
  RPC_BINDING_HANDLE binding = listen_here(wire);
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_BINDING_NONCAUSAL, TRUE), RPC_S_OK);
  for (LONG i = 0; i < LATER; i++) {
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, binding, i, &answers[i]);
  }
  held_calls_wait(LATER);
  for (LONG i = LATER - 1; i >= 0; i--) {
    CHECK_EQ(held_calls_release(i, i + 1), RPC_S_OK);
    CHECK_EQ(async_call_finish(&calls[i], NULL), RPC_S_OK);
    CHECK_EQ(answers[i], i + 1);
  }
  stop_listening(binding);
}

/* ---- after the connection was lost ---- */

/* order_server ENDPOINT */
HELPER(order_server)
{
  CHECK_EQ(argc, 1);
  server_listen_here(WIRE_LOCAL, argv[0], MANAGERS_ASYNC);
  helper_ready(argv[0]);
  helper_wait_for_stop();
}

#define PENDING 20

TEST(calls_are_dispatched_in_order_again_after_the_connection_was_lost)
{
  struct helper helper;
  struct async_call calls[PENDING];
  LONG answers[PENDING];
  char endpoint[64];
  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, endpoint);
  for (int round = 0; round < 2; round++) {
    helper_start(&helper, "order_server", endpoint, RUNTIME_SHIM);
    CHECK_EQ(call_from_all_threads(binding, CALLS, 0), 0);
    for (int i = 0; i < PENDING; i++) {
      async_call_init(&calls[i]);
      async_hold(&calls[i].state, binding, i, &answers[i]);
    }
    helper_kill(&helper);
    for (int i = 0; i < PENDING; i++)
      CHECK(async_call_finish(&calls[i], NULL) != RPC_S_OK);
  }
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

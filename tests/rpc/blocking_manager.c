/*
 * Asynchronous manager routines that block instead of returning: what comes after them on their
 * connection is entered all the same, in the order made, and the threads that it takes go away.
 */
#include "async_call.h"
#include "server.h"
#include "usage.h"

#include <stdlib.h>

#define BLOCKED 40
#define THREADS 4
#define CALLS   200
#define EVERY   40 /* so many calls of a thread to one that blocks */

/* What add(number, later) does besides adding: it waits until so many later calls are in. */
#define RETURN_AT_ONCE 0
#define ANSWER_FIRST   1000000 /* added to `later`: completes the call, and then waits */

static struct {
  CRITICAL_SECTION lock;
  CONDITION_VARIABLE changed;
  LONG entered;
  LONG order[BLOCKED];
  LONG last[THREADS]; /* numbers thread * 1000 + sequence: the last sequence */
  LONG misplaced;
  LONG inside;
} entries;

/* This call has been entered as the result says. */
static LONG enter(LONG number)
{
  LONG mine;
  EnterCriticalSection(&entries.lock);
  mine = ++entries.entered;
  entries.inside++;
  if (mine <= BLOCKED)
    entries.order[mine - 1] = number;
  if (number / 1000 < THREADS) {
    if (number % 1000 != entries.last[number / 1000] + 1)
      entries.misplaced++;
    entries.last[number / 1000] = number % 1000;
  }
  LeaveCriticalSection(&entries.lock);
  WakeAllConditionVariable(&entries.changed);
  return mine;
}

static void wait_entered(LONG count)
{
  EnterCriticalSection(&entries.lock);
  while (entries.entered < count)
    SleepConditionVariableCS(&entries.changed, &entries.lock, INFINITE);
  LeaveCriticalSection(&entries.lock);
}

static void wait_left(void)
{
  EnterCriticalSection(&entries.lock);
  while (entries.inside)
    SleepConditionVariableCS(&entries.changed, &entries.lock, INFINITE);
  LeaveCriticalSection(&entries.lock);
}

static void leave(void)
{
  EnterCriticalSection(&entries.lock);
  entries.inside--;
  LeaveCriticalSection(&entries.lock);
  WakeAllConditionVariable(&entries.changed);
}

static void add_and_block(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG later)
{
  LONG mine = enter(number);
  LONG reply = number;
  (void)binding;
  if (later >= ANSWER_FIRST) {
    CHECK_EQ(RpcAsyncCompleteCall(state, &reply), RPC_S_OK);
    wait_entered(mine + later - ANSWER_FIRST);
  } else {
    wait_entered(mine + later);
    CHECK_EQ(RpcAsyncCompleteCall(state, &reply), RPC_S_OK);
  }
  leave();
}

/* In the place of `hold`: blocks until the next call is in, and fails. */
static void block_and_fail(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG *answer)
{
  LONG mine = enter(number);
  (void)state, (void)binding, (void)answer;
  wait_entered(mine + 1);
  leave();
  RpcRaiseException(1234);
}

static RPC_BINDING_HANDLE listen_here(enum wire wire)
{
  static struct {
    void (*add)(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG later);
    void (*hold)(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG *answer);
    void *others[20];
  } vector = {.add = add_and_block, .hold = block_and_fail};
  char endpoint[64];
  InitializeCriticalSection(&entries.lock);
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)&vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

static void stop_here(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  CHECK_EQ(RpcServerUnregisterIf(NULL, NULL, TRUE), RPC_S_OK);
}

#define ON_BOTH_WIRES(name)                                                                    \
  static void name##_with(RPC_BINDING_HANDLE binding);                                         \
  static void name##_on(enum wire wire)                                                        \
  {                                                                                            \
    RPC_BINDING_HANDLE binding = listen_here(wire);                                            \
    name##_with(binding);                                                                      \
    stop_here(binding);                                                                        \
  }                                                                                            \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    name##_on(WIRE_LOCAL);                                                                     \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    name##_on(WIRE_TCP);                                                                       \
  }                                                                                            \
  static void name##_with(RPC_BINDING_HANDLE binding)

static void start(struct async_call *call, RPC_BINDING_HANDLE binding, LONG number, LONG later)
{
  async_call_init(call);
  async_add(&call->state, binding, number, later);
}

static void finish(struct async_call *call, LONG number)
{
  LONG reply = 0;
  CHECK_EQ(async_call_finish(call, &reply), RPC_S_OK);
  CHECK_EQ(reply, number);
}

/* The later call is there before the first blocks, or comes while it does. */
ON_BOTH_WIRES(manager_that_waits_for_a_later_call_gets_it)
{
  struct async_call calls[4];
  start(&calls[0], binding, 1, 1);
  start(&calls[1], binding, 2, RETURN_AT_ONCE);
  finish(&calls[1], 2);
  finish(&calls[0], 1);
  start(&calls[2], binding, 3, 1);
  wait_entered(3);
  start(&calls[3], binding, 4, RETURN_AT_ONCE);
  finish(&calls[2], 3);
  finish(&calls[3], 4);
}

/* Each waits for all that come after it. */
ON_BOTH_WIRES(many_managers_block_and_are_entered_in_order)
{
  static struct async_call calls[BLOCKED];
  for (LONG i = 0; i < BLOCKED; i++)
    start(&calls[i], binding, i + 1, BLOCKED - 1 - i);
  for (LONG i = 0; i < BLOCKED; i++) {
    finish(&calls[i], i + 1);
    CHECK_EQ(entries.order[i], i + 1);
  }
}

/* The client has its answer, and goes on; the worker that read its request is still inside. */
ON_BOTH_WIRES(manager_that_blocks_after_the_answer_leaves_the_client_alone)
{
  for (LONG i = 0; i < 5; i++)
    CHECK_EQ(sync_add(binding, i, ANSWER_FIRST + 1), i);
  CHECK_EQ(sync_add(binding, 5, RETURN_AT_ONCE), 5);
}

ON_BOTH_WIRES(exception_after_blocking_reaches_the_client)
{
  struct async_call failing, next;
  LONG never = 0;
  async_call_init(&failing);
  async_hold(&failing.state, binding, 1, &never);
  start(&next, binding, 2, RETURN_AT_ONCE);
  CHECK_EQ(async_call_finish(&failing, NULL), 1234);
  finish(&next, 2);
}

struct caller {
  RPC_BINDING_HANDLE binding;
  LONG thread;
};

static DWORD WINAPI make_calls(void *context)
{
  struct caller *caller = context;
  struct async_call *calls = calloc(CALLS, sizeof(*calls));
  CHECK(calls);
  for (LONG i = 1; i <= CALLS; i++)
    start(&calls[i - 1], caller->binding, caller->thread * 1000 + i,
          i % EVERY || i == CALLS ? RETURN_AT_ONCE : 1);
  for (LONG i = 1; i <= CALLS; i++)
    finish(&calls[i - 1], caller->thread * 1000 + i);
  free(calls);
  return 0;
}

ON_BOTH_WIRES(blocking_managers_leave_the_order_of_each_thread)
{
  struct caller callers[THREADS];
  HANDLE threads[THREADS];
  for (LONG i = 0; i < THREADS; i++) {
    callers[i] = (struct caller){binding, i};
    threads[i] = CreateThread(NULL, 0, make_calls, &callers[i], 0, NULL);
    CHECK(threads[i]);
  }
  for (LONG i = 0; i < THREADS; i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
  }
  CHECK_EQ(entries.entered, THREADS * CALLS);
  CHECK_EQ(entries.misplaced, 0);
}

/* A thread for each that blocks, while it does; then it is idle, and ends. */
TEST(threads_of_blocked_managers_go_away)
{
  static struct async_call calls[BLOCKED];
  RPC_BINDING_HANDLE binding = listen_here(WIRE_LOCAL);
  struct async_call first;
  start(&first, binding, 1, RETURN_AT_ONCE);
  finish(&first, 1);
  long before = usage_threads();
  for (LONG i = 0; i < BLOCKED; i++)
    start(&calls[i], binding, i, BLOCKED - i);
  wait_entered(1 + BLOCKED);
  CHECK(usage_threads() >= before + BLOCKED - 2);
  start(&first, binding, BLOCKED, RETURN_AT_ONCE);
  for (LONG i = 0; i < BLOCKED; i++)
    finish(&calls[i], i);
  finish(&first, BLOCKED);
  wait_left();
  /* Nothing says when a thread ends: the watchdog ends this if they stay. */
  while (usage_threads() > before + 1)
    Sleep(100);
  stop_here(binding);
}

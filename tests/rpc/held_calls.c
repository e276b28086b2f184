#include "held_calls.h"

#include "../harness/harness.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS  4096u
#define SWEEP_MS 200 /* without a call */

struct held_call {
  struct held_call *next;
  long number;
  enum held_kind kind;
  RPC_ASYNC_STATE *state;     /* NULL: a synchronous manager waits */
  RPC_BINDING_HANDLE binding; /* of the synchronous one */
  LONG *answer;
  struct held_memory memory;
  /* For the synchronous manager. */
  bool released;
  unsigned long abort_code;
  long released_with;
};

static CRITICAL_SECTION lock;
static CONDITION_VARIABLE changed;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static struct held_call *buckets[BUCKETS];
static long held;

static BOOL CALLBACK initialize(INIT_ONCE *o, void *parameter, void **context)
{
  (void)o, (void)parameter, (void)context;
  InitializeCriticalSection(&lock);
  InitializeConditionVariable(&changed);
  return TRUE;
}

static void table_lock(void)
{
  InitOnceExecuteOnce(&once, initialize, NULL, NULL);
  EnterCriticalSection(&lock);
}

static struct held_call **bucket_of(long number)
{
  return &buckets[(unsigned long)number % BUCKETS];
}

static void table_insert(struct held_call *call)
{
  struct held_call **bucket = bucket_of(call->number);
  call->next = *bucket;
  *bucket = call;
  held++;
  WakeAllConditionVariable(&changed);
}

/* The link to the call of that number; waits for it to come. */
static struct held_call **table_find(long number)
{
  for (;;) {
    struct held_call **link = bucket_of(number);
    while (*link && (*link)->number != number)
      link = &(*link)->next;
    if (*link)
      return link;
    SleepConditionVariableCS(&changed, &lock, INFINITE);
  }
}

static struct held_call *table_unlink(struct held_call **link)
{
  struct held_call *call = *link;
  *link = call->next;
  held--;
  return call;
}

void held_calls_park(RPC_ASYNC_STATE *state, enum held_kind kind, long number, LONG *answer,
                     const struct held_memory *memory)
{
  struct held_call *call = calloc(1, sizeof(*call));
  CHECK(call);
  call->state = state;
  call->kind = kind;
  call->number = number;
  call->answer = answer;
  if (memory)
    call->memory = *memory;
  table_lock();
  table_insert(call);
  LeaveCriticalSection(&lock);
}

long held_calls_block(RPC_BINDING_HANDLE binding, long number)
{
  struct held_call call = {.number = number, .binding = binding};
  table_lock();
  table_insert(&call);
  while (!call.released)
    SleepConditionVariableCS(&changed, &lock, INFINITE);
  LeaveCriticalSection(&lock);
  if (call.abort_code)
    RpcRaiseException(call.abort_code);
  return call.released_with;
}

void held_calls_wait(long count)
{
  table_lock();
  while (held < count)
    SleepConditionVariableCS(&changed, &lock, INFINITE);
  LeaveCriticalSection(&lock);
}

static void answer_with_memory(const struct held_memory *memory, long times)
{
  long total = memory->count * times;
  unsigned char *reply = midl_user_allocate(total ? total : 1);
  CHECK(reply);
  for (long i = 0; i < total; i++)
    reply[i] = memory->data[i % memory->count] ^ HELD_MEMORY_XOR;
  *memory->reply = reply;
  *memory->reply_count = total;
}

static RPC_STATUS complete(struct held_call *call, long answer)
{
  LONG reply = answer;
  if (call->kind == HELD_LONG)
    *call->answer = answer;
  else if (call->kind == HELD_MEMORY)
    answer_with_memory(&call->memory, answer);
  RPC_STATUS status =
      RpcAsyncCompleteCall(call->state, call->kind == HELD_MEMORY ? &reply : NULL);
  free(call);
  return status;
}

/* Lets the synchronous manager go, whose stack the call is on. Under the lock. */
static void unblock(struct held_call *call, long answer, unsigned long abort_code)
{
  call->released_with = answer;
  call->abort_code = abort_code;
  call->released = true;
  WakeAllConditionVariable(&changed);
}

RPC_STATUS held_calls_release(long number, long answer)
{
  table_lock();
  struct held_call *call = table_unlink(table_find(number));
  bool blocks = !call->state;
  if (blocks)
    unblock(call, answer, 0);
  LeaveCriticalSection(&lock);
  return blocks ? RPC_S_OK : complete(call, answer);
}

RPC_STATUS held_calls_abort(long number, unsigned long code)
{
  table_lock();
  struct held_call *call = table_unlink(table_find(number));
  bool blocks = !call->state;
  if (blocks)
    unblock(call, 0, code);
  LeaveCriticalSection(&lock);
  if (blocks)
    return RPC_S_OK;
  RPC_STATUS status = RpcAsyncAbortCall(call->state, code);
  free(call);
  return status;
}

RPC_STATUS held_calls_test_cancel(long number)
{
  table_lock();
  struct held_call *call = *table_find(number);
  RPC_STATUS status =
      RpcServerTestCancel(call->state ? RpcAsyncGetCallHandle(call->state) : call->binding);
  LeaveCriticalSection(&lock);
  return status;
}

RPC_ASYNC_STATE *held_calls_take(long number)
{
  table_lock();
  struct held_call *call = table_unlink(table_find(number));
  LeaveCriticalSection(&lock);
  RPC_ASYNC_STATE *state = call->state;
  CHECK(state);
  free(call);
  return state;
}

static unsigned long next_random(unsigned long *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

long held_calls_release_all(unsigned long seed)
{
  table_lock();
  long count = held, taken = 0;
  struct held_call **calls = calloc(count + 1, sizeof(*calls));
  CHECK(calls);
  for (unsigned i = 0; i < BUCKETS; i++)
    while (buckets[i])
      calls[taken++] = table_unlink(&buckets[i]);
  LeaveCriticalSection(&lock);
  CHECK_EQ(taken, count);
  for (long i = count - 1; i > 0; i--) {
    long other = (long)(next_random(&seed) % (unsigned long)(i + 1));
    struct held_call *call = calls[i];
    calls[i] = calls[other];
    calls[other] = call;
  }
  for (long i = 0; i < count; i++) {
    CHECK(calls[i]->state);
    CHECK_EQ(complete(calls[i], held_answer(calls[i]->number)), RPC_S_OK);
  }
  free(calls);
  return count;
}

long held_calls_sweep(void)
{
  struct held_call *swept = NULL;
  long count = 0;
  table_lock();
  if (!held)
    SleepConditionVariableCS(&changed, &lock, SWEEP_MS);
  for (unsigned i = 0; i < BUCKETS; i++)
    while (buckets[i]) {
      struct held_call *call = table_unlink(&buckets[i]);
      count++;
      if (!call->state) {
        unblock(call, held_answer(call->number), 0);
      } else {
        call->next = swept;
        swept = call;
      }
    }
  LeaveCriticalSection(&lock);
  while (swept) {
    struct held_call *call = swept;
    swept = call->next;
    RPC_STATUS status = complete(call, held_answer(call->number));
    CHECK(status == RPC_S_OK || status == RPC_S_CALL_FAILED);
  }
  return count;
}

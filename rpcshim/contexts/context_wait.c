#include "context_wait.h"

#include <stdlib.h>
#include <string.h>

#include "context_internal.h"

static LONG serialize_by_default = 1;
static volatile LONG waiting_threads;

void context_wait_dont_serialize(void)
{
  InterlockedExchange(&serialize_by_default, 0);
}

static bool wants_exclusive(ULONG flags)
{
  switch (flags & RPC_CONTEXT_HANDLE_FLAGS) {
  case RPC_CONTEXT_HANDLE_SERIALIZE:
    return true;
  case RPC_CONTEXT_HANDLE_DONT_SERIALIZE:
    return false;
  default:
    return InterlockedCompareExchange(&serialize_by_default, 0, 0);
  }
}

/* The requests of one call for the same context are one: exclusive if any of them is. */
static bool any_wants_exclusive(const struct context_wait *wait,
                                const struct server_context *context)
{
  for (unsigned int i = 0; i < wait->count; i++)
    if (wait->requests[i].context == context && wants_exclusive(wait->requests[i].flags))
      return true;
  return false;
}

/* Under the lock. A call that has a use already is not in its own way. */
static bool is_available(struct context_table *table, const struct context_wait *wait,
                         const struct server_context *context)
{
  if (context_table_find_use(table, wait->call, context))
    return true;
  if (context->exclusive || context->upgrade_waits)
    return false;
  return !context->users || !any_wants_exclusive(wait, context);
}

static void take_context(struct context_table *table, struct context_wait *wait,
                         struct server_context *context)
{
  struct context_use *use = context_table_find_use(table, wait->call, context);

  if (use) {
    use->count++;
    return;
  }
  use = wait->spare;
  wait->spare = use->next;
  use->call = wait->call;
  use->context = context;
  use->count = 1;
  context_table_insert_use(table, use, any_wants_exclusive(wait, context));
}

/* Under the lock: takes all that the call needs, if it can. Sets wait->status. */
static void try_to_take(struct context_table *table, struct context_wait *wait)
{
  bool available = true;

  for (unsigned int i = 0; i < wait->count; i++) {
    struct server_context *context = wait->requests[i].context;

    if (!context->in_table || table->ended) {
      wait->status = RPC_X_SS_CONTEXT_MISMATCH;
      return;
    }
    available = available && is_available(table, wait, context);
  }
  wait->status = available ? RPC_S_OK : RPC_S_ASYNC_CALL_PENDING;
  for (unsigned int i = 0; available && i < wait->count; i++)
    take_context(table, wait, wait->requests[i].context);
}

/* Under the lock: the contexts that are meant, each kept by `waiting`. */
static RPC_STATUS look_up(struct context_table *table, struct context_request *requests,
                          unsigned int count)
{
  for (unsigned int i = 0; i < count; i++) {
    struct server_context *context;
    ULONG attributes;
    UUID uuid;

    memcpy(&attributes, requests[i].wire, sizeof(attributes));
    memcpy(&uuid, requests[i].wire + sizeof(attributes), sizeof(uuid));
    context = attributes ? NULL : context_table_find(table, &uuid);
    if (!context || context->guard != requests[i].guard)
      return RPC_X_SS_CONTEXT_MISMATCH;
    context->waiting++;
    requests[i].context = context;
  }
  return RPC_S_OK;
}

/* Under the lock: the end of look_up(). Returns those to be discarded, by `next`. */
static struct server_context *let_go(struct context_request *requests, unsigned int count)
{
  struct server_context *discard = NULL;

  for (unsigned int i = 0; i < count; i++) {
    struct server_context *context = requests[i].context;

    if (!context)
      continue;
    context->waiting--;
    if (server_context_is_unreferenced(context)) {
      context->next = discard;
      discard = context;
    }
  }
  return discard;
}

/* Under the lock: out of the list with *link, which has its answer. */
static void answer_wait(struct context_table *table, struct context_wait **link)
{
  struct context_wait *wait = *link;

  *link = wait->next;
  if (!*link)
    table->last_wait = link;
  table->wait_count--;
  wait->discard = let_go(wait->requests, wait->count);
  if (wait->ready)
    wait->ready(wait);
}

/* Under the lock, after any change by which somebody may go on. */
void context_table_serve_waits(struct context_table *table)
{
  struct context_wait **link = &table->waits;

  while (*link) {
    struct context_wait *wait = *link;

    try_to_take(table, wait);
    if (wait->status == RPC_S_ASYNC_CALL_PENDING)
      link = &wait->next;
    else
      answer_wait(table, link);
  }
  WakeAllConditionVariable(&table->changed);
}

static void free_uses(struct context_use *use)
{
  struct context_use *next;

  for (; use; use = next) {
    next = use->next;
    free(use);
  }
}

/* false: out of memory. */
static bool allocate_uses(struct context_use **list, unsigned int count)
{
  while (count--) {
    struct context_use *use = calloc(1, sizeof(*use));

    if (!use)
      return false;
    use->next = *list;
    *list = use;
  }
  return true;
}

/* Under the lock: it has to wait. RPC_S_ASYNC_CALL_PENDING, RPC_S_SERVER_TOO_BUSY. */
static RPC_STATUS enlist(struct context_table *table, struct context_wait *wait)
{
  if (table->wait_count >= CONTEXT_WAITS_MAX)
    return RPC_S_SERVER_TOO_BUSY;
  if (!wait->ready && InterlockedIncrement(&waiting_threads) > CONTEXT_THREADS_MAX) {
    InterlockedDecrement(&waiting_threads);
    return RPC_S_SERVER_TOO_BUSY;
  }
  wait->next = NULL;
  *table->last_wait = wait;
  table->last_wait = &wait->next;
  table->wait_count++;
  return RPC_S_ASYNC_CALL_PENDING;
}

/* Whoever has the answer has done with what the table needed for it. */
static void end_wait(struct context_wait *wait)
{
  free_uses(wait->spare);
  server_contexts_discard(wait->discard, true);
}

RPC_STATUS context_wait_begin(struct context_table *table, struct context_wait *wait)
{
  RPC_STATUS status;

  for (unsigned int i = 0; i < wait->count; i++)
    wait->requests[i].context = NULL;
  wait->discard = NULL;
  wait->spare = NULL;
  if (!allocate_uses(&wait->spare, wait->count)) {
    free_uses(wait->spare);
    return RPC_S_OUT_OF_MEMORY;
  }
  AcquireSRWLockExclusive(&table->lock);
  wait->status = look_up(table, wait->requests, wait->count);
  if (wait->status == RPC_S_OK)
    try_to_take(table, wait);
  if (wait->status == RPC_S_ASYNC_CALL_PENDING)
    wait->status = enlist(table, wait);
  status = wait->status;
  if (status != RPC_S_ASYNC_CALL_PENDING)
    wait->discard = let_go(wait->requests, wait->count);
  ReleaseSRWLockExclusive(&table->lock);
  /* Where it is pending it may be over by now, and another thread's. */
  if (status != RPC_S_ASYNC_CALL_PENDING)
    end_wait(wait);
  return status;
}

RPC_STATUS context_wait_answer(struct context_table *table, struct context_wait *wait)
{
  AcquireSRWLockExclusive(&table->lock);
  while (wait->status == RPC_S_ASYNC_CALL_PENDING)
    SleepConditionVariableSRW(&table->changed, &table->lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&table->lock);
  if (!wait->ready)
    InterlockedDecrement(&waiting_threads);
  end_wait(wait);
  return wait->status;
}

void context_wait_withdraw(struct context_table *table, struct context_wait *wait)
{
  struct context_wait **link = &table->waits;

  AcquireSRWLockExclusive(&table->lock);
  while (*link && *link != wait)
    link = &(*link)->next;
  if (*link) {
    wait->status = RPC_S_CALL_CANCELLED;
    answer_wait(table, link);
    WakeAllConditionVariable(&table->changed);
  }
  ReleaseSRWLockExclusive(&table->lock);
}

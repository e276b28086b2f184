#include "context_table.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "context_internal.h"
#include "engine.h"
#include "guard.h"

static struct server_context **context_bucket(struct context_table *table, const UUID *uuid)
{
  return &table->contexts[(uuid->Data1 ^ uuid->Data2 ^ uuid->Data4[7]) & (BUCKET_COUNT - 1)];
}

static struct context_use **use_bucket(struct context_table *table, RPC_BINDING_HANDLE call)
{
  ULONG_PTR address = (ULONG_PTR)call;

  return &table->uses[((address >> 4) ^ (address >> 11)) & (BUCKET_COUNT - 1)];
}

struct context_table *context_table_create(const struct context_host *host)
{
  struct context_table *table = calloc(1, sizeof(*table));

  if (!table)
    return NULL;
  table->references = 1;
  table->host = host;
  table->last_wait = &table->waits;
  InitializeSRWLock(&table->lock);
  InitializeConditionVariable(&table->changed);
  return table;
}

void context_table_add_reference(struct context_table *table)
{
  InterlockedIncrement(&table->references);
}

void context_table_release(struct context_table *table)
{
  if (InterlockedDecrement(&table->references) == 0)
    free(table);
}

/* The two ends of a rundown routine of the application, which may raise anything. */
struct rundown_call {
  NDR_RUNDOWN routine;
  void *value;
};

static void rundown_body(void *argument)
{
  struct rundown_call *call = argument;

  call->routine(call->value);
}

static void context_run_down(struct server_context *context)
{
  struct rundown_call call = {context->rundown, context->public.userContext};

  if (!call.routine || !call.value)
    return;
  if (!context->owner) {
    guarded_call(rundown_body, NULL, &call, NULL);
  } else if (context->host->begin_rundown(context->owner)) {
    guarded_call(rundown_body, NULL, &call, NULL);
    context->host->end_rundown(context->owner);
  }
}

/*
 * Frees a context that is neither in the table nor in use; with `run_down`, for a client that
 * is no more.
 */
static void context_discard(struct server_context *context, bool run_down)
{
  if (run_down)
    context_run_down(context);
  if (context->owner)
    context->host->remove_context(context->owner);
  free(context);
}

/* `run_down_new`: also those that the client never got to know. */
void server_contexts_discard(struct server_context *discard, bool run_down_new)
{
  struct server_context *next;

  for (; discard; discard = next) {
    next = discard->next;
    context_discard(discard, run_down_new || discard->published);
  }
}

static void remove_from_table(struct context_table *table, struct server_context *context)
{
  struct server_context **link = context_bucket(table, &context->uuid);

  while (*link != context)
    link = &(*link)->next;
  *link = context->next;
  context->in_table = false;
}

bool server_context_is_unreferenced(const struct server_context *context)
{
  return !context->in_table && !context->users && !context->waiting;
}

struct context_use *context_table_find_use(struct context_table *table, RPC_BINDING_HANDLE call,
                                           const struct server_context *context)
{
  struct context_use *use = *use_bucket(table, call);

  while (use && (use->call != call || use->context != context))
    use = use->next;
  return use;
}

/* Under the lock; the use has been filled but for `next`. */
void context_table_insert_use(struct context_table *table, struct context_use *use,
                              bool exclusive)
{
  struct context_use **bucket = use_bucket(table, use->call);

  use->next = *bucket;
  *bucket = use;
  use->context->users++;
  use->context->exclusive = exclusive;
  table->use_count++;
  context_table_add_reference(table);
}

/*
 * Under the lock: takes the use out of the table and frees it. The caller gives up the use's
 * reference on the table afterwards, and serves those who wait. Returns its context where that
 * has to be discarded, else NULL.
 */
static struct server_context *remove_use(struct context_table *table, struct context_use *use)
{
  struct context_use **link = use_bucket(table, use->call);
  struct server_context *context = use->context;

  while (*link != use)
    link = &(*link)->next;
  *link = use->next;
  free(use);
  table->use_count--;
  context->users--;
  context->exclusive = false;
  if (context->in_table && (!context->public.userContext || (table->ended && !context->users)))
    remove_from_table(table, context);
  return server_context_is_unreferenced(context) ? context : NULL;
}

RPC_STATUS context_table_new(struct context_table *table, RPC_BINDING_HANDLE call,
                             const void *guard, NDR_RUNDOWN rundown,
                             struct server_context **result)
{
  struct server_context *context = calloc(1, sizeof(*context));
  struct context_use *use = calloc(1, sizeof(*use));

  if (!context || !use) {
    free(context);
    free(use);
    return RPC_S_OUT_OF_MEMORY;
  }
  context->guard = guard;
  context->rundown = rundown;
  context->host = table->host;
  context->owner = table->host->add_context(call);
  use->call = call;
  use->context = context;
  use->count = 1;
  AcquireSRWLockExclusive(&table->lock);
  context_table_insert_use(table, use, true);
  ReleaseSRWLockExclusive(&table->lock);
  *result = context;
  return RPC_S_OK;
}

struct server_context *context_table_find(struct context_table *table, const UUID *uuid)
{
  struct server_context *context = *context_bucket(table, uuid);

  while (context && memcmp(&context->uuid, uuid, sizeof(*uuid)) != 0)
    context = context->next;
  return context;
}

/* Under the lock: what the manager routine has made of the context, told to the client. */
static RPC_STATUS write_context(struct context_table *table, struct server_context *context,
                                NDR_RUNDOWN rundown, unsigned char wire[CONTEXT_WIRE_SIZE])
{
  if (!context->public.userContext) {
    if (context->in_table)
      remove_from_table(table, context);
    return RPC_S_OK;
  }
  context->rundown = rundown;
  if (!context->in_table && !table->ended) {
    struct server_context **bucket;
    RPC_STATUS status = engine.UuidCreate(&context->uuid);

    if (status != RPC_S_OK && status != RPC_S_UUID_LOCAL_ONLY)
      return status;
    bucket = context_bucket(table, &context->uuid);
    context->next = *bucket;
    *bucket = context;
    context->in_table = true;
    context->published = true;
  }
  if (context->in_table)
    memcpy(wire + sizeof(ULONG), &context->uuid, sizeof(context->uuid));
  return RPC_S_OK;
}

RPC_STATUS context_table_marshall(struct context_table *table, RPC_BINDING_HANDLE call,
                                  struct server_context *context, const void *guard,
                                  NDR_RUNDOWN rundown, unsigned char wire[CONTEXT_WIRE_SIZE])
{
  struct server_context *discard = NULL;
  RPC_STATUS status = RPC_X_SS_CONTEXT_MISMATCH;
  struct context_use *use;
  bool ended = false;

  memset(wire, 0, CONTEXT_WIRE_SIZE);
  AcquireSRWLockExclusive(&table->lock);
  use = context_table_find_use(table, call, context);
  if (use && context->guard == guard) {
    status = write_context(table, context, rundown, wire);
    if (status == RPC_S_OK && --use->count == 0) {
      discard = remove_use(table, use);
      context_table_serve_waits(table);
      ended = true;
    }
  }
  ReleaseSRWLockExclusive(&table->lock);
  if (discard)
    context_discard(discard, true);
  if (ended)
    context_table_release(table);
  return status;
}

void context_table_end_call(struct context_table *table, RPC_BINDING_HANDLE call,
                            bool run_down_new)
{
  struct server_context *discard = NULL;
  struct context_use *use, *next_use;
  unsigned int ended = 0;

  AcquireSRWLockExclusive(&table->lock);
  if (table->use_count) {
    for (use = *use_bucket(table, call); use; use = next_use) {
      struct server_context *context;

      next_use = use->next;
      if (use->call != call)
        continue;
      context = remove_use(table, use);
      ended++;
      if (context) {
        context->next = discard;
        discard = context;
      }
    }
    context_table_serve_waits(table);
  }
  ReleaseSRWLockExclusive(&table->lock);

  server_contexts_discard(discard, run_down_new);
  while (ended--)
    context_table_release(table);
}

/*
 * Under the lock: out of the table with the contexts of that owner (NULL: all), but for those
 * in use where `unused_only`. Those that can be discarded go before *taken; whoever waits for
 * one of the others, or uses it, finds it gone and discards it.
 */
static void take_out(struct context_table *table, const void *owner, bool unused_only,
                     struct server_context **taken)
{
  for (size_t i = 0; i < BUCKET_COUNT; i++) {
    struct server_context **link = &table->contexts[i];

    while (*link) {
      struct server_context *context = *link;

      if ((owner && context->owner != owner) || (unused_only && context->users)) {
        link = &context->next;
        continue;
      }
      *link = context->next;
      context->in_table = false;
      if (!server_context_is_unreferenced(context))
        continue;
      context->next = *taken;
      *taken = context;
    }
  }
  context_table_serve_waits(table);
}

void context_table_rundown_and_release(struct context_table *table)
{
  struct server_context *discard = NULL;

  AcquireSRWLockExclusive(&table->lock);
  table->ended = true;
  take_out(table, NULL, true, &discard);
  ReleaseSRWLockExclusive(&table->lock);

  server_contexts_discard(discard, true);
  context_table_release(table);
}

void context_table_take_out(struct context_table *table, const void *owner,
                            struct server_context **taken)
{
  AcquireSRWLockExclusive(&table->lock);
  take_out(table, owner, false, taken);
  ReleaseSRWLockExclusive(&table->lock);
}

void context_table_run_down(struct server_context *taken)
{
  server_contexts_discard(taken, true);
}

static struct context_use *find_use_of_value(struct context_table *table,
                                             RPC_BINDING_HANDLE call, const void *user_context)
{
  struct context_use *use = *use_bucket(table, call);

  while (use && (use->call != call || use->context->public.userContext != user_context))
    use = use->next;
  return use;
}

/*
 * Under the lock: until the call is the only user of the context, and then the exclusive one.
 * Another thread may end the call meanwhile, and with that its use, and others may close the
 * context: it stays for as long as somebody waits for it. false: the call has ended.
 */
static bool await_others(struct context_table *table, RPC_BINDING_HANDLE call,
                         struct server_context *context)
{
  bool has_use;

  context->upgrade_waits = true;
  context->waiting++;
  if (context->users > 1)
    table->host->call_waits(call);
  while ((has_use = context_table_find_use(table, call, context)) && context->users > 1)
    SleepConditionVariableSRW(&table->changed, &table->lock, INFINITE, 0);
  context->waiting--;
  context->upgrade_waits = false;
  if (has_use)
    context->exclusive = true;
  else
    context_table_serve_waits(table); /* it has kept them waiting */
  return has_use;
}

RPC_STATUS context_table_lock(struct context_table *table, RPC_BINDING_HANDLE call,
                              const void *user_context, bool exclusive)
{
  struct server_context *discard = NULL;
  RPC_STATUS status = RPC_S_OK;
  struct server_context *context;
  struct context_use *use;

  AcquireSRWLockExclusive(&table->lock);
  use = find_use_of_value(table, call, user_context);
  if (!use) {
    status = ERROR_INVALID_HANDLE;
  } else if (!exclusive) {
    use->context->exclusive = false;
    context_table_serve_waits(table);
  } else if (!use->context->exclusive) {
    context = use->context;
    if (context->upgrade_waits) {
      status = ERROR_MORE_WRITES;
    } else if (!await_others(table, call, context)) {
      status = ERROR_INVALID_HANDLE;
      if (server_context_is_unreferenced(context))
        discard = context;
    }
  }
  ReleaseSRWLockExclusive(&table->lock);
  if (discard)
    context_discard(discard, true);
  return status;
}

NDR_SCONTEXT server_context_handle(struct server_context *context)
{
  return &context->public;
}

struct server_context *server_context_from_handle(NDR_SCONTEXT handle)
{
  return (struct server_context *)handle;
}

struct server_context *server_context_from_value(void **value)
{
  return (struct server_context *)((char *)value - offsetof(struct _NDR_SCONTEXT, userContext));
}

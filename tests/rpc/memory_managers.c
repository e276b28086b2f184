#include "memory_calls.h"

#include "../harness/harness.h"

#include <stdlib.h>
#include <string.h>

#define CELLS 16

/* A call of memory_all, as its manager routine got it. */
struct all_call {
  RPC_ASYNC_STATE *state;
  LONG ending;
  link_t *list, **changed;
  const char *ansi;
  const wchar_t *wide;
  LONG count;
  char **texts;
  blob_t *blob;
  record_t *record;
  cell_t *graph;
  wchar_t **joined;
  LONG *copied;
  ansi_t **copies;
  blob_t **twice;
  link_t **reversed;
  graph_t *other;
};

static struct all_call *held;
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;

static void *allocate(size_t size)
{
  void *memory = midl_user_allocate(size);
  CHECK(memory);
  memset(memory, 0, size);
  return memory;
}

static link_t *reversed_copy(const link_t *list)
{
  link_t *reversed = NULL;
  for (; list; list = list->next) {
    link_t *link = allocate(sizeof(*link));
    *link =
        (link_t){list->value, list->shade, list->name ? text_make(list->name) : NULL, reversed};
    reversed = link;
  }
  return reversed;
}

static blob_t *blob_twice(const blob_t *blob)
{
  LONG count = blob ? blob->count : 0;
  blob_t *twice = blob_make(2 * count);
  if (count) {
    memcpy(twice->data, blob->data, count);
    memcpy(twice->data + count, blob->data, count);
  }
  return twice;
}

/* All cells that can be reached, in no order: how many, CELLS at most. */
static LONG collect(cell_t *cell, cell_t **cells, LONG count)
{
  for (LONG i = 0; i < count; i++)
    if (cells[i] == cell)
      return count;
  if (!cell || count == CELLS)
    return count;
  cells[count++] = cell;
  count = collect(cell->left, cells, count);
  return collect(cell->right, cells, count);
}

/* A graph of the same shape, with every value more by 10. */
static cell_t *graph_copy(cell_t *graph)
{
  cell_t *cells[CELLS], *copies[CELLS];
  LONG count = collect(graph, cells, 0);
  for (LONG i = 0; i < count; i++)
    copies[i] = allocate(sizeof(*copies[i]));
  for (LONG i = 0; i < count; i++) {
    copies[i]->value = cells[i]->value + 10;
    for (LONG j = 0; j < count; j++) {
      if (cells[i]->left == cells[j])
        copies[i]->left = copies[j];
      if (cells[i]->right == cells[j])
        copies[i]->right = copies[j];
    }
  }
  return count ? copies[0] : NULL;
}

static wchar_t *join(const struct all_call *call)
{
  size_t size = strlen(call->ansi) + (call->wide ? wcslen(call->wide) : 0) + 16;
  wchar_t *joined = allocate(size * sizeof(*joined));
  swprintf(joined, size, L"%hs %ls %ld", call->ansi, call->wide ? call->wide : L"",
           call->count);
  return joined;
}

static void change(struct all_call *call)
{
  link_t **last = call->changed;
  while (*last)
    last = &(*last)->next;
  *last = allocate(sizeof(**last));
  **last = (link_t){-1, SHADE_LIGHT, text_make("new"), NULL};
  record_change(call->record);
}

static void set_out(struct all_call *call)
{
  *call->joined = join(call);
  *call->copied = call->count;
  *call->copies = allocate((call->count + 1) * sizeof(**call->copies));
  for (LONG i = 0; i < call->count; i++)
    (*call->copies)[i] = call->texts[i] ? text_make(call->texts[i]) : NULL;
  *call->twice = blob_twice(call->blob);
  *call->reversed = reversed_copy(call->list);
  *call->other = graph_copy(call->graph);
}

static RPC_STATUS complete(struct all_call *call)
{
  LONG result = call->count;
  RPC_STATUS status = RpcAsyncCompleteCall(call->state, &result);
  result = -77; /* it has been marshalled */
  return status;
}

void server_memory_all(PRPC_ASYNC_STATE state, handle_t binding, LONG ending, link_t *list,
                       link_t **changed_, const char *ansi, const wchar_t *wide, LONG count,
                       char **texts, blob_t *blob, record_t *record, cell_t *graph,
                       wchar_t **joined, LONG *copied, ansi_t **copies, blob_t **twice,
                       link_t **reversed, graph_t *other)
{
  struct all_call call = {state,  ending, list,  changed_, ansi,  wide,
                          count,  texts,  blob,  record,   graph, joined,
                          copied, copies, twice, reversed, other};
  static link_t *no_links;
  (void)binding;
  if (!call.changed)
    call.changed = &no_links; /* somebody has made it NULL */
  switch (ending) {
  case ENDING_ABORT:
    CHECK_EQ(RpcAsyncAbortCall(state, MEMORY_CODE), RPC_S_OK);
    return;
  case ENDING_RAISE:
    RpcRaiseException(MEMORY_CODE);
    return;
  case ENDING_HOLD:
    AcquireSRWLockExclusive(&lock);
    CHECK(!held);
    held = malloc(sizeof(*held));
    CHECK(held);
    *held = call;
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&changed);
    return;
  default:
    break;
  }
  if (changed_)
    change(&call);
  if (ending != ENDING_COMPLETE_NULL)
    set_out(&call);
  if (ending == ENDING_ABORT_LATE)
    CHECK_EQ(RpcAsyncAbortCall(state, MEMORY_CODE), RPC_S_OK);
  else if (ending == ENDING_RAISE_LATE)
    RpcRaiseException(MEMORY_CODE);
  else
    complete(&call);
}

void memory_wait_held(void)
{
  AcquireSRWLockExclusive(&lock);
  while (!held)
    SleepConditionVariableSRW(&changed, &lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&lock);
}

static struct all_call *take_held(void)
{
  struct all_call *call;
  AcquireSRWLockExclusive(&lock);
  call = held;
  held = NULL;
  ReleaseSRWLockExclusive(&lock);
  CHECK(call);
  return call;
}

RPC_STATUS memory_finish(bool completing)
{
  struct all_call *call = take_held();
  RPC_STATUS status;
  change(call);
  set_out(call);
  status = completing ? complete(call) : RpcAsyncAbortCall(call->state, MEMORY_CODE);
  memset(call, 0xdd, sizeof(*call));
  free(call);
  return status;
}

RPC_STATUS memory_test_cancel(void)
{
  RPC_STATUS status;
  AcquireSRWLockExclusive(&lock);
  CHECK(held);
  status = RpcServerTestCancel(RpcAsyncGetCallHandle(held->state));
  ReleaseSRWLockExclusive(&lock);
  return status;
}

/* ---- each thing for itself ---- */

static void finish(RPC_ASYNC_STATE *state, void *reply)
{
  RpcAsyncCompleteCall(state, reply);
}

void server_memory_strings(PRPC_ASYNC_STATE state, handle_t binding, wchar_t *greeting,
                           char **name, char **upper, wchar_t **wide)
{
  (void)binding;
  wcscat(greeting, L", world");
  *upper = name && *name ? _strupr(text_make(*name)) : NULL;
  *wide = wide_make(greeting);
  if (name && *name)
    (*name)[0] = 'J';
  finish(state, NULL);
}

void server_memory_texts(PRPC_ASYNC_STATE state, handle_t binding, LONG count, char **texts,
                         wchar_t **wide, LONG *length)
{
  (void)binding;
  *length = 0;
  for (LONG i = 0; i < count; i++) {
    *length += texts[i] ? (LONG)strlen(texts[i]) : 0;
    *length += wide && wide[i] ? (LONG)wcslen(wide[i]) * 1000 : 0;
  }
  finish(state, NULL);
}

void server_memory_result(PRPC_ASYNC_STATE state, handle_t binding, LONG length)
{
  ansi_t result = NULL;
  (void)binding;
  if (length >= 0) {
    result = allocate(length + 1);
    memset(result, 'r', length);
  }
  finish(state, &result);
}

void server_memory_out(PRPC_ASYNC_STATE state, handle_t binding, LONG value, LONG **number,
                       link_t **list, LONG count, hyper **squares)
{
  (void)binding;
  if (value) {
    *number = allocate(sizeof(**number));
    **number = value;
    *list = links_make(value);
    *squares = allocate((count + 1) * sizeof(**squares));
    for (LONG i = 0; i < count; i++)
      (*squares)[i] = (hyper)i * i;
  }
  finish(state, NULL);
}

void server_memory_records(PRPC_ASYNC_STATE state, handle_t binding, LONG count,
                           record_t *records)
{
  (void)binding;
  for (LONG i = 0; i < count; i++)
    record_change(&records[i]);
  finish(state, NULL);
}

void server_memory_shades(PRPC_ASYNC_STATE state, handle_t binding, LONG count, shade_t *shades)
{
  (void)binding;
  for (LONG i = 0; i < count; i++)
    shades[i] = SHADE_LIGHT - shades[i];
  finish(state, NULL);
}

void server_memory_aliases(PRPC_ASYNC_STATE state, handle_t binding, LONG *a, LONG *b,
                           cell_t *graph, graph_t *turned, LONG *found)
{
  cell_t *cells[CELLS];
  (void)binding;
  *found = (a && a == b) + 10 * collect(graph, cells, 0) + 1000 * (graph && *turned == graph);
  for (LONG i = collect(*turned, cells, 0); i-- > 0;)
    cells[i]->value += 10;
  finish(state, NULL);
}

void server_memory_link(PRPC_ASYNC_STATE state, handle_t binding, link_t *link)
{
  (void)binding;
  for (; link; link = link->next)
    link->value += 100;
  finish(state, NULL);
}

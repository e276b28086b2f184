#include "trial_free.h"

#include <stdlib.h>

#include "engine.h"
#include "finally.h"
#include "guard.h"
#include "plain_type.h"
#include "raise.h"

/* FULL_PTR_TO_REFID_ELEMENT.State and the state table: the engine has freed it. */
#define FULL_POINTER_FREED 0x20

struct block {
  ULONG_PTR address;
  bool freed;
};

struct trial {
  MIDL_STUB_MESSAGE *message;
  const struct procedure *procedure;
  unsigned char *stack;
  struct unreachable_blocks *unreachable;
  struct block *blocks; /* sorted by address */
  size_t count;
  void(__RPC_API *pfn_free)(void *);
};

/* The trial of this thread: pfnFree is told the block only. */
static DWORD trial_slot = TLS_OUT_OF_INDEXES;
static INIT_ONCE slot_once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK allocate_slot(INIT_ONCE *once, void *parameter, void **context)
{
  (void)once;
  (void)parameter;
  (void)context;
  trial_slot = TlsAlloc();
  return trial_slot != TLS_OUT_OF_INDEXES;
}

static bool has_memory(const struct parameter *parameter)
{
  return (parameter->flags & PARAMETER_IS_IN) && (parameter->flags & PARAMETER_MUST_FREE) &&
         !(parameter->flags & PARAMETER_IS_BASE_TYPE) && !argument_context_format(parameter);
}

/* Whether there is something to try, and nothing that a trial would do in earnest. */
static bool is_worth_a_trial(const struct trial *trial)
{
  struct parameter_iterator iterator;
  struct parameter parameter;
  bool worth = false;

  parameters_begin(trial->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    if (!has_memory(&parameter))
      continue;
    if (!type_is_plain(trial->message, parameter.format))
      return false;
    worth = true;
  }
  return worth;
}

static int compare_blocks(const void *a, const void *b)
{
  ULONG_PTR left = ((const struct block *)a)->address;
  ULONG_PTR right = ((const struct block *)b)->address;

  return (left > right) - (left < right);
}

static void list_blocks(struct trial *trial)
{
  const struct engine_allocation *node;

  for (node = trial->message->pMemoryList;
       node && node->signature == ENGINE_ALLOCATION_SIGNATURE; node = node->next)
    trial->count++;
  if (!trial->count)
    return;
  trial->blocks = calloc(trial->count, sizeof(*trial->blocks));
  if (!trial->blocks)
    raise_status(RPC_S_OUT_OF_MEMORY);
  node = trial->message->pMemoryList;
  for (size_t i = 0; i < trial->count; i++, node = node->next)
    trial->blocks[i].address = (ULONG_PTR)node - node->size;
  qsort(trial->blocks, trial->count, sizeof(*trial->blocks), compare_blocks);
}

/* In the place of pfnFree. */
static void __RPC_API note_free(void *memory)
{
  struct trial *trial = TlsGetValue(trial_slot);
  struct block key = {(ULONG_PTR)memory, false};
  struct block *block = NULL;

  if (!memory)
    return;
  if (trial->count)
    block = bsearch(&key, trial->blocks, trial->count, sizeof(key), compare_blocks);
  if (!block || block->freed)
    raise_status(RPC_X_BAD_STUB_DATA);
  block->freed = true;
}

static void free_arguments(struct trial *trial)
{
  struct argument_frame memory = {trial->stack,
                                  trial->stack + procedure_frame_size(trial->procedure)};
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(trial->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    unsigned char *slot = trial->stack + parameter.stack_offset;
    unsigned char *pointer;

    if (!(parameter.flags & PARAMETER_IS_IN) || argument_context_format(&parameter))
      continue;
    if ((parameter.flags & PARAMETER_IS_BY_VALUE) ||
        ((parameter.flags & PARAMETER_IS_BASE_TYPE) &&
         !(parameter.flags & PARAMETER_IS_SIMPLE_REF))) {
      argument_free(trial->message, slot, &parameter, &memory);
    } else {
      pointer = *(unsigned char **)slot; /* freeing clears the slot */
      argument_free(trial->message, (unsigned char *)&pointer, &parameter, &memory);
    }
  }
}

/* The engine's table of full pointers has to forget that they were freed. */
static void forget_freed_pointers(FULL_PTR_XLAT_TABLES *tables)
{
  for (ULONG i = 0; i < tables->PointerToRefId.NumberOfBuckets; i++)
    for (PFULL_PTR_TO_REFID_ELEMENT entry = tables->PointerToRefId.XlatTable[i]; entry;
         entry = entry->Next)
      entry->State &= ~FULL_POINTER_FREED;
  for (ULONG i = 0; i < tables->RefIdToPointer.NumberOfEntries; i++)
    tables->RefIdToPointer.StateTable[i] &= ~FULL_POINTER_FREED;
}

static void keep_unreachable(struct trial *trial)
{
  struct unreachable_blocks *unreachable = trial->unreachable;
  size_t left = 0;

  for (size_t i = 0; i < trial->count; i++)
    left += !trial->blocks[i].freed;
  if (!left)
    return;
  unreachable->blocks = calloc(left, sizeof(*unreachable->blocks));
  if (!unreachable->blocks)
    raise_status(RPC_S_OUT_OF_MEMORY);
  for (size_t i = 0; i < trial->count; i++)
    if (!trial->blocks[i].freed)
      unreachable->blocks[unreachable->count++] = (void *)trial->blocks[i].address;
}

static void run_trial(void *context)
{
  struct trial *trial = context;

  list_blocks(trial);
  trial->message->pfnFree = note_free;
  free_arguments(trial);
  keep_unreachable(trial);
}

static void end_trial(void *context, bool unwinding)
{
  struct trial *trial = context;

  (void)unwinding;
  trial->message->pfnFree = trial->pfn_free;
  if (trial->message->FullPtrXlatTables)
    forget_freed_pointers(trial->message->FullPtrXlatTables);
  TlsSetValue(trial_slot, NULL);
  free(trial->blocks);
}

void trial_free(MIDL_STUB_MESSAGE *message, const struct procedure *procedure,
                unsigned char *stack, struct unreachable_blocks *unreachable)
{
  struct trial trial = {message, procedure, stack, unreachable, .pfn_free = message->pfnFree};

  if (!is_worth_a_trial(&trial))
    return;
  if (!InitOnceExecuteOnce(&slot_once, allocate_slot, NULL, NULL) ||
      !TlsSetValue(trial_slot, &trial))
    raise_status(RPC_S_OUT_OF_MEMORY);
  finally_call(run_trial, end_trial, &trial);
}

void unreachable_blocks_free(MIDL_STUB_MESSAGE *message, struct unreachable_blocks *unreachable)
{
  while (unreachable->count)
    message->pfnFree(unreachable->blocks[--unreachable->count]);
}

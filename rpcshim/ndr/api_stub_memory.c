/*
 * RpcSs*, RpcSm*: the memory of stubs and manager routines that have no allocator of their own
 * (IDL: enable_allocate), and the allocator of a client thread.
 *
 * An environment of blocks belongs to the thread that has enabled it, and to those that it has
 * handed its handle to; what is in it is freed when it is disabled as often as it was enabled,
 * or the last of the threads ends. `lock` guards its blocks. Everything else is of one thread.
 */
#include <stdlib.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

#include "engine.h"

struct block {
  struct block *next, *previous;
  struct environment *environment;
  _Alignas(16) unsigned char data[];
};

struct environment {
  LONG references; /* threads */
  SRWLOCK lock;
  unsigned int enabled; /* how often */
  struct block *blocks;
};

/* A thread's. */
struct allocation {
  struct environment *environment; /* counted; NULL: none */
  RPC_CLIENT_ALLOC *allocate;
  RPC_CLIENT_FREE *free;
};

static void free_blocks(struct environment *environment)
{
  struct block *next;

  AcquireSRWLockExclusive(&environment->lock);
  for (struct block *block = environment->blocks; block; block = next) {
    next = block->next;
    free(block);
  }
  environment->blocks = NULL;
  ReleaseSRWLockExclusive(&environment->lock);
}

static void environment_release(struct environment *environment)
{
  if (!environment || InterlockedDecrement(&environment->references))
    return;
  free_blocks(environment);
  free(environment);
}

/* ---- the thread ---- */

static DWORD slot = FLS_OUT_OF_INDEXES;

static void WINAPI thread_ends(void *value)
{
  struct allocation *allocation = value;

  environment_release(allocation->environment);
  free(allocation);
}

static BOOL CALLBACK make_slot(INIT_ONCE *once, void *parameter, void **context)
{
  (void)once;
  (void)parameter;
  (void)context;
  slot = FlsAlloc(thread_ends);
  return slot != FLS_OUT_OF_INDEXES;
}

/* NULL: out of memory. */
static struct allocation *allocation_get(void)
{
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  struct allocation *allocation;

  if (!InitOnceExecuteOnce(&once, make_slot, NULL, NULL))
    return NULL;
  allocation = FlsGetValue(slot);
  if (allocation)
    return allocation;
  allocation = calloc(1, sizeof(*allocation));
  if (!allocation)
    return NULL;
  allocation->allocate = NdrRpcSsDefaultAllocate;
  allocation->free = NdrRpcSsDefaultFree;
  if (FlsSetValue(slot, allocation))
    return allocation;
  free(allocation);
  return NULL;
}

static struct environment *environment_get(void)
{
  struct allocation *allocation = allocation_get();

  return allocation ? allocation->environment : NULL;
}

/* Takes over the reference. */
static void set_environment(struct allocation *allocation, struct environment *environment)
{
  environment_release(allocation->environment);
  allocation->environment = environment;
}

/* ---- RpcSm*: with statuses ---- */

/* RPC_S_OK, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcSmEnableAllocate(void)
{
  struct allocation *allocation = allocation_get();

  if (!allocation)
    return RPC_S_OUT_OF_MEMORY;
  if (!allocation->environment) {
    struct environment *environment = calloc(1, sizeof(*environment));

    if (!environment)
      return RPC_S_OUT_OF_MEMORY;
    environment->references = 1;
    InitializeSRWLock(&environment->lock);
    allocation->environment = environment;
  }
  AcquireSRWLockExclusive(&allocation->environment->lock);
  allocation->environment->enabled++;
  ReleaseSRWLockExclusive(&allocation->environment->lock);
  return RPC_S_OK;
}

/* Frees all that has been allocated since. RPC_S_OK; RPC_S_INVALID_ARG: not enabled. */
RPC_STATUS RPC_ENTRY RpcSmDisableAllocate(void)
{
  struct environment *environment = environment_get();
  bool last;

  if (!environment)
    return RPC_S_INVALID_ARG;
  AcquireSRWLockExclusive(&environment->lock);
  last = environment->enabled && !--environment->enabled;
  ReleaseSRWLockExclusive(&environment->lock);
  if (!last)
    return RPC_S_OK;
  free_blocks(environment);
  set_environment(allocation_get(), NULL);
  return RPC_S_OK;
}

/* NULL with *status: RPC_S_OUT_OF_MEMORY; RPC_S_INVALID_ARG: not enabled. */
void *RPC_ENTRY RpcSmAllocate(size_t size, RPC_STATUS *status)
{
  struct environment *environment = environment_get();
  struct block *block = NULL;
  RPC_STATUS result = environment ? RPC_S_OUT_OF_MEMORY : RPC_S_INVALID_ARG;

  if (environment && size <= SIZE_MAX - sizeof(*block))
    block = malloc(sizeof(*block) + size);
  if (block) {
    AcquireSRWLockExclusive(&environment->lock);
    block->environment = environment;
    block->previous = NULL;
    block->next = environment->blocks;
    if (block->next)
      block->next->previous = block;
    environment->blocks = block;
    ReleaseSRWLockExclusive(&environment->lock);
    result = RPC_S_OK;
  }
  if (status)
    *status = result;
  return block ? block->data : NULL;
}

/* Another environment's is left alone. RPC_S_OK, RPC_S_INVALID_ARG. */
RPC_STATUS RPC_ENTRY RpcSmFree(void *data)
{
  struct environment *environment = environment_get();
  struct block *block = data ? CONTAINING_RECORD(data, struct block, data) : NULL;

  if (!environment || !block || block->environment != environment)
    return RPC_S_INVALID_ARG;
  AcquireSRWLockExclusive(&environment->lock);
  if (block->next)
    block->next->previous = block->previous;
  if (block->previous)
    block->previous->next = block->next;
  else
    environment->blocks = block->next;
  ReleaseSRWLockExclusive(&environment->lock);
  free(block);
  return RPC_S_OK;
}

/* For RpcSmSetThreadHandle() of a thread that this one starts, while it has it enabled. NULL:
 * not enabled, with *status RPC_S_INVALID_ARG. */
RPC_SS_THREAD_HANDLE RPC_ENTRY RpcSmGetThreadHandle(RPC_STATUS *status)
{
  struct environment *environment = environment_get();

  if (status)
    *status = environment ? RPC_S_OK : RPC_S_INVALID_ARG;
  return environment;
}

/* RPC_S_OK, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcSmSetThreadHandle(RPC_SS_THREAD_HANDLE handle)
{
  struct allocation *allocation = allocation_get();
  struct environment *environment = handle;

  if (!allocation)
    return RPC_S_OUT_OF_MEMORY;
  if (environment)
    InterlockedIncrement(&environment->references);
  set_environment(allocation, environment);
  return RPC_S_OK;
}

/* RPC_S_OK, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcSmSetClientAllocFree(RPC_CLIENT_ALLOC *allocate, RPC_CLIENT_FREE *free_)
{
  struct allocation *allocation = allocation_get();

  if (!allocate || !free_)
    return RPC_S_INVALID_ARG;
  if (!allocation)
    return RPC_S_OUT_OF_MEMORY;
  allocation->allocate = allocate;
  allocation->free = free_;
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcSmSwapClientAllocFree(RPC_CLIENT_ALLOC *allocate,
                                              RPC_CLIENT_FREE *free_,
                                              RPC_CLIENT_ALLOC **old_allocate,
                                              RPC_CLIENT_FREE **old_free)
{
  struct allocation *allocation = allocation_get();

  if (!allocate || !free_ || !old_allocate || !old_free)
    return RPC_S_INVALID_ARG;
  if (!allocation)
    return RPC_S_OUT_OF_MEMORY;
  *old_allocate = allocation->allocate;
  *old_free = allocation->free;
  return RpcSmSetClientAllocFree(allocate, free_);
}

/* By the client's routine. RPC_S_OK. */
RPC_STATUS RPC_ENTRY RpcSmClientFree(void *data)
{
  NdrRpcSmClientFree(data);
  return RPC_S_OK;
}

/* ---- RpcSs*: with exceptions ---- */

static void check(RPC_STATUS status)
{
  if (status != RPC_S_OK)
    engine.RpcRaiseException(status);
}

void RPC_ENTRY RpcSsEnableAllocate(void)
{
  check(RpcSmEnableAllocate());
}

void RPC_ENTRY RpcSsDisableAllocate(void)
{
  RpcSmDisableAllocate();
}

void *RPC_ENTRY RpcSsAllocate(size_t size)
{
  RPC_STATUS status;
  void *data = RpcSmAllocate(size, &status);

  check(status);
  return data;
}

void RPC_ENTRY RpcSsFree(void *data)
{
  RpcSmFree(data);
}

RPC_SS_THREAD_HANDLE RPC_ENTRY RpcSsGetThreadHandle(void)
{
  RPC_STATUS status;

  return RpcSmGetThreadHandle(&status);
}

void RPC_ENTRY RpcSsSetThreadHandle(RPC_SS_THREAD_HANDLE handle)
{
  check(RpcSmSetThreadHandle(handle));
}

void RPC_ENTRY RpcSsSetClientAllocFree(RPC_CLIENT_ALLOC *allocate, RPC_CLIENT_FREE *free_)
{
  check(RpcSmSetClientAllocFree(allocate, free_));
}

void RPC_ENTRY RpcSsSwapClientAllocFree(RPC_CLIENT_ALLOC *allocate, RPC_CLIENT_FREE *free_,
                                        RPC_CLIENT_ALLOC **old_allocate,
                                        RPC_CLIENT_FREE **old_free)
{
  check(RpcSmSwapClientAllocFree(allocate, free_, old_allocate, old_free));
}

/* ---- what stubs call ---- */

void *RPC_ENTRY NdrRpcSsDefaultAllocate(size_t size)
{
  return malloc(size ? size : 1);
}

void RPC_ENTRY NdrRpcSsDefaultFree(void *data)
{
  free(data);
}

/* Raises RPC_S_OUT_OF_MEMORY. */
void *RPC_ENTRY NdrRpcSmClientAllocate(size_t size)
{
  struct allocation *allocation = allocation_get();
  void *data = allocation ? allocation->allocate(size) : NULL;

  if (!data)
    check(RPC_S_OUT_OF_MEMORY);
  return data;
}

void RPC_ENTRY NdrRpcSmClientFree(void *data)
{
  struct allocation *allocation = allocation_get();

  if (allocation && data)
    allocation->free(data);
}

void RPC_ENTRY NdrRpcSsEnableAllocate(MIDL_STUB_MESSAGE *message)
{
  RpcSsEnableAllocate();
  message->pfnAllocate = RpcSsAllocate;
  message->pfnFree = RpcSsFree;
}

void RPC_ENTRY NdrRpcSsDisableAllocate(MIDL_STUB_MESSAGE *message)
{
  (void)message;
  RpcSsDisableAllocate();
}

void RPC_ENTRY NdrRpcSmSetClientToOsf(MIDL_STUB_MESSAGE *message)
{
  message->pfnAllocate = NdrRpcSmClientAllocate;
  message->pfnFree = NdrRpcSmClientFree;
}

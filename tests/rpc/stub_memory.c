/*
 * Names that Wine has as bare stubs and that do something here: the memory of stubs, mutexes.
 * Those that stay stubs: bare_stubs.c.
 */
#include "server.h"

TEST(memory_is_freed_when_it_is_disabled)
{
  char *kept[100];

  CHECK_EQ(RAISED(RpcSsAllocate, 10), RPC_S_INVALID_ARG);
  RpcSsEnableAllocate();
  RpcSsEnableAllocate();
  for (size_t i = 0; i < ARRAYSIZE(kept); i++) {
    kept[i] = RpcSsAllocate(i);
    CHECK(kept[i] && !((ULONG_PTR)kept[i] & 7));
    memset(kept[i], 5, i);
  }
  for (size_t i = 0; i < ARRAYSIZE(kept); i += 3)
    RpcSsFree(kept[i]);
  RpcSsDisableAllocate();
  CHECK(RpcSsAllocate(1)); /* enabled twice */
  RpcSsDisableAllocate();
  CHECK_EQ(RAISED(RpcSsAllocate, 10), RPC_S_INVALID_ARG);
}

static DWORD WINAPI allocate_elsewhere(void *handle)
{
  RPC_STATUS status;

  CHECK(!RpcSmAllocate(10, &status));
  CHECK_EQ(status, RPC_S_INVALID_ARG);
  CHECK_EQ(RpcSmSetThreadHandle(handle), RPC_S_OK);
  CHECK(RpcSmAllocate(10, &status));
  CHECK_EQ(status, RPC_S_OK);
  return 0;
}

TEST(a_thread_may_share_another_ones_memory)
{
  RPC_STATUS status;
  HANDLE thread;

  CHECK_EQ(RpcSmEnableAllocate(), RPC_S_OK);
  thread = CreateThread(NULL, 0, allocate_elsewhere, RpcSmGetThreadHandle(&status), 0, NULL);
  CHECK(thread && status == RPC_S_OK);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  CHECK_EQ(RpcSmDisableAllocate(), RPC_S_OK);
}

static LONG allocated, freed;

static void *__RPC_USER count_allocate(size_t size)
{
  allocated++;
  return HeapAlloc(GetProcessHeap(), 0, size);
}

static void __RPC_USER count_free(void *memory)
{
  freed++;
  HeapFree(GetProcessHeap(), 0, memory);
}

TEST(a_client_has_the_allocator_that_it_sets)
{
  RPC_CLIENT_ALLOC *allocate;
  RPC_CLIENT_FREE *free_;
  MIDL_STUB_MESSAGE message = {0};

  CHECK_EQ(RpcSmSwapClientAllocFree(count_allocate, count_free, &allocate, &free_), RPC_S_OK);
  CHECK(allocate && free_ && allocate != count_allocate);
  NdrRpcSmSetClientToOsf(&message);
  CHECK_EQ(RpcSmClientFree(message.pfnAllocate(20)), RPC_S_OK);
  CHECK_EQ(allocated, 1);
  CHECK_EQ(freed, 1);
  RpcSsSetClientAllocFree(allocate, free_);
  message.pfnFree(message.pfnAllocate(20));
  CHECK_EQ(allocated, 1);
}

static I_RPC_MUTEX mutex;
static LONG inside;

static DWORD WINAPI enter_and_leave(void *context)
{
  (void)context;
  for (int i = 0; i < 1000; i++) {
    I_RpcRequestMutex(&mutex);
    CHECK_EQ(InterlockedIncrement(&inside), 1);
    InterlockedDecrement(&inside);
    I_RpcClearMutex(mutex);
  }
  return 0;
}

TEST(a_mutex_lets_one_in)
{
  HANDLE threads[3];

  for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
    threads[i] = CreateThread(NULL, 0, enter_and_leave, NULL, 0, NULL);
    CHECK(threads[i]);
  }
  for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
  }
  I_RpcDeleteMutex(mutex);
}

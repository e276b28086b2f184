/* A DLL with a server's stubs, manager routines and callbacks. */
#include "unloaded_dll.h"

#include "unloaded.h"

static struct unloaded_control *shared;

static RPC_STATUS RPC_ENTRY count_check(RPC_IF_HANDLE interface_id, void *context)
{
  (void)interface_id;
  (void)context;
  InterlockedIncrement(&shared->checked);
  return RPC_S_OK;
}

__declspec(dllexport) RPC_IF_HANDLE
    unloaded_begin(struct unloaded_control *control, RPC_IF_CALLBACK_FN **callback)
{
  shared = control;
  *callback = count_check;
  return server_unloaded_v1_0_s_ifspec;
}

void __RPC_USER loaded_t_rundown(loaded_t context)
{
  (void)context;
  InterlockedIncrement(&shared->run_down);
}

void server_loaded_open(handle_t binding, loaded_t *context)
{
  (void)binding;
  *context = shared;
}

LONG server_loaded_use(loaded_t context)
{
  return context == shared;
}

void server_loaded_linger(PRPC_ASYNC_STATE call, handle_t binding)
{
  (void)binding;
  RpcAsyncCompleteCall(call, NULL);
  InterlockedExchange(&shared->lingers, 1);
  while (!InterlockedCompareExchange(&shared->let_go, 0, 0))
    SwitchToThread();
}

void *__RPC_USER midl_user_allocate(size_t size)
{
  return HeapAlloc(GetProcessHeap(), 0, size);
}

void __RPC_USER midl_user_free(void *memory)
{
  HeapFree(GetProcessHeap(), 0, memory);
}

/* The runtime's mutexes for old stubs and helpers, and its two ways to let others run. */
#include <stdlib.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

#include "../engine/engine.h"

void RPC_ENTRY GlobalMutexRequestExternal(void);
void RPC_ENTRY GlobalMutexClearExternal(void);

static SRWLOCK making = SRWLOCK_INIT;
static I_RPC_MUTEX global;

/* Makes it where it is not there yet, once; NULL: out of memory. */
static CRITICAL_SECTION *mutex_of(I_RPC_MUTEX *mutex)
{
  CRITICAL_SECTION *section;

  AcquireSRWLockExclusive(&making);
  section = (CRITICAL_SECTION *)*mutex;
  if (!section) {
    section = malloc(sizeof(*section));
    if (section)
      InitializeCriticalSection(section);
    *mutex = section;
  }
  ReleaseSRWLockExclusive(&making);
  return section;
}

/* *mutex is NULL until the first request. Raises RPC_S_OUT_OF_MEMORY. */
void RPC_ENTRY I_RpcRequestMutex(I_RPC_MUTEX *mutex)
{
  CRITICAL_SECTION *section = mutex_of(mutex);

  if (!section)
    engine.RpcRaiseException(RPC_S_OUT_OF_MEMORY);
  EnterCriticalSection(section);
}

void RPC_ENTRY I_RpcClearMutex(I_RPC_MUTEX mutex)
{
  if (mutex)
    LeaveCriticalSection(mutex);
}

void RPC_ENTRY I_RpcDeleteMutex(I_RPC_MUTEX mutex)
{
  if (mutex)
    DeleteCriticalSection(mutex);
  free(mutex);
}

void RPC_ENTRY GlobalMutexRequestExternal(void)
{
  I_RpcRequestMutex(&global);
}

void RPC_ENTRY GlobalMutexClearExternal(void)
{
  I_RpcClearMutex(global);
}

void RPC_ENTRY I_RpcPauseExecution(ULONG milliseconds)
{
  Sleep(milliseconds);
}

void RPC_ENTRY RpcServerYield(void)
{
  SwitchToThread();
}

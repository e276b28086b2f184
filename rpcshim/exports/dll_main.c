/*
 * Loading and unloading of rpcrt4.dll. Nothing is loaded or found here: what we need of Wine's
 * DLL is there by import (engine.h). Once loaded it stays, as on Windows: threads of the
 * program and of the runtime may be in it at any time, and each thread has state of ours.
 */
#include <windows.h>

#include "../call/thread_state.h"
#include "../cancel/com_call.h"
#include "../trace/trace.h"
#include "../workers/worker_pool.h"
#include "stay_loaded.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
  (void)reserved;
  switch (reason) {
  case DLL_PROCESS_ATTACH:
    trace_open();
    return thread_state_startup() && com_call_startup() && stay_loaded(instance);
  case DLL_THREAD_DETACH:
    worker_thread_detach();
    thread_state_thread_detach();
    com_call_thread_detach();
    return TRUE;
  case DLL_PROCESS_DETACH:
    trace_close();
    return TRUE;
  default:
    return TRUE;
  }
}

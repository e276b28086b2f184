/* Loading and unloading of rpcrt4.dll. */
#include <windows.h>

#include "../call/thread_state.h"
#include "../cancel/com_call.h"
#include "../engine/engine.h"
#include "../trace/trace.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
  (void)instance;
  (void)reserved;
  switch (reason) {
  case DLL_PROCESS_ATTACH:
    trace_open();
    return engine_load() && thread_state_startup() && com_call_startup();
  case DLL_THREAD_DETACH:
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

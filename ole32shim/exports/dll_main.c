/* Loading of ole32.dll. Nothing is loaded or found here: what we need of Wine's DLLs is there
 * by import (original.h). */
#include "../filter/filter_thread.h"
#include "stay_loaded.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
  (void)reserved;
  if (reason == DLL_THREAD_DETACH)
    filter_thread_detach();
  return reason != DLL_PROCESS_ATTACH || stay_loaded(instance);
}

/* Loading of ole32.dll. Nothing is loaded or found here: what we need of Wine's DLLs is there
 * by import (original.h). */
#include "stay_loaded.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH)
    return TRUE;
  DisableThreadLibraryCalls(instance);
  return stay_loaded(instance);
}

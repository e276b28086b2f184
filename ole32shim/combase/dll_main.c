/* Loading of combase.dll, and of the ole32.dll that it imports, which may be somebody else's.
 */
#include "stay_loaded.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH)
    return TRUE;
  DisableThreadLibraryCalls(instance);
  return stay_loaded(instance) && stay_loaded_too(L"ole32.dll");
}

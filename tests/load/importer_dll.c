/* A DLL that imports what importer.h says, and uses it when it is attached. */
#include <windows.h>

#include "importer.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
  (void)instance;
  (void)reserved;
  return reason != DLL_PROCESS_ATTACH || importer_use();
}

/* Imports nothing of ours, but what Wine's own DLLs need rpcrt4.dll for, by a delayed import of
 * theirs. */
#include "importer.h"

#include <windows.h>
#include <winsvc.h>

bool importer_use(void)
{
  SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);

  return manager && CloseServiceHandle(manager);
}

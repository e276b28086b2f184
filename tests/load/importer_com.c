/* Imports from one DLL, FROM, which is ole32.dll or combase.dll; OWN_FIRST: what is asyncshim's
 * own comes before what is forwarded to Wine's. */
#include "importer.h"

#include <windows.h>
#include <objbase.h>

#include "import_table.h"

#if OWN_FIRST
#define FUNCTIONS(X) X(CoWaitForMultipleHandles) X(CoTaskMemAlloc) X(CoTaskMemFree)
#else
#define FUNCTIONS(X) X(CoTaskMemAlloc) X(CoTaskMemFree) X(CoWaitForMultipleHandles)
#endif

ASYNCSHIM_DECLARE_IMPORT_TABLE(imported, FUNCTIONS);
ASYNCSHIM_IMPORT_TABLE(imported, FROM, FUNCTIONS)

bool importer_use(void)
{
  void *memory = imported.CoTaskMemAlloc(16);

  if (!memory)
    return false;
  imported.CoTaskMemFree(memory);
  return FAILED(imported.CoWaitForMultipleHandles(0, 0, 0, NULL, NULL));
}

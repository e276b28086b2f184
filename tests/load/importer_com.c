#include "importer_com.h"

#include "importer.h"

bool importer_use(void)
{
  void *memory = imported.CoTaskMemAlloc(16);

  if (!memory)
    return false;
  imported.CoTaskMemFree(memory);
  return FAILED(imported.CoWaitForMultipleHandles(0, 0, 0, NULL, NULL));
}

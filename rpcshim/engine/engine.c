#include "engine.h"

FARPROC engine_find(const char *name)
{
  HMODULE module = GetModuleHandleA("rpcrt4_wine.dll");

  return module ? GetProcAddress(module, name) : NULL;
}

void engine_free_allocations(MIDL_STUB_MESSAGE *message)
{
  struct engine_allocation *node = message->pMemoryList;

  message->pMemoryList = NULL;
  while (node && node->signature == ENGINE_ALLOCATION_SIGNATURE) {
    struct engine_allocation *next = node->next;

    message->pfnFree((char *)node - node->size);
    node = next;
  }
}

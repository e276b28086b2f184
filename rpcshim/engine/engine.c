#include "engine.h"

#include "foreign_function.h"

struct engine engine;

bool engine_load(void)
{
  HMODULE module = foreign_dll_load("rpcrt4_wine.dll");
  bool complete = module;

#define FIND(name) complete &= foreign_function_find(module, #name, &engine.name);
  ENGINE_FUNCTIONS(FIND)
#undef FIND
  return complete;
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

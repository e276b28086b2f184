#include "engine.h"

#include <stddef.h>

#define ENGINE_DLL L"rpcrt4_wine.dll"

struct engine engine;

static const struct {
  const char *name;
  size_t offset;
} functions[] = {
#define ENGINE_ENTRY(name) {#name, offsetof(struct engine, name)},
    ENGINE_FUNCTIONS(ENGINE_ENTRY)
#undef ENGINE_ENTRY
};

static void report(const char *what, const char *name)
{
  OutputDebugStringA("asyncshim: rpcrt4: ");
  OutputDebugStringA(what);
  OutputDebugStringA(name);
  OutputDebugStringA("\n");
}

bool engine_load(void)
{
  bool complete = true;
  HMODULE module = LoadLibraryW(ENGINE_DLL);

  if (!module) {
    report("cannot load Wine's own DLL: ", "rpcrt4_wine.dll");
    return false;
  }
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    FARPROC function = GetProcAddress(module, functions[i].name);

    if (!function) {
      report("Wine's own DLL lacks: ", functions[i].name);
      complete = false;
    }
    *(FARPROC *)((char *)&engine + functions[i].offset) = function;
  }
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

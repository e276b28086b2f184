#include "original.h"

#include <stddef.h>

struct original original;

static const struct {
  enum { OLE32, COMBASE } dll;
  const char *name;
  size_t offset;
} functions[] = {
#define ORIGINAL_ENTRY(dll, name) {dll, #name, offsetof(struct original, name)},
    ORIGINAL_FUNCTIONS(ORIGINAL_ENTRY)
#undef ORIGINAL_ENTRY
};

static void report(const char *what, const char *name)
{
  OutputDebugStringA("asyncshim: ole32: ");
  OutputDebugStringA(what);
  OutputDebugStringA(name);
  OutputDebugStringA("\n");
}

static HMODULE load(const char *name)
{
  HMODULE module = LoadLibraryA(name);

  if (!module)
    report("cannot load Wine's own DLL: ", name);
  return module;
}

bool original_load(void)
{
  bool complete = true;
  HMODULE modules[] = {[OLE32] = load("ole32_wine.dll"), [COMBASE] = load("combase_wine.dll")};

  if (!modules[OLE32] || !modules[COMBASE])
    return false;
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    FARPROC function = GetProcAddress(modules[functions[i].dll], functions[i].name);

    if (!function) {
      report("Wine's own DLL lacks: ", functions[i].name);
      complete = false;
    }
    *(FARPROC *)((char *)&original + functions[i].offset) = function;
  }
  return complete;
}

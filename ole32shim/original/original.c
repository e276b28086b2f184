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

static HMODULE load_ole32(void)
{
  HMODULE module = LoadLibraryA("ole32_wine.dll");

  if (!module)
    report("cannot load Wine's own DLL: ", "ole32_wine.dll");
  return module;
}

/* The one that Wine's ole32 has. Without the override for it that is not the copy, and a second
 * one would know of no apartment. */
static HMODULE loaded_combase(void)
{
  HMODULE module = GetModuleHandleA("combase_wine.dll");

  return module ? module : GetModuleHandleA("combase.dll");
}

bool original_load(void)
{
  bool complete = true;
  HMODULE modules[] = {[OLE32] = load_ole32(), [COMBASE] = NULL};

  if (!modules[OLE32])
    return false;
  modules[COMBASE] = loaded_combase();
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

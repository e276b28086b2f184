#include "original.h"

#include <stddef.h>

#define ORIGINAL_DLL L"ole32_wine.dll"

struct original original;

static const struct {
  const char *name;
  size_t offset;
} functions[] = {
#define ORIGINAL_ENTRY(name) {#name, offsetof(struct original, name)},
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

bool original_load(void)
{
  bool complete = true;
  HMODULE module = LoadLibraryW(ORIGINAL_DLL);

  if (!module) {
    report("cannot load Wine's own DLL: ", "ole32_wine.dll");
    return false;
  }
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    FARPROC function = GetProcAddress(module, functions[i].name);

    if (!function) {
      report("Wine's own DLL lacks: ", functions[i].name);
      complete = false;
    }
    *(FARPROC *)((char *)&original + functions[i].offset) = function;
  }
  return complete;
}

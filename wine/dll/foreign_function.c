#include "foreign_function.h"

static void report(const char *name)
{
  OutputDebugStringA("asyncshim: not found: ");
  OutputDebugStringA(name);
  OutputDebugStringA("\n");
}

HMODULE foreign_dll_load(const char *name)
{
  HMODULE module = LoadLibraryA(name);

  if (!module)
    report(name);
  return module;
}

bool foreign_function_find(HMODULE module, const char *name, void *function)
{
  FARPROC found = module ? GetProcAddress(module, name) : NULL;

  if (module && !found)
    report(name);
  *(FARPROC *)function = found;
  return found;
}

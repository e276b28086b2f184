#include "com_library.h"

struct com_library com_library;

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

static bool find(HMODULE module, const char *name, void *function)
{
  FARPROC found = module ? GetProcAddress(module, name) : NULL;

  *(FARPROC *)function = found;
  return found;
}

static BOOL CALLBACK load(INIT_ONCE *unused, void *parameter, void **context)
{
  HMODULE ole32 = LoadLibraryW(L"ole32.dll"), user32 = LoadLibraryW(L"user32.dll");
  bool complete = true;

  (void)unused;
  (void)parameter;
  (void)context;
#define FIND_IN_OLE32(name)  complete &= find(ole32, #name, &com_library.name);
#define FIND_IN_USER32(name) complete &= find(user32, #name, &com_library.name);
  COM_LIBRARY_OLE32(FIND_IN_OLE32)
  COM_LIBRARY_USER32(FIND_IN_USER32)
  return complete;
}

bool com_library_load(void)
{
  return InitOnceExecuteOnce(&once, load, NULL, NULL);
}

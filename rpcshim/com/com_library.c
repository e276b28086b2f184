#include "com_library.h"

#include "foreign_function.h"

struct com_library com_library;

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK load(INIT_ONCE *unused, void *parameter, void **context)
{
  HMODULE ole32 = foreign_dll_load("ole32.dll"), user32 = foreign_dll_load("user32.dll");
  bool complete = ole32 && user32;

  (void)unused;
  (void)parameter;
  (void)context;
#define FIND_IN_OLE32(name) complete &= foreign_function_find(ole32, #name, &com_library.name);
#define FIND_IN_USER32(name)                                                                   \
  complete &= foreign_function_find(user32, #name, &com_library.name);
  COM_LIBRARY_OLE32(FIND_IN_OLE32)
  COM_LIBRARY_USER32(FIND_IN_USER32)
  return complete;
}

bool com_library_load(void)
{
  return InitOnceExecuteOnce(&once, load, NULL, NULL);
}

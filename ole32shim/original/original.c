#include "original.h"

#include "foreign_function.h"

struct original original;

/* The one that Wine's ole32 has. Without the override for it that is not the copy, and a second
 * one would know of no apartment. */
static HMODULE loaded_combase(void)
{
  HMODULE module = GetModuleHandleA("combase_wine.dll");

  return module ? module : GetModuleHandleA("combase.dll");
}

bool original_load(void)
{
  HMODULE ole32 = foreign_dll_load("ole32_wine.dll"), combase = loaded_combase();
  bool complete = ole32 && combase;

#define FIND_IN_OLE32(name)   complete &= foreign_function_find(ole32, #name, &original.name);
#define FIND_IN_COMBASE(name) complete &= foreign_function_find(combase, #name, &original.name);
  ORIGINAL_OLE32(FIND_IN_OLE32)
  ORIGINAL_COMBASE(FIND_IN_COMBASE)
  return complete;
}

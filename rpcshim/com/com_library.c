#include "com_library.h"

#include "foreign_function.h"

struct com_library com_library;

static bool find(struct com_library *found)
{
  HMODULE ole32 = foreign_dll_load("ole32.dll"), user32 = foreign_dll_load("user32.dll");
  bool complete = ole32 && user32;

#define FIND_IN_OLE32(name)  complete &= foreign_function_find(ole32, #name, &found->name);
#define FIND_IN_USER32(name) complete &= foreign_function_find(user32, #name, &found->name);
  COM_LIBRARY_OLE32(FIND_IN_OLE32)
  COM_LIBRARY_USER32(FIND_IN_USER32)
  found->errors = (struct error_functions){found->CreateErrorInfo, found->GetErrorInfo,
                                           found->SetErrorInfo};
  return complete;
}

bool com_library_load(void)
{
  static bool loaded;
  struct com_library found;

  if (__atomic_load_n(&loaded, __ATOMIC_ACQUIRE))
    return true;
  if (!find(&found))
    return false;
  com_library = found;
  __atomic_store_n(&loaded, true, __ATOMIC_RELEASE);
  return true;
}

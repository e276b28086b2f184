#include "stay_loaded.h"

bool stay_loaded(const void *address)
{
  HMODULE module;

  return GetModuleHandleExW(
      GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, address, &module);
}

bool stay_loaded_too(const WCHAR *name)
{
  HMODULE module;

  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN, name, &module);
}

#include "wine_module.h"

#include <string.h>
#include <windows.h>

/* Where a DOS program would be; Wine's loader tells its own modules by it, too. */
static const char signature[] = "Wine builtin DLL";

bool is_in_wine_module(const void *address)
{
  HMODULE module;

  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                              GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                          address, &module))
    return false;
  return !memcmp((const IMAGE_DOS_HEADER *)module + 1, signature, sizeof(signature));
}

#include "runtime.h"

const struct com_cancels *com_cancels_get(void)
{
  static const struct com_cancels *volatile cancels;
  com_cancels_function function;

  if (cancels)
    return cancels;
  function = (com_cancels_function)(void *)GetProcAddress(GetModuleHandleW(L"rpcrt4.dll"),
                                                          COM_CANCELS_FUNCTION);
  if (function)
    cancels = function();
  return cancels;
}

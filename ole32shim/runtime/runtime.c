#include "runtime.h"

static void *find(const char *name)
{
  return (void *)GetProcAddress(GetModuleHandleW(L"rpcrt4.dll"), name);
}

const struct com_cancels *com_cancels_get(void)
{
  static const struct com_cancels *volatile cancels;
  com_cancels_function function;

  if (cancels)
    return cancels;
  function = (com_cancels_function)find(COM_CANCELS_FUNCTION);
  if (function)
    cancels = function();
  return cancels;
}

const struct com_apartments *com_apartments_get(void)
{
  static const struct com_apartments *volatile apartments;
  com_apartments_function function;

  if (apartments)
    return apartments;
  function = (com_apartments_function)find(COM_APARTMENTS_FUNCTION);
  if (function)
    apartments = function();
  return apartments;
}

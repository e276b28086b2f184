#include "raise.h"

_Noreturn void raise_status(DWORD code)
{
  for (;;)
    RaiseException(code, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

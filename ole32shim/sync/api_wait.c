/* CoWaitForMultipleHandles: Microsoft, "CoWaitForMultipleHandles function". */
#include "com_wait.h"

HRESULT WINAPI CoWaitForMultipleHandles(DWORD flags, DWORD milliseconds, ULONG count,
                                        HANDLE *handles, DWORD *index)
{
  return com_wait(flags, milliseconds, count, handles, index);
}

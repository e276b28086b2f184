/*
 * What our ole32.dll owns of the names of combase.dll. No forwarders: where somebody's override
 * gives the process our combase.dll but Wine's ole32.dll, that forwards these names to
 * combase.dll, and the loader would follow the circle until its stack ends.
 *
 * Who it is that ole32.dll gives for a name shows the import: ours has a function of its own,
 * Wine's leads back to the function here, and then Wine's combase is asked.
 */
#include <windows.h>
#include <objbase.h>

#include "import_table.h"

#define PASSED_ON(X)                                                                           \
  X(CoCancelCall)                                                                              \
  X(CoDisableCallCancellation)                                                                 \
  X(CoEnableCallCancellation)                                                                  \
  X(CoGetCancelObject)                                                                         \
  X(CoSetCancelObject)                                                                         \
  X(CoTestCancel)                                                                              \
  X(CoWaitForMultipleHandles)

ASYNCSHIM_DECLARE_IMPORT_TABLE(wines_combase, PASSED_ON);
ASYNCSHIM_DECLARE_IMPORT_TABLE(ole32, PASSED_ON);
ASYNCSHIM_IMPORT_TABLE(wines_combase, "combase_wine.dll", PASSED_ON)
ASYNCSHIM_IMPORT_TABLE(ole32, "ole32.dll", PASSED_ON)

#define PASS_ON(name, parameters, arguments)                                                   \
  HRESULT WINAPI name parameters                                                               \
  {                                                                                            \
    return (ole32.name == name ? wines_combase.name : ole32.name) arguments;                   \
  }

PASS_ON(CoCancelCall, (DWORD thread_id, ULONG seconds), (thread_id, seconds))
PASS_ON(CoDisableCallCancellation, (void *reserved), (reserved))
PASS_ON(CoEnableCallCancellation, (void *reserved), (reserved))
PASS_ON(CoGetCancelObject, (DWORD thread_id, REFIID iid, void **object),
        (thread_id, iid, object))
PASS_ON(CoSetCancelObject, (IUnknown * object), (object))
PASS_ON(CoTestCancel, (void), ())
PASS_ON(CoWaitForMultipleHandles,
        (DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles, DWORD *index),
        (flags, milliseconds, count, handles, index))

#include "passed_on.h"

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
PASS_ON(CoGetClassObject,
        (REFCLSID class_id, DWORD context, void *server, REFIID iid, void **object),
        (class_id, context, server, iid, object))
PASS_ON(CoRegisterMessageFilter, (IMessageFilter * filter, IMessageFilter **former),
        (filter, former))
PASS_ON(CoSetCancelObject, (IUnknown * object), (object))
PASS_ON(CoTestCancel, (void), ())
PASS_ON(CoWaitForMultipleHandles,
        (DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles, DWORD *index),
        (flags, milliseconds, count, handles, index))

/*
 * The seam to Wine's own ole32 (ole32_wine.dll): what asyncshim calls in it. `original` is its
 * import address table (import_table.h), complete before any code of ours runs: no lock. What
 * Wine's ole32 forwards to combase.dll ends in the one combase that the process has: by way of
 * our combase.dll in combase_wine.dll, or, where somebody's override keeps that out, in Wine's
 * own.
 *
 * Every function is called as original.NAME(...). The names that our ole32.dll owns and our
 * combase.dll passes on to it would come back to us: they have functions of their own below.
 */
#ifndef ASYNCSHIM_OLE32_ORIGINAL_H
#define ASYNCSHIM_OLE32_ORIGINAL_H

#include <windows.h>
#include <objbase.h>
#include <oleauto.h>

#include "import_table.h"

/* In no header of MinGW-w64: the class objects that combase has ole32 make. */
HRESULT WINAPI Ole32DllGetClassObject(REFCLSID class_id, REFIID iid, void **object);

#define ORIGINAL_FUNCTIONS(X)                                                                  \
  X(CLIPFORMAT_UserFree)                                                                       \
  X(CLIPFORMAT_UserMarshal)                                                                    \
  X(CLIPFORMAT_UserSize)                                                                       \
  X(CLIPFORMAT_UserUnmarshal)                                                                  \
  X(CoCreateGuid)                                                                              \
  X(CoGetApartmentType)                                                                        \
  X(CoGetCallContext)                                                                          \
  X(CoGetPSClsid)                                                                              \
  X(CoInitializeEx)                                                                            \
  X(CoMarshalInterface)                                                                        \
  X(CoReleaseMarshalData)                                                                      \
  X(CoTaskMemAlloc)                                                                            \
  X(CoTaskMemFree)                                                                             \
  X(CoUninitialize)                                                                            \
  X(CoUnmarshalInterface)                                                                      \
  X(CreateErrorInfo)                                                                           \
  X(CreateStreamOnHGlobal)                                                                     \
  X(DllGetClassObject)                                                                         \
  X(GetErrorInfo)                                                                              \
  X(IIDFromString)                                                                             \
  X(Ole32DllGetClassObject)                                                                    \
  X(STGMEDIUM_UserFree)                                                                        \
  X(STGMEDIUM_UserMarshal)                                                                     \
  X(STGMEDIUM_UserSize)                                                                        \
  X(STGMEDIUM_UserUnmarshal)                                                                   \
  X(SetErrorInfo)                                                                              \
  X(StringFromGUID2)

ASYNCSHIM_DECLARE_IMPORT_TABLE(original, ORIGINAL_FUNCTIONS);

/* As the functions of COM, Wine's; E_UNEXPECTED: no combase has it. Any thread. */
HRESULT original_wait(DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles,
                      DWORD *index);
HRESULT original_get_class_object(REFCLSID class_id, DWORD context, void *server, REFIID iid,
                                  void **object);
HRESULT original_register_message_filter(IMessageFilter *filter, IMessageFilter **former);

#endif

/*
 * The seam to Wine's own ole32 and combase (loaded as ole32_wine.dll and combase_wine.dll):
 * what asyncshim calls in them. What Wine's ole32 forwards to combase.dll is taken from
 * combase_wine.dll: by way of combase.dll, which is ours, it may come back to us.
 *
 * Every function is called as original.NAME(...). Written once by original_load() before any
 * thread can call us, read-only afterwards: no lock.
 */
#ifndef ASYNCSHIM_OLE32_ORIGINAL_H
#define ASYNCSHIM_OLE32_ORIGINAL_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

/* In no header of MinGW-w64: the class objects that combase has ole32 make. */
HRESULT WINAPI Ole32DllGetClassObject(REFCLSID class_id, REFIID iid, void **object);

#define ORIGINAL_OLE32(X)                                                                      \
  X(DllGetClassObject)                                                                         \
  X(Ole32DllGetClassObject)

#define ORIGINAL_COMBASE(X)                                                                    \
  X(CoCreateGuid)                                                                              \
  X(CoGetApartmentType)                                                                        \
  X(CoGetCallContext)                                                                          \
  X(CoGetClassObject)                                                                          \
  X(CoGetPSClsid)                                                                              \
  X(CoInitializeEx)                                                                            \
  X(CoMarshalInterface)                                                                        \
  X(CoTaskMemAlloc)                                                                            \
  X(CoTaskMemFree)                                                                             \
  X(CoUninitialize)                                                                            \
  X(CoWaitForMultipleHandles)                                                                  \
  X(CreateStreamOnHGlobal)                                                                     \
  X(IIDFromString)                                                                             \
  X(StringFromGUID2)

struct original {
#define ORIGINAL_MEMBER(name) __typeof__(&name) name;
  ORIGINAL_OLE32(ORIGINAL_MEMBER)
  ORIGINAL_COMBASE(ORIGINAL_MEMBER)
#undef ORIGINAL_MEMBER
};

extern struct original original;

/*
 * Loads Wine's DLLs and finds every function of the list. false: one is not there or lacks a
 * name, which has been said (foreign_function.h). Not thread safe: called once, from DllMain.
 */
bool original_load(void);

#endif

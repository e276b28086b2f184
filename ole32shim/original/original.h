/*
 * The seam to Wine's own ole32 (loaded as ole32_wine.dll): what asyncshim calls in it. A name
 * that Wine forwards to combase.dll is reached the same way.
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

#define ORIGINAL_FUNCTIONS(X)                                                                  \
  X(CoCreateGuid)                                                                              \
  X(CoGetApartmentType)                                                                        \
  X(CoGetClassObject)                                                                          \
  X(CoGetPSClsid)                                                                              \
  X(CoInitializeEx)                                                                            \
  X(CoMarshalInterface)                                                                        \
  X(CoTaskMemAlloc)                                                                            \
  X(CoTaskMemFree)                                                                             \
  X(CoUninitialize)                                                                            \
  X(CoWaitForMultipleHandles)                                                                  \
  X(CreateStreamOnHGlobal)                                                                     \
  X(DllGetClassObject)                                                                         \
  X(IIDFromString)                                                                             \
  X(Ole32DllGetClassObject)                                                                    \
  X(StringFromGUID2)

struct original {
#define ORIGINAL_MEMBER(name) __typeof__(&name) name;
  ORIGINAL_FUNCTIONS(ORIGINAL_MEMBER)
#undef ORIGINAL_MEMBER
};

extern struct original original;

/*
 * Loads Wine's DLL and finds every function of the list. false: the DLL is not there or lacks a
 * name; what is wrong has been said by OutputDebugString. Not thread safe: called once, from
 * DllMain.
 */
bool original_load(void);

#endif

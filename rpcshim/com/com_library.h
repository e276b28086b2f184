/*
 * What stubs need of COM and of windows: ole32.dll and user32.dll are
 * above this DLL, so they are loaded when the first call comes.
 *
 * Every function is reached as com_library.NAME(...). Threads that come first at the same time
 * write the same. None waits for another: one of them may be in a DllMain, and the other, which
 * loads, would wait for that.
 */
#ifndef ASYNCSHIM_COM_COM_LIBRARY_H
#define ASYNCSHIM_COM_COM_LIBRARY_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

#include "../errors/thread_error.h"

#define COM_LIBRARY_OLE32(X)                                                                   \
  X(CoGetApartmentType)                                                                        \
  X(CoGetClassObject)                                                                          \
  X(CoGetPSClsid)                                                                              \
  X(CoRegisterChannelHook)                                                                     \
  X(CoRegisterInitializeSpy)                                                                   \
  X(CoRevokeInitializeSpy)                                                                     \
  X(CoSwitchCallContext)                                                                       \
  X(CoTaskMemAlloc)                                                                            \
  X(CoWaitForMultipleHandles)                                                                  \
  X(CreateErrorInfo)                                                                           \
  X(GetErrorInfo)                                                                              \
  X(SetErrorInfo)

#ifdef _WIN64
#define COM_LIBRARY_USER32_BITS(X) X(SetWindowLongPtrW)
#else
#define COM_LIBRARY_USER32_BITS(X) X(SetWindowLongW)
#endif
#define COM_LIBRARY_USER32(X)                                                                  \
  COM_LIBRARY_USER32_BITS(X)                                                                   \
  X(CallWindowProcW)                                                                           \
  X(DispatchMessageW)                                                                          \
  X(FindWindowExW)                                                                             \
  X(GetWindowThreadProcessId)                                                                  \
  X(PeekMessageW)                                                                              \
  X(PostMessageW)                                                                              \
  X(PostQuitMessage)                                                                           \
  X(RegisterWindowMessageW)

struct com_library {
#define COM_LIBRARY_MEMBER(name) __typeof__(&name) name;
  COM_LIBRARY_OLE32(COM_LIBRARY_MEMBER)
  COM_LIBRARY_USER32(COM_LIBRARY_MEMBER)
#undef COM_LIBRARY_MEMBER
  struct error_functions errors;
};

extern struct com_library com_library;

/* Any thread. false: a DLL or a function is not there. */
bool com_library_load(void);

#endif

/*
 * The class of the proxies and stubs of COM's own interfaces ({00000320-...}), which combase
 * and programs get from ole32.dll: Wine's, with one of ours before it that makes some of them
 * itself, interface by interface.
 *
 * One object for ever, which holds Wine's class object. No lock: that is set once. Any thread.
 */
#ifndef ASYNCSHIM_OLE32_SYSTEM_PROXIES_H
#define ASYNCSHIM_OLE32_SYSTEM_PROXIES_H

#include <windows.h>
#include <objbase.h>

DEFINE_GUID(CLSID_SystemProxies, 0x00000320, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x46);

/* The class object, an IPSFactoryBuffer: S_OK, E_NOINTERFACE, E_POINTER; what Wine's ole32.dll
 * said. */
HRESULT system_proxies_get(REFIID iid, void **object);

#endif

/*
 * The class that combase asks for proxies and stubs of ICallFactory: the prefix tool registers
 * it for that interface (wine/prefixtool/classes.py), Wine has none. One object for ever; no
 * state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_CALL_PROXY_CLASS_H
#define ASYNCSHIM_OLE32_CALL_PROXY_CLASS_H

#include <windows.h>
#include <objbase.h>

DEFINE_GUID(CLSID_CallFactoryProxy, 0xdf6e977c, 0x2f5d, 0x4512, 0xb4, 0xf4, 0x07, 0x77, 0x7f,
            0x8e, 0x55, 0x20);

/* The class object, an IPSFactoryBuffer: S_OK, E_NOINTERFACE, E_POINTER. */
HRESULT call_proxy_class_get(REFIID iid, void **object);

#endif

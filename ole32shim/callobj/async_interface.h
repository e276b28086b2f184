/*
 * What the registry says about an asynchronous interface (Microsoft: "Interface" key): the
 * synchronous one it belongs to, and who makes its proxies. Where a proxy DLL was registered by
 * Wine's own rpcrt4.dll, before asyncshim was there, the first is missing: then the DLL's class
 * object is asked. No state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_ASYNC_INTERFACE_H
#define ASYNCSHIM_OLE32_ASYNC_INTERFACE_H

#include <windows.h>
#include <objbase.h>

/* S_OK; E_NOINTERFACE: `async_iid` is no asynchronous interface that is registered. */
HRESULT async_interface_synchronous(REFIID async_iid, IID *iid);
/* The proxy factory of the interface, with a reference. What combase said where there is none.
 */
HRESULT async_interface_factory(REFIID async_iid, IPSFactoryBuffer **factory);

#endif

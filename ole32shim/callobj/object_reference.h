/*
 * From a proxy to the place that its calls go to.
 *
 * Combase lets nobody have the channel of a proxy, but what CoMarshalInterface writes for one
 * says it all: the exporter (OXID), whose endpoint follows from it, and the interface there
 * (IPID), which is the object UUID of calls (MS-DCOM 2.2.18.4). It is written as a weak table
 * entry, which takes no reference: the proxy has to stay. No state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_OBJECT_REFERENCE_H
#define ASYNCSHIM_OLE32_OBJECT_REFERENCE_H

#include <windows.h>
#include <objbase.h>

/*
 * A binding for calls of the interface `iid` of the object behind `proxy`, which must be used
 * in its own apartment: the caller frees it. *thread: of the object; 0: the MTA. S_OK;
 * E_NOINTERFACE: it is no standard proxy; E_OUTOFMEMORY; what CoMarshalInterface or the runtime
 * said.
 */
HRESULT object_reference_bind(IUnknown *proxy, REFIID iid, RPC_BINDING_HANDLE *binding,
                              DWORD *thread);

#endif

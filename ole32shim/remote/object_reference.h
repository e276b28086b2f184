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

#include <rpc.h>

#include "object_exporter.h"

/*
 * What refers to the interface `iid` of the object behind `proxy`, which must be used in its
 * own apartment. S_OK; E_NOINTERFACE: it is no standard proxy; E_OUTOFMEMORY; what
 * CoMarshalInterface said.
 */
HRESULT object_reference_read(IUnknown *proxy, REFIID iid,
                              struct standard_reference *reference);
/*
 * The interface, from a reference of the same process's reading; the references in it become
 * the proxy's. S_OK; E_OUTOFMEMORY; what CoUnmarshalInterface said.
 */
HRESULT object_reference_unmarshal(const struct standard_reference *reference, REFIID iid,
                                   void **object);

/* Where the object behind a proxy manager's unknown is, and the IPID of one of its interfaces,
 * without asking the server. S_OK; E_NOINTERFACE: it is no proxy manager's; E_OUTOFMEMORY. */
HRESULT object_reference_locate(IUnknown *remote, uint64_t *oxid, GUID *ipid);

/*
 * Releases a proxy on any thread: combase tells the server from whatever apartment that is in,
 * so a thread that is in none enters one, or else the server would keep its object.
 */
void object_reference_release(IUnknown *proxy);

/*
 * A binding for calls of an interface of that exporter: the caller frees it. S_OK;
 * E_OUTOFMEMORY; what the runtime said.
 */
HRESULT object_reference_bind(uint64_t oxid, const GUID *ipid, RPC_BINDING_HANDLE *binding);
/* The IPID of the exporter's IRemUnknown, as combase has it. */
GUID object_reference_remote_unknown(uint64_t oxid);
/* The exporter's thread; 0: it is an MTA. */
DWORD object_reference_thread(uint64_t oxid);

#endif

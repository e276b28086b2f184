/*
 * The client's ICallFactory, which every proxy has: CreateCall makes call objects for the
 * remote object (call_object.h). No call of it goes to the server by itself.
 *
 * It comes in two ways. Who asks a proxy for the interface gets one of its own, counted by
 * itself, which holds a reference of the proxy manager's object
 * (../identity/client_identity.h). Where the interface is what has been unmarshalled, combase
 * has it made as a proxy of that name: a part of the proxy manager's object, of which it holds
 * no reference, and alive until the proxy manager releases its IRpcProxyBuffer.
 *
 * No state but the count, no lock; CreateCall is to be called in the proxy's apartment.
 */
#ifndef ASYNCSHIM_OLE32_CALL_FACTORY_H
#define ASYNCSHIM_OLE32_CALL_FACTORY_H

#include <windows.h>
#include <objbase.h>

/*
 * `identity`: the proxy manager's unknown. S_OK with one reference in *object; E_OUTOFMEMORY.
 *
 * CreateCall: S_OK; E_INVALIDARG: no result pointer, or an outer unknown and another interface
 * than IUnknown; E_NOINTERFACE: `iid` is no asynchronous interface of the object, or the call
 * object has not the one asked for; others of call_object_create().
 */
HRESULT call_factory_create(IUnknown *identity, void **object);

/* IPSFactoryBuffer::CreateProxy: S_OK with one reference in *proxy and one of the outer unknown
 * in *object; E_OUTOFMEMORY. */
HRESULT call_factory_create_proxy(IUnknown *outer, IRpcProxyBuffer **proxy, void **object);

#endif

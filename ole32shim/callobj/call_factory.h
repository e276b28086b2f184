/*
 * The client's ICallFactory: what combase takes for the proxy of that interface, and asks for
 * when a program queries a proxy for IID_ICallFactory and the server's object has it. No call
 * of it goes to the server, so its channel is not kept.
 *
 * A part of the proxy manager's object (the outer unknown), of which it holds no reference. It
 * lives until the proxy manager releases its IRpcProxyBuffer. No state, no lock; CreateCall is
 * to be called in the proxy's apartment.
 */
#ifndef ASYNCSHIM_OLE32_CALL_FACTORY_H
#define ASYNCSHIM_OLE32_CALL_FACTORY_H

#include <windows.h>
#include <objbase.h>

/*
 * IPSFactoryBuffer::CreateProxy: S_OK with one reference in *proxy and one of the outer unknown
 * in *object; E_OUTOFMEMORY.
 *
 * CreateCall: S_OK; E_INVALIDARG: no result pointer, or an outer unknown and another interface
 * than IUnknown; E_NOINTERFACE: `iid` is no asynchronous interface of the object, or the call
 * object has not the one asked for; others of call_object_create().
 */
HRESULT call_factory_create(IUnknown *outer, IRpcProxyBuffer **proxy, void **object);

#endif

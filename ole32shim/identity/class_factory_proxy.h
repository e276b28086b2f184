/*
 * The proxy of IClassFactory: Wine's, with ours before it.
 *
 * Every proxy has an ICallFactory, which lives on the client: so CreateInstance for that
 * interface asks the server for IUnknown, and the proxy for the rest. In the class's own
 * apartment, where there is no proxy, the object itself is asked.
 *
 * A part of its proxy manager's object (the outer unknown), of which it holds no reference; it
 * owns Wine's proxy and lives until the proxy manager releases its IRpcProxyBuffer. No lock:
 * nothing here changes after creation.
 */
#ifndef ASYNCSHIM_OLE32_CLASS_FACTORY_PROXY_H
#define ASYNCSHIM_OLE32_CLASS_FACTORY_PROXY_H

#include <windows.h>
#include <objbase.h>

/*
 * IPSFactoryBuffer::CreateProxy for IClassFactory; `wine` makes Wine's. S_OK with one reference
 * in *proxy and one of the outer unknown in *object; E_OUTOFMEMORY; what Wine's said.
 */
HRESULT class_factory_proxy_create(IPSFactoryBuffer *wine, IUnknown *outer,
                                   IRpcProxyBuffer **proxy, void **object);

#endif

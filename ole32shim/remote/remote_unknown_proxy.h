/*
 * The proxy of IRemUnknown that combase's proxy managers call: Wine's, with ours before it,
 * which looks at the scope of the calling thread (remote_scope.h) and otherwise passes
 * everything on.
 *
 * A marshalled ICallFactory is the object itself with another interface's name: every proxy has
 * a call factory (../callobj/call_factory.h), whether the server's object has one or not. So a
 * request for that interface asks the server for IUnknown.
 *
 * A part of its proxy manager's object (the outer unknown), of which it holds no reference; it
 * owns Wine's proxy and lives until the proxy manager releases its IRpcProxyBuffer. No lock:
 * nothing here changes but in Connect and Disconnect.
 */
#ifndef ASYNCSHIM_OLE32_REMOTE_UNKNOWN_PROXY_H
#define ASYNCSHIM_OLE32_REMOTE_UNKNOWN_PROXY_H

#include <windows.h>
#include <objbase.h>

/*
 * IPSFactoryBuffer::CreateProxy for IRemUnknown; `wine` makes Wine's. S_OK with one reference
 * in *proxy and one of the outer unknown in *object; E_OUTOFMEMORY; what Wine's said.
 */
HRESULT remote_unknown_proxy_create(IPSFactoryBuffer *wine, IUnknown *outer,
                                    IRpcProxyBuffer **proxy, void **object);

#endif

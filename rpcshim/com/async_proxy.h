/*
 * The proxy of an asynchronous interface (AsyncI...): what a call object of the client gives
 * its user.
 *
 * Begin_ marshals the [in] arguments into a buffer of the channel and sends it, Finish_ takes
 * the reply from the channel and unmarshals the [out] ones. The channel (an
 * IAsyncRpcChannelBuffer) has the state of the call, and decides who may do either: between its
 * GetBuffer and Send, and between its Receive and FreeBuffer, the proxy's call belongs to the
 * thread inside.
 *
 * A part of the controlling unknown that CreateProxy is given, of which it holds no reference;
 * its own is the IRpcProxyBuffer, reference counted, which holds the factory and, between
 * Connect and Disconnect, the channel. Those two are called by its owner alone, while no method
 * runs.
 */
#ifndef ASYNCSHIM_COM_ASYNC_PROXY_H
#define ASYNCSHIM_COM_ASYNC_PROXY_H

#include "async_interface.h"

/*
 * The IRpcProxyBuffer gives the object for the interface, and for those that it inherits from:
 * their methods are the first of its own.
 *
 * IPSFactoryBuffer::CreateProxy: one reference in *proxy, and one of the outer unknown (NULL:
 * of the proxy itself) in *object. `twins` lives as long as `factory` has references. S_OK;
 * E_OUTOFMEMORY; E_NOTIMPL: more methods than there are entries; what is wrong with the format
 * strings, or with an interface of another proxy DLL that it inherits from (async_lineage.h).
 *
 * Begin_: S_OK; CO_E_OBJNOTCONNECTED; E_OUTOFMEMORY; HRESULT_FROM_WIN32 of what cannot be
 * marshalled; what the channel says: RPC_S_CALLPENDING, if there is a call.
 * Finish_: what the method returned; as above; what the channel says: RPC_E_CALL_COMPLETE where
 * there is no call of the method, or why it has failed. Pointers to be set are
 * NULL then, and all [out] memory is zero after a reply that could not be read.
 */
HRESULT async_proxy_create(const struct async_interface *twins, IUnknown *outer,
                           IPSFactoryBuffer *factory, IRpcProxyBuffer **proxy, void **object);

#endif

/*
 * The stub of an interface with an asynchronous twin, around the synchronous interface's own.
 *
 * For each call it asks the object's ICallFactory for a server call object
 * (server_object_call.h) and has that do the work; whatever has none, an object, a method or a
 * moment, is called synchronously by the inner stub. The client cannot tell.
 *
 * COM gives up the stub, without Disconnect, when it has done with the object; the calls that
 * are open then end with RPC_E_DISCONNECTED (stub_calls.h).
 *
 * An IRpcStubBuffer, reference counted; owns the inner stub. The object's call factory changes
 * in Connect and Disconnect only, which COM does not call while it calls Invoke.
 */
#ifndef ASYNCSHIM_COM_ASYNC_STUB_H
#define ASYNCSHIM_COM_ASYNC_STUB_H

#include "async_interface.h"

/*
 * `inner`: of twins->synchronous, on `server` or unconnected (NULL). Its reference goes to
 * the new stub, or, where `server` has no ICallFactory, or `twins` inherits what is nowhere
 * described (async_lineage.h), becomes *stub. `twins` has to live as long as the inner stub.
 * S_OK; E_OUTOFMEMORY, and `inner` is the caller's still.
 */
HRESULT async_stub_create(const struct async_interface *twins, IRpcStubBuffer *inner,
                          IUnknown *server, IRpcStubBuffer **stub);

#endif

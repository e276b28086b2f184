/*
 * The client's call object: one asynchronous interface of one remote object, one call at a
 * time.
 *
 * The interface may be AsyncIUnknown or AsyncIMultiQI, of the proxy itself (async_unknown.h):
 * then that is in the place of the interface's proxy below. It is spent with Finish_Release
 * (spent_calls.h).
 *
 * It is made of the interface's proxy, a manual-reset event (ISynchronize, ISynchronizeHandle),
 * ICancelMethodCalls and IClientSecurity, all under one controlling unknown: its own, or the
 * one that it is aggregated into, of which it holds no reference. It holds the synchronous
 * proxy, which keeps the server's interface alive, and its channel, which has the state of the
 * call (call_channel.h). The last release lets a pending call go: nobody waits, the reply is
 * dropped.
 *
 * Calls may be made and finished, and the object released, by any thread, also when the
 * apartment has ended; made is it in the apartment of the synchronous proxy. That one's proxies
 * let go of the server when it ends: where nobody else has the server's object, a call that is
 * pending then ends as RPC_E_DISCONNECTED. No lock: nothing here changes after creation.
 */
#ifndef ASYNCSHIM_OLE32_CALL_OBJECT_H
#define ASYNCSHIM_OLE32_CALL_OBJECT_H

#include <windows.h>
#include <objbase.h>

/*
 * `remote` is the proxy manager's unknown of the server object. `outer` is the controlling
 * unknown or NULL; *object becomes the call object's own unknown, with a reference. S_OK;
 * E_NOINTERFACE: `async_iid` is no asynchronous interface, nobody makes proxies for it, or the
 * server object has not the synchronous one; E_OUTOFMEMORY; what the proxy's maker said.
 *
 * Where the client has a proxy of the synchronous interface the server is not asked. Else it
 * is, and has a tenth of a second to answer; a call object that was made without the answer
 * says in Finish_ what CreateCall would have said.
 */
HRESULT call_object_create(IUnknown *remote, REFIID async_iid, IUnknown *outer,
                           IUnknown **object);

#endif

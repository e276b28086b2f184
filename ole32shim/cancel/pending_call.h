/*
 * Cancel objects of synchronous calls: what CoGetCancelObject gives for a call that a thread
 * waits for. The call itself is our rpcrt4.dll's (rpcshim/cancel/com_cancels.h).
 *
 * An object with IUnknown and ICancelMethodCalls, counted, free of apartments; it keeps a
 * reference to the call, which it may outlive. No lock: it never changes.
 */
#ifndef ASYNCSHIM_OLE32_PENDING_CALL_H
#define ASYNCSHIM_OLE32_PENDING_CALL_H

#include <windows.h>
#include <objbase.h>

#include "../runtime/runtime.h"

/*
 * The reference to the call is the object's from then on, in any case. S_OK, E_NOINTERFACE,
 * E_OUTOFMEMORY.
 *
 * Cancel: the server is told, and has so many seconds, or INFINITE, in which Cancel waits as
 * com_wait() does; then the waiting thread's call ends as RPC_E_CALL_CANCELED. S_OK: it does;
 * RPC_E_CALL_COMPLETE: it has ended, before or in time, with the server's result;
 * RPC_E_CALL_CANCELED: it has been cancelled already; HRESULT_FROM_WIN32: no event to wait for.
 * TestCancel: RPC_E_CALL_CANCELED, RPC_S_CALLPENDING.
 */
HRESULT pending_call_object(struct com_call *call, REFIID iid, void **object);

#endif

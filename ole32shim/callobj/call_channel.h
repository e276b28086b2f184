/*
 * The channel of one call object: an IAsyncRpcChannelBuffer whose calls are asynchronous calls
 * of rpcrt4.dll, past combase's own channel. A pending call costs no thread.
 *
 *   IDLE --GetBuffer--> BEGINNING --Send--> PENDING --reply, fault, lost, cancel--> COMPLETE
 *   COMPLETE --Receive--> FINISHING --FreeBuffer--> IDLE; a call that failed: IDLE at once
 *   BEGINNING --FreeBuffer, or Send that failed--> IDLE
 *   COMPLETE --Receive, rejected by the server--> REJECTED --sent again--> PENDING, or IDLE
 *
 * A call that the server's message filter has rejected is complete like any other, and
 * signalled; the client's is asked what to do about it in Receive: on the thread that wants the
 * result, whose filter it is, while it waits as it does for a reply. The request of a thread
 * that has a filter is kept for that.
 *
 * Each move is made under `lock`, by whoever finds the state as it has to be; who is late is
 * told RPC_S_CALLPENDING or RPC_E_CALL_COMPLETE. The runtime's callback moves PENDING to
 * COMPLETE, once for every call, and signals the call object. BEGINNING, FINISHING and REJECTED
 * belong to the thread that entered them, until its FreeBuffer or Send.
 *
 * Reference counted: the call object, the async proxy that is connected to it, and the callback
 * that is still to come each hold it. So a call object may go while its call is pending: the
 * reply comes to the channel alone and is dropped with it; the server runs to its end. Any
 * thread, any apartment.
 */
#ifndef ASYNCSHIM_OLE32_CALL_CHANNEL_H
#define ASYNCSHIM_OLE32_CALL_CHANNEL_H

#include <windows.h>
#include <objbase.h>

struct call_channel;

/*
 * A channel for calls of the interface `iid`, the synchronous one, with one reference.
 * `binding` is the channel's from then on; `callee`: the object's thread, 0: the MTA. NULL: out
 * of memory, and the binding is the caller's still.
 *
 * GetBuffer: cbBuffer and iMethod (the synchronous interface's) are set; S_OK with Buffer;
 * RPC_S_CALLPENDING: there is a call; E_INVALIDARG (too large); what the runtime said.
 *
 * Send: cbBuffer as it was or smaller, no ISynchronize of the caller's: the call object's is
 * reset now and signalled in the end. S_OK; E_INVALIDARG; E_UNEXPECTED: without GetBuffer; why
 * the call could not be made. The buffer is gone in any case but the middle two.
 *
 * Receive: iMethod as it was for GetBuffer. Waits as com_wait_for_call() does. S_OK with Buffer
 * and cbBuffer, until FreeBuffer; RPC_E_CALL_COMPLETE: there is no such call. Others: the call
 * has failed, and is over: RPC_E_CALL_CANCELED, RPC_E_DISCONNECTED, RPC_E_INVALID_HEADER, the
 * server's fault, HRESULT_FROM_WIN32 of the runtime's status.
 *
 * SendReceive: both. FreeBuffer: S_OK, also where there is none.
 * *status of all: the runtime's, where it is the one that said no.
 */
struct call_channel *call_channel_create(RPC_BINDING_HANDLE binding, DWORD callee, REFIID iid);
IRpcChannelBuffer *call_channel_interface(struct call_channel *channel);
/* Returns how many references are left. */
ULONG call_channel_release(struct call_channel *channel);

/*
 * What is signalled; the channel holds no reference. NULL, when the call object ends: nothing
 * from then on, also from a callback that is running (it has returned from Signal).
 */
void call_channel_set_synchronize(struct call_channel *channel, ISynchronize *synchronize);

/*
 * Tells the server, and gives it as many seconds (or INFINITE) to end the call; then the call
 * ends as RPC_E_CALL_CANCELED. Waits as com_wait() does. S_OK: the call has been given up;
 * RPC_E_CALL_COMPLETE: there is none, or it has ended meanwhile; RPC_E_CALL_CANCELED: that has
 * been done already; HRESULT_FROM_WIN32: it cannot be waited for.
 */
HRESULT call_channel_cancel(struct call_channel *channel, ULONG seconds);
/* RPC_E_CALL_CANCELED: the call has been cancelled, RPC_S_CALLPENDING: not. */
HRESULT call_channel_test_cancel(struct call_channel *channel);

#endif

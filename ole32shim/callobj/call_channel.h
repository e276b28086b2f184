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
 * Where the server is still being asked for the interface, a call is PENDING before its request
 * is sent, and fails as the question does (call_request.h). A call that needs no server is
 * COMPLETE soon after it is PENDING.
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

#include <stdbool.h>

#include <windows.h>
#include <objbase.h>

struct call_channel;
struct interface_question;

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
 * The error object of the thread that calls Receive is what the reply brings, or there is none
 * any more.
 *
 * SendReceive: both. FreeBuffer: S_OK, also where there is none.
 * *status of all: the runtime's, where it is the one that said no.
 */
struct call_channel *call_channel_create(RPC_BINDING_HANDLE binding, DWORD callee, REFIID iid);
IRpcChannelBuffer *call_channel_interface(struct call_channel *channel);
void call_channel_add_reference(struct call_channel *channel);
/* Returns how many references are left. */
ULONG call_channel_release(struct call_channel *channel);
/* For calls of an interface that the server is still being asked for: they are sent when it has
 * answered (interface_question.h). The channel holds a reference of the question. */
void call_channel_set_question(struct call_channel *channel,
                               struct interface_question *question);
/* Has `hook` called when the call that is begun next, or is pending, is complete: on any
 * thread, before an outer object is signalled. hook_pending: only if one is pending; false:
 * none is. */
void call_channel_set_hook(struct call_channel *channel, void (*hook)(void *context),
                           void *context);
bool call_channel_hook_pending(struct call_channel *channel, void (*hook)(void *context),
                               void *context);
bool call_channel_is_pending(struct call_channel *channel);
/* No more calls: it keeps nothing of the server. */
void call_channel_close(struct call_channel *channel);

/*
 * A call that needs no server: S_OK: it is complete, or soon, with that outcome, for Receive
 * and, where that gives a Buffer (of no bytes), FreeBuffer. RPC_S_CALLPENDING: there is a call.
 * Else why it could not be made.
 */
HRESULT call_channel_complete(struct call_channel *channel, ULONG method, HRESULT outcome);

/*
 * Who is told of calls: `event` is the call object's own ISynchronize, `outer` the controlling
 * unknown it was given, or NULL (call_notice.h); the channel holds no reference of either. In
 * the apartment of CreateCall. S_OK, or what call_listener_init() said.
 */
HRESULT call_channel_set_listener(struct call_channel *channel, IUnknown *outer,
                                  ISynchronize *event);
/* The call object ends: nothing is signalled from then on, also by a callback that is running
 * (it has returned from Signal), but an outer that has been promised it. */
void call_channel_forget_listener(struct call_channel *channel);
/* The call of that serial ends as RPC_E_DISCONNECTED, if it is pending. */
void call_channel_disconnect(struct call_channel *channel, ULONG serial);

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

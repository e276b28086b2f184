/*
 * The asynchronous server interpreter: the dispatch routine NdrAsyncServerCall.
 *
 * Unmarshals the request, makes the call asynchronous and enters the manager routine, which, or
 * any other thread, completes or aborts the call at any later time through async_call.h.
 *
 * One heap block per call holds the RPC_ASYNC_STATE that the manager sees, the decoded
 * procedure, the stub message and the arguments. It is reference counted: one reference is the
 * call's, given up when it is completed or aborted; one is the dispatching thread's, so that it
 * can still tell what became of the call when the manager routine comes back, returning or by
 * an exception.
 */
#ifndef ASYNCSHIM_NDR_ASYNC_SERVER_H
#define ASYNCSHIM_NDR_ASYNC_SERVER_H

#include <windows.h>
#include <rpc.h>

/*
 * Raises what unmarshalling raised: the call was not made asynchronous then, and the runtime
 * makes a fault of it. An exception of the manager routine aborts the call with its code, where
 * it is still to be completed.
 */
void async_server_call(RPC_MESSAGE *rpc);

#endif

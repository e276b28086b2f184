/*
 * RPC_ASYNC_STATEs of servers: the handles that asynchronous manager routines get.
 *
 * An application may use such a handle once too often, from a thread that has not heard yet
 * that another one has ended the call. It shall then be told so, and not meet memory that is
 * something else by now, or another call. So the state of a call that has ended rests, with no
 * signature, until ASYNC_STATES_AT_REST others have ended after it; only then its memory is
 * given back. Called by async_server.c; any thread.
 */
#ifndef ASYNCSHIM_NDR_ASYNC_STATE_H
#define ASYNCSHIM_NDR_ASYNC_STATE_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#define ASYNC_STATES_AT_REST 256

/* As RpcAsyncInitializeHandle makes it; NULL: out of memory. */
RPC_ASYNC_STATE *async_state_create(void);
/* Nobody holds it any more who is entitled to. */
void async_state_retire(RPC_ASYNC_STATE *state);

#endif

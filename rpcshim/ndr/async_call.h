/*
 * RPC_ASYNC_STATE: who does what.
 *
 * The application owns a client's RPC_ASYNC_STATE; the NDR layer (ndr/) allocates a server's
 * and frees it when the call ends. async/ implements RpcAsync*: it checks the handle, finds the
 * call behind RuntimeInfo, claims the transition (exactly one thread gets to complete or abort
 * a call) and then delegates to the NDR layer by the functions below where StubInfo is set;
 * StubInfo is NULL for callers of the bare message API.
 *
 * RuntimeInfo is set by I_RpcAsyncSetHandle(message, state): on the server to the binding
 * handle of the call (so that RpcServerTestCancel(RpcAsyncGetCallHandle(p)) works), on the
 * client to the client call. StubInfo belongs to the NDR layer.
 */
#ifndef ASYNCSHIM_NDR_ASYNC_CALL_H
#define ASYNCSHIM_NDR_ASYNC_CALL_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#define ASYNC_SIGNATURE 0x43595341 /* "ASYC" */

/*
 * RuntimeInfo of a client's state whose call is over: no call any more, and none before
 * RpcAsyncInitializeHandle. (The call's address would not do: another call may get it.)
 */
#define ASYNC_RUNTIME_INFO_ENDED ((void *)1)

/*
 * Implemented by ndr/, called by RpcAsyncCompleteCall, RpcAsyncAbortCall on whatever thread the
 * application uses, exactly once for a call, after async/ has claimed it:
 *
 * ndr_async_client_complete: I_RpcReceive for the reply, unmarshals the [out] parameters and
 * *reply, frees the NDR data, clears StubInfo. Returns RPC_S_OK, the call's failure as
 * I_RpcReceive reports it, or the exception code of unmarshalling; a failure that comm_status
 * or fault_status has told is RPC_S_OK.
 */
RPC_STATUS ndr_async_client_complete(RPC_ASYNC_STATE *state, void *reply);
/*
 * ndr_async_server_complete: marshals [out] parameters and *reply into a buffer from
 * I_RpcGetBuffer, frees [in] memory, sends by I_RpcSend, frees the NDR data and the
 * RPC_ASYNC_STATE itself. Where marshalling raises, the call is aborted with that code
 * (I_RpcAsyncAbortCall) and the code is returned.
 */
RPC_STATUS ndr_async_server_complete(RPC_ASYNC_STATE *state, void *reply);
/*
 * ndr_async_server_abort: frees [in] memory without marshalling, sends the fault by
 * I_RpcAsyncAbortCall(state, code), then frees the NDR data and the state.
 */
RPC_STATUS ndr_async_server_abort(RPC_ASYNC_STATE *state, ULONG code);

#endif

/*
 * The asynchronous client interpreter: NdrAsyncClientCall.
 *
 * Called by the entry points; the other end of a call, ndr_async_client_complete(), is in
 * async_call.h. What a call needs between the two is one heap block: the copied arguments
 * (whose frame is gone when the reply comes), the stub message, the RPC_MESSAGE.
 * RPC_ASYNC_STATE.StubInfo points to it; setting that claims the state for the call. From a
 * successful I_RpcSend on, it belongs to whoever completes the call.
 */
#ifndef ASYNCSHIM_NDR_ASYNC_CLIENT_H
#define ASYNCSHIM_NDR_ASYNC_CLIENT_H

#include "format.h"

/*
 * Issues the procedure at `format` with the arguments at `stack`, the first of which is the
 * RPC_ASYNC_STATE. Returns 0. Raises RPC_S_INVALID_ASYNC_HANDLE for a state that was not
 * initialized or is in use, which is left alone, and whatever keeps the call from being issued;
 * the state can be used again then.
 */
ULONGLONG async_client_call(PMIDL_STUB_DESC description, PFORMAT_STRING format,
                            unsigned char *stack);

#endif

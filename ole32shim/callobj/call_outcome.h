/*
 * What a channel's call has come to, on the thread that wants to know: it waits, and where the
 * server's message filter has rejected the call, it asks its own whether to send it again
 * (call_channel.h).
 */
#ifndef ASYNCSHIM_OLE32_CALL_OUTCOME_H
#define ASYNCSHIM_OLE32_CALL_OUTCOME_H

#include "call_state.h"

/*
 * Waits for the end of the call of that method. S_OK: FINISHING, the reply is in the message;
 * RPC_E_CALL_COMPLETE: there is no such call; others: the call has failed, and is over, or
 * cannot be waited for. *status: the runtime's, where it has one.
 */
HRESULT call_outcome_wait(struct call_channel *channel, ULONG method, RPC_STATUS *status);

#endif

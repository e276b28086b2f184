/*
 * Waiting for the end of a channel's call, and making it end (call_channel.h).
 */
#ifndef ASYNCSHIM_OLE32_CALL_WAIT_H
#define ASYNCSHIM_OLE32_CALL_WAIT_H

#include "call_state.h"

/* Until the call of that serial is not pending any more: S_OK; RPC_S_CALLPENDING: time-out;
 * what com_wait_for_call() says. */
HRESULT call_wait_for_end(struct call_channel *channel, ULONG serial, DWORD milliseconds);
/* Until `completed`, which is there, is set, as com_wait_for_call() does. */
HRESULT call_wait_for_event(struct call_channel *channel, ULONG serial, DWORD milliseconds);

/* Lock held. Cancels the call that is PENDING or REJECTED: S_OK; RPC_E_CALL_COMPLETE: there is
 * none; what the runtime said. */
HRESULT call_wait_cancel(struct call_channel *channel, bool abandon);
/* Ends the call of that serial without the server. As call_wait_cancel(). */
HRESULT call_wait_give_up(struct call_channel *channel, ULONG serial);

#endif

/*
 * The request of a call channel on its way out, and the runtime's word that the call is over,
 * which moves it to COMPLETE (call_channel.h).
 */
#ifndef ASYNCSHIM_OLE32_CALL_REQUEST_H
#define ASYNCSHIM_OLE32_CALL_REQUEST_H

#include "call_state.h"

/* BEGINNING, REJECTED: the message for a request of so many bytes. What the runtime said. */
RPC_STATUS call_request_prepare(struct call_channel *channel, ULONG method,
                                unsigned int length);
/*
 * BEGINNING: sends the message that has been prepared, and keeps it where this thread's filter
 * may want it sent again. -> PENDING; IDLE: why it could not be sent.
 */
RPC_STATUS call_request_send(struct call_channel *channel);
/*
 * REJECTED: sends the message that has been prepared. -> PENDING; IDLE: why it could not be
 * sent, RPC_S_CALL_CANCELLED where it has been cancelled meanwhile.
 */
RPC_STATUS call_request_submit(struct call_channel *channel);

/*
 * BEGINNING, without a message: a call that needs no server. -> PENDING, and COMPLETE with that
 * outcome, before or after it returns; nobody is signalled on this thread but the call object's
 * event. IDLE: why not.
 */
RPC_STATUS call_request_complete_locally(struct call_channel *channel, ULONG method,
                                         HRESULT outcome);

/* PENDING: the answer to the question that the call waits for is there. Once; any thread. */
void call_request_answered(struct call_channel *channel);
/* Lock held, parked: it waits no longer, and completes as RPC_E_CALL_CANCELED, later. false:
 * out of memory. */
bool call_request_end_parked(struct call_channel *channel);

#endif

/*
 * Context handles as arguments (C706, context handles): between a slot of the stack and the 20
 * bytes on the wire.
 *
 * On the client a slot holds an NDR_CCONTEXT (client_context.h), or its address; on the server
 * the manager's own value, or its address inside of the server context (context_table.h).
 * `format` is an FC_BIND_CONTEXT. All raise what the two modules return, and
 * RPC_X_BAD_STUB_DATA where the buffer is too short.
 */
#ifndef ASYNCSHIM_NDR_CONTEXT_ARGUMENT_H
#define ASYNCSHIM_NDR_CONTEXT_ARGUMENT_H

#include "../contexts/context_wait.h"
#include "format.h"

void context_argument_buffer_size(MIDL_STUB_MESSAGE *message);
void context_argument_marshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                               PFORMAT_STRING format);
/*
 * On the server the slot gets the place of the 20 bytes in the request: its context is asked
 * for together with all others of the call, by the two functions below.
 */
void context_argument_unmarshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                                 PFORMAT_STRING format);
/*
 * Server: what has to be asked for so that the slot gets its context; a context without a value
 * is made here. false: nothing, the slot is complete.
 */
bool context_argument_request(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                              PFORMAT_STRING format, struct context_request *request);
/* Server: the slot gets the context that was asked for. */
void context_argument_store(unsigned char *slot, PFORMAT_STRING format,
                            struct server_context *context);
/*
 * Server: gives an [out] or returned context handle its empty context; the slot gets the
 * address of its value.
 */
void context_argument_initialize(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                                 PFORMAT_STRING format);

/*
 * The next 20 bytes of the buffer to write to or to read from; the message's buffer is moved
 * behind them.
 */
unsigned char *context_wire_to_write(MIDL_STUB_MESSAGE *message);
const unsigned char *context_wire_to_read(MIDL_STUB_MESSAGE *message);

#endif

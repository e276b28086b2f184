/*
 * One argument of a procedure on its way to and from the wire.
 *
 * Called by the client and server interpreters for every parameter in turn. `slot` is the
 * argument's place on the stack (or the place of the return value). Types are marshalled by
 * Wine's engine, base types and context handles here. Where something does not fit (bad data,
 * no memory, out of range), an exception is raised, as the engine does it.
 */
#ifndef ASYNCSHIM_NDR_ARGUMENT_H
#define ASYNCSHIM_NDR_ARGUMENT_H

#include "procedure.h"

/* The format of the context handle that the parameter is, or NULL. */
PFORMAT_STRING argument_context_format(const struct parameter *parameter);

/* Adds what it takes on the wire to message->BufferLength. Raises RPC_X_NULL_REF_POINTER. */
void argument_buffer_size(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                          const struct parameter *parameter);
void argument_marshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                       const struct parameter *parameter);
void argument_unmarshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                         const struct parameter *parameter);
/* Where the server's arguments are, and the memory that the frame gave them. */
struct argument_frame {
  const unsigned char *begin, *end;
};

/*
 * Server, after the call: frees what unmarshalling and the manager routine allocated for the
 * argument, and its own memory where that is neither the request's buffer nor the frame.
 */
void argument_free(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                   const struct parameter *parameter, const struct argument_frame *frame);

#endif

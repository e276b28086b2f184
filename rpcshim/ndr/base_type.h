/*
 * Base types of NDR (C706 chapter 14): on the wire, in memory, on the stack.
 *
 * Wine's engine marshals them too, but its exported entry points check no bounds; these do.
 * All raise RPC_X_BAD_STUB_DATA where the buffer is too short or the type is none.
 */
#ifndef ASYNCSHIM_NDR_BASE_TYPE_H
#define ASYNCSHIM_NDR_BASE_TYPE_H

#include "format.h"

/* Bytes the type takes in memory and among the arguments of a procedure. */
unsigned int base_type_memory_size(unsigned char type);
unsigned int base_type_stack_size(unsigned char type);

void base_type_buffer_size(MIDL_STUB_MESSAGE *message, unsigned char type);
void base_type_marshall(MIDL_STUB_MESSAGE *message, const void *memory, unsigned char type);
/*
 * *memory NULL: it is set to point into the buffer, where the value looks the same as in
 * memory, or else to a block of engine.NdrAllocate.
 */
void base_type_unmarshall(MIDL_STUB_MESSAGE *message, unsigned char **memory,
                          unsigned char type);

/* The end of what may be written to the message's buffer. */
static inline unsigned char *buffer_write_end(const MIDL_STUB_MESSAGE *message)
{
  return (unsigned char *)message->RpcMsg->Buffer + message->BufferLength;
}

#endif

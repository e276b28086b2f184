/*
 * The buffer of a client's stub message: from the runtime, and back to it.
 *
 * The three exports NdrGetBuffer, NdrSendReceive and NdrFreeBuffer are these; the interpreters
 * call them too. The first two raise what the runtime returns.
 */
#ifndef ASYNCSHIM_NDR_MESSAGE_BUFFER_H
#define ASYNCSHIM_NDR_MESSAGE_BUFFER_H

#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

/* A buffer of `length` bytes for a request to `handle`; message->Buffer is its start. */
void message_get_buffer(MIDL_STUB_MESSAGE *message, ULONG length, RPC_BINDING_HANDLE handle);
/*
 * Sends what has been written up to `end` and waits for the reply, which takes the request's
 * place.
 */
void message_send_receive(MIDL_STUB_MESSAGE *message, unsigned char *end);
/* The stub message's view of the reply that the runtime put into RpcMsg. */
void message_begin_reply(MIDL_STUB_MESSAGE *message);
/* Nothing where it has none. */
void message_free_buffer(MIDL_STUB_MESSAGE *message);

#endif

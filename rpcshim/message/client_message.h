/*
 * The message API on the client: RPC_MESSAGE against client_call.
 *
 * message->Handle is the binding handle, message->ReservedForRuntime the client_call (from
 * I_RpcGetBuffer or I_RpcNegotiateTransferSyntax until I_RpcFreeBuffer, or until the call has
 * failed), message->Buffer is malloc'ed and belongs to the message. A message is used by one
 * thread at a time; an asynchronous call by whoever completes it.
 */
#ifndef ASYNCSHIM_MESSAGE_CLIENT_MESSAGE_H
#define ASYNCSHIM_MESSAGE_CLIENT_MESSAGE_H

#include "../call/client_call.h"

RPC_STATUS client_message_prepare(RPC_MESSAGE *message, struct binding *binding);
RPC_STATUS client_message_get_buffer(RPC_MESSAGE *message, struct binding *binding);
RPC_STATUS client_message_free_buffer(RPC_MESSAGE *message);
RPC_STATUS client_message_send(RPC_MESSAGE *message);
RPC_STATUS client_message_receive(RPC_MESSAGE *message);
RPC_STATUS client_message_set_async(RPC_MESSAGE *message, RPC_ASYNC_STATE *state);

#endif

/* The message API: I_RpcGetBuffer and its family, for stubs and for COM. */
#include <string.h>

#include "../binding/binding.h"
#include "../call/thread_leftovers.h"
#include "../server/server_call.h"
#include "client_message.h"

/*
 * Calls leave the thread's last error alone, as they do on Windows. Only opening a connection,
 * in I_RpcGetBuffer, clears it: Wine's tests of the service functions record that.
 */
static RPC_STATUS keep_last_error(DWORD error, RPC_STATUS status)
{
  SetLastError(error);
  return status;
}

/* The server call behind a message of the server side, with a reference, or NULL. */
static struct server_call *server_call_of(RPC_MESSAGE *message)
{
  struct server_call *call;

  return message->Handle && server_call_from_handle(message->Handle, &call) == RPC_S_OK ? call
                                                                                        : NULL;
}

/*
 * Prepares the message's call: resolves the binding, and connects where the call is
 * synchronous. RPC_S_OK; RPC_S_INVALID_BINDING, RPC_S_INTERFACE_NOT_FOUND, binding_resolve()'s
 * and association_route_synchronous()'s statuses.
 */
RPC_STATUS RPC_ENTRY I_RpcNegotiateTransferSyntax(RPC_MESSAGE *message)
{
  struct binding *binding = binding_from_handle(message->Handle);
  RPC_STATUS status = RPC_S_INVALID_BINDING;

  if (!binding)
    return status;
  if (binding->kind == BINDING_CLIENT)
    status = client_message_prepare(message, binding);
  binding_release(binding);
  return status;
}

/*
 * A buffer of message->BufferLength bytes: on the client for the request (and all that
 * I_RpcNegotiateTransferSyntax does), on the server for the response. RPC_S_OUT_OF_MEMORY
 * besides.
 */
RPC_STATUS RPC_ENTRY I_RpcGetBuffer(RPC_MESSAGE *message)
{
  struct binding *binding = binding_from_handle(message->Handle);
  RPC_STATUS status;

  if (!binding)
    return RPC_S_INVALID_BINDING;
  thread_leftovers_release();
  if (binding->kind == BINDING_CLIENT)
    status = client_message_get_buffer(message, binding);
  else
    status = server_call_get_buffer(binding->server_call, message);
  binding_release(binding);
  return status;
}

/* The same with an object UUID for this call only. */
RPC_STATUS RPC_ENTRY I_RpcGetBufferWithObject(RPC_MESSAGE *message, UUID *object)
{
  RPC_STATUS status = I_RpcGetBuffer(message);
  struct client_call *call;

  if (status != RPC_S_OK || !object)
    return status;
  call = client_call_from_handle(message->ReservedForRuntime);
  if (call) {
    call->request_flags |= PDU_FLAG_OBJECT_UUID;
    memcpy(&call->object, object, sizeof(call->object));
    client_call_release(call);
  }
  return status;
}

/* Frees the message's buffer and ends its call on the client. RPC_S_OK, RPC_S_INVALID_BINDING.
 */
RPC_STATUS RPC_ENTRY I_RpcFreeBuffer(RPC_MESSAGE *message)
{
  DWORD error = GetLastError();
  struct server_call *call;

  if (!message->Handle)
    return RPC_S_INVALID_BINDING;
  call = server_call_of(message);
  if (!call)
    return keep_last_error(error, client_message_free_buffer(message));
  server_call_free_buffer(call, message);
  server_call_release(call);
  return RPC_S_OK;
}

/*
 * Client: sends the request; RPC_S_OK means that it is on its way. Server: sends the response
 * of an asynchronous call, which ends it: RPC_S_OK, RPC_S_INVALID_ASYNC_CALL (it had ended),
 * RPC_S_CALL_FAILED (the client is gone).
 */
RPC_STATUS RPC_ENTRY I_RpcSend(RPC_MESSAGE *message)
{
  DWORD error = GetLastError();
  struct server_call *call = server_call_of(message);
  RPC_STATUS status;

  if (!call)
    return keep_last_error(error, client_message_send(message));
  status = server_call_respond(call, message->Buffer, message->BufferLength);
  server_call_release(call);
  return keep_last_error(error, status);
}

/*
 * Client: the reply of a call that I_RpcSend sent. Synchronous: waits for it. Asynchronous:
 * RPC_S_ASYNC_CALL_PENDING where it has not come. On failure (the call's status) the call is
 * over.
 */
RPC_STATUS RPC_ENTRY I_RpcReceive(RPC_MESSAGE *message, unsigned int size)
{
  DWORD error = GetLastError();

  (void)size; /* for partial replies of pipes */
  return keep_last_error(error, client_message_receive(message));
}

/* I_RpcSend and I_RpcReceive of a synchronous call. */
RPC_STATUS RPC_ENTRY I_RpcSendReceive(RPC_MESSAGE *message)
{
  DWORD error = GetLastError();
  RPC_STATUS status = client_message_send(message);

  if (status == RPC_S_OK)
    status = client_message_receive(message);
  return keep_last_error(error, status);
}

/*
 * Makes the message's call asynchronous: on the client before I_RpcSend, on the server while
 * its dispatch routine runs; the call then stays open until I_RpcSend or I_RpcAsyncAbortCall.
 * RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_INVALID_ASYNC_CALL, RPC_S_INVALID_ARG (unknown
 * notification).
 */
RPC_STATUS RPC_ENTRY I_RpcAsyncSetHandle(RPC_MESSAGE *message, RPC_ASYNC_STATE *state)
{
  struct server_call *call = server_call_of(message);
  RPC_STATUS status;

  if (!call)
    return client_message_set_async(message, state);
  state->RuntimeInfo = message->Handle;
  status = server_call_set_async(call, state);
  if (status != RPC_S_OK)
    state->RuntimeInfo = NULL;
  server_call_release(call);
  return status;
}

/* Of pipe parameters, which the runtime does not have: RPC_S_CANNOT_SUPPORT. */
RPC_STATUS RPC_ENTRY I_RpcReallocPipeBuffer(RPC_MESSAGE *message, unsigned int size)
{
  (void)message, (void)size;
  return RPC_S_CANNOT_SUPPORT;
}

RPC_STATUS RPC_ENTRY I_RpcFreePipeBuffer(RPC_MESSAGE *message)
{
  (void)message;
  return RPC_S_CANNOT_SUPPORT;
}

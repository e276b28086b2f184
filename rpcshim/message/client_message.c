#include "client_message.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../client/association.h"
#include "../client/client_connection.h"
#include "../transport/peer_limits.h"
#include "../wire/orpc.h"

/* The RPC_FLAGS_VALID_BIT of old stubs is no part of the operation number. */
#define PROCEDURE_FLAGS 0x8000u

static bool is_nil(const UUID *uuid)
{
  static const UUID nil;

  return !memcmp(uuid, &nil, sizeof(nil));
}

/* Combase gives interfaces this transfer syntax. */
static bool is_com(const struct client_call *call)
{
  static const struct syntax_id none;

  return !memcmp(&call->transfer, &none, sizeof(none));
}

/* What a synchronous call is told: combase hands a status on that is an HRESULT already. */
static RPC_STATUS status_for_caller(const struct client_call *call, RPC_STATUS status)
{
  return status == RPC_S_CALL_CANCELLED && is_com(call) ? (RPC_STATUS)RPC_E_CALL_CANCELED
                                                        : status;
}

/* Before the thread that waits for the call knows. */
static void end_com_call(struct client_call *call, RPC_STATUS status)
{
  if (call->com)
    com_call_end(call->com, status == RPC_S_CALL_CANCELLED);
}

static DWORD call_timeout(struct binding *binding)
{
  ULONG timeout;

  AcquireSRWLockShared(&binding->lock);
  timeout = binding->options.call_timeout;
  ReleaseSRWLockShared(&binding->lock);
  return timeout ? timeout : INFINITE;
}

static bool is_noncausal(struct binding *binding)
{
  bool noncausal;

  AcquireSRWLockShared(&binding->lock);
  noncausal = binding->options.noncausal;
  ReleaseSRWLockShared(&binding->lock);
  return noncausal;
}

/* Gives up the message's call. `call` is the caller's own reference, still valid afterwards. */
static void detach_call(RPC_MESSAGE *message, struct client_call *call)
{
  message->ReservedForRuntime = NULL;
  client_call_retire(call);
  client_call_release(call);
}

static void fill_in(struct client_call *call, const RPC_MESSAGE *message,
                    struct binding *binding)
{
  const RPC_CLIENT_INTERFACE *spec = message->RpcInterfaceInformation;

  memcpy(&call->interface_id, &spec->InterfaceId, sizeof(call->interface_id));
  memcpy(&call->transfer, &spec->TransferSyntax, sizeof(call->transfer));
  AcquireSRWLockShared(&binding->lock);
  if (!is_nil(&binding->object)) {
    call->request_flags |= PDU_FLAG_OBJECT_UUID;
    memcpy(&call->object, &binding->object, sizeof(call->object));
  }
  ReleaseSRWLockShared(&binding->lock);
}

/*
 * The thread of a COM object, as its endpoint says: OLE_ and the OXID, whose lower half that is
 * in combase. 0: the MTA.
 */
static DWORD callee_thread(struct binding *binding)
{
  enum { DIGITS = 8, OF_MTA = 0xcafe };
  size_t length;
  DWORD thread = 0;

  AcquireSRWLockShared(&binding->lock);
  length = binding->endpoint ? wcslen(binding->endpoint) : 0;
  if (length > DIGITS)
    thread = wcstoul(binding->endpoint + length - DIGITS, NULL, 16);
  ReleaseSRWLockShared(&binding->lock);
  return thread == OF_MTA ? 0 : thread;
}

/* A synchronous call: from here on it can be cancelled. */
static RPC_STATUS route(struct client_call *call)
{
  if (is_com(call) && com_call_is_wanted() &&
      !com_call_begin(callee_thread(call->binding), &call->com))
    return RPC_S_OUT_OF_MEMORY;
  return association_route_synchronous(call, false);
}

static void begin_reply(struct client_call *call)
{
  reassembly_init(&call->reply, SIZE_MAX / 2, &call->reply_memory);
}

/* One try: a call, routed where it is synchronous. */
static RPC_STATUS make_call(RPC_MESSAGE *message, struct binding *binding)
{
  struct association *association;
  struct client_call *call;
  RPC_STATUS status;

  status = binding_resolve(binding, message->RpcInterfaceInformation);
  if (status != RPC_S_OK)
    return status;
  call = client_call_create(binding);
  if (!call)
    return RPC_S_OUT_OF_MEMORY;
  fill_in(call, message, binding);
  call->timeout = call_timeout(binding);
  peer_memory_init(&call->reply_memory, &peer_limits()->memory);
  begin_reply(call);
  status = association_of_binding(binding, &association);
  if (status == RPC_S_OK) {
    association_adopt_call(association, call);
    if (!(message->RpcFlags & RPC_BUFFER_ASYNC))
      status = route(call);
  }
  if (status == RPC_S_OK) {
    message->ReservedForRuntime = call;
    return RPC_S_OK;
  }
  end_com_call(call, status);
  status = status_for_caller(call, status);
  client_call_release(call);
  return status;
}

/* Where the server has been started anew, at an endpoint that only the mapper knows. */
static bool finds_other_endpoint(struct binding *binding, RPC_STATUS status)
{
  return status == RPC_S_SERVER_UNAVAILABLE && binding_forget_endpoint(binding, true);
}

RPC_STATUS client_message_prepare(RPC_MESSAGE *message, struct binding *binding)
{
  struct client_call *call = client_call_from_handle(message->ReservedForRuntime);
  RPC_STATUS status;

  if (call) {
    client_call_release(call);
    return RPC_S_OK;
  }
  if (!message->RpcInterfaceInformation)
    return RPC_S_INTERFACE_NOT_FOUND;
  status = make_call(message, binding);
  if (finds_other_endpoint(binding, status))
    status = make_call(message, binding);
  return status;
}

RPC_STATUS client_message_get_buffer(RPC_MESSAGE *message, struct binding *binding)
{
  RPC_STATUS status;

  message->Buffer = malloc(message->BufferLength ? message->BufferLength : 1);
  if (!message->Buffer)
    return RPC_S_OUT_OF_MEMORY;
  status = client_message_prepare(message, binding);
  if (status != RPC_S_OK) {
    free(message->Buffer);
    message->Buffer = NULL;
  }
  return status;
}

RPC_STATUS client_message_free_buffer(RPC_MESSAGE *message)
{
  struct client_call *call = client_call_from_handle(message->ReservedForRuntime);

  if (call) {
    if (!call->async && client_call_status(call) == RPC_S_INVALID_BINDING)
      association_unroute_synchronous(call); /* never sent */
    detach_call(message, call);
    client_call_release(call);
    free(message->Buffer); /* the pointer stays, as on Windows; without a call it is nothing to
                              free */
  }
  return RPC_S_OK;
}

RPC_STATUS client_message_set_async(RPC_MESSAGE *message, RPC_ASYNC_STATE *state)
{
  struct client_call *call = client_call_from_handle(message->ReservedForRuntime);
  RPC_STATUS status;

  if (!call)
    return RPC_S_INVALID_BINDING;
  /* Prepared without RPC_BUFFER_ASYNC: its connection is one for synchronous calls. */
  association_unroute_synchronous(call);
  end_com_call(call, RPC_S_OK);
  status = client_call_set_async(call, state);
  client_call_release(call);
  return status;
}

/* A connection that was idle may have died since: once more on a new one. */
static RPC_STATUS send_synchronous(struct client_call *call, const void *body, size_t length)
{
  RPC_STATUS status = RPC_S_OK;

  for (int attempt = 0; attempt < 2; attempt++) {
    if (!call->connection)
      status = association_route_synchronous(call, attempt > 0);
    if (status != RPC_S_OK)
      return status;
    status = client_connection_send(call->connection, call, body, length);
    if (status != RPC_S_CALL_FAILED_DNE)
      return status;
    association_unroute_synchronous(call);
  }
  return status;
}

static RPC_STATUS send_call(struct client_call *call, uint8_t *body, size_t length)
{
  if (call->async)
    return association_submit(call, body, length, is_noncausal(call->binding));
  return send_synchronous(call, body, length);
}

/* To the endpoint that the mapper gives now. */
static RPC_STATUS send_elsewhere(struct client_call *call, RPC_CLIENT_INTERFACE *spec,
                                 uint8_t *body, size_t length)
{
  struct association *association;
  RPC_STATUS status = binding_resolve(call->binding, spec);

  if (status == RPC_S_OK)
    status = association_of_binding(call->binding, &association);
  if (status != RPC_S_OK)
    return status;
  association_adopt_call(association, call);
  return send_call(call, body, length);
}

RPC_STATUS client_message_send(RPC_MESSAGE *message)
{
  struct client_call *call = client_call_from_handle(message->ReservedForRuntime);
  RPC_CLIENT_INTERFACE *spec = message->RpcInterfaceInformation;
  uint8_t *body = message->Buffer;
  size_t length = message->BufferLength;
  RPC_STATUS status;
  bool is_async;

  if (!call)
    return RPC_S_INVALID_BINDING;
  call->opnum = (uint16_t)(message->ProcNum & ~PROCEDURE_FLAGS);
  message->Buffer = NULL;
  is_async = call->async;
  /* An asynchronous call may be over, and the message gone, before this returns. */
  status = send_call(call, body, length);
  if (finds_other_endpoint(call->binding, status))
    status = send_elsewhere(call, spec, body, length);
  if (status == RPC_S_OK && !is_async && call->com && com_call_has_filter(call->com)) {
    call->request = body;
    call->request_length = length;
  } else if (status != RPC_S_OK || !is_async) {
    free(body);
  }
  if (status != RPC_S_OK) {
    end_com_call(call, status);
    if (!is_async)
      status = status_for_caller(call, status);
    detach_call(message, call);
  }
  client_call_release(call);
  return status;
}

static RPC_STATUS send_again(struct client_call *call)
{
  reassembly_destroy(&call->reply);
  begin_reply(call);
  client_call_repeat(call);
  return send_call(call, call->request, call->request_length);
}

/* The reply of a synchronous call, which is sent again while the server rejects it and the
 * client's message filter wants that. */
static RPC_STATUS receive_synchronous(struct client_call *call)
{
  RPC_STATUS status;

  do {
    client_connection_receive(call->connection, call);
    association_unroute_synchronous(call);
    status = client_call_status(call);
    if (!call->request || !com_call_is_sent_again(call->com, &status))
      return status;
    status = send_again(call);
  } while (status == RPC_S_OK);
  return status;
}

/* Combase hands extensions to channel hooks without looking whether they end in the reply. */
static bool has_sound_header(const struct client_call *call)
{
  struct orpc_extension none;
  size_t size;

  return orpc_that_read(call->reply_data, call->reply_length, NULL, &size, &none);
}

/* Hands the outcome over: the reply buffer, or the status. */
static RPC_STATUS hand_over(RPC_MESSAGE *message, struct client_call *call, RPC_STATUS status)
{
  if (status == RPC_S_ASYNC_CALL_PENDING || status == RPC_S_INVALID_BINDING)
    return status;
  if (status == RPC_S_OK) {
    message->Buffer = call->reply_data;
    message->BufferLength = (unsigned int)call->reply_length;
    message->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    call->reply_data = NULL;
  } else {
    detach_call(message, call);
  }
  return status;
}

RPC_STATUS client_message_receive(RPC_MESSAGE *message)
{
  struct client_call *call = client_call_from_handle(message->ReservedForRuntime);
  RPC_STATUS status;

  if (!call)
    return RPC_S_INVALID_BINDING;
  status =
      !call->async && call->connection ? receive_synchronous(call) : client_call_status(call);
  if (status == RPC_S_OK && !call->async && is_com(call) && !has_sound_header(call))
    status = (RPC_STATUS)RPC_E_INVALID_HEADER;
  end_com_call(call, status);
  status = hand_over(message, call, status);
  if (!call->async)
    status = status_for_caller(call, status);
  client_call_release(call);
  return status;
}

#include "client_connection.h"

#include <stdlib.h>
#include <string.h>

#define BIND_BUFFER_SIZE 256

static void owner_add_reference(void *owner)
{
  client_connection_add_reference(owner);
}

static void owner_release(void *owner)
{
  client_connection_release(owner);
}

static void owner_failed(void *owner, DWORD error)
{
  (void)error;
  client_connection_fail(owner, RPC_S_CALL_FAILED);
}

static const struct sender_owner sender_owner = {owner_add_reference, owner_release,
                                                 owner_failed, NULL};

void client_connection_add_reference(struct client_connection *connection)
{
  InterlockedIncrement(&connection->references);
}

void client_connection_release(struct client_connection *connection)
{
  if (InterlockedDecrement(&connection->references))
    return;
  client_connection_end_reading_ahead(connection);
  stream_close(&connection->stream);
  sender_destroy(&connection->sender);
  frame_reader_destroy(&connection->reader);
  call_table_destroy(&connection->calls);
  if (connection->event)
    CloseHandle(connection->event);
  if (connection->ahead.write_event)
    CloseHandle(connection->ahead.write_event);
  free(connection);
}

/* What the call of that id ends with where its connection does so with `status`. */
static RPC_STATUS status_of_lost_call(struct client_connection *connection, uint32_t id,
                                      RPC_STATUS status)
{
  if (status == RPC_S_CALL_FAILED &&
      sender_withdraw(&connection->sender, id) != SENDER_NOT_HERE)
    return RPC_S_CALL_FAILED_DNE;
  return status;
}

void client_connection_fail(struct client_connection *connection, RPC_STATUS status)
{
  AcquireSRWLockExclusive(&connection->lock);
  connection->dead = true;
  for (;;) {
    uint32_t id;
    struct client_call *call = call_table_any(&connection->calls, &id);

    if (!call)
      break;
    call_table_remove(&connection->calls, id);
    ReleaseSRWLockExclusive(&connection->lock);
    client_call_complete(call, status_of_lost_call(connection, id, status), NULL, 0, NULL);
    client_call_release(call);
    AcquireSRWLockExclusive(&connection->lock);
  }
  ReleaseSRWLockExclusive(&connection->lock);
  /* The server is to hear of it now: the connection itself stays as long as calls do that have
   * travelled by it, until the application completes them. */
  stream_end(&connection->stream);
}

/* ---- binding ---- */

static RPC_STATUS status_from_reject(uint16_t reason)
{
  switch (reason) {
  case REJECT_TEMPORARY_CONGESTION:
    return RPC_S_SERVER_TOO_BUSY;
  case REJECT_LOCAL_LIMIT_EXCEEDED:
    return RPC_S_OUT_OF_RESOURCES;
  case REJECT_PROTOCOL_VERSION_NOT_SUPPORTED:
    return RPC_S_PROTOCOL_ERROR;
  case REJECT_AUTHENTICATION_TYPE_NOT_RECOGNIZED:
    return RPC_S_UNKNOWN_AUTHN_SERVICE;
  case REJECT_INVALID_CHECKSUM:
    return ERROR_ACCESS_DENIED;
  default:
    return RPC_S_CALL_FAILED_DNE;
  }
}

static RPC_STATUS status_from_result(const struct presentation_result *result)
{
  if (result->result == CONTEXT_ACCEPTED)
    return RPC_S_OK;
  switch (result->reason) {
  case REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED:
    return RPC_S_UNKNOWN_IF;
  case REASON_TRANSFER_SYNTAXES_NOT_SUPPORTED:
    return RPC_S_UNSUPPORTED_TRANS_SYN;
  case REASON_LOCAL_LIMIT_EXCEEDED:
    return RPC_S_SERVER_TOO_BUSY;
  default:
    return RPC_S_CALL_FAILED_DNE;
  }
}

static RPC_STATUS send_bind(struct client_connection *connection,
                            const struct client_call *call, uint32_t group_id,
                            const struct stream_wait *wait)
{
  uint8_t pdu[BIND_BUFFER_SIZE];
  struct presentation_context context = {.id = 0, .transfer_count = 1};
  struct bind_parameters parameters = {PDU_MAX_FRAGMENT, PDU_MAX_FRAGMENT, group_id,
                                       PDU_FLAG_CONCURRENT_MPX};
  uint32_t call_id = ++connection->next_call_id;
  size_t size;

  context.abstract = call->interface_id;
  context.transfer[0] = call->transfer;
  size = pdu_encode_bind(pdu, sizeof(pdu), PDU_BIND, call_id, &parameters, &context, 1);
  connection->contexts[0].interface_id = call->interface_id;
  connection->contexts[0].transfer = call->transfer;
  connection->contexts[0].call_id = call_id;
  connection->context_count = 1;
  switch (stream_write_in_place(&connection->stream, pdu, (DWORD)size, wait)) {
  case 0:
    return RPC_S_OK;
  case WAIT_TIMEOUT:
    return RPC_S_CALL_CANCELLED;
  default:
    return RPC_S_CALL_FAILED_DNE;
  }
}

/* Reads in place until there is one whole fragment. */
static RPC_STATUS receive_fragment(struct client_connection *connection,
                                   const struct stream_wait *wait, const uint8_t **fragment,
                                   size_t *length)
{
  for (;;) {
    size_t room;
    uint8_t *data;
    DWORD count;
    DWORD error;

    switch (frame_reader_next(&connection->reader, fragment, length)) {
    case PDU_OK:
      return RPC_S_OK;
    case PDU_NEED_MORE:
      break;
    default:
      return RPC_S_PROTOCOL_ERROR;
    }
    data = frame_reader_room(&connection->reader, PDU_MIN_FRAGMENT, &room);
    if (!data)
      return RPC_S_OUT_OF_MEMORY;
    error = stream_read_in_place(&connection->stream, data, (DWORD)room, wait, &count);
    if (error == WAIT_TIMEOUT)
      return RPC_S_CALL_CANCELLED;
    if (error)
      return RPC_S_CALL_FAILED_DNE;
    frame_reader_commit(&connection->reader, count);
  }
}

static RPC_STATUS receive_bind_answer(struct client_connection *connection,
                                      struct connection_target *target,
                                      const struct stream_wait *wait)
{
  const uint8_t *fragment;
  size_t length;
  struct pdu pdu;
  RPC_STATUS status = receive_fragment(connection, wait, &fragment, &length);

  if (status != RPC_S_OK)
    return status;
  if (pdu_decode(fragment, length, &pdu) != PDU_OK)
    return RPC_S_PROTOCOL_ERROR;
  if (pdu.type == PDU_BIND_NAK) {
    target->group_refused = target->group_id && pdu.u.bind_nak.reason == REJECT_NOT_SPECIFIED;
    target->local_address_length =
        stream_local_address(&connection->stream, target->local_address);
    return status_from_reject(pdu.u.bind_nak.reason);
  }
  if (pdu.type == PDU_FAULT)
    return RPC_S_CALL_FAILED_DNE;
  if (pdu.type != PDU_BIND_ACK || pdu.u.bind_ack.result_count < 1)
    return RPC_S_PROTOCOL_ERROR;
  status = status_from_result(&pdu.u.bind_ack.results[0]);
  if (status != RPC_S_OK)
    return status;
  if (pdu.u.bind_ack.max_receive < PDU_MIN_FRAGMENT)
    return RPC_S_PROTOCOL_ERROR;
  connection->max_fragment = pdu.u.bind_ack.max_receive < PDU_MAX_FRAGMENT
                                 ? pdu.u.bind_ack.max_receive
                                 : PDU_MAX_FRAGMENT;
  connection->sender.max_fragment = connection->max_fragment;
  connection->multiplexed = pdu.flags & PDU_FLAG_CONCURRENT_MPX;
  connection->group_id = pdu.u.bind_ack.group_id;
  connection->contexts[0].state = CONTEXT_STATE_ACCEPTED;
  return RPC_S_OK;
}

RPC_STATUS client_connection_open(struct connection_target *target, struct client_call *call,
                                  struct client_connection **result)
{
  struct client_connection *connection = calloc(1, sizeof(*connection));
  struct call_wait wait;
  RPC_STATUS status;

  if (!connection)
    return RPC_S_OUT_OF_MEMORY;
  connection->references = 1;
  connection->lane = LANE_NONE;
  InitializeSRWLock(&connection->lock);
  stream_init_closed(&connection->stream);
  frame_reader_init(&connection->reader, PDU_MAX_FRAGMENT);
  call_table_init(&connection->calls);
  sender_init(&connection->sender, &connection->stream, &sender_owner, connection);
  connection->event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (target->protocol->transport == TRANSPORT_TCP)
    connection->ahead.write_event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (!connection->event ||
      (target->protocol->transport == TRANSPORT_TCP && !connection->ahead.write_event)) {
    client_connection_release(connection);
    return RPC_S_OUT_OF_RESOURCES;
  }
  call_wait_begin(&wait, call, connection->event);
  status = endpoint_connect(target->protocol, target->network_address, target->endpoint,
                            &wait.stream, &connection->stream);
  if (status == RPC_S_OK)
    status = send_bind(connection, call, target->group_id, &wait.stream);
  if (status == RPC_S_OK)
    status = receive_bind_answer(connection, target, &wait.stream);
  call_wait_end(&wait);
  if (status == RPC_S_OK)
    *result = connection;
  else
    client_connection_release(connection);
  SetLastError(ERROR_SUCCESS); /* overlapped I/O has left ERROR_IO_PENDING */
  return status;
}

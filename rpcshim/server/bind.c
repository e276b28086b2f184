#include "bind.h"

#include <stdio.h>
#include <string.h>

#include "listening.h"
#include "server_connection.h"
#include "turns.h"

#define ANSWER_SIZE (128 + PDU_MAX_CONTEXTS * sizeof(struct presentation_result) + 260)

/* Remembers an accepted context; a client may propose an id again. false: no room. */
static bool remember_context(struct server_connection *connection,
                             const struct presentation_context *context)
{
  struct server_context *slot = NULL;

  AcquireSRWLockExclusive(&connection->lock);
  for (unsigned int i = 0; i < connection->context_count && !slot; i++)
    if (connection->contexts[i].id == context->id)
      slot = &connection->contexts[i];
  if (!slot && connection->context_count < SERVER_CONTEXTS_MAX)
    slot = &connection->contexts[connection->context_count++];
  if (slot) {
    slot->id = context->id;
    slot->interface_id = context->abstract;
  }
  ReleaseSRWLockExclusive(&connection->lock);
  return slot != NULL;
}

static void answer_context(struct server_connection *connection,
                           const struct presentation_context *context,
                           struct presentation_result *result)
{
  unsigned int transfer;
  bool accepted;

  memset(result, 0, sizeof(*result));
  if (context->transfer_count && syntax_is_bind_time_features(&context->transfer[0])) {
    /* The features asked for travel in the UUID's last 8 bytes; we have none of them to offer.
     */
    result->result = CONTEXT_NEGOTIATE_ACK;
    return;
  }
  result->reason = (uint16_t)server_interface_negotiate(
      &context->abstract, context->transfer, context->transfer_count, &transfer, &accepted);
  if (accepted && !remember_context(connection, context)) {
    result->reason = REASON_LOCAL_LIMIT_EXCEEDED;
    accepted = false;
  }
  result->result = accepted ? CONTEXT_ACCEPTED : CONTEXT_PROVIDER_REJECTION;
  if (accepted)
    result->transfer = context->transfer[transfer];
}

static void refuse(struct server_connection *connection, uint32_t call_id,
                   enum bind_reject_reason reason)
{
  uint8_t answer[64];
  size_t size = pdu_encode_bind_nak(answer, sizeof(answer), call_id, reason);

  sender_send_pdu(&connection->sender, answer, size);
}

/* First bind: joins or makes the association group. */
static bool first_bind(struct server_connection *connection, const struct pdu *pdu)
{
  struct server_association *association;
  struct client_key client;
  RPC_STATUS status = RPC_S_OUT_OF_RESOURCES;

  if (!stream_peer_process(&connection->stream, &connection->client_process))
    connection->client_process = 0;
  client = (struct client_key){connection->endpoint, connection->client_process,
                               connection->peer_name};
  if (connection_watch_bind(connection))
    status = server_association_join(&client, pdu->u.bind.group_id, &association);
  if (status != RPC_S_OK) {
    refuse(connection, pdu->call_id,
           status == RPC_S_INVALID_BINDING ? REJECT_NOT_SPECIFIED
                                           : REJECT_LOCAL_LIMIT_EXCEEDED);
    return false;
  }
  server_connection_joins(connection, association);
  if (!server_connection_begin_turns(connection)) {
    refuse(connection, pdu->call_id, REJECT_LOCAL_LIMIT_EXCEEDED);
    return false;
  }
  connection->multiplexed = pdu->flags & PDU_FLAG_CONCURRENT_MPX;
  connection->sender.max_fragment =
      pdu->u.bind.max_receive < PDU_MAX_FRAGMENT ? pdu->u.bind.max_receive : PDU_MAX_FRAGMENT;
  return true;
}

/* What stands against a bind; REJECT_NOT_SPECIFIED with false: nothing. */
static bool objection(const struct server_connection *connection, const struct pdu *pdu,
                      enum bind_reject_reason *reason)
{
  *reason = REJECT_NOT_SPECIFIED;
  if (pdu->type == PDU_BIND && !server_is_accepting()) {
    *reason = REJECT_TEMPORARY_CONGESTION; /* RPC_S_SERVER_TOO_BUSY */
    return true;
  }
  if (pdu->auth.value_length) {
    *reason = REJECT_AUTHENTICATION_TYPE_NOT_RECOGNIZED;
    return true;
  }
  if (pdu->type == PDU_BIND)
    return connection->association || pdu->big_endian ||
           pdu->u.bind.max_receive < PDU_MIN_FRAGMENT || !pdu->u.bind.context_count;
  return !connection->association;
}

bool server_connection_bind(struct server_connection *connection, const struct pdu *pdu)
{
  struct presentation_result results[PDU_MAX_CONTEXTS];
  struct bind_parameters parameters = {PDU_MAX_FRAGMENT, PDU_MAX_FRAGMENT, 0, 0};
  uint8_t answer[ANSWER_SIZE];
  char address[64] = "";
  enum bind_reject_reason reason;
  size_t size;

  if (objection(connection, pdu, &reason)) {
    refuse(connection, pdu->call_id, reason);
    return false;
  }
  if (pdu->type == PDU_BIND && !first_bind(connection, pdu))
    return false;
  for (unsigned int i = 0; i < pdu->u.bind.context_count; i++)
    answer_context(connection, &pdu->u.bind.contexts[i], &results[i]);
  parameters.group_id = connection->association->group_id;
  if (connection->multiplexed)
    parameters.flags = PDU_FLAG_CONCURRENT_MPX;
  if (pdu->type == PDU_BIND)
    WideCharToMultiByte(CP_ACP, 0, server_endpoint_name(connection->endpoint), -1, address,
                        sizeof(address) - 1, NULL, NULL);
  size = pdu_encode_bind_ack(
      answer, sizeof(answer), pdu->type == PDU_BIND ? PDU_BIND_ACK : PDU_ALTER_CONTEXT_RESP,
      pdu->call_id, &parameters, address, results, pdu->u.bind.context_count);
  return size && !sender_send_pdu(&connection->sender, answer, size);
}

#include "intake.h"

#include <string.h>

#include "../call/status_map.h"
#include "bind.h"
#include "listening.h"
#include "server_connection.h"
#include "turns.h"

#define REFUSED_LIMIT 4096 /* requests refused whose ends have not come */

static void send_fault(struct server_connection *connection, const struct pdu *pdu,
                       uint32_t fault)
{
  uint8_t answer[PDU_FAULT_SIZE];
  size_t size = pdu_encode_fault(answer, sizeof(answer), pdu->call_id,
                                 pdu->u.request.context_id, PDU_FLAG_DID_NOT_EXECUTE, 0, fault);

  sender_send_pdu(&connection->sender, answer, size);
}

/* lock held */
static const struct server_context *find_context(const struct server_connection *connection,
                                                 uint16_t id)
{
  for (unsigned int i = 0; i < connection->context_count; i++)
    if (connection->contexts[i].id == id)
      return &connection->contexts[i];
  return NULL;
}

/*
 * MaxRpcSize, applied to what is still to come: at the fragment that passes it. A request of
 * one fragment is looked at when it is dispatched. Calls by ncalrpc are not limited (Microsoft:
 * RpcServerRegisterIf2).
 */
static void limit_request(struct server_call *call)
{
  unsigned int limit;

  if (server_endpoint_protocol(call->connection->endpoint)->transport == TRANSPORT_LOCAL)
    return;
  limit = server_interface_largest_request(&call->interface_id);
  if (limit < call->request.limit)
    call->request.limit = limit;
}

/* First fragment: a new call in the table, with a reference. NULL: answered with a fault, or
 * *close. */
static struct server_call *new_call(struct server_connection *connection, const struct pdu *pdu,
                                    bool *close)
{
  const struct server_context *context;
  struct server_call *call;
  uint32_t fault = 0;

  call = server_call_create(connection, connection->association);
  if (!call) {
    send_fault(connection, pdu, NCA_S_FAULT_REMOTE_NO_MEMORY);
    return NULL;
  }
  call->call_id = pdu->call_id;
  call->context_id = pdu->u.request.context_id;
  call->opnum = pdu->u.request.opnum;
  memcpy(call->drep, pdu->drep, sizeof(call->drep));
  call->has_object = pdu->u.request.has_object;
  memcpy(&call->object, &pdu->u.request.object, sizeof(call->object));
  AcquireSRWLockExclusive(&connection->lock);
  context = find_context(connection, call->context_id);
  if (context)
    call->interface_id = context->interface_id;
  if (!context)
    fault = NCA_S_UNK_IF;
  else if (!server_call_charge(call))
    fault = NCA_S_SERVER_TOO_BUSY;
  else if (call_table_find(&connection->calls, call->call_id))
    *close = true; /* two calls of one id cannot be told apart */
  else if (call_table_insert(&connection->calls, call->call_id, call))
    server_call_add_reference(call);
  else
    fault = NCA_S_FAULT_REMOTE_NO_MEMORY;
  ReleaseSRWLockExclusive(&connection->lock);
  if (!fault && !*close) {
    if (!(pdu->flags & PDU_FLAG_LAST))
      limit_request(call);
    server_call_receiving(call);
    return call;
  }
  if (fault)
    send_fault(connection, pdu, fault);
  server_call_release(call);
  return NULL;
}

/* The call that later fragments belong to, with a reference. */
static struct server_call *find_receiving(struct server_connection *connection,
                                          uint32_t call_id)
{
  struct server_call *call;

  AcquireSRWLockShared(&connection->lock);
  call = call_table_find(&connection->calls, call_id);
  if (call && call->state != SERVER_CALL_RECEIVING)
    call = NULL;
  if (call)
    server_call_add_reference(call);
  ReleaseSRWLockShared(&connection->lock);
  return call;
}

/* The rest of a request that has been refused will be dropped. false: too many of them. */
static bool expect_rest(struct server_connection *connection, uint32_t call_id)
{
  return connection->refused.count < REFUSED_LIMIT &&
         (call_table_find(&connection->refused, call_id) ||
          call_table_insert(&connection->refused, call_id, connection));
}

/* The request is not complete: not for ever. */
static void await_rest(struct server_connection *connection, struct server_call *call,
                       const struct pdu *pdu)
{
  AcquireSRWLockExclusive(&connection->lock);
  call->unfinished_since = GetTickCount64();
  ReleaseSRWLockExclusive(&connection->lock);
  if (pdu->flags & PDU_FLAG_FIRST)
    connection_watch_unfinished();
}

/* One more fragment of a request. false: close the connection. */
static bool add_fragment(struct server_connection *connection, struct server_call *call,
                         const struct pdu *pdu)
{
  if (pdu->flags & PDU_FLAG_PENDING_CANCEL)
    server_call_cancel(call, false);
  switch (reassembly_add(&call->request, pdu)) {
  case PDU_OK:
    if (call->request.complete)
      server_connection_queue_turn(connection, call);
    else
      await_rest(connection, call, pdu);
    return true;
  case PDU_NO_MEMORY:
    server_call_fault(call, RPC_S_SERVER_OUT_OF_MEMORY, false);
    return pdu->flags & PDU_FLAG_LAST || expect_rest(connection, pdu->call_id);
  case PDU_TOO_LARGE:
    server_call_fault(call, ERROR_ACCESS_DENIED, true);
    return pdu->flags & PDU_FLAG_LAST || expect_rest(connection, pdu->call_id);
  default:
    server_call_fault(call, RPC_S_PROTOCOL_ERROR, false);
    return false;
  }
}

/*
 * A fragment that no call takes. The rest of a request that has been refused is dropped; a
 * fragment without a first one breaks the protocol: false.
 */
static bool drop_fragment(struct server_connection *connection, const struct pdu *pdu)
{
  bool first = pdu->flags & PDU_FLAG_FIRST;

  if (pdu->flags & PDU_FLAG_LAST)
    return call_table_remove(&connection->refused, pdu->call_id) || first;
  if (first)
    return expect_rest(connection, pdu->call_id);
  return call_table_find(&connection->refused, pdu->call_id) != NULL;
}

static bool take_request(struct server_connection *connection, const struct pdu *pdu)
{
  struct server_call *call;
  bool close = false;
  bool go_on;

  if (!connection->association || pdu->auth.value_length || pdu->big_endian) {
    send_fault(connection, pdu, NCA_S_PROTO_ERROR);
    return false;
  }
  connection->synchronous = !(pdu->flags & PDU_FLAG_CONCURRENT_MPX);
  if (pdu->flags & PDU_FLAG_FIRST) {
    call = new_call(connection, pdu, &close);
    if (!call)
      return !close && drop_fragment(connection, pdu);
  } else {
    call = find_receiving(connection, pdu->call_id);
    if (!call)
      return drop_fragment(connection, pdu);
  }
  go_on = add_fragment(connection, call, pdu);
  server_call_release(call);
  return go_on;
}

static void take_cancel(struct server_connection *connection, const struct pdu *pdu)
{
  bool orphaned = pdu->type == PDU_ORPHANED;
  struct server_call *call;

  AcquireSRWLockShared(&connection->lock);
  call = call_table_find(&connection->calls, pdu->call_id);
  if (call)
    server_call_add_reference(call);
  ReleaseSRWLockShared(&connection->lock);
  if (call) {
    server_call_cancel(call, orphaned);
    server_call_release(call);
  } else if (orphaned) {
    /* It has been answered, or refused, already: what is left of either way is not wanted. */
    call_table_remove(&connection->refused, pdu->call_id);
    sender_withdraw(&connection->sender, pdu->call_id);
  }
}

/* false: close the connection. */
static bool take_fragment(struct server_connection *connection, const uint8_t *fragment,
                          size_t length)
{
  struct pdu pdu;

  switch (pdu_decode(fragment, length, &pdu)) {
  case PDU_OK:
    break;
  case PDU_BAD_VERSION: {
    uint8_t answer[64];
    size_t size = pdu_encode_bind_nak(answer, sizeof(answer), pdu.call_id,
                                      REJECT_PROTOCOL_VERSION_NOT_SUPPORTED);
    if (pdu.type == PDU_BIND)
      sender_send_pdu(&connection->sender, answer, size);
    return false;
  }
  default:
    return false;
  }
  switch (pdu.type) {
  case PDU_BIND:
  case PDU_ALTER_CONTEXT:
    return server_connection_bind(connection, &pdu);
  case PDU_REQUEST:
    return take_request(connection, &pdu);
  case PDU_CO_CANCEL:
  case PDU_ORPHANED:
    take_cancel(connection, &pdu);
    return true;
  default:
    return false;
  }
}

/* All whole fragments have been taken; `any`: there were some. What is left is the beginning of
 * another one, which is waited for, but not for ever. */
static void note_partial_fragment(struct server_connection *connection, bool any)
{
  bool partial = frame_reader_has_part(&connection->reader);
  bool was_partial = connection->partial_since != 0;

  if (!partial && !was_partial)
    return;
  AcquireSRWLockExclusive(&connection->lock);
  if (!partial)
    connection->partial_since = 0;
  else if (any || !was_partial)
    connection->partial_since = GetTickCount64();
  ReleaseSRWLockExclusive(&connection->lock);
  if (partial && !was_partial)
    connection_watch_unfinished();
}

bool server_connection_take_fragments(struct server_connection *connection)
{
  bool any = false;

  for (;;) {
    const uint8_t *fragment;
    size_t length;

    switch (frame_reader_next(&connection->reader, &fragment, &length)) {
    case PDU_OK:
    case PDU_BAD_VERSION:
      if (!take_fragment(connection, fragment, length))
        return false;
      any = true;
      break;
    case PDU_NEED_MORE:
      note_partial_fragment(connection, any);
      return true;
    default:
      return false;
    }
  }
}

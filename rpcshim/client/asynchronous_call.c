/* Asynchronous calls: many on one connection, completed by the worker that reads it. */
#include <stdlib.h>
#include <string.h>

#include "../call/status_map.h"
#include "client_connection.h"

#define READ_SIZE         16384u
#define READ_SIZE_LARGE   65536u
#define READS_AT_ONCE     8 /* then the worker goes to others, however much there is to read */
#define ALTER_BUFFER_SIZE 256

/* ---- requests ---- */

/*
 * The presentation context for the call's interface, proposed where there is none: the
 * alter_context leaves ahead of the request, without waiting for its answer. A server that
 * rejects it answers the request with a fault. Lock held. RPC_S_OK with *id and *propose, or
 * why it cannot be.
 */
static RPC_STATUS find_context(struct client_connection *connection,
                               const struct client_call *call, uint16_t *id, bool *propose)
{
  struct client_context *context;

  *propose = false;
  for (unsigned int i = 0; i < connection->context_count; i++) {
    context = &connection->contexts[i];
    if (!syntax_equal(&context->interface_id, &call->interface_id) ||
        !syntax_equal(&context->transfer, &call->transfer))
      continue;
    if (context->state != CONTEXT_STATE_REJECTED) {
      *id = (uint16_t)i;
      return RPC_S_OK;
    }
    /* The server may have registered the interface since. */
    *id = (uint16_t)i;
    *propose = true;
    break;
  }
  if (!*propose) {
    if (connection->context_count == CLIENT_CONTEXTS_MAX)
      return RPC_S_CALL_FAILED_DNE;
    *id = (uint16_t)connection->context_count++;
    *propose = true;
  }
  context = &connection->contexts[*id];
  context->interface_id = call->interface_id;
  context->transfer = call->transfer;
  context->state = CONTEXT_STATE_PROPOSED;
  context->call_id = ++connection->next_call_id;
  return RPC_S_OK;
}

/* Lock held, so that no request of another thread can use the context before. */
static DWORD queue_alter_context(struct client_connection *connection, uint16_t id)
{
  uint8_t pdu[ALTER_BUFFER_SIZE];
  const struct client_context *context = &connection->contexts[id];
  struct presentation_context proposal = {.id = id, .transfer_count = 1};
  struct bind_parameters parameters = {PDU_MAX_FRAGMENT, PDU_MAX_FRAGMENT, connection->group_id,
                                       0};
  size_t size;

  proposal.abstract = context->interface_id;
  proposal.transfer[0] = context->transfer;
  size = pdu_encode_bind(pdu, sizeof(pdu), PDU_ALTER_CONTEXT, context->call_id, &parameters,
                         &proposal, 1);
  return sender_queue_pdu(&connection->sender, pdu, size);
}

/* Lock held: a cancel finds the call both in the table and in the sender, or in neither. Win32
 * code. */
static DWORD enter_call(struct client_connection *connection, struct client_call *call,
                        const struct message_header *header, uint8_t *body, size_t length,
                        uintptr_t order)
{
  DWORD error;

  call->call_id = header->call_id;
  if (!call_table_insert(&connection->calls, call->call_id, call))
    return ERROR_OUTOFMEMORY;
  client_call_add_reference(call);
  client_call_start(call);
  error = sender_queue_message(&connection->sender, header, body, length, order);
  if (!error)
    return 0;
  call_table_remove(&connection->calls, call->call_id);
  client_call_release(call);
  /* Cancelled meanwhile: the application has been told, so that this is a call made. */
  if (!client_call_unstart(call)) {
    free(body);
    return 0;
  }
  return error;
}

RPC_STATUS client_connection_submit(struct client_connection *connection,
                                    struct client_call *call, uint8_t *body, size_t length,
                                    uintptr_t order)
{
  struct message_header header = {
      .type = PDU_REQUEST,
      .extra_flags = call->request_flags & PDU_FLAG_MAYBE,
      .opnum = call->opnum,
      .has_object = call->request_flags & PDU_FLAG_OBJECT_UUID,
      .object = call->object,
  };
  bool propose;
  DWORD error = 0;
  RPC_STATUS status = RPC_S_CALL_FAILED_DNE;

  if (connection->multiplexed)
    header.extra_flags |=
        PDU_FLAG_CONCURRENT_MPX; /* more may come before the reply: see server/in_place.c */
  AcquireSRWLockExclusive(&connection->lock);
  /* The worker that reads fails the connection in a moment. */
  if (stream_read_has_ended(&connection->read_done))
    connection->dead = true;
  if (!connection->dead)
    status = find_context(connection, call, &header.context_id, &propose);
  if (status == RPC_S_OK) {
    header.call_id = ++connection->next_call_id;
    if (propose)
      error = queue_alter_context(connection, header.context_id);
    if (!error)
      error = enter_call(connection, call, &header, body, length, order);
  }
  ReleaseSRWLockExclusive(&connection->lock);
  if (status != RPC_S_OK)
    return status;
  sender_flush(&connection->sender);
  if (error)
    return error == ERROR_OUTOFMEMORY ? RPC_S_OUT_OF_MEMORY : RPC_S_CALL_FAILED_DNE;
  return RPC_S_OK;
}

/* ---- cancels ---- */

/* What is left of the request is not sent any more. */
static void send_orphaned(struct client_connection *connection, uint32_t call_id,
                          bool unless_sent)
{
  uint8_t pdu[PDU_COMMON_HEADER_SIZE];
  enum sender_progress progress = sender_withdraw(&connection->sender, call_id);

  if (progress == SENDER_UNSENT || (unless_sent && progress == SENDER_NOT_HERE))
    return;
  sender_send_pdu(&connection->sender, pdu,
                  pdu_encode_empty(pdu, sizeof(pdu), PDU_ORPHANED, call_id, 0));
}

static void send_cancel(struct client_connection *connection, uint32_t call_id)
{
  uint8_t pdu[PDU_COMMON_HEADER_SIZE];

  if (sender_flag_cancel(&connection->sender, call_id))
    return;
  sender_send_pdu(&connection->sender, pdu,
                  pdu_encode_empty(pdu, sizeof(pdu), PDU_CO_CANCEL, call_id, 0));
}

void client_connection_cancel(struct client_connection *connection, struct client_call *call,
                              bool abandon)
{
  bool in_flight;

  AcquireSRWLockExclusive(&connection->lock);
  in_flight = call_table_find(&connection->calls, call->call_id) == call;
  if (in_flight && abandon)
    call_table_remove(&connection->calls, call->call_id);
  ReleaseSRWLockExclusive(&connection->lock);
  if (!in_flight)
    return;
  /* Wine's own server takes an unknown PDU for the end of the connection: nothing to tell it.
   */
  if (connection->multiplexed && abandon)
    send_orphaned(connection, call->call_id, false);
  else if (connection->multiplexed)
    send_cancel(connection, call->call_id);
  if (abandon)
    client_call_release(call);
}

/* ---- replies ---- */

/* Takes the call that `pdu` is for out of the table where the PDU is its last; lock held. */
static struct client_call *find_call(struct client_connection *connection,
                                     const struct pdu *pdu, uint32_t *id)
{
  *id = pdu->call_id;
  if (connection->multiplexed)
    return call_table_find(&connection->calls, pdu->call_id);
  return call_table_any(&connection->calls, id);
}

static void complete_call(struct client_connection *connection, const struct pdu *pdu,
                          struct client_call **deferred, RPC_STATUS *failure)
{
  struct client_call *call;
  RPC_STATUS status = RPC_S_OK;
  uint8_t *data = NULL;
  size_t length = 0;
  bool done = true;
  uint32_t id;

  AcquireSRWLockExclusive(&connection->lock);
  call = find_call(connection, pdu, &id);
  if (!call) {
    /* The late reply to a call that was abandoned. */
    if (pdu->type == PDU_FAULT || pdu->flags & PDU_FLAG_LAST)
      connection->busy = false;
    ReleaseSRWLockExclusive(&connection->lock);
    return;
  }
  if (pdu->type == PDU_FAULT) {
    status = status_from_fault(pdu->u.response.status);
  } else {
    enum pdu_status added = reassembly_add(&call->reply, pdu);
    if (added == PDU_NO_MEMORY)
      status = RPC_S_OUT_OF_MEMORY;
    else if (added != PDU_OK)
      status = *failure = RPC_S_PROTOCOL_ERROR;
    else if (call->reply.complete)
      data = reassembly_take(&call->reply, &length);
    else
      done = false;
  }
  if (done) {
    call_table_remove(&connection->calls, id);
    connection->busy = false;
  } else if (call->timeout != INFINITE) {
    client_call_heard(call);
  }
  ReleaseSRWLockExclusive(&connection->lock);
  if (!done)
    return;
  /* Refused before it was there as a whole: the rest would only be dropped. */
  if (pdu->type == PDU_FAULT && connection->multiplexed)
    send_orphaned(connection, id, true);
  if (!client_call_complete(call, status, data, length, deferred))
    free(data);
  client_call_release(call);
}

static void note_alter_answer(struct client_connection *connection, const struct pdu *pdu)
{
  AcquireSRWLockExclusive(&connection->lock);
  for (unsigned int i = 0; i < connection->context_count; i++) {
    struct client_context *context = &connection->contexts[i];
    if (context->state != CONTEXT_STATE_PROPOSED || context->call_id != pdu->call_id)
      continue;
    context->state = pdu->type == PDU_ALTER_CONTEXT_RESP && pdu->u.bind_ack.result_count > 0 &&
                             pdu->u.bind_ack.results[0].result == CONTEXT_ACCEPTED
                         ? CONTEXT_STATE_ACCEPTED
                         : CONTEXT_STATE_REJECTED;
  }
  ReleaseSRWLockExclusive(&connection->lock);
}

static RPC_STATUS take_fragment(struct client_connection *connection, const uint8_t *fragment,
                                size_t length, struct client_call **deferred)
{
  struct pdu pdu;
  RPC_STATUS failure = RPC_S_OK;

  if (pdu_decode(fragment, length, &pdu) != PDU_OK || pdu.big_endian)
    return RPC_S_PROTOCOL_ERROR;
  switch (pdu.type) {
  case PDU_RESPONSE:
  case PDU_FAULT:
    if (pdu.type == PDU_FAULT)
      note_alter_answer(connection, &pdu);
    complete_call(connection, &pdu, deferred, &failure);
    return failure;
  case PDU_ALTER_CONTEXT_RESP:
    note_alter_answer(connection, &pdu);
    return RPC_S_OK;
  case PDU_SHUTDOWN:
    return RPC_S_OK;
  default:
    return RPC_S_PROTOCOL_ERROR;
  }
}

static RPC_STATUS take_fragments(struct client_connection *connection,
                                 struct client_call **deferred)
{
  for (;;) {
    const uint8_t *fragment;
    size_t length;
    RPC_STATUS status;

    switch (frame_reader_next(&connection->reader, &fragment, &length)) {
    case PDU_OK:
      status = take_fragment(connection, fragment, length, deferred);
      if (status != RPC_S_OK)
        return status;
      break;
    case PDU_NEED_MORE:
      return RPC_S_OK;
    default:
      return RPC_S_PROTOCOL_ERROR;
    }
  }
}

static void start_reading(struct completion *completion, DWORD bytes, DWORD error);

/* A worker begins with start_reading(). Win32 code. */
static DWORD read_by_worker(struct client_connection *connection)
{
  DWORD error;

  connection->read_done.routine = start_reading;
  connection->read_done.overlapped.Internal = STATUS_PENDING;
  client_connection_add_reference(connection);
  error = completion_port_post(&connection->read_done);
  if (error)
    client_connection_release(connection);
  return error;
}

/* Reads until a read is pending, or it is the turn of others; completes what it meets. The
 * caller's reference stays the caller's. */
static RPC_STATUS read_until_pending(struct client_connection *connection,
                                     struct client_call **deferred)
{
  for (int reads = 0; reads < READS_AT_ONCE; reads++) {
    size_t room;
    uint8_t *data;
    DWORD count;
    DWORD error;
    RPC_STATUS status;

    data = frame_reader_room(&connection->reader, READ_SIZE, &room);
    if (!data)
      return RPC_S_OUT_OF_MEMORY;
    client_connection_add_reference(connection); /* for the completion */
    error = stream_read(&connection->stream, data,
                        room > READ_SIZE_LARGE ? READ_SIZE_LARGE : (DWORD)room,
                        &connection->read_done, &count);
    if (error == ERROR_IO_PENDING)
      return RPC_S_OK;
    client_connection_release(connection);
    if (error || !count)
      return RPC_S_CALL_FAILED;
    frame_reader_commit(&connection->reader, count);
    status = take_fragments(connection, deferred);
    if (status != RPC_S_OK)
      return status;
  }
  return read_by_worker(connection) ? RPC_S_OUT_OF_RESOURCES : RPC_S_OK;
}

/* On a worker, with a reference that goes away: what has been read, or what went wrong. */
static void go_on_reading(struct client_connection *connection, RPC_STATUS status)
{
  struct client_call *deferred = NULL;

  if (status == RPC_S_OK)
    status = take_fragments(connection, &deferred);
  if (status == RPC_S_OK)
    status = read_until_pending(connection, &deferred);
  if (status != RPC_S_OK)
    client_connection_fail(connection, status);
  /* Application callbacks come last: the connection goes on being read meanwhile. */
  client_call_run_deferred(deferred);
  client_connection_release(connection);
}

static void read_completed(struct completion *completion, DWORD bytes, DWORD error)
{
  struct client_connection *connection =
      CONTAINING_RECORD(completion, struct client_connection, read_done);
  bool read = (!error || error == ERROR_MORE_DATA) && bytes;

  stream_operation_ended(&connection->stream);
  if (read)
    frame_reader_commit(&connection->reader, bytes);
  go_on_reading(connection, read ? RPC_S_OK : RPC_S_CALL_FAILED);
}

static void start_reading(struct completion *completion, DWORD bytes, DWORD error)
{
  struct client_connection *connection =
      CONTAINING_RECORD(completion, struct client_connection, read_done);

  (void)bytes;
  (void)error;
  connection->read_done.routine = read_completed;
  go_on_reading(connection, RPC_S_OK);
}

/*
 * The first read is a worker's, too: an operation that an application's thread has started is
 * lost under Wine where its data comes while that thread is ending, and with it the connection.
 */
DWORD client_connection_go_asynchronous(struct client_connection *connection)
{
  DWORD error = stream_attach(&connection->stream);

  return error ? error : read_by_worker(connection);
}

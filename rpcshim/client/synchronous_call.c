/* A synchronous call: the calling thread writes the request and reads its own reply. */
#include <stdlib.h>

#include "../call/status_map.h"
#include "client_connection.h"

#define REQUEST_CHUNK 65536u

/* A request on its way. */
struct request {
  struct client_connection *connection;
  struct client_call *call;
  struct message_header header;
  const uint8_t *body;
  size_t length;
  size_t offset; /* what has gone */
  bool begun;
  uint8_t *chunk;
  size_t capacity;
};

static struct message_header request_header(struct client_call *call)
{
  struct message_header header = {
      .type = PDU_REQUEST,
      .extra_flags = call->request_flags & PDU_FLAG_MAYBE,
      .call_id = call->call_id,
      .opnum = call->opnum,
      .has_object = call->request_flags & PDU_FLAG_OBJECT_UUID,
      .object = call->object,
  };
  return header;
}

/*
 * A cancel that the server does not know of goes along in the first fragment, or before the
 * next one. Its size. A peer that does not multiplex does not know cancels either (Wine's own
 * server drops the connection).
 */
static size_t add_cancel(struct request *request)
{
  struct client_call *call = request->call;

  if (!call->cancelled || call->cancel_told)
    return 0;
  call->cancel_told = true;
  if (!request->connection->multiplexed)
    return 0;
  if (request->offset)
    return pdu_encode_empty(request->chunk, request->capacity, PDU_CO_CANCEL, call->call_id, 0);
  request->header.extra_flags |= PDU_FLAG_PENDING_CANCEL;
  return 0;
}

/* As many fragments as one write takes. */
static size_t fill_chunk(struct request *request)
{
  size_t size = add_cancel(request);
  size_t part;

  do {
    size_t consumed;

    part = message_encode_fragment(
        request->chunk + size, request->capacity - size, &request->header, request->body,
        request->length, request->offset, request->connection->max_fragment, &consumed);
    size += part;
    request->offset += consumed;
  } while (part && request->offset < request->length);
  return size;
}

static DWORD send_chunk(struct request *request, struct call_wait *wait)
{
  size_t size = fill_chunk(request);

  if (!size)
    return ERROR_INVALID_DATA;
  request->begun = true;
  return stream_write_in_place(&request->connection->stream, request->chunk, (DWORD)size,
                               &wait->stream);
}

/*
 * Before the request leaves. RPC_S_OK; RPC_S_CALL_FAILED_DNE: the stream has ended, or has
 * brought what nobody has asked for; RPC_S_OUT_OF_MEMORY.
 */
static RPC_STATUS begin_reading_ahead(struct client_connection *connection)
{
  size_t room;
  uint8_t *data = frame_reader_room(&connection->reader, PDU_MIN_FRAGMENT, &room);
  DWORD count;

  if (!data)
    return RPC_S_OUT_OF_MEMORY;
  if (stream_begin_read(&connection->stream, data, (DWORD)room, &connection->ahead.overlapped,
                        connection->event, &count) != ERROR_IO_PENDING)
    return RPC_S_CALL_FAILED_DNE;
  connection->ahead.pending = true;
  return RPC_S_OK;
}

void client_connection_end_reading_ahead(struct client_connection *connection)
{
  if (!connection->ahead.pending)
    return;
  connection->ahead.pending = false;
  stream_end_operation(&connection->stream, &connection->ahead.overlapped, connection->event);
}

RPC_STATUS client_connection_send(struct client_connection *connection,
                                  struct client_call *call, const void *body, size_t length)
{
  struct request request = {.connection = connection,
                            .call = call,
                            .body = body,
                            .length = length,
                            .capacity = length + 64};
  struct call_wait wait;
  DWORD error = 0;

  if (request.capacity > REQUEST_CHUNK)
    request.capacity = REQUEST_CHUNK;
  call->call_id = ++connection->next_call_id;
  request.header = request_header(call);
  request.chunk = malloc(request.capacity);
  if (!request.chunk)
    return RPC_S_OUT_OF_MEMORY;
  if (connection->ahead.write_event) {
    RPC_STATUS status = begin_reading_ahead(connection);

    if (status != RPC_S_OK) {
      connection->dead = true;
      free(request.chunk);
      return status;
    }
  }
  client_call_start(call);
  call->cancel_told = false; /* perhaps to a server that was gone */
  call_wait_begin(&wait, call,
                  connection->ahead.write_event ? connection->ahead.write_event
                                                : connection->event);
  do {
    error = call_wait_is_over(&wait) ? WAIT_TIMEOUT : send_chunk(&request, &wait);
  } while (!error && request.offset < length);
  call_wait_end(&wait);
  free(request.chunk);
  if (!error)
    return RPC_S_OK;
  client_connection_end_reading_ahead(connection);
  connection->dead = request.begun || connection->ahead.write_event;
  client_call_unstart(call);
  return error == WAIT_TIMEOUT ? RPC_S_CALL_CANCELLED : RPC_S_CALL_FAILED_DNE;
}

/* The read that has begun before the request left. Win32 codes as of stream_read_in_place(). */
static DWORD await_read_ahead(struct client_connection *connection, struct call_wait *wait,
                              DWORD *count)
{
  DWORD error =
      stream_await(&connection->stream, &connection->ahead.overlapped, &wait->stream, count);

  connection->ahead.pending = false;
  return !error && !*count ? ERROR_BROKEN_PIPE : error;
}

/* Reads what comes; RPC_S_OK: there is more in the reader. */
static RPC_STATUS read_more(struct client_connection *connection, struct call_wait *wait)
{
  size_t room;
  uint8_t *data;
  DWORD count;
  DWORD error;

  if (connection->ahead.pending) {
    error = await_read_ahead(connection, wait, &count);
  } else {
    data = frame_reader_room(&connection->reader, PDU_MIN_FRAGMENT, &room);
    if (!data)
      return RPC_S_OUT_OF_MEMORY;
    error = stream_read_in_place(&connection->stream, data, (DWORD)room, &wait->stream, &count);
  }
  switch (error) {
  case 0:
    frame_reader_commit(&connection->reader, count);
    return RPC_S_OK;
  case WAIT_TIMEOUT:
    return RPC_S_CALL_CANCELLED;
  case ERROR_CANCELLED:
    return RPC_S_ASYNC_CALL_PENDING; /* only within this file: a cancel wants attention */
  default:
    return RPC_S_CALL_FAILED;
  }
}

/*
 * Tells the server of the cancel. A peer that does not multiplex does not know co_cancel either
 * (Wine's own server drops the connection).
 */
static void tell_cancel(struct client_connection *connection, struct call_wait *wait)
{
  struct client_call *call = wait->call;
  uint8_t pdu[PDU_COMMON_HEADER_SIZE];
  size_t size;

  call->cancel_told = true;
  if (!connection->multiplexed)
    return;
  size = pdu_encode_empty(pdu, sizeof(pdu), PDU_CO_CANCEL, call->call_id, 0);
  /* The reply may be there all the same, but after half a PDU nothing more can be said. */
  if (stream_write_in_place(&connection->stream, pdu, (DWORD)size, &wait->stream))
    connection->dead = true;
}

/* One PDU for the waiting call. RPC_S_ASYNC_CALL_PENDING: not the end of it yet. */
static RPC_STATUS take_fragment(struct client_connection *connection, struct call_wait *wait,
                                const uint8_t *fragment, size_t length)
{
  struct client_call *call = wait->call;
  struct pdu pdu;

  if (pdu_decode(fragment, length, &pdu) != PDU_OK || pdu.big_endian)
    return RPC_S_PROTOCOL_ERROR;
  /* Wine's own server does not echo call ids. */
  if (connection->multiplexed && pdu.call_id != call->call_id)
    return RPC_S_ASYNC_CALL_PENDING;
  switch (pdu.type) {
  case PDU_RESPONSE:
    call_wait_heard(wait);
    switch (reassembly_add(&call->reply, &pdu)) {
    case PDU_OK:
      return call->reply.complete ? RPC_S_OK : RPC_S_ASYNC_CALL_PENDING;
    case PDU_NO_MEMORY:
      return RPC_S_OUT_OF_MEMORY;
    default:
      return RPC_S_PROTOCOL_ERROR;
    }
  case PDU_FAULT:
    call->reply.complete = true; /* the connection is at a message border */
    return status_from_fault(pdu.u.response.status);
  case PDU_SHUTDOWN:
    return RPC_S_ASYNC_CALL_PENDING;
  default:
    return RPC_S_PROTOCOL_ERROR;
  }
}

static RPC_STATUS wait_for_reply(struct client_connection *connection, struct call_wait *wait)
{
  for (;;) {
    const uint8_t *fragment;
    size_t length;
    RPC_STATUS status;

    switch (frame_reader_next(&connection->reader, &fragment, &length)) {
    case PDU_OK:
      status = take_fragment(connection, wait, fragment, length);
      /* Not for ever, whatever a server sends. */
      if (status == RPC_S_ASYNC_CALL_PENDING && call_wait_is_over(wait))
        status = RPC_S_CALL_CANCELLED;
      break;
    case PDU_NEED_MORE:
      status = read_more(connection, wait);
      if (status == RPC_S_ASYNC_CALL_PENDING)
        tell_cancel(connection, wait);
      else if (status == RPC_S_OK)
        status = RPC_S_ASYNC_CALL_PENDING;
      break;
    default:
      status = RPC_S_PROTOCOL_ERROR;
    }
    if (status != RPC_S_ASYNC_CALL_PENDING)
      return status;
  }
}

RPC_STATUS client_connection_receive(struct client_connection *connection,
                                     struct client_call *call)
{
  struct call_wait wait;
  uint8_t *data = NULL;
  size_t length = 0;
  RPC_STATUS status;

  call_wait_begin(&wait, call, connection->event);
  wait.tells_server = true;
  status = wait_for_reply(connection, &wait);
  call_wait_end(&wait);
  /*
   * What comes next on it belongs to nobody, nor does what has come behind the reply, which the
   * next call would take for its own. And where the reply was there before it was asked for, the
   * read ahead is under way still: the next call would start another one over it.
   */
  if (!call->reply.complete || connection->ahead.pending ||
      frame_reader_has_part(&connection->reader))
    connection->dead = true;
  if (call->reply.complete && status == RPC_S_OK)
    data = reassembly_take(&call->reply, &length);
  if (!client_call_complete(call, status, data, length, NULL))
    free(data);
  return status;
}

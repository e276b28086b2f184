/* A synchronous call: the calling thread writes the request and reads its own reply. */
#include <stdlib.h>

#include "../call/status_map.h"
#include "../call/thread_state.h"
#include "client_connection.h"

#define REQUEST_CHUNK 65536u

/* One thread's wait for one reply. */
struct reply_wait {
  struct client_connection *connection;
  struct thread_state *thread;
  struct stream_wait wait;
  ULONGLONG deadline; /* GetTickCount64() at which the wait ends; 0: never */
  bool cancelled;
};

static bool cancel_requested(void *context)
{
  struct reply_wait *wait = context;

  if (thread_state_take_cancel(wait->thread))
    wait->cancelled = true;
  return wait->cancelled;
}

/* Called by RpcCancelThread on another thread. */
static void wake_waiting_thread(void *context)
{
  struct reply_wait *wait = context;

  SetEvent(wait->connection->event);
}

static void update_timeout(struct reply_wait *wait)
{
  ULONGLONG now = GetTickCount64();

  if (!wait->deadline)
    wait->wait.timeout = INFINITE;
  else
    wait->wait.timeout = now < wait->deadline ? (DWORD)(wait->deadline - now) : 0;
}

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

RPC_STATUS client_connection_send(struct client_connection *connection,
                                  struct client_call *call, const void *body, size_t length,
                                  DWORD deadline_ms)
{
  struct stream_wait wait = {.event = connection->event, .timeout = deadline_ms};
  struct message_header header;
  size_t offset = 0;
  size_t capacity = length + 64;
  uint8_t *chunk;
  DWORD error = 0;

  if (capacity > REQUEST_CHUNK)
    capacity = REQUEST_CHUNK;
  call->call_id = ++connection->next_call_id;
  header = request_header(call);
  chunk = malloc(capacity);
  if (!chunk)
    return RPC_S_OUT_OF_MEMORY;
  client_call_start(call);
  do {
    size_t size = 0;

    /* As many fragments as one write takes. */
    for (;;) {
      size_t consumed;
      size_t part =
          message_encode_fragment(chunk + size, capacity - size, &header, body, length, offset,
                                  connection->max_fragment, &consumed);
      if (!part)
        break;
      size += part;
      offset += consumed;
      if (offset == length)
        break;
    }
    error = size ? stream_write_in_place(&connection->stream, chunk, (DWORD)size, &wait)
                 : ERROR_INVALID_DATA;
  } while (!error && offset < length);
  free(chunk);
  if (!error)
    return RPC_S_OK;
  connection->dead = true;
  client_call_unstart(call);
  return error == WAIT_TIMEOUT ? RPC_S_CALL_CANCELLED : RPC_S_CALL_FAILED_DNE;
}

/* Reads what comes; RPC_S_OK: there is more in the reader. */
static RPC_STATUS read_more(struct reply_wait *wait)
{
  struct client_connection *connection = wait->connection;
  size_t room;
  uint8_t *data = frame_reader_room(&connection->reader, PDU_MIN_FRAGMENT, &room);
  DWORD count;

  if (!data)
    return RPC_S_OUT_OF_MEMORY;
  update_timeout(wait);
  switch (stream_read_in_place(&connection->stream, data, (DWORD)room, &wait->wait, &count)) {
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
 * RpcCancelThread: tell the server, and from now on wait for as long as RpcMgmtSetCancelTimeout
 * allows. A peer that does not multiplex does not know co_cancel either (Wine's own server
 * drops the connection).
 */
static void handle_cancel(struct reply_wait *wait, struct client_call *call)
{
  struct client_connection *connection = wait->connection;
  long seconds = wait->thread->cancel_timeout;
  uint8_t pdu[PDU_COMMON_HEADER_SIZE];

  wait->wait.interrupted = NULL; /* one cancel is enough */
  if (connection->multiplexed) {
    size_t size = pdu_encode_empty(pdu, sizeof(pdu), PDU_CO_CANCEL, call->call_id, 0);
    stream_write_in_place(&connection->stream, pdu, (DWORD)size, &wait->wait);
  }
  if (seconds != RPC_C_CANCEL_INFINITE_TIMEOUT)
    wait->deadline = GetTickCount64() + (ULONGLONG)seconds * 1000 + 1;
}

/* One PDU for the waiting call. RPC_S_ASYNC_CALL_PENDING: not the end of it yet. */
static RPC_STATUS take_fragment(struct client_connection *connection, struct client_call *call,
                                const uint8_t *fragment, size_t length)
{
  struct pdu pdu;

  if (pdu_decode(fragment, length, &pdu) != PDU_OK || pdu.big_endian)
    return RPC_S_PROTOCOL_ERROR;
  /* Wine's own server does not echo call ids. */
  if (connection->multiplexed && pdu.call_id != call->call_id)
    return RPC_S_ASYNC_CALL_PENDING;
  switch (pdu.type) {
  case PDU_RESPONSE:
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

static RPC_STATUS wait_for_reply(struct reply_wait *wait, struct client_call *call)
{
  struct client_connection *connection = wait->connection;

  for (;;) {
    const uint8_t *fragment;
    size_t length;
    RPC_STATUS status;

    switch (frame_reader_next(&connection->reader, &fragment, &length)) {
    case PDU_OK:
      status = take_fragment(connection, call, fragment, length);
      break;
    case PDU_NEED_MORE:
      status = read_more(wait);
      if (status == RPC_S_ASYNC_CALL_PENDING)
        handle_cancel(wait, call);
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
                                     struct client_call *call, DWORD deadline_ms)
{
  struct reply_wait wait = {
      .connection = connection,
      .thread = thread_state_get(),
      .wait = {.event = connection->event},
      .deadline = deadline_ms == INFINITE ? 0 : GetTickCount64() + deadline_ms,
  };
  uint8_t *data = NULL;
  size_t length = 0;
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (wait.thread) {
    wait.wait.interrupted = cancel_requested;
    wait.wait.context = &wait;
    thread_state_set_waiting(wait.thread, wake_waiting_thread, &wait);
    status = wait_for_reply(&wait, call);
    thread_state_set_waiting(wait.thread, NULL, NULL);
  }
  if (!call->reply.complete)
    connection->dead = true; /* what comes next on it belongs to nobody */
  else if (status == RPC_S_OK)
    data = reassembly_take(&call->reply, &length);
  if (!client_call_complete(call, status, data, length, NULL))
    free(data);
  return status;
}

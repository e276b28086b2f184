#include "server_connection.h"

#include <stdlib.h>
#include <string.h>

#include "../call/status_map.h"
#include "../security/identity.h"
#include "listening.h"

#define READ_SIZE       8192u
#define READ_SIZE_LARGE 65536u

static void owner_add_reference(void *owner)
{
  server_connection_add_reference(owner);
}

static void owner_release(void *owner)
{
  server_connection_release(owner);
}

static void owner_failed(void *owner, DWORD error)
{
  (void)error;
  server_connection_fail(owner);
}

static const struct sender_owner sender_owner = {owner_add_reference, owner_release,
                                                 owner_failed};

void server_connection_add_reference(struct server_connection *connection)
{
  InterlockedIncrement(&connection->references);
}

void server_connection_release(struct server_connection *connection)
{
  if (InterlockedDecrement(&connection->references))
    return;
  stream_close(&connection->stream);
  sender_destroy(&connection->sender);
  frame_reader_destroy(&connection->reader);
  if (connection->in_place.event)
    CloseHandle(connection->in_place.event);
  call_table_destroy(&connection->calls);
  call_table_destroy(&connection->refused);
  if (connection->association)
    server_association_release(connection->association);
  identity_release(connection->identity);
  free(connection);
}

/* Takes the requests that no manager has seen; lock held. */
static struct server_call *take_ready(struct server_connection *connection)
{
  struct server_call *ready = connection->ready_head;

  connection->ready_head = connection->ready_tail = NULL;
  connection->ready_count = 0;
  return ready;
}

void server_connection_fail(struct server_connection *connection)
{
  struct server_call *ready;
  bool first;

  AcquireSRWLockExclusive(&connection->lock);
  first = !connection->dead;
  connection->dead = true;
  ready = take_ready(connection);
  ReleaseSRWLockExclusive(&connection->lock);
  while (ready) {
    struct server_call *next = ready->next_ready;
    server_call_cancel(ready, true);
    server_call_release(ready);
    ready = next;
  }
  for (;;) {
    struct server_call *call;
    uint32_t id;

    AcquireSRWLockExclusive(&connection->lock);
    call = call_table_any(&connection->calls, &id);
    if (call) {
      call_table_remove(&connection->calls, id);
      server_call_add_reference(call);
    }
    ReleaseSRWLockExclusive(&connection->lock);
    if (!call)
      break;
    server_call_cancel(call, true);
    server_call_release(call);
  }
  if (first && server_listening_forget(connection))
    server_connection_release(connection);
  stream_cancel(&connection->stream);
}

void server_connection_forget(struct server_connection *connection, struct server_call *call)
{
  AcquireSRWLockExclusive(&connection->lock);
  if (call_table_find(&connection->calls, call->call_id) == call)
    call_table_remove(&connection->calls, call->call_id);
  ReleaseSRWLockExclusive(&connection->lock);
}

/* ---- requests ---- */

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
  else if (connection->calls.count >= CALLS_LIMIT)
    fault = NCA_S_SERVER_TOO_BUSY;
  else if (call_table_find(&connection->calls, call->call_id))
    *close = true; /* two calls of one id cannot be told apart */
  else if (call_table_insert(&connection->calls, call->call_id, call))
    server_call_add_reference(call);
  else
    fault = NCA_S_FAULT_REMOTE_NO_MEMORY;
  ReleaseSRWLockExclusive(&connection->lock);
  if (!fault && !*close) {
    server_call_receiving(call);
    return call;
  }
  if (fault)
    send_fault(connection, pdu, fault);
  server_call_release(call);
  return NULL;
}

/* Queues a complete request. */
static void enqueue(struct server_connection *connection, struct server_call *call)
{
  server_call_ready(call);
  AcquireSRWLockExclusive(&connection->lock);
  if (!connection->dead) {
    server_call_add_reference(call); /* the queue's */
    if (connection->ready_tail)
      connection->ready_tail->next_ready = call;
    else
      connection->ready_head = call;
    connection->ready_tail = call;
    connection->ready_count++;
  }
  ReleaseSRWLockExclusive(&connection->lock);
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
  return connection->refused.count < CALLS_LIMIT &&
         (call_table_find(&connection->refused, call_id) ||
          call_table_insert(&connection->refused, call_id, connection));
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
      enqueue(connection, call);
    return true;
  case PDU_NO_MEMORY:
    server_call_fault(call, RPC_S_SERVER_OUT_OF_MEMORY, false);
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

bool server_connection_take_fragments(struct server_connection *connection)
{
  for (;;) {
    const uint8_t *fragment;
    size_t length;

    switch (frame_reader_next(&connection->reader, &fragment, &length)) {
    case PDU_OK:
    case PDU_BAD_VERSION:
      if (!take_fragment(connection, fragment, length))
        return false;
      break;
    case PDU_NEED_MORE:
      return true;
    default:
      return false;
    }
  }
}

/* ---- reading and dispatching ---- */

enum reading { READING, READING_PAUSED, READING_OVER };

/* May the next read be started? Not while dispatching does not keep up, and never on a dead
 * connection. */
static enum reading reading_state(struct server_connection *connection)
{
  enum reading state = READING;

  AcquireSRWLockExclusive(&connection->lock);
  if (connection->ready_count >= READY_LIMIT)
    state = READING_PAUSED;
  connection->read_paused = state == READING_PAUSED;
  if (connection->dead)
    state = READING_OVER;
  ReleaseSRWLockExclusive(&connection->lock);
  return state;
}

bool server_connection_read_on(struct server_connection *connection)
{
  enum reading state;

  while ((state = reading_state(connection)) == READING) {
    size_t room;
    uint8_t *data = frame_reader_room(&connection->reader, READ_SIZE, &room);
    DWORD count;
    DWORD error;

    if (!data)
      return false;
    server_connection_add_reference(connection); /* for the completion */
    error = stream_read(&connection->stream, data,
                        room > READ_SIZE_LARGE ? READ_SIZE_LARGE : (DWORD)room,
                        &connection->read_done, &count);
    if (error == ERROR_IO_PENDING)
      return true;
    server_connection_release(connection);
    if (error || !count)
      return false;
    frame_reader_commit(&connection->reader, count);
    if (!server_connection_take_fragments(connection))
      return false;
  }
  return state == READING_PAUSED;
}

/* The next call for whoever has that turn, and its own turn; NULL: the queue is empty, or the
 * turn is over. */
static struct server_call *next_ready(struct server_connection *connection, unsigned int *turn,
                                      bool *resume)
{
  struct server_call *call;

  *resume = false;
  AcquireSRWLockExclusive(&connection->lock);
  if (connection->turn != *turn) {
    ReleaseSRWLockExclusive(&connection->lock);
    return NULL;
  }
  call = connection->ready_head;
  if (call) {
    call->turn = *turn = ++connection->turn;
    connection->ready_head = call->next_ready;
    if (!connection->ready_head)
      connection->ready_tail = NULL;
    connection->ready_count--;
  } else {
    connection->dispatching = false;
  }
  *resume = connection->read_paused && connection->ready_count <= READY_LIMIT / 2;
  if (*resume)
    connection->read_paused = false;
  ReleaseSRWLockExclusive(&connection->lock);
  return call;
}

/* Dispatches the queue, unless another worker does. */
void server_connection_dispatch(struct server_connection *connection)
{
  struct server_call *call;
  unsigned int turn;
  bool resume;
  bool mine;

  AcquireSRWLockExclusive(&connection->lock);
  mine = connection->ready_head && !connection->dispatching;
  if (mine)
    connection->dispatching = true;
  turn = connection->turn;
  ReleaseSRWLockExclusive(&connection->lock);
  if (!mine)
    return;
  do {
    call = next_ready(connection, &turn, &resume);
    if (resume && !server_connection_read_on(connection))
      server_connection_fail(connection);
    if (call) {
      completion_port_expect_blocking();
      server_call_dispatch(call);
      server_call_release(call);
    }
  } while (call);
}

static void pass_on(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_connection *connection =
      CONTAINING_RECORD(completion, struct server_connection, pass);

  (void)bytes;
  (void)error;
  AcquireSRWLockExclusive(&connection->lock);
  connection->passing = false;
  ReleaseSRWLockExclusive(&connection->lock);
  server_connection_leave_place(connection);
  server_connection_dispatch(connection);
  server_connection_release(connection);
}

/* `passing` has just been set. */
static void post_pass(struct server_connection *connection)
{
  server_connection_add_reference(connection);
  if (completion_port_post(&connection->pass)) {
    server_connection_fail(connection);
    server_connection_release(connection);
  }
}

static void end_turn(struct server_connection *connection, unsigned int turn, bool blocks)
{
  bool post = false;

  AcquireSRWLockExclusive(&connection->lock);
  if (connection->turn == turn && connection->dispatching) {
    connection->turn++;
    connection->dispatching = false;
    /* With an empty queue the reader dispatches what comes next, unless it is the worker that
     * does not come back. */
    post = !connection->passing &&
           (connection->ready_head || (blocks && connection->reading_in_place));
  }
  if (post)
    connection->passing = true;
  ReleaseSRWLockExclusive(&connection->lock);
  if (post)
    post_pass(connection);
}

void server_connection_pass_on(struct server_connection *connection, unsigned int turn)
{
  end_turn(connection, turn, false);
}

void server_connection_turn_blocks(struct server_connection *connection, unsigned int turn)
{
  end_turn(connection, turn, true);
}

static void read_completed(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_connection *connection =
      CONTAINING_RECORD(completion, struct server_connection, read_done);
  bool sound = (!error || error == ERROR_MORE_DATA) && bytes;

  if (sound) {
    frame_reader_commit(&connection->reader, bytes);
    sound = server_connection_take_fragments(connection);
  }
  if (!sound || !server_connection_serve_in_place(connection)) {
    if (!sound || !server_connection_read_on(connection))
      server_connection_fail(connection);
    server_connection_dispatch(connection);
  }
  server_connection_release(connection);
}

static void start_reading(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_connection *connection =
      CONTAINING_RECORD(completion, struct server_connection, read_done);

  (void)bytes;
  (void)error;
  connection->read_done.routine = read_completed;
  if (!server_connection_read_on(connection))
    server_connection_fail(connection);
  server_connection_dispatch(connection);
  server_connection_release(connection);
}

void server_connection_read_by_worker(struct server_connection *connection)
{
  connection->read_done.routine = start_reading;
  server_connection_add_reference(connection);
  if (completion_port_post(&connection->read_done)) {
    server_connection_fail(connection);
    server_connection_release(connection);
  }
}

void server_connection_start(struct server_endpoint *endpoint, struct stream *stream)
{
  struct server_connection *connection = calloc(1, sizeof(*connection));

  if (!connection) {
    stream_close(stream);
    return;
  }
  connection->references = 1; /* the list's */
  connection->endpoint = endpoint;
  connection->stream = *stream;
  stream->operations->peer_name(stream, connection->peer_name,
                                ARRAYSIZE(connection->peer_name));
  InitializeSRWLock(&connection->lock);
  frame_reader_init(&connection->reader, PDU_MAX_FRAGMENT);
  call_table_init(&connection->calls);
  call_table_init(&connection->refused);
  sender_init(&connection->sender, &connection->stream, &sender_owner, connection);
  server_listening_remember(connection);
  /* Not here: the first request may be there already, and its manager must not hold up the
   * listener. */
  connection->pass.routine = pass_on;
  server_connection_read_by_worker(connection);
}

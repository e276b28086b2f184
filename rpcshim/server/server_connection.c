#include "server_connection.h"

#include <stdlib.h>

#include "../security/identity.h"
#include "../transport/peer_limits.h"
#include "reading.h"
#include "turns.h"

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

static void owner_drained(void *owner)
{
  server_connection_resume(owner);
}

static const struct sender_owner sender_owner = {owner_add_reference, owner_release,
                                                 owner_failed, owner_drained};

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
  if (connection->share)
    client_share_release(connection->share);
  free(connection);
}

void server_connection_fail(struct server_connection *connection)
{
  struct server_association *left = NULL;
  bool first;

  AcquireSRWLockExclusive(&connection->lock);
  first = !connection->dead;
  connection->dead = true;
  if (first)
    left = connection->association;
  ReleaseSRWLockExclusive(&connection->lock);
  if (first)
    connection_watch_leave(connection);
  if (left)
    server_association_leave(left);
  server_connection_drop_turns(connection);
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
  /* The client is to hear of it now, however long managers stay with its calls. */
  stream_end(&connection->stream);
  if (first)
    server_connection_release(connection);
}

ULONGLONG server_connection_unfinished_since(struct server_connection *connection)
{
  const struct server_call *call;
  ULONGLONG since;
  size_t place = 0;

  AcquireSRWLockShared(&connection->lock);
  since = connection->partial_since;
  while ((call = call_table_next(&connection->calls, &place)))
    if (call->unfinished_since && (!since || call->unfinished_since < since))
      since = call->unfinished_since;
  /* While it is not read, the client cannot help it. */
  if (connection->read_paused)
    since = 0;
  else if (since && since < connection->resumed_at)
    since = connection->resumed_at;
  ReleaseSRWLockShared(&connection->lock);
  return since;
}

void server_connection_joins(struct server_connection *connection,
                             struct server_association *association)
{
  bool too_late;

  AcquireSRWLockExclusive(&connection->lock);
  connection->association = association;
  too_late = connection->dead;
  ReleaseSRWLockExclusive(&connection->lock);
  if (too_late)
    server_association_leave(association);
}

void server_connection_forget(struct server_connection *connection, struct server_call *call)
{
  AcquireSRWLockExclusive(&connection->lock);
  if (call_table_find(&connection->calls, call->call_id) == call)
    call_table_remove(&connection->calls, call->call_id);
  ReleaseSRWLockExclusive(&connection->lock);
}

void server_connection_start(struct server_endpoint *endpoint, struct stream *stream)
{
  struct server_connection *connection = calloc(1, sizeof(*connection));

  if (!connection) {
    stream_close(stream);
    return;
  }
  connection->references = 1; /* until it fails */
  connection->endpoint = endpoint;
  connection->stream = *stream;
  stream->operations->peer_name(stream, connection->peer_name,
                                ARRAYSIZE(connection->peer_name));
  InitializeSRWLock(&connection->lock);
  frame_reader_init(&connection->reader, PDU_MAX_FRAGMENT);
  peer_memory_init(&connection->memory, &peer_limits()->memory);
  call_table_init(&connection->calls);
  call_table_init(&connection->refused);
  sender_init(&connection->sender, &connection->stream, &sender_owner, connection);
  connection->sender.memory = &connection->memory;
  connection_watch_enter(connection);
  /* Not here: the first request may be there already, and its manager must not hold up the
   * listener. */
  server_connection_read_by_worker(connection);
}

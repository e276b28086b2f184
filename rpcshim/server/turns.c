#include "turns.h"

#include "client_share.h"
#include "in_place.h"
#include "reading.h"
#include "server_connection.h"

/* Complete requests waiting for their turn; beyond it the connection is not read, or, where
 * they wait for a worker, requests are refused: the end of the connection has to be noticed. */
#define READY_LIMIT       4096
#define READY_BYTES_LIMIT (64u << 20)

/* ---- the queue ---- */

/* Lock held. */
static bool queue_is_short(const struct server_connection *connection)
{
  return connection->ready_count < READY_LIMIT && connection->ready_bytes < READY_BYTES_LIMIT;
}

void server_connection_queue_turn(struct server_connection *connection,
                                  struct server_call *call)
{
  bool refuse;

  server_call_ready(call);
  AcquireSRWLockExclusive(&connection->lock);
  call->unfinished_since = 0;
  refuse = connection->stalled && !queue_is_short(connection);
  if (!connection->dead && !refuse) {
    server_call_add_reference(call); /* the queue's */
    if (connection->ready_tail)
      connection->ready_tail->next_ready = call;
    else
      connection->ready_head = call;
    connection->ready_tail = call;
    connection->ready_count++;
    connection->ready_bytes += call->message.BufferLength;
  }
  ReleaseSRWLockExclusive(&connection->lock);
  if (refuse)
    server_call_fault(call, RPC_S_SERVER_TOO_BUSY, false);
}

/* Takes the requests that no manager has seen; lock held. */
static struct server_call *take_ready(struct server_connection *connection)
{
  struct server_call *ready = connection->ready_head;

  connection->ready_head = connection->ready_tail = NULL;
  connection->ready_count = 0;
  connection->ready_bytes = 0;
  return ready;
}

void server_connection_drop_turns(struct server_connection *connection)
{
  struct server_call *ready;

  AcquireSRWLockExclusive(&connection->lock);
  ready = take_ready(connection);
  ReleaseSRWLockExclusive(&connection->lock);
  if (client_share_withdraw(&connection->share_wait))
    server_connection_release(connection); /* not the last: the caller has one */
  while (ready) {
    struct server_call *next = ready->next_ready;
    server_call_cancel(ready, true);
    server_call_release(ready);
    ready = next;
  }
}

bool server_connection_turns_keep_up(const struct server_connection *connection)
{
  return queue_is_short(connection) || connection->stalled;
}

/* Nobody reads, and the queue is half empty, or waits for a worker: whoever gets true is the
 * reader. Lock held. */
static bool claim_paused_reading(struct server_connection *connection)
{
  bool claimed = connection->read_paused &&
                 (connection->stalled || (connection->ready_count <= READY_LIMIT / 2 &&
                                          connection->ready_bytes <= READY_BYTES_LIMIT / 2));

  if (claimed) {
    connection->read_paused = false;
    connection->resumed_at = GetTickCount64();
  }
  return claimed;
}

/* ---- running them ---- */

/* A worker of the client's share for the first of the queue. false: it waits for one, and the
 * turn is nobody's. Lock held. */
static bool take_share(struct server_connection *connection)
{
  struct server_call *call = connection->ready_head;
  bool urgent = client_share_is_used_up(connection->share) &&
                server_interface_is_of_objects(&call->interface_id);

  server_connection_add_reference(connection); /* where it waits */
  connection->stalled = true;
  if (!client_share_take(&connection->share_wait, urgent))
    return false;
  connection->stalled = false;
  server_connection_release(connection); /* not the last: the caller has one */
  return true;
}

/* The next call for whoever has that turn, and its own turn; NULL: the queue is empty or has to
 * wait (for the client to read its answers, too), or the turn is over. *has_share: a worker of
 * the client's share is there already, and is used for it. */
static struct server_call *next_ready(struct server_connection *connection, unsigned int *turn,
                                      bool *has_share, bool *resume)
{
  struct server_call *call = NULL;

  *resume = false;
  AcquireSRWLockExclusive(&connection->lock);
  if (connection->turn != *turn) {
    ReleaseSRWLockExclusive(&connection->lock);
    return NULL;
  }
  if (connection->ready_head && !sender_is_full(&connection->sender) &&
      (*has_share || take_share(connection))) {
    *has_share = false;
    call = connection->ready_head;
    call->turn = *turn = ++connection->turn;
    connection->ready_head = call->next_ready;
    if (!connection->ready_head)
      connection->ready_tail = NULL;
    connection->ready_count--;
    connection->ready_bytes -= call->message.BufferLength;
  } else {
    connection->turn_running = false;
  }
  *resume = claim_paused_reading(connection);
  ReleaseSRWLockExclusive(&connection->lock);
  return call;
}

static void run_call(struct server_connection *connection, struct server_call *call,
                     unsigned int place)
{
  call->place = place;
  call->has_share = true;
  server_call_dispatch(call);
  server_call_release(call);
  client_share_give(connection->share);
}

/* `has_share`: for its first call. */
static void run_turns(struct server_connection *connection, unsigned int place, bool has_share)
{
  struct server_call *call;
  unsigned int turn;
  bool resume;
  bool mine;

  AcquireSRWLockExclusive(&connection->lock);
  mine = connection->ready_head && !connection->turn_running && !connection->stalled;
  if (mine)
    connection->turn_running = true;
  turn = connection->turn;
  ReleaseSRWLockExclusive(&connection->lock);
  while (mine) {
    call = next_ready(connection, &turn, &has_share, &resume);
    if (resume && !server_connection_read_on(connection))
      server_connection_fail(connection);
    mine = call != NULL;
    if (call)
      run_call(connection, call, place);
  }
  if (has_share)
    client_share_give(connection->share);
}

void server_connection_run_turns(struct server_connection *connection, unsigned int place)
{
  run_turns(connection, place, false);
}

/* The client may have one more worker: this one. */
static void share_granted(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_connection *connection =
      CONTAINING_RECORD(completion, struct server_connection, share_wait.granted);

  (void)bytes;
  (void)error;
  if (!client_share_confirm(&connection->share_wait))
    return;
  AcquireSRWLockExclusive(&connection->lock);
  connection->stalled = false;
  ReleaseSRWLockExclusive(&connection->lock);
  server_connection_leave_place(connection);
  run_turns(connection, 0, true);
  server_connection_release(connection);
}

bool server_connection_begin_turns(struct server_connection *connection)
{
  connection->share = client_share_of(connection->client_process, connection->peer_name,
                                      connection->association);
  if (!connection->share)
    return false;
  share_wait_init(&connection->share_wait, connection->share, share_granted);
  return true;
}

static void pass_on(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_connection *connection =
      CONTAINING_RECORD(completion, struct server_connection, pass);

  bool resume;

  (void)bytes;
  (void)error;
  AcquireSRWLockExclusive(&connection->lock);
  connection->passing = false;
  resume = claim_paused_reading(connection);
  ReleaseSRWLockExclusive(&connection->lock);
  server_connection_leave_place(connection);
  if (resume && !server_connection_read_on(connection))
    server_connection_fail(connection);
  run_turns(connection, 0, false);
  server_connection_release(connection);
}

/* `passing` has just been set. */
static void post_pass(struct server_connection *connection)
{
  connection->pass.routine = pass_on;
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
  if (connection->turn == turn && connection->turn_running) {
    connection->turn++;
    connection->turn_running = false;
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

void server_connection_resume(struct server_connection *connection)
{
  bool post;

  AcquireSRWLockExclusive(&connection->lock);
  post = !connection->passing && !connection->dead;
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

void server_connection_watch_turn(struct server_call *call)
{
  watched_turn_begin(&call->watched, server_connection_turn_blocks, call->connection,
                     call->turn);
}

void server_connection_enter_synchronous(struct server_call *call)
{
  if (call->place)
    server_connection_watch_turn(call);
  else
    server_connection_pass_on(call->connection, call->turn);
}

void server_connection_turn_lost(struct server_connection *connection, unsigned int turn,
                                 unsigned int place, const struct worker *dead)
{
  if (place)
    server_connection_place_lost(connection, place);
  if (connection->read_done.started == dead)
    server_connection_fail(connection);
  end_turn(connection, turn, false);
  server_connection_release(connection);
}

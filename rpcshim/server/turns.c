#include "turns.h"

#include "../workers/worker_pool.h"

#include "in_place.h"
#include "reading.h"
#include "server_connection.h"

/* Complete requests waiting for their turn; beyond it the connection is not read. */
#define READY_LIMIT       4096
#define READY_BYTES_LIMIT (64u << 20)

/* ---- the queue ---- */

void server_connection_queue_turn(struct server_connection *connection,
                                  struct server_call *call)
{
  server_call_ready(call);
  AcquireSRWLockExclusive(&connection->lock);
  call->unfinished_since = 0;
  if (!connection->dead) {
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
  while (ready) {
    struct server_call *next = ready->next_ready;
    server_call_cancel(ready, true);
    server_call_release(ready);
    ready = next;
  }
}

bool server_connection_turns_keep_up(const struct server_connection *connection)
{
  return connection->ready_count < READY_LIMIT && connection->ready_bytes < READY_BYTES_LIMIT;
}

/* Nobody reads, and the queue is half empty: whoever gets true is the reader. Lock held. */
static bool claim_paused_reading(struct server_connection *connection)
{
  bool claimed = connection->read_paused && connection->ready_count <= READY_LIMIT / 2 &&
                 connection->ready_bytes <= READY_BYTES_LIMIT / 2;

  if (claimed) {
    connection->read_paused = false;
    connection->resumed_at = GetTickCount64();
  }
  return claimed;
}

/* ---- running them ---- */

/* The next call for whoever has that turn, and its own turn; NULL: the queue is empty, the
 * client has too many answers to read first, or the turn is over. */
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
  if (call && sender_is_full(&connection->sender))
    call = NULL;
  if (call) {
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

void server_connection_run_turns(struct server_connection *connection)
{
  struct server_call *call;
  unsigned int turn;
  bool resume;
  bool mine;

  AcquireSRWLockExclusive(&connection->lock);
  mine = connection->ready_head && !connection->turn_running;
  if (mine)
    connection->turn_running = true;
  turn = connection->turn;
  ReleaseSRWLockExclusive(&connection->lock);
  if (!mine)
    return;
  do {
    call = next_ready(connection, &turn, &resume);
    if (resume && !server_connection_read_on(connection))
      server_connection_fail(connection);
    if (call) {
      worker_expect_blocking();
      server_call_dispatch(call);
      server_call_release(call);
    }
  } while (call);
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
  server_connection_run_turns(connection);
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

/* The routine does block, though the client may have its answer already: the connection is read
 * elsewhere, too. */
static void turn_blocks(struct server_connection *connection, unsigned int turn)
{
  end_turn(connection, turn, true);
}

void server_connection_watch_turn(struct server_call *call)
{
  watched_turn_begin(&call->watched, turn_blocks, call->connection, call->turn);
}

#include "reading.h"

#include "in_place.h"
#include "intake.h"
#include "server_connection.h"
#include "turns.h"

#define READ_SIZE       8192u
#define READ_SIZE_LARGE 65536u
#define READS_AT_ONCE   8 /* then the worker goes to others, however much there is to read */

enum reading { READING, READING_PAUSED, READING_OVER };

/* May the next read be started? Not while the turns do not keep up, or the client does not read
 * what it is told at once (faults, answers to alter_context), and never on a connection that is
 * dead or to end (connection_watch.h). */
static enum reading reading_state(struct server_connection *connection)
{
  enum reading state = READING;

  AcquireSRWLockExclusive(&connection->lock);
  if (!server_connection_turns_keep_up(connection) || sender_has_many_pdus(&connection->sender))
    state = READING_PAUSED;
  connection->read_paused = state == READING_PAUSED;
  if (connection->dead || stream_is_cancelled(&connection->stream))
    state = READING_OVER;
  ReleaseSRWLockExclusive(&connection->lock);
  return state;
}

bool server_connection_read_on(struct server_connection *connection)
{
  enum reading state;

  for (int reads = 0; (state = reading_state(connection)) == READING; reads++) {
    size_t room;
    uint8_t *data;
    DWORD count;
    DWORD error;

    if (reads == READS_AT_ONCE) {
      server_connection_read_by_worker(connection);
      return true;
    }
    data = frame_reader_room(&connection->reader, READ_SIZE, &room);
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

static void read_completed(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_connection *connection =
      CONTAINING_RECORD(completion, struct server_connection, read_done);
  /* The thread has ended that had started it: it is started again, unless it is all over. */
  bool aborted = error == ERROR_OPERATION_ABORTED;
  bool sound = aborted || ((!error || error == ERROR_MORE_DATA) && bytes);

  stream_operation_ended(&connection->stream);
  if (sound && !aborted) {
    frame_reader_commit(&connection->reader, bytes);
    sound = server_connection_take_fragments(connection);
  }
  if (!sound || !server_connection_serve_in_place(connection)) {
    if (!sound || !server_connection_read_on(connection))
      server_connection_fail(connection);
    server_connection_run_turns(connection, 0);
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
  server_connection_run_turns(connection, 0);
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

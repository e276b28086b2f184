#include "in_place.h"

#include "intake.h"
#include "listening.h"
#include "reading.h"
#include "server_connection.h"
#include "turns.h"

#define IN_PLACE_LIMIT 16
#define IN_PLACE_MS    20
#define READ_SIZE      8192u

static volatile LONG workers_in_place;

/* One complete request is waiting, and the client waits for its reply. */
static bool is_one_synchronous_call(struct server_connection *connection)
{
  bool one;

  if (!connection->synchronous)
    return false;
  AcquireSRWLockShared(&connection->lock);
  one = !connection->dead && connection->ready_count == 1 && connection->calls.count == 1 &&
        !connection->turn_running;
  ReleaseSRWLockShared(&connection->lock);
  return one;
}

/* 0 with *count, ERROR_IO_PENDING (the read uses the stream until its result has been asked
 * for), or an error. */
static DWORD start_read(struct server_connection *connection, DWORD *count)
{
  struct in_place_read *in_place = &connection->in_place;
  size_t room;
  uint8_t *data = frame_reader_room(&connection->reader, READ_SIZE, &room);
  DWORD error;

  if (!data)
    return ERROR_OUTOFMEMORY;
  if (!stream_begin_use(&connection->stream))
    return ERROR_BROKEN_PIPE;
  error = stream_begin_read(&connection->stream, data, (DWORD)room, &in_place->overlapped,
                            in_place->event, count);
  if (error != ERROR_IO_PENDING)
    stream_end_use(&connection->stream);
  return error;
}

/* How the read that has ended ended: once. */
static DWORD read_result(struct server_connection *connection, DWORD *count)
{
  OVERLAPPED *overlapped = &connection->in_place.overlapped;
  DWORD error = 0;

  overlapped->hEvent = connection->in_place.event;
  if (!GetOverlappedResult(connection->stream.handle, overlapped, count, FALSE))
    error = GetLastError();
  stream_end_use(&connection->stream);
  if (!error || error == ERROR_MORE_DATA)
    return *count ? 0 : ERROR_BROKEN_PIPE;
  return error;
}

/* The number of the read that has just been started: not 0. */
static unsigned int set_reading(struct server_connection *connection)
{
  unsigned int number;

  AcquireSRWLockExclusive(&connection->lock);
  if (!++connection->in_place.reads)
    connection->in_place.reads = 1;
  number = connection->in_place.reads;
  connection->reading_in_place = number;
  ReleaseSRWLockExclusive(&connection->lock);
  return number;
}

/* Takes that read over, 0: whichever there is; false: somebody else has. */
static bool claim_read(struct server_connection *connection, unsigned int number)
{
  bool mine;

  AcquireSRWLockExclusive(&connection->lock);
  mine = connection->reading_in_place && (!number || connection->reading_in_place == number);
  if (mine)
    connection->reading_in_place = 0;
  ReleaseSRWLockExclusive(&connection->lock);
  return mine;
}

static void cancel_read(struct server_connection *connection)
{
  stream_end_operation(&connection->stream, &connection->in_place.overlapped,
                       connection->in_place.event);
}

/* Waits for that read. false: it has been taken over, or failed: nothing more to do here.
 * *data: something came. */
static bool await_read(struct server_connection *connection, unsigned int number, bool *data)
{
  DWORD count;
  DWORD error;

  *data = false;
  if (WaitForSingleObject(connection->in_place.event, IN_PLACE_MS) == WAIT_TIMEOUT) {
    if (!claim_read(connection, number))
      return false;
    cancel_read(connection);
  } else if (!claim_read(connection, number)) {
    return false;
  }
  error = read_result(connection, &count);
  if (error == ERROR_OPERATION_ABORTED)
    return true; /* idle: back to the port, which finds out where it was
                    server_connection_fail() */
  if (error) {
    server_connection_fail(connection);
    return false;
  }
  frame_reader_commit(&connection->reader, count);
  *data = true;
  return true;
}

static bool serve(struct server_connection *connection)
{
  bool waits = true; /* the client, for its reply, with no more to say */

  while (waits && is_one_synchronous_call(connection)) {
    DWORD count = 0;
    DWORD error = start_read(connection, &count);
    bool data;

    if (error == ERROR_IO_PENDING) {
      unsigned int number = set_reading(connection);

      server_connection_run_turns(connection, number);
      if (!await_read(connection, number, &data))
        return true;
      if (!data)
        return false;
    } else if (!error && count) {
      frame_reader_commit(&connection->reader, count);
      waits = false;
    } else {
      server_connection_fail(connection);
      server_connection_run_turns(connection, 0);
      return true;
    }
    if (!server_connection_take_fragments(connection)) {
      server_connection_fail(connection);
      server_connection_run_turns(connection, 0);
      return true;
    }
  }
  return false;
}

bool server_connection_serve_in_place(struct server_connection *connection)
{
  bool done = false;

  if (!connection->synchronous ||
      server_endpoint_protocol(connection->endpoint)->transport == TRANSPORT_TCP)
    return false;
  if (!connection->in_place.event)
    connection->in_place.event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (!connection->in_place.event)
    return false;
  if (InterlockedIncrement(&workers_in_place) <= IN_PLACE_LIMIT)
    done = serve(connection);
  InterlockedDecrement(&workers_in_place);
  return done;
}

/* The read has ended, and is the caller's: what came with it. false: close the connection. */
static bool take_over(struct server_connection *connection)
{
  DWORD count;
  DWORD error = read_result(connection, &count);

  if (error)
    return error == ERROR_OPERATION_ABORTED;
  frame_reader_commit(&connection->reader, count);
  return server_connection_take_fragments(connection);
}

void server_connection_leave_place(struct server_connection *connection)
{
  if (!claim_read(connection, 0))
    return;
  cancel_read(connection);
  if (!take_over(connection) || !server_connection_read_on(connection))
    server_connection_fail(connection);
}

void server_connection_poll(struct server_connection *connection)
{
  bool mine;

  AcquireSRWLockExclusive(&connection->lock);
  mine = connection->reading_in_place &&
         HasOverlappedIoCompleted(&connection->in_place.overlapped);
  if (mine)
    connection->reading_in_place = 0;
  ReleaseSRWLockExclusive(&connection->lock);
  if (!mine)
    return;
  /* Not on this thread, which may be the application's: Wine ends a read with its thread. */
  if (take_over(connection))
    server_connection_read_by_worker(connection);
  else
    server_connection_fail(connection);
}

/* What becomes of the read, nobody can say. */
void server_connection_place_lost(struct server_connection *connection, unsigned int place)
{
  InterlockedDecrement(&workers_in_place);
  if (!claim_read(connection, place))
    return;
  server_connection_fail(connection);
  stream_end_use(&connection->stream);
}

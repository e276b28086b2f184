#include "stream.h"

/* STATUS_BUFFER_OVERFLOW */
#define STATUS_MORE_OF_MESSAGE ((LONG)0x80000005)

/* In `uses`, besides how many there are: there will be no more. */
#define ENDED 0x40000000

void stream_init_closed(struct stream *stream)
{
  stream->operations = NULL;
  stream->handle = INVALID_HANDLE_VALUE;
  stream->cancelled = 0;
  stream->uses = 0;
}

bool stream_is_open(const struct stream *stream)
{
  return stream->handle != INVALID_HANDLE_VALUE;
}

DWORD stream_attach(struct stream *stream)
{
  return completion_port_attach(stream->handle);
}

/* ---- who uses the handle ---- */

bool stream_begin_use(struct stream *stream)
{
  LONG uses = InterlockedCompareExchange(&stream->uses, 0, 0);

  while (!(uses & ENDED)) {
    LONG met = InterlockedCompareExchange(&stream->uses, uses + 1, uses);

    if (met == uses)
      return true;
    uses = met;
  }
  return false;
}

void stream_end_use(struct stream *stream)
{
  if (InterlockedDecrement(&stream->uses) == ENDED)
    stream_close(stream);
}

void stream_end(struct stream *stream)
{
  stream_cancel(stream);
  if (!InterlockedOr(&stream->uses, ENDED))
    stream_close(stream);
}

void stream_close(struct stream *stream)
{
  if (!stream_is_open(stream))
    return;
  stream->operations->close(stream);
  stream->handle = INVALID_HANDLE_VALUE;
}

/* ---- by completion ---- */

/* Two uses: of who starts the operation, and of the operation, which may be over before that.
 */
static bool begin_operation(struct stream *stream)
{
  if (!stream_begin_use(stream))
    return false;
  if (stream_begin_use(stream))
    return true;
  stream_end_use(stream);
  return false;
}

void stream_operation_ended(struct stream *stream)
{
  stream_end_use(stream);
}

/* After the start of an operation. Of that and stream_cancel(), the later one sees the other.
 */
static DWORD started(struct stream *stream, DWORD error, struct completion *completion)
{
  if (error != ERROR_IO_PENDING) {
    completion_end(completion);
    stream_operation_ended(stream);
  } else if (stream_is_cancelled(stream)) {
    CancelIoEx(stream->handle, &completion->overlapped);
  }
  stream_end_use(stream);
  return error;
}

DWORD stream_read(struct stream *stream, void *data, DWORD size, struct completion *completion,
                  DWORD *count)
{
  DWORD error;

  if (!begin_operation(stream))
    return ERROR_BROKEN_PIPE;
  completion_begin(completion);
  error = stream->operations->read(stream, data, size, &completion->overlapped, count);
  return started(stream, error, completion);
}

DWORD stream_write(struct stream *stream, const void *data, DWORD size,
                   struct completion *completion, DWORD *count)
{
  DWORD error;

  if (!begin_operation(stream))
    return ERROR_BROKEN_PIPE;
  completion_begin(completion);
  error = stream->operations->write(stream, data, size, &completion->overlapped, count);
  return started(stream, error, completion);
}

/* ---- in place ---- */

/* The low bit of the event keeps the operation away from a completion port the handle is bound
 * to. */
void stream_use_event(OVERLAPPED *overlapped, HANDLE event)
{
  ZeroMemory(overlapped, sizeof(*overlapped));
  overlapped->hEvent = (HANDLE)((ULONG_PTR)event | 1);
}

bool stream_wait_is_interrupted(const struct stream_wait *wait)
{
  return wait->interrupted && wait->interrupted(wait->context);
}

DWORD stream_await(struct stream *stream, OVERLAPPED *overlapped,
                   const struct stream_wait *wait, DWORD *count)
{
  DWORD early = 0;

  while (!early && !HasOverlappedIoCompleted(overlapped)) {
    if (stream_wait_is_interrupted(wait))
      early = ERROR_CANCELLED;
    else if (WaitForSingleObject(wait->event, deadline_rest(wait->deadline)) == WAIT_TIMEOUT)
      early = WAIT_TIMEOUT;
    else if (!HasOverlappedIoCompleted(overlapped))
      ResetEvent(wait->event); /* woken by hand */
  }
  if (early)
    stream_end_operation(stream, overlapped, wait->event);
  overlapped->hEvent = wait->event;
  if (GetOverlappedResult(stream->handle, overlapped, count, FALSE))
    return 0;
  if (GetLastError() == ERROR_MORE_DATA)
    return 0;
  return early ? early : GetLastError();
}

DWORD stream_begin_read(struct stream *stream, void *data, DWORD size, OVERLAPPED *overlapped,
                        HANDLE event, DWORD *count)
{
  stream_use_event(overlapped, event);
  return stream->operations->read(stream, data, size, overlapped, count);
}

void stream_end_operation(struct stream *stream, OVERLAPPED *overlapped, HANDLE event)
{
  CancelIoEx(stream->handle, overlapped);
  while (!HasOverlappedIoCompleted(overlapped))
    WaitForSingleObject(event, 1);
}

bool stream_read_has_ended(const struct completion *completion)
{
  const volatile OVERLAPPED *overlapped = &completion->overlapped;
  LONG status = (LONG)overlapped->Internal;

  if (status == (LONG)STATUS_PENDING || status == STATUS_MORE_OF_MESSAGE)
    return false;
  return status < 0 || !overlapped->InternalHigh;
}

DWORD stream_read_in_place(struct stream *stream, void *data, DWORD size,
                           const struct stream_wait *wait, DWORD *count)
{
  OVERLAPPED overlapped;
  DWORD error;

  error = stream_begin_read(stream, data, size, &overlapped, wait->event, count);
  if (error == ERROR_IO_PENDING)
    error = stream_await(stream, &overlapped, wait, count);
  if (!error && !*count)
    error = ERROR_BROKEN_PIPE;
  return error;
}

DWORD stream_write_in_place(struct stream *stream, const void *data, DWORD size,
                            const struct stream_wait *wait)
{
  const char *rest = data;

  while (size) {
    OVERLAPPED overlapped;
    DWORD count = 0;
    DWORD error;

    stream_use_event(&overlapped, wait->event);
    error = stream->operations->write(stream, rest, size, &overlapped, &count);
    if (error == ERROR_IO_PENDING)
      error = stream_await(stream, &overlapped, wait, &count);
    if (error)
      return error;
    if (!count)
      return ERROR_BROKEN_PIPE;
    rest += count;
    size -= count;
  }
  return 0;
}

/* ---- questions and cancels ---- */

bool stream_is_quiet(struct stream *stream)
{
  return stream_is_open(stream) && stream->operations->is_quiet(stream);
}

bool stream_peer_process(struct stream *stream, DWORD *process_id)
{
  bool there;

  if (!stream->operations->peer_process || !stream_begin_use(stream))
    return false;
  there = stream->operations->peer_process(stream, process_id);
  stream_end_use(stream);
  return there;
}

size_t stream_local_address(struct stream *stream, BYTE address[STREAM_ADDRESS_MAX])
{
  size_t length;

  if (!stream->operations->local_address || !stream_begin_use(stream))
    return 0;
  length = stream->operations->local_address(stream, address);
  stream_end_use(stream);
  return length;
}

void stream_cancel(struct stream *stream)
{
  InterlockedExchange(&stream->cancelled, 1);
  if (!stream_begin_use(stream))
    return;
  if (stream_is_open(stream))
    CancelIoEx(stream->handle, NULL);
  stream_end_use(stream);
}

bool stream_is_cancelled(struct stream *stream)
{
  return InterlockedCompareExchange(&stream->cancelled, 0, 0) != 0;
}

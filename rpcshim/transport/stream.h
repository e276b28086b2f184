/*
 * Streams: a connected, bidirectional byte stream, over a named pipe or a TCP socket.
 *
 * A stream belongs to one connection (client or server). The operations may be called on any
 * thread, with at most one read and one write under way. Two ways of using them:
 *   - in place: stream_read_in_place() and stream_write_in_place() wait, with an event that the
 * caller owns;
 *   - by completion: after stream_attach(), stream_read() and stream_write() that do not end at
 * once call their completion's routine on a worker (completion_port.h). stream_cancel() ends
 * pending operations, and those started later that do not end at once, with
 * ERROR_OPERATION_ABORTED: it is for a connection that is given up, whose reader on another
 * thread may be about to start the next read.
 *
 * A connection that is given up closes its stream by stream_end(), whoever may be using it:
 * operations under way, questions and cancels are counted, and the last of them closes the
 * handle. So the peer hears of the end at once, though the connection lives on for its calls.
 *
 * All return Win32 codes; the end of the stream is ERROR_BROKEN_PIPE for both kinds.
 *
 * No wait here is alertable: an APC of the application may make a call, which would meet the
 * runtime halfway through opening a connection.
 */
#ifndef ASYNCSHIM_TRANSPORT_STREAM_H
#define ASYNCSHIM_TRANSPORT_STREAM_H

#include "../workers/completion_port.h"
#include "../workers/deadline.h"

#define STREAM_ADDRESS_MAX 16 /* bytes of an IPv6 address */

struct stream;

struct stream_operations {
  /* Start an operation. 0: done, *count says how much; ERROR_IO_PENDING; or an error. */
  DWORD(*read)
  (struct stream *stream, void *data, DWORD size, OVERLAPPED *overlapped, DWORD *count);
  DWORD(*write)
  (struct stream *stream, const void *data, DWORD size, OVERLAPPED *overlapped, DWORD *count);
  void (*close)(struct stream *stream);
  bool (*is_quiet)(struct stream *stream);
  /* Name of the client at the other end of a server's stream, "" where unknown. */
  void (*peer_name)(struct stream *stream, WCHAR *name, size_t capacity);
  /* The process at the client's end of a server's stream. false: it is gone. NULL: the
   * transport does not say. */
  bool (*peer_process)(struct stream *stream, DWORD *process_id);
  /* The address of this end, in network byte order: 4 or 16 bytes, how many; 0: it is gone.
   * NULL: there are no addresses. */
  size_t (*local_address)(struct stream *stream, BYTE address[STREAM_ADDRESS_MAX]);
};

struct stream {
  const struct stream_operations *operations;
  HANDLE handle;  /* pipe, or socket cast to HANDLE; INVALID_HANDLE_VALUE: none */
  LONG cancelled; /* interlocked: by stream_cancel(), for good */
  LONG uses;      /* interlocked: how many are under way, and whether more may come */
};

void stream_init_closed(struct stream *stream);
bool stream_is_open(const struct stream *stream);
DWORD stream_attach(struct stream *stream);

/* 0 with *count, ERROR_IO_PENDING (the routine will be called, and calls
 * stream_operation_ended()), or an error (it will not): ERROR_BROKEN_PIPE after stream_end().
 */
DWORD stream_read(struct stream *stream, void *data, DWORD size, struct completion *completion,
                  DWORD *count);
DWORD stream_write(struct stream *stream, const void *data, DWORD size,
                   struct completion *completion, DWORD *count);
void stream_operation_ended(struct stream *stream);

/* The handle stays until stream_end_use(). false: it is closed, or about to be. */
bool stream_begin_use(struct stream *stream);
void stream_end_use(struct stream *stream);

/* How to wait in place. */
struct stream_wait {
  HANDLE event; /* manual reset, used by one operation at a time; setting it makes the wait look
                   again */
  ULONGLONG deadline;
  bool (*interrupted)(void *context); /* may be NULL; asked before each wait and when woken; may
                                         bring the deadline forward */
  void *context;
};

/* Asks `interrupted`: for waits of another kind, which have to look from time to time. */
bool stream_wait_is_interrupted(const struct stream_wait *wait);

/*
 * Wait for the operation. Also WAIT_TIMEOUT and ERROR_CANCELLED (`interrupted` said yes): the
 * operation has then been cancelled and has ended without result.
 */
DWORD stream_read_in_place(struct stream *stream, void *data, DWORD size,
                           const struct stream_wait *wait, DWORD *count);
DWORD stream_write_in_place(struct stream *stream, const void *data, DWORD size,
                            const struct stream_wait *wait);

/*
 * Starts a read that signals `event` and is waited for later, by stream_await(), or ended by
 * stream_end_operation(); `overlapped` and `data` have to stay until then. 0 with *count,
 * ERROR_IO_PENDING, or an error.
 */
DWORD stream_begin_read(struct stream *stream, void *data, DWORD size, OVERLAPPED *overlapped,
                        HANDLE event, DWORD *count);
/* Cancels an operation, and waits until it has ended. */
void stream_end_operation(struct stream *stream, OVERLAPPED *overlapped, HANDLE event);

/* Waits in the same way for an operation of any kind, pending with `overlapped`. */
DWORD stream_await(struct stream *stream, OVERLAPPED *overlapped,
                   const struct stream_wait *wait, DWORD *count);

/*
 * The read under way by completion has met the end of the stream, or an error, though its
 * routine may still have to run: costs nothing. Any thread that keeps the completion alive;
 * what it says is true only where it says true.
 */
bool stream_read_has_ended(const struct completion *completion);

/* false: the peer has closed it, or sent something nobody asked for. Costs a system call. */
bool stream_is_quiet(struct stream *stream);

/* The process at the client's end of a server's stream; as long as that is there, the id is its
 * own. false: it is gone, or the transport does not say. */
bool stream_peer_process(struct stream *stream, DWORD *process_id);
/* The address of this end, as the operation has it; 0 also after stream_end(). */
size_t stream_local_address(struct stream *stream, BYTE address[STREAM_ADDRESS_MAX]);

/*
 * Prepares `overlapped` for an operation that signals `event` and does not come to the
 * completion port, also on an attached stream.
 */
void stream_use_event(OVERLAPPED *overlapped, HANDLE event);

void stream_cancel(struct stream *stream);
bool stream_is_cancelled(struct stream *stream);
/* stream_cancel(), and closes the handle as soon as nobody uses it. Any thread, more than once.
 */
void stream_end(struct stream *stream);
/* Nobody uses it, nor will. */
void stream_close(struct stream *stream);

#endif

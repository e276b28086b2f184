/*
 * Client connections: one stream to a server, bound to one or more interfaces.
 *
 * Two ways of life, fixed when it is opened:
 *   - synchronous: one call at a time has it to itself; the calling thread writes the request
 * and reads the reply in place. No other thread touches it meanwhile (but
 * client_connection_interrupt()).
 *   - asynchronous: bound to the completion port. With a peer that multiplexes (PFC_CONC_MPX)
 * any number of calls share it; without (Wine's own server, which does not echo call ids
 * either) one at a time. A worker reads and completes calls; requests leave by the sender.
 *
 * What has surely not been executed is sent again, on another connection, and nothing else: a
 * request of which the last fragment has not been handed to the transport as a whole, or that
 * would have followed the end of the stream. Once all of it has been handed over, the server
 * may have got it, whatever the transport says afterwards: a reset of TCP comes for requests
 * that nobody has read, but also from a server that dies while it executes one.
 *   - Pipes: a write behind the end of the other side fails.
 *   - TCP: such a write succeeds. So a synchronous connection starts to read before it writes:
 *     the end of the stream that has come by then shows there, at no cost (the reply has to be
 *     read anyway). An asynchronous one always has a read under way, and looks how it stands.
 *
 * `lock` guards what is marked with it. Reference counted: one for the association's list, one
 * per call that has it as its route, one per operation under way. Ends by
 * client_connection_fail() (peer gone, protocol error, association gone): every call in its
 * table is then completed, and the stream is closed, whether the application has taken their
 * outcomes or not.
 */
#ifndef ASYNCSHIM_CLIENT_CLIENT_CONNECTION_H
#define ASYNCSHIM_CLIENT_CLIENT_CONNECTION_H

#include "../call/client_call.h"
#include "../transport/endpoint.h"
#include "../transport/sender.h"
#include "../wire/call_table.h"
#include "../wire/framing.h"
#include "call_wait.h"

#define LANE_NONE           (~0u) /* not (yet) shared by asynchronous calls */
#define CLIENT_CONTEXTS_MAX 64    /* interfaces on one connection; more take another one */

enum context_state { CONTEXT_STATE_PROPOSED, CONTEXT_STATE_ACCEPTED, CONTEXT_STATE_REJECTED };

struct client_context {
  struct syntax_id interface_id;
  struct syntax_id transfer;
  uint32_t call_id; /* of the bind or alter_context that proposed it */
  enum context_state state;
};

struct client_connection {
  LONG references;
  struct client_connection *next; /* association's lists, its lock */
  struct stream stream;
  struct frame_reader reader;
  HANDLE event; /* for operations in place */
  struct {
    HANDLE write_event; /* NULL: does not read ahead */
    bool pending;
    OVERLAPPED overlapped; /* with `event` */
  } ahead;          /* synchronous over TCP: the read that has begun before the request left */
  bool multiplexed; /* the peer said so */
  uint16_t max_fragment;
  uint32_t group_id;
  unsigned int lane; /* multiplexed asynchronous: see association.c */
  volatile LONG
      expected;         /* asynchronous: calls that have chosen it and are not in `calls` yet */
  ULONGLONG idle_since; /* synchronous: GetTickCount64() of the last return */

  SRWLOCK lock;
  bool dead;                  /* lock: no new calls */
  bool busy;                  /* lock; not multiplexed: has a call, or a late reply to come */
  uint32_t next_call_id;      /* lock */
  struct call_table calls;    /* lock */
  unsigned int context_count; /* lock */
  struct client_context contexts[CLIENT_CONTEXTS_MAX]; /* lock */

  struct sender sender;
  struct completion read_done;
};

struct connection_target {
  const struct protocol_sequence *protocol;
  const WCHAR *network_address;
  const WCHAR *endpoint;
  uint32_t group_id;           /* 0: a new association group */
  bool group_refused;          /* set where the server did not take `group_id` … */
  size_t local_address_length; /* … from that address; 0: none, a pipe */
  BYTE local_address[STREAM_ADDRESS_MAX];
};

/*
 * Connects and binds to the call's interface, waiting in place. RPC_S_OK, endpoint_connect()'s
 * statuses, RPC_S_UNKNOWN_IF, RPC_S_UNSUPPORTED_TRANS_SYN, RPC_S_SERVER_TOO_BUSY,
 * RPC_S_CALL_FAILED_DNE, RPC_S_CALL_CANCELLED (see call_wait.h), RPC_S_PROTOCOL_ERROR,
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS client_connection_open(struct connection_target *target, struct client_call *call,
                                  struct client_connection **connection);
void client_connection_add_reference(struct client_connection *connection);
void client_connection_release(struct client_connection *connection);
/* Closes the stream; calls in the table fail with `status`. May be called more than once. */
void client_connection_fail(struct client_connection *connection, RPC_STATUS status);

/* ---- synchronous (synchronous_call.c) ---- */

/* Sends the request of `call`, and with it, or between its fragments, a cancel of the thread.
 * RPC_S_OK; RPC_S_CALL_FAILED_DNE: the peer had gone before it had all of it;
 * RPC_S_CALL_CANCELLED, see call_wait.h; RPC_S_OUT_OF_MEMORY. */
RPC_STATUS client_connection_send(struct client_connection *connection,
                                  struct client_call *call, const void *body, size_t length);
/* Waits for the reply and completes `call` with it (always, also with a failure, which it
 * returns). */
RPC_STATUS client_connection_receive(struct client_connection *connection,
                                     struct client_call *call);

/* Ends what has begun with a request whose reply nobody will read. */
void client_connection_end_reading_ahead(struct client_connection *connection);

/* ---- asynchronous (asynchronous_call.c) ---- */

/* After opening: from now on workers read it. Win32 code. */
DWORD client_connection_go_asynchronous(struct client_connection *connection);
/*
 * Sends the request; those of the same `order` (0: none) reach the server complete in the order
 * submitted. RPC_S_OK: `call` is PENDING and will be completed, `body` is the connection's;
 * else nothing has been sent and `body` is the caller's still: RPC_S_CALL_FAILED_DNE (the
 * connection was dead, take another), RPC_S_OUT_OF_MEMORY. Where the connection is lost before
 * all of the request has left, the call ends with RPC_S_CALL_FAILED_DNE, else with
 * RPC_S_CALL_FAILED.
 */
RPC_STATUS client_connection_submit(struct client_connection *connection,
                                    struct client_call *call, uint8_t *body, size_t length,
                                    uintptr_t order);
/*
 * Tells the server of a cancel. `abandon`: the call is over for the client; it leaves the
 * table, what has not been sent of its request is not sent any more, and a late reply is
 * dropped. A request of which nothing has left takes the cancel along (PFC_PENDING_CANCEL), or
 * never leaves. Without effect where the call is not in flight any more.
 */
void client_connection_cancel(struct client_connection *connection, struct client_call *call,
                              bool abandon);

#endif

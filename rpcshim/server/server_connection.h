/*
 * Server connections: a stream from one client.
 *
 * A worker reads it: takes fragments apart, answers binds, puts requests together, passes
 * cancels on. A request that is complete is queued, the next read is started, and then the same
 * worker dispatches the queue: so that cancels and other requests get in while a manager
 * routine runs. One worker at a time dispatches a connection, and so requests enter their
 * manager routines in the order of arrival. A synchronous routine may take its time: when it is
 * entered, dispatching passes to another worker (server_connection_pass_on). An asynchronous
 * routine is expected to return early, and the next request waits for that; where it blocks,
 * dispatching passes on after a while (turn_watch.h). A turn is one call's: what has been
 * passed on once cannot be passed on again by a call that has lost it.
 *
 * Fragments of different calls may come mixed, in both directions. A request has arrived when
 * its last fragment has: small ones pass by a large one, and a client that wants two in order
 * sends the second after the first (transport/sender.h).
 *
 * Cancels: the flag PFC_PENDING_CANCEL in any fragment of a request, or co_cancel, marks the
 * call, also before its manager routine is entered. orphaned also ends a call whose manager
 * routine has not been entered, and stops a response under way. Either is nothing for a call
 * that has been answered. In bind and alter_context the flag means something else.
 *
 * `lock` guards what is marked; `reader` belongs to whoever handles the one read under way.
 * Reference counted: one for the listening state's list until it is closed, one per operation
 * under way, one per call. Ends by server_connection_fail(): its calls are marked cancelled and
 * orphaned, and go on until their managers are done.
 */
#ifndef ASYNCSHIM_SERVER_SERVER_CONNECTION_H
#define ASYNCSHIM_SERVER_SERVER_CONNECTION_H

#include "../transport/sender.h"
#include "../wire/call_table.h"
#include "../wire/framing.h"
#include "admissions.h"
#include "server_call.h"

#define SERVER_CONTEXTS_MAX 64 /* presentation contexts of one connection */
/* Complete requests waiting for dispatch; beyond it the connection is not read. */
#define READY_LIMIT 4096
#define CALLS_LIMIT 262144 /* calls in progress on one connection */

struct identity;        /* security/identity.h */
struct server_endpoint; /* listening.h */

struct server_context {
  uint16_t id;
  struct syntax_id interface_id;
};

struct server_connection {
  LONG references;
  struct server_connection *next;   /* listening.c's list */
  struct server_endpoint *endpoint; /* never freed, and so outlives all its connections */
  struct stream stream;
  WCHAR peer_name[64]; /* asked for once: on TCP that takes trips to the Wine server */
  struct identity
      *volatile identity; /* interlocked, counted: client_identity.h; NULL: not yet */
  struct frame_reader reader;
  struct completion read_done;
  struct in_place_read {
    HANDLE event; /* made when first needed */
    OVERLAPPED overlapped;
    unsigned int reads; /* lock: how many there were */
  } in_place;
  struct sender sender;
  bool multiplexed;                       /* the client said so; set by bind */
  struct server_association *association; /* counted; NULL until bound; set by bind */
  bool synchronous; /* the reader's: the client said with its last request that it waits for the
                       reply */
  struct call_table refused; /* the reader's: ids of requests refused before they were complete;
                                the rest of each is dropped */

  SRWLOCK lock;
  bool dead;         /* lock */
  bool dispatching;  /* lock: some worker does */
  unsigned int turn; /* lock: of the call last dispatched; passing on ends it, too */
  unsigned int reading_in_place; /* lock: which read in_place.c has under way; 0: none */
  bool passing;                  /* lock: `pass` has been posted */
  struct completion pass;
  bool read_paused;                                    /* lock */
  unsigned int context_count;                          /* lock */
  struct server_context contexts[SERVER_CONTEXTS_MAX]; /* lock */
  struct admissions admissions;                        /* lock */
  struct call_table calls;                             /* lock: RECEIVING to ENDED */
  struct server_call *ready_head;                      /* lock */
  struct server_call *ready_tail;                      /* lock */
  unsigned int ready_count;                            /* lock */
};

/* Takes over an accepted stream and starts reading. Nothing comes of it where that fails: the
 * stream is closed. */
void server_connection_start(struct server_endpoint *endpoint, struct stream *stream);
void server_connection_add_reference(struct server_connection *connection);
void server_connection_release(struct server_connection *connection);
void server_connection_fail(struct server_connection *connection);
/* The routine of the call dispatched in that turn may block: another worker dispatches what
 * comes next. Nothing to do where that turn is over. Any thread. */
void server_connection_pass_on(struct server_connection *connection, unsigned int turn);
/* The same for a routine that does block, though the client may have its answer already: the
 * connection is read elsewhere, too. */
void server_connection_turn_blocks(struct server_connection *connection, unsigned int turn);
/* The call has ended: out of the table. */
void server_connection_forget(struct server_connection *connection, struct server_call *call);

/*
 * The steps of reading, for in_place.c and server_connection.c. The caller is the reader.
 * false: close the connection.
 */
bool server_connection_take_fragments(struct server_connection *connection);
/* Reads by the completion port until a read is pending; from then on the caller is the reader
 * no more. */
bool server_connection_read_on(struct server_connection *connection);
/* The same by a worker, which dispatches, too: for the reader on any other thread. */
void server_connection_read_by_worker(struct server_connection *connection);
void server_connection_dispatch(struct server_connection *connection);

/*
 * in_place.c: dispatches the queue and goes on reading on this worker, while the client makes
 * one synchronous call after the other. false: that is not so (any more), the caller is the
 * reader. true: the connection is being read by somebody else, or is dead.
 */
bool server_connection_serve_in_place(struct server_connection *connection);
/* Where a read is under way in place, by whatever worker: ends that, the port reads from now
 * on.
 */
void server_connection_leave_place(struct server_connection *connection);
/* Looks whether something has come meanwhile (a cancel): for a manager routine that asks. Any
 * thread. A request that comes with it is dispatched on another one. */
void server_connection_poll(struct server_connection *connection);

/* bind.c: answers bind and alter_context. false: the connection is to be closed. */
bool server_connection_bind(struct server_connection *connection, const struct pdu *pdu);

#endif

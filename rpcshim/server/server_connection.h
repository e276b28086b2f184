/*
 * Server connections: a stream from one client, and what it has brought.
 *
 *   reading.h   who reads it, by the completion port ...
 *   in_place.h  ... or past it
 *   intake.h    what has been read: requests, cancels, and binds (bind.h)
 *   turns.h     which request enters its manager routine next
 *
 * `lock` guards what is marked; `reader` belongs to whoever handles the one read under way.
 * Reference counted: one of its own until it fails, one per operation under way, one per call.
 * Ends by server_connection_fail(): the stream is closed, and its calls are marked cancelled
 * and orphaned, and go on until their managers are done.
 */
#ifndef ASYNCSHIM_SERVER_SERVER_CONNECTION_H
#define ASYNCSHIM_SERVER_SERVER_CONNECTION_H

#include "../transport/sender.h"
#include "../wire/call_table.h"
#include "../wire/framing.h"
#include "admissions.h"
#include "connection_watch.h"
#include "server_call.h"

#define SERVER_CONTEXTS_MAX 64 /* presentation contexts of one connection */

struct identity;        /* security/identity.h */
struct server_endpoint; /* listening.h */

struct server_context {
  uint16_t id;
  struct syntax_id interface_id;
};

struct server_connection {
  LONG references;
  struct server_endpoint *endpoint; /* never freed, and so outlives all its connections */
  struct stream stream;
  WCHAR peer_name[64]; /* asked for once: on TCP that takes trips to the Wine server */
  struct identity
      *volatile identity; /* interlocked, counted: client_identity.h; NULL: not yet */
  DWORD client_process;   /* on pipes, from the bind on; 0: not known */
  struct watched_connection watched;
  struct frame_reader reader;
  struct completion read_done;
  struct in_place_read {
    HANDLE event; /* made when first needed */
    OVERLAPPED overlapped;
    unsigned int reads; /* lock: how many there were */
  } in_place;
  struct sender sender;
  bool multiplexed;                       /* the client said so; set by bind */
  struct server_association *association; /* counted; NULL until bound; set once, by the reader,
                                             under the lock */
  bool synchronous; /* the reader's: the client said with its last request that it waits for the
                       reply */
  struct call_table refused; /* the reader's: ids of requests refused before they were complete;
                                the rest of each is dropped */

  struct peer_memory memory;  /* what the client has this process hold */
  struct client_share *share; /* counted; NULL until bound; set by turns.c */

  SRWLOCK lock;
  bool dead;                     /* lock */
  bool turn_running;             /* lock: some worker runs the queue */
  unsigned int turn;             /* lock: of the call last taken; passing on ends it, too */
  unsigned int reading_in_place; /* lock: which read in_place.c has under way; 0: none */
  bool passing;                  /* lock: `pass` has been posted */
  struct completion pass;
  struct share_wait share_wait; /* a reference while it waits */
  bool stalled;                 /* lock: it waits, and nobody runs the queue */
  ULONGLONG resumed_at;         /* lock: when reading went on after a pause of ours */
  ULONGLONG partial_since; /* lock, but for the reader: GetTickCount64() when the fragment began
                              that has not come as a whole; 0: none */
  bool read_paused;        /* lock */
  unsigned int context_count;                          /* lock */
  struct server_context contexts[SERVER_CONTEXTS_MAX]; /* lock */
  struct admissions admissions;                        /* lock */
  struct call_table calls;                             /* lock: RECEIVING to ENDED */
  struct server_call *ready_head;                      /* lock */
  struct server_call *ready_tail;                      /* lock */
  unsigned int ready_count;                            /* lock */
  size_t ready_bytes;                                  /* lock */
};

/* Takes over an accepted stream and starts reading. Nothing comes of it where that fails: the
 * stream is closed. */
void server_connection_start(struct server_endpoint *endpoint, struct stream *stream);
void server_connection_add_reference(struct server_connection *connection);
void server_connection_release(struct server_connection *connection);
void server_connection_fail(struct server_connection *connection);
/* Since when it waits for the rest of a fragment or request, GetTickCount64(); 0: it does not.
 */
ULONGLONG server_connection_unfinished_since(struct server_connection *connection);
/* The first bind: takes over a place in the group. The caller is the reader. */
void server_connection_joins(struct server_connection *connection,
                             struct server_association *association);
/* The call has ended: out of the table. */
void server_connection_forget(struct server_connection *connection, struct server_call *call);

#endif

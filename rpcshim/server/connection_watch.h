/*
 * All connections of the process: how many there may be, and which ones have been silent for
 * too long (limits: transport/peer_limits.h).
 *
 * A connection has a tenth of the time-out to bind, and the whole of it for the rest of a
 * fragment of which a part has come, and for the next fragment of a request. Between requests
 * it may be silent for ever. One timer sweeps them all; it is armed while there is something to
 * wait for. Nothing is armed for a call.
 *
 * A sixteenth of the connections there may be can be unbound: the one that has been for the
 * longest goes for a new one. Of those that are bound one client may have as many as are left:
 * half of them at the most, and there is one for the next client in any case.
 *
 * A connection goes by stream_cancel(): its reader finds out and fails it. It is listed from
 * server_connection_start() until it fails, which keeps it alive. One lock; under it come those
 * of connections, for a look, of timers and of streams.
 */
#ifndef ASYNCSHIM_SERVER_CONNECTION_WATCH_H
#define ASYNCSHIM_SERVER_CONNECTION_WATCH_H

#include <stdbool.h>
#include <windows.h>

struct server_connection;

/* Part of a connection. */
struct watched_connection {
  struct watched_connection *next; /* the watch's lock, like all below */
  struct watched_connection *previous;
  bool listed;
  bool bound;
  ULONGLONG since; /* GetTickCount64() when it came */
};

/* It has come, unbound. */
void connection_watch_enter(struct server_connection *connection);
/* Its client is known, and about to bind. false: that client has too many. */
bool connection_watch_bind(struct server_connection *connection);
/* It has failed. */
void connection_watch_leave(struct server_connection *connection);
/* Some connection has something unfinished: a part of a fragment, or of a request. */
void connection_watch_unfinished(void);

#endif

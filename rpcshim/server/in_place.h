/*
 * Serving a client that makes one synchronous call after the other.
 *
 * Such a client sends nothing between a request and its reply, but for a rare cancel. So the
 * worker that has its request keeps the connection for a while: it starts the next read in
 * place (with an event, past the completion port), runs the call, and waits for that read
 * itself. That spares the trips to the completion port, which under Wine are most of what a
 * call costs the server.
 *
 * The read is started before the manager routine, so that a cancel gets in:
 * server_connection_poll(), called by RpcServerTestCancel, takes what has come and makes the
 * connection an ordinary one; so does server_connection_leave_place() where the routine does
 * not return (turn_watch.h): its client may have its reply and go on, or has broken the
 * protocol, or gone. `reading_in_place` (connection's lock) says which read is under way;
 * whoever clears it is the reader. A worker clears it only of its own read: when it comes back
 * from its routine another may be reading in place. At most IN_PLACE_LIMIT workers do this at a
 * time, each for at most IN_PLACE_MS without a request: all other connections live on the
 * completion port.
 *
 * Only for pipes: sockets are as fast by the port, where measured.
 */
#ifndef ASYNCSHIM_SERVER_IN_PLACE_H
#define ASYNCSHIM_SERVER_IN_PLACE_H

#include <stdbool.h>

struct server_connection;

/*
 * Runs the turns and goes on reading on this worker, while the client makes one synchronous
 * call after the other. false: that is not so (any more), the caller is the reader. true: the
 * connection is being read by somebody else, or is dead.
 */
bool server_connection_serve_in_place(struct server_connection *connection);
/* Where a read is under way in place, by whatever worker: ends that, the port reads from now
 * on. */
void server_connection_leave_place(struct server_connection *connection);
/* Looks whether something has come meanwhile (a cancel): for a manager routine that asks. Any
 * thread. A request that comes with it has its turn on another one. */
void server_connection_poll(struct server_connection *connection);
/* The worker is dead that had that read under way, `place`, and ran turns meanwhile. */
void server_connection_place_lost(struct server_connection *connection, unsigned int place);

#endif

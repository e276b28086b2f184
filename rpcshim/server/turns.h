/*
 * Whose turn it is: requests enter their manager routines in the order of arrival.
 *
 * Requests that are complete wait in the connection's queue, and one worker at a time runs it,
 * call after call. A synchronous routine may take its time: when it is entered, the turn passes
 * to another worker (server_connection_enter_synchronous). An asynchronous routine is expected
 * to return early, and the next request waits for that; where it blocks, the turn passes on
 * after a while (turn_watch.h). A turn is one call's: what has been passed on once cannot be
 * passed on again by a call that has lost it.
 *
 * Who calls and calls and does not read the answers gets no more turns while SENDER_FULL bytes
 * of them wait (transport/sender.h): the queue fills, and then the connection is not read
 * either.
 *
 * The queue and the turns are guarded by the connection's lock.
 */
#ifndef ASYNCSHIM_SERVER_TURNS_H
#define ASYNCSHIM_SERVER_TURNS_H

#include <stdbool.h>

struct server_call;
struct server_connection;

/* Before the first request, once there is an association. false: out of memory. */
bool server_connection_begin_turns(struct server_connection *connection);
/* Queues a complete request, or refuses it: RPC_S_SERVER_TOO_BUSY. The caller is the reader. */
void server_connection_queue_turn(struct server_connection *connection,
                                  struct server_call *call);
/* The connection is dead: ends the calls that no manager has seen. */
void server_connection_drop_turns(struct server_connection *connection);
/* false: so many wait that no more should be read. Lock held. */
bool server_connection_turns_keep_up(const struct server_connection *connection);

/* Runs the queue, unless another worker does, or the client has its share of workers
 * (client_share.h). `place`: of the read that the caller has under way in place, else 0. The
 * caller has a reference. */
void server_connection_run_turns(struct server_connection *connection, unsigned int place);
/* The client has read its answers: goes on with what has been held up, on a worker. */
void server_connection_resume(struct server_connection *connection);
/* The worker is dead that had that turn, and `place`, and the reference of who runs turns.
 * Where it has also started the read that is under way, the connection ends: Wine may lose it.
 */
struct worker;
void server_connection_turn_lost(struct server_connection *connection, unsigned int turn,
                                 unsigned int place, const struct worker *dead);
/* The routine of the call that has that turn may block: another worker runs what comes next.
 * Nothing to do where that turn is over. Any thread. */
void server_connection_pass_on(struct server_connection *connection, unsigned int turn);
/* The same where the routine does block, though the client may have its answer already: the
 * connection is read elsewhere, too. */
void server_connection_turn_blocks(struct server_connection *connection, unsigned int turn);
/* The call's thread is about to enter its routine, or to wait before that: where that takes its
 * time, the turn passes on. Only on the thread that dispatches the call. */
void server_connection_watch_turn(struct server_call *call);
/* It is about to enter a synchronous routine: the turn passes on, or, where the thread itself
 * has the next read in place and so nothing can come, is watched. */
void server_connection_enter_synchronous(struct server_call *call);

#endif

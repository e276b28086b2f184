/*
 * Manager routines that block instead of returning: asynchronous ones, and those that are
 * entered by the worker that would read the connection.
 *
 * The next request of a connection is dispatched when the asynchronous routine before it has
 * returned: that makes the order of entry, and costs nothing. A routine that takes its time
 * would hold up all that follows. So routines are watched from just before they are entered
 * until they have returned, and calls that wait for context handles from then on: where one is
 * still inside after WATCH_SWEEPS sweeps, its connection is told, and has another worker enter
 * the next one.
 *
 * One timer sweeps all that is watched. It is armed with the first routine and then runs for as
 * long as there are routines to watch, and a little longer: no timer is armed for a call.
 *
 * A watched turn is embedded into its call, which is kept alive while it is in the list. The
 * list has its own lock; under it come those of timers and of connections.
 */
#ifndef ASYNCSHIM_SERVER_TURN_WATCH_H
#define ASYNCSHIM_SERVER_TURN_WATCH_H

#include <stdbool.h>

struct server_connection;

/* The routine of that turn blocks. Called once, under the watch's lock: must not wait. */
typedef void (*turn_blocks_routine)(struct server_connection *connection, unsigned int turn);

struct watched_turn {
  struct watched_turn *next;  /* the watch's lock, like the next two */
  struct watched_turn **link; /* what points to it; NULL: not in the list (any more) */
  unsigned int sweeps;
  bool watched; /* the dispatching thread's */
  turn_blocks_routine blocks;
  struct server_connection *connection;
  unsigned int turn;
};

/* The next thing that this thread does is to enter the routine that it dispatches in that turn
 * of the connection, or to wait before that. The connection is kept alive until
 * watched_turn_end(). Nothing to do where it is watched already. */
void watched_turn_begin(struct watched_turn *watched, turn_blocks_routine blocks,
                        struct server_connection *connection, unsigned int turn);
/* The routine has returned. Nothing to do where it was not watched. */
void watched_turn_end(struct watched_turn *watched);

#endif

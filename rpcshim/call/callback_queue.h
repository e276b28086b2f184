/*
 * Callback routines of the application that are due, in the order in which their calls ended.
 *
 * A routine may block, and then the next one must not wait for it; but a trip to the completion
 * port for each costs more than most routines do. So whoever takes a routine from the queue
 * sends for another worker, once, as long as there are more: quick routines are run by one
 * worker, one after the other, and behind one that blocks the next worker is on its way.
 *
 * One queue per process, with a lock of its own, under which nothing is called. A callback
 * belongs to the queue from callback_queue_add() until `run` is called, once.
 */
#ifndef ASYNCSHIM_CALL_CALLBACK_QUEUE_H
#define ASYNCSHIM_CALL_CALLBACK_QUEUE_H

#include "../workers/completion_port.h"

/* Embedded into what is to be told; `run` may free that. */
struct due_callback {
  struct due_callback *next;
  void (*run)(struct due_callback *callback);
};

void callback_queue_add(struct due_callback *callback);
/* On a worker: runs what is due, here. */
void callback_queue_run(void);
/* On any other thread: has a worker run it; runs it here where there is none to be had. */
void callback_queue_send_for_worker(void);

#endif

/*
 * An asynchronous server in this process whose calls of `hold` each take the seat of the number
 * that the client gave: an array, so that a race is not one for a table's lock.
 *
 * Negative numbers are gates: their manager routine stays inside, and so holds up the requests
 * behind it, until seats_open_gate(); it then completes its call.
 */
#ifndef ASYNCSHIM_TESTS_SEATS_H
#define ASYNCSHIM_TESTS_SEATS_H

#include "server.h"

#define SEATS 1024

struct seat {
  RPC_ASYNC_STATE *volatile state; /* NULL: empty */
  LONG *answer;
  bool cancelled_at_entry; /* RpcServerTestCancel, first thing in the manager routine */
};

extern struct seat seats[SEATS];

/* Registers `calls` and listens; a binding to it. */
RPC_BINDING_HANDLE seats_listen(enum wire wire, char *endpoint, size_t size);
void seats_register(void);
void seats_unregister(bool wait);
/* Stops when no call is left. */
void seats_stop(RPC_BINDING_HANDLE binding);

/* Returns when the first `count` seats are taken. */
void seats_wait(long count);
/* The call that sits there, which leaves the seat; NULL: nobody does. Exactly one thread gets
 * it. */
RPC_ASYNC_STATE *seat_take(long number);
/* Completes the call that sits there with `answer`: the status of RpcAsyncCompleteCall. */
RPC_STATUS seat_release(long number, LONG answer);

void seats_close_gate(void);
/* Returns when a call is inside the gate. */
void seats_wait_at_gate(void);
void seats_open_gate(void);

#endif

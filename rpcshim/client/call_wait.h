/*
 * How a thread waits for a server in place: for the bind of a connection, for a request to go,
 * for the reply of a synchronous call.
 *
 * Two things end a wait besides what it waits for:
 *   - silence: nothing has come from the server for the call's time-out
 *     (RPC_C_OPT_CALL_TIMEOUT);
 *   - the cancels of RpcCancelThread (the thread's) and of CoCancelCall (the call's): the first
 * is passed on to the server (client_connection_send(), client_connection_receive()), and from
 * then on the server has the grace that the cancels give, through all that the call still waits
 * for.
 *
 * On the stack of the thread that waits, between call_wait_begin() and call_wait_end(); nested
 * waits of one thread are not allowed for. What outlives one wait is in the call.
 */
#ifndef ASYNCSHIM_CLIENT_CALL_WAIT_H
#define ASYNCSHIM_CLIENT_CALL_WAIT_H

#include "../call/client_call.h"
#include "../call/thread_state.h"
#include "../transport/stream.h"

struct call_wait {
  struct stream_wait stream; /* to wait with */
  struct client_call *call;
  struct thread_state *thread; /* NULL: no memory for it; then no cancel gets in */
  bool tells_server; /* a cancel that the server does not know of interrupts the wait */
};

/* With that event to wait on. The clock starts. */
void call_wait_begin(struct call_wait *wait, struct client_call *call, HANDLE event);
void call_wait_end(struct call_wait *wait);

/* The server has said something: the clock starts anew. */
void call_wait_heard(struct call_wait *wait);
/* true: the time is over, silence or grace. Takes cancels that have come. */
bool call_wait_is_over(struct call_wait *wait);

#endif

/*
 * The calls that are inside of COM's dispatch routine, by the RPC_MESSAGE that it was given.
 *
 * COM hands the message on to the stub, often on another thread, with `Handle` and `Buffer`
 * moved, so that the address is all that says which call it is; and the messages of calls that
 * COM has posted to an apartment of its own process look just the same. Only interfaces with
 * RPC_IF_OLE are listed. One SRW lock; a listed call is kept by whoever dispatches it.
 *
 * Calls to an apartment that ends are kept out: closing_apartment.h, which is done here.
 */
#ifndef ASYNCSHIM_SERVER_OBJECT_CALLS_H
#define ASYNCSHIM_SERVER_OBJECT_CALLS_H

#include "server_call.h"

/*
 * Before the dispatch routine is called. An STA takes calls one after the other, so whatever is
 * behind this one on its connection waits until the routine returns, or takes its time, rather
 * than block a thread each. false: the object's apartment is ending, the call is not to be
 * dispatched.
 */
bool object_calls_add(struct server_call *call);
void object_calls_remove(struct server_call *call);
/* With a reference; NULL: the message is not one of a dispatched call. Any thread. */
struct server_call *object_calls_find(const RPC_MESSAGE *message);

/* The stub is about to do the call synchronously, whatever that takes: the turn passes on. */
void object_calls_pass_on(const RPC_MESSAGE *message);

#endif

/*
 * A call's thread, while it is in the dispatch routine: for running_call.c, which parks calls.
 */
#ifndef ASYNCSHIM_SERVER_DISPATCH_H
#define ASYNCSHIM_SERVER_DISPATCH_H

struct server_call;

/* This thread is about to have done with the call, which another one may go on with from now
 * on: it only returns. */
void dispatch_leave(struct server_call *call);
/* It has not come to that. */
void dispatch_stay(struct server_call *call);

/* running_call.c: the thread is dead that may have waited for contexts. */
void server_call_abandon_wait(struct server_call *call);

#endif

/*
 * How many calls the process serves: those that have been dispatched and have not ended, and
 * all that there were.
 *
 * Whoever stops listening waits here for the last of them. One state per process, one lock in
 * calls_in_progress.c, under which nothing else is called.
 */
#ifndef ASYNCSHIM_SERVER_CALLS_IN_PROGRESS_H
#define ASYNCSHIM_SERVER_CALLS_IN_PROGRESS_H

#include <windows.h>
#include <rpc.h>

/* A call has been dispatched, or has ended. */
void calls_in_progress_begin(void);
void calls_in_progress_end(void);

/* More calls are to come: nobody is done waiting. RPC_S_OK, RPC_S_OUT_OF_RESOURCES. */
RPC_STATUS calls_in_progress_expect(void);
/* No more are to come. */
void calls_in_progress_expect_none(void);
/* Waits until no more are to come and none is in progress; calls_in_progress_expect() has been
 * called before. */
void calls_in_progress_wait(void);

/* Calls that have been dispatched since the process began, for RpcMgmtInqStats. */
ULONG calls_in_progress_received(void);

#endif

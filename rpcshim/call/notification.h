/*
 * How an asynchronous call tells its application that it is complete (Microsoft:
 * RPC_NOTIFICATION_TYPES).
 *
 * Captured from the RPC_ASYNC_STATE when the call is made, so that nothing later depends on
 * what the application does to that memory, and fired once, by whoever completed the call.
 * Handles and windows are the application's and are not duplicated (that would cost two trips
 * to the Wine server a call): one that is closed is told nothing, and one that is closed and
 * reused for another object of the same kind is told in the other's place, as on Windows. Not
 * locked: belongs to one call.
 */
#ifndef ASYNCSHIM_CALL_NOTIFICATION_H
#define ASYNCSHIM_CALL_NOTIFICATION_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

struct notification {
  RPC_ASYNC_STATE *state; /* passed on to APCs and callbacks, never looked into */
  RPC_NOTIFICATION_TYPES type;
  HANDLE own_thread; /* Apc with hThread 0: a handle of ours to the thread that made the call */
  RPC_ASYNC_NOTIFICATION_INFO info;
};

/* RPC_S_OK, RPC_S_INVALID_ARG for an unknown kind, RPC_S_OUT_OF_RESOURCES. */
RPC_STATUS notification_capture(struct notification *notification, RPC_ASYNC_STATE *state);
/* true: the routine of the application runs inside notification_fire(), and may block. Else
 * notification_fire() does not wait for anybody, and may be called under a lock. */
bool notification_calls_application(const struct notification *notification);
/*
 * A target that is gone (closed event or port, ended thread, destroyed window, full queue, no
 * routine) is not an error: the call can be polled. An exception of a callback routine ends
 * that routine and nothing else, like one of a manager routine.
 */
void notification_fire(struct notification *notification);
void notification_release(struct notification *notification);

#endif

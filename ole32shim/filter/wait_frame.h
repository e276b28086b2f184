/*
 * What a thread waits for that is no synchronous call, innermost first: so that a message
 * filter that cancels (PENDINGMSG_CANCELCALL) hits the innermost of all, and nothing around it.
 * Synchronous calls are numbered by rpcrt4.dll (com_cancels.h), which tells which of the two
 * began later.
 *
 * On the stack of the thread that waits, between wait_frame_enter() and wait_frame_leave(); no
 * other thread sees it.
 */
#ifndef ASYNCSHIM_OLE32_WAIT_FRAME_H
#define ASYNCSHIM_OLE32_WAIT_FRAME_H

#include <windows.h>

struct wait_frame {
  struct wait_frame *outer;
  ULONG number; /* of the last synchronous call before it */
  DWORD callee; /* the server's thread; 0: none, or the MTA */
  void (*cancel)(void *context);
  void *context;
};

/* The caller has set all members but the first two. `cancel` (NULL: nothing can be cancelled)
 * ends what is waited for, soon; on this thread. */
void wait_frame_enter(struct wait_frame *frame);
void wait_frame_leave(struct wait_frame *frame);

/* The calling thread's; NULL: none. */
const struct wait_frame *wait_frame_innermost(void);

#endif

/*
 * What the runtime knows of a thread: the call it executes for a client, the synchronous call
 * it waits for, and cancels asked for by RpcCancelThread.
 *
 * Made when a thread first needs it, freed when the thread ends (DllMain). Found by thread id
 * for RpcCancelThread under the list lock; the members are guarded by `lock`, except those
 * before it, which only the thread itself touches.
 */
#ifndef ASYNCSHIM_CALL_THREAD_STATE_H
#define ASYNCSHIM_CALL_THREAD_STATE_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>

/* Ends the wait of a thread; called under its `lock`, so it must only poke. */
typedef void (*thread_wake)(void *context);

/* thread_leftovers.h */
struct thread_leftover {
  struct thread_leftover *next;
  void *object;
  void (*release)(void *object);
};

struct thread_state {
  struct thread_state *next;
  DWORD thread_id;
  RPC_BINDING_HANDLE current_call;   /* the server call dispatched on this thread, innermost */
  bool impersonates;                 /* by RpcImpersonateClient, and has not reverted */
  struct stack_budget *stack_budget; /* ndr/stack_budget.c: the innermost */
  const struct error_reply *error_reply; /* com/error_hook.c */
  struct thread_leftover *leftovers;

  SRWLOCK lock;
  thread_wake wake; /* not NULL: the thread waits for a server */
  void *wake_context;
  bool cancel_requested;
  bool cancel_by_default; /* one of the cancels leaves the grace to cancel_timeout */
  ULONG cancel_grace;     /* the shortest that the others give */
  ULONG cancel_timeout;   /* RpcMgmtSetCancelTimeout */
};

/*
 * A grace is a number of seconds that the server has to end the call after a cancel. The two
 * largest stand for "for ever" (RPC_C_CANCEL_INFINITE_TIMEOUT, -1) and for what the thread
 * itself has set.
 */
#define CANCEL_GRACE_INFINITE MAXDWORD
#define CANCEL_GRACE_DEFAULT  (MAXDWORD - 1)

/* DllMain. */
bool thread_state_startup(void);
void thread_state_thread_detach(void);

/* The calling thread's; NULL: out of memory. */
struct thread_state *thread_state_get(void);

/* The thread is going to wait for a server (`wake` NULL: no longer), and a cancel can end that
 * by wake(context). */
void thread_state_set_waiting(struct thread_state *state, thread_wake wake, void *context);
/* Takes a cancel that has been asked for; true: there was one, and *grace says how many seconds
 * the server has from now on. */
bool thread_state_take_cancel(struct thread_state *state, ULONG *grace);
/*
 * Asks that thread to cancel its call, or else its next one; of several cancels the shortest
 * grace counts. RPC_S_OK; RPC_S_ACCESS_DENIED: no handle with THREAD_SET_CONTEXT of a thread of
 * this process that has not ended; RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS thread_state_request_cancel(HANDLE thread, ULONG grace);

/* Of this thread, for cancels to come. RPC_S_OK, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS thread_state_set_cancel_timeout(ULONG grace);

#endif

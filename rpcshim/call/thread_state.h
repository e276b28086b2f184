/*
 * What the runtime knows of a thread: the call it executes for a client, the synchronous call
 * it waits for, and cancels asked for by RpcCancelThread.
 *
 * Made when a thread first needs it, freed when the thread ends (DllMain). Found by thread id
 * for RpcCancelThread under the list lock; the members are guarded by `lock`, except
 * current_call, which only the thread itself touches.
 */
#ifndef ASYNCSHIM_CALL_THREAD_STATE_H
#define ASYNCSHIM_CALL_THREAD_STATE_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>

/* Ends the wait of a thread; called under its `lock`, so it must only poke. */
typedef void (*thread_wake)(void *context);

struct thread_state {
  struct thread_state *next;
  DWORD thread_id;
  RPC_BINDING_HANDLE current_call; /* the server call dispatched on this thread, innermost */

  SRWLOCK lock;
  thread_wake wake; /* not NULL: the thread waits for a reply */
  void *wake_context;
  bool cancel_requested;
  LONG cancel_timeout; /* seconds, RPC_C_CANCEL_INFINITE_TIMEOUT */
};

/* DllMain. */
bool thread_state_startup(void);
void thread_state_thread_detach(void);

/* The calling thread's; NULL: out of memory. */
struct thread_state *thread_state_get(void);

/* The thread is going to wait for a reply (`wake` NULL: no longer), and a cancel can end that
 * by wake(context). */
void thread_state_set_waiting(struct thread_state *state, thread_wake wake, void *context);
/* Takes a cancel that has been asked for; true: there was one. */
bool thread_state_take_cancel(struct thread_state *state);
/* Asks that thread to cancel. RPC_S_OK, ERROR_INVALID_PARAMETER (no thread of this process),
 * RPC_S_OUT_OF_MEMORY. */
RPC_STATUS thread_state_request_cancel(HANDLE thread);

/* Seconds to wait for the server after a cancel. The same statuses. */
RPC_STATUS thread_state_set_cancel_timeout(HANDLE thread, LONG seconds);

#endif

/*
 * What our ole32.dll asks our rpcrt4.dll for, to cancel synchronous COM calls and for message
 * filters: a table that the function of this name, exported besides Windows' own, returns. It
 * never changes. All functions may be called on any thread.
 *
 * Each thread has a stack of what can be cancelled: the calls that it is waiting for and the
 * objects that CoSetCancelObject has put there. Both are a struct com_call (com_call.h), which
 * is counted. Where the thread allows no cancels, but has a message filter, its calls are there
 * for that alone.
 */
#ifndef ASYNCSHIM_CANCEL_COM_CANCELS_H
#define ASYNCSHIM_CANCEL_COM_CANCELS_H

#include <windows.h>

#define COM_CANCELS_FUNCTION "AsyncshimComCancels"

struct com_call;

/*
 * What ole32.dll does for the calls of a thread with a message filter. Counted: one reference
 * of the thread's, one of each of its calls. No function of it is called under a lock.
 */
struct call_filter {
  void (*add_reference)(struct call_filter *filter);
  void (*release)(struct call_filter *filter);
  /* On the thread, before each call of it: it may have to be asked from another one. */
  void (*prepare)(struct call_filter *filter);
  /*
   * RetryRejectedCall, on the filter's thread, which waits for the call; any thread, and
   * returns when that has answered. `callee`: the server's thread; `ticks`: milliseconds since
   * the call began; `type`: SERVERCALL_REJECTED, SERVERCALL_RETRYLATER. FALSE: there is no
   * filter any more, or no way to it.
   */
  BOOL (*ask)(struct call_filter *filter, DWORD callee, DWORD ticks, DWORD type, DWORD *answer);
};

struct com_cancels {
  /* The calling thread's calls from now on can be cancelled, and no longer when each has been
   * undone. S_OK, E_OUTOFMEMORY; CO_E_CANCEL_DISABLED: nothing to be undone. */
  HRESULT (*allow)(void);
  HRESULT (*disallow)(void);

  /*
   * Puts an object on the calling thread's stack. release(object) is called when it is no
   * longer used, which is not before remove(), and perhaps on another thread. S_OK; on
   * E_OUTOFMEMORY the object is the caller's still. remove: takes the topmost off: S_OK;
   * E_ACCESSDENIED: there is none, or on top is a call, which only its end takes off.
   */
  HRESULT (*add)(void *object, void (*release)(void *object));
  HRESULT (*remove)(void);

  /*
   * What is on top of that thread's stack (0: of the caller's), with a reference. S_OK;
   * CO_E_CANCEL_DISABLED: the thread allowed no cancels when it was put there, or has nothing
   * and allows none; E_NOINTERFACE: there is nothing.
   */
  HRESULT (*find)(DWORD thread_id, struct com_call **call);
  void (*release)(struct com_call *call);
  /* NULL: it is a call. */
  void *(*object)(struct com_call *call);

  /*
   * Of a call. The server is told, and has so many seconds, or INFINITE, to end it; then the
   * thread that waits is released with RPC_E_CALL_CANCELED. *over, unless seconds is 0: an
   * event, set when the call has ended, that lives as long as the reference. S_OK;
   * RPC_E_CALL_CANCELED: has been done before; RPC_E_CALL_COMPLETE: it has ended;
   * HRESULT_FROM_WIN32: no event.
   */
  HRESULT (*cancel)(struct com_call *call, ULONG seconds, HANDLE *over);
  /* RPC_E_CALL_CANCELED: cancel() has been called, RPC_S_CALLPENDING: not. */
  HRESULT (*test)(struct com_call *call);
  /* The call has ended, and not as the server wanted. */
  BOOL (*given_up)(struct com_call *call);

  /*
   * The filter that is asked about the calling thread's calls from now on; NULL: none. S_OK,
   * E_OUTOFMEMORY.
   */
  HRESULT (*set_filter)(struct call_filter *filter);
  /* Calls are numbered, by thread: the calling thread's last one; 0: it has had none. */
  ULONG (*last_number)(void);
  /* The innermost call that the calling thread waits for, with a reference, where it has begun
   * after the one of that number; else NULL. */
  struct com_call *(*find_later)(ULONG number);
  /* The thread of the object, 0: the MTA. */
  DWORD (*callee)(struct com_call *call);

  /*
   * On a server: the call of that method that the calling thread is about to hand to a stub is
   * to fail with RPC_E_SERVERCALL_RETRYLATER; `put_off` FALSE: it is not. FALSE: out of memory.
   */
  BOOL (*put_off_next)(BOOL put_off, WORD method);
};

typedef const struct com_cancels *(WINAPI *com_cancels_function)(void);

#endif

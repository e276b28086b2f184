/*
 * What our ole32.dll asks our rpcrt4.dll for, to cancel synchronous COM calls: a table that the
 * function of this name, exported besides Windows' own, returns. It never changes. All
 * functions may be called on any thread.
 *
 * Each thread has a stack of what can be cancelled: the calls that it is waiting for and the
 * objects that CoSetCancelObject has put there. Both are a struct com_call (com_call.h), which
 * is counted.
 */
#ifndef ASYNCSHIM_CANCEL_COM_CANCELS_H
#define ASYNCSHIM_CANCEL_COM_CANCELS_H

#include <windows.h>

#define COM_CANCELS_FUNCTION "AsyncshimComCancels"

struct com_call;

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
};

typedef const struct com_cancels *(WINAPI *com_cancels_function)(void);

#endif

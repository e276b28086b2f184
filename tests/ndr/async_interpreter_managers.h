/* The manager routines of `async_interpreter` and how to tell them what to do. */
#ifndef ASYNCSHIM_TESTS_NDR_ASYNC_INTERPRETER_MANAGERS_H
#define ASYNCSHIM_TESTS_NDR_ASYNC_INTERPRETER_MANAGERS_H

#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcasync.h>

/* What behave() does; BEHAVE_CODE is what it raises or aborts with. */
enum behaviour {
  BEHAVE_COMPLETE,
  BEHAVE_RETURN, /* leaves it to the test */
  BEHAVE_ABORT,
  BEHAVE_RAISE,
  BEHAVE_COMPLETE_THEN_RAISE,
  BEHAVE_ABORT_THEN_RAISE,
  BEHAVE_COMPLETE_ON_ANOTHER_THREAD, /* before the routine returns */
  BEHAVE_FAULT,                      /* access violation */
};
#define BEHAVE_CODE 0x20000042

/* The call that the last manager routine which returned without completing it was given. */
extern RPC_ASYNC_STATE *pending_call;
extern LONG sessions_run_down;
/* What add() and squares() were given, so that the test can complete them. */
extern LONG pending_sum;
extern LONG pending_count;
extern LONG *pending_values;
extern hyper *pending_squares;

#endif

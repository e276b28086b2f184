/*
 * Structured exceptions in C for GCC, which has no __try.
 *
 * guarded_call() runs body(context) and returns true; where body raises an SEH exception that
 * `filter` accepts, the stack is unwound to guarded_call (termination handlers of the frames
 * between run) and it returns false with the exception's code. The filter is called before
 * unwinding, on the raising thread: it returns EXCEPTION_EXECUTE_HANDLER or
 * EXCEPTION_CONTINUE_SEARCH; NULL accepts every exception. May be nested and called on any
 * thread. Nothing is allocated. Where the exception was an overflow of the stack, the stack is
 * whole again (stack_guard.h).
 */
#ifndef ASYNCSHIM_SEH_GUARD_H
#define ASYNCSHIM_SEH_GUARD_H

#include <stdbool.h>
#include <windows.h>

typedef void (*guard_body)(void *context);
typedef LONG (*guard_filter)(EXCEPTION_POINTERS *pointers, void *context);

bool guarded_call(guard_body body, guard_filter filter, void *context, DWORD *code);

#endif

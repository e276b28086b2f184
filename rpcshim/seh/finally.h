/*
 * Termination handlers in C for GCC: what __finally is to MSVC.
 *
 * finally_call() runs body(context) and then cleanup(context, false). Where body is left by an
 * exception that an outer frame handles, cleanup(context, true) runs while the stack is unwound
 * and the exception goes on, with its record and context untouched: a debugger and an outer
 * filter see the place where it was raised. cleanup is called exactly once; an exception that
 * it raises itself is not caught here. May be nested and called on any thread. Nothing is
 * allocated.
 */
#ifndef ASYNCSHIM_SEH_FINALLY_H
#define ASYNCSHIM_SEH_FINALLY_H

#include <stdbool.h>
#include <windows.h>

typedef void (*finally_body)(void *context);
typedef void (*finally_cleanup)(void *context, bool unwinding);

void finally_call(finally_body body, finally_cleanup cleanup, void *context);

#endif

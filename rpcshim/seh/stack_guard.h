/*
 * The calling thread's stack: one that has overflowed is made whole.
 *
 * An overflow takes the guard page that tells of it: STATUS_STACK_OVERFLOW is raised once, in
 * what the thread keeps for that (SetThreadStackGuarantee), and the next one is the end of the
 * thread. So whoever has caught one, and has unwound the stack, puts the guard back: what
 * _resetstkoflw() does in a C runtime of Microsoft's. guarded_call() (guard.h) does it for all.
 */
#ifndef ASYNCSHIM_SEH_STACK_GUARD_H
#define ASYNCSHIM_SEH_STACK_GUARD_H

#include <windows.h>

/* Nothing to do where the guard is there. */
void stack_guard_restore(void);

/*
 * Of the stack so many bytes are for who handles its overflow, at most a quarter. What
 * SetThreadStackGuarantee() says comes true when the stack grows; but Wine commits the stacks
 * of threads as they are made, with the guard in the last page but one, and so it is moved.
 */
void stack_guard_guarantee(ULONG bytes);

#endif

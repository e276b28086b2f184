/*
 * A stack that has overflowed, made whole.
 *
 * An overflow takes the guard page that tells of it: STATUS_STACK_OVERFLOW is raised once, in
 * what the thread keeps for that (SetThreadStackGuarantee), and the next one is the end of the
 * thread. So whoever has caught one, and has unwound the stack, puts the guard back: what
 * _resetstkoflw() does in a C runtime of Microsoft's. guarded_call() (guard.h) does it for all.
 */
#ifndef ASYNCSHIM_SEH_STACK_GUARD_H
#define ASYNCSHIM_SEH_STACK_GUARD_H

/* Of the calling thread. Nothing to do where the guard is there. */
void stack_guard_restore(void);

#endif

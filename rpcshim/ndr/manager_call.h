/*
 * Calling a function of the application whose parameters are known at run time only.
 *
 * Pure mechanism, no state: any thread. Exceptions of the function pass through.
 */
#ifndef ASYNCSHIM_NDR_MANAGER_CALL_H
#define ASYNCSHIM_NDR_MANAGER_CALL_H

#include <stdbool.h>
#include <windows.h>

/* What came back in the registers; which of the two counts depends on the function's type. */
struct manager_result {
  ULONGLONG integer; /* rax; i686: edx:eax */
  double floating;   /* x86_64: 8 bytes of xmm0, be it a float or a double; i686: st(0) */
};

/*
 * Calls `function` with a copy of the `stack_size` bytes at `stack` as its arguments, each in
 * its slot; on x86_64 the first four also in the integer and the floating registers. Works for
 * callees that pop their arguments (__stdcall) and for those that do not. `returns_floating`:
 * it returns float or double.
 */
void manager_call(void *function, const void *stack, size_t stack_size, bool returns_floating,
                  struct manager_result *result);

#endif

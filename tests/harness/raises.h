/*
 * Calling a stub that may raise.
 *
 * RPC stubs report failure by raising a structured exception, which GCC has no syntax to catch.
 * RAISED(stub, …) calls `stub`, of any calling convention that has its arguments on i686's
 * stack, with up to eight arguments of pointer size or less (no floating point, no 64-bit
 * integers on i686) and is the exception code, or 0 where it returned. RETURNED() is what the
 * last such call of this thread returned.
 *
 * Not for names that Wine has as bare stubs: on x86_64 these have no unwind information, so
 * that whether a handler is found depends on what lies on the stack (tests/rpc/bare_stubs.c).
 */
#ifndef ASYNCSHIM_TESTS_RAISES_H
#define ASYNCSHIM_TESTS_RAISES_H

#include <windows.h>

typedef ULONG_PTR (*raises_stub)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR,
                                 ULONG_PTR, ULONG_PTR, ULONG_PTR);

DWORD raises_call(raises_stub stub, const ULONG_PTR *arguments, size_t count);
ULONG_PTR raises_returned(void);
/* How many bytes of arguments it has popped: those of all of its own, where it is __stdcall. */
size_t raises_popped(void);

/* clang-format off */
#define RAISES_1(a) (ULONG_PTR)(a)
#define RAISES_2(a, ...) (ULONG_PTR)(a), RAISES_1(__VA_ARGS__)
#define RAISES_3(a, ...) (ULONG_PTR)(a), RAISES_2(__VA_ARGS__)
#define RAISES_4(a, ...) (ULONG_PTR)(a), RAISES_3(__VA_ARGS__)
#define RAISES_5(a, ...) (ULONG_PTR)(a), RAISES_4(__VA_ARGS__)
#define RAISES_6(a, ...) (ULONG_PTR)(a), RAISES_5(__VA_ARGS__)
#define RAISES_7(a, ...) (ULONG_PTR)(a), RAISES_6(__VA_ARGS__)
#define RAISES_8(a, ...) (ULONG_PTR)(a), RAISES_7(__VA_ARGS__)
/* clang-format on */
#define RAISES_PICK(_1, _2, _3, _4, _5, _6, _7, _8, name, ...) name
#define RAISES_ALL(...)                                                                        \
  RAISES_PICK(__VA_ARGS__, RAISES_8, RAISES_7, RAISES_6, RAISES_5, RAISES_4, RAISES_3,         \
              RAISES_2, RAISES_1, 0)                                                           \
  (__VA_ARGS__)

#define RAISED(stub, ...)                                                                      \
  raises_call((raises_stub)(void (*)(void))(stub),                                             \
              (const ULONG_PTR[]){RAISES_ALL(__VA_ARGS__)},                                    \
              sizeof((const ULONG_PTR[]){RAISES_ALL(__VA_ARGS__)}) / sizeof(ULONG_PTR))
#define RETURNED() raises_returned()

#endif

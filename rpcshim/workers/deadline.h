/*
 * Points in time, in milliseconds of GetTickCount64(): what a wait that is made of several
 * steps counts down to. As exact as that clock, which moves by some 16 ms at a time.
 */
#ifndef ASYNCSHIM_WORKERS_DEADLINE_H
#define ASYNCSHIM_WORKERS_DEADLINE_H

#include <windows.h>

#define DEADLINE_NEVER (~0ull)

/* `ms` from now; INFINITE: never. */
static inline ULONGLONG deadline_after(DWORD ms)
{
  return ms == INFINITE ? DEADLINE_NEVER : GetTickCount64() + ms;
}

/* Milliseconds until then, as wait functions take them: 0 where it has passed, INFINITE. */
static inline DWORD deadline_rest(ULONGLONG deadline)
{
  ULONGLONG now;

  if (deadline == DEADLINE_NEVER)
    return INFINITE;
  now = GetTickCount64();
  if (deadline <= now)
    return 0;
  return deadline - now < INFINITE ? (DWORD)(deadline - now) : INFINITE - 1;
}

#endif

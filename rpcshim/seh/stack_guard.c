#include "stack_guard.h"

#include <stdbool.h>
#include <stddef.h>

#define PAGE_BYTES 0x1000
/* What the system keeps where the thread has asked for nothing: at most so much. */
#define GUARANTEE_DEFAULT (2 * PAGE_BYTES)

/* NtCurrentTeb(), whose inline function GCC 12 warns of. */
static NT_TIB *thread_block(void)
{
  NT_TIB *tib;

#ifdef __x86_64__
  __asm__("movq %%gs:%c1, %0" : "=r"(tib) : "i"(offsetof(NT_TIB, Self)));
#else
  __asm__("movl %%fs:%c1, %0" : "=r"(tib) : "i"(offsetof(NT_TIB, Self)));
#endif
  return tib;
}

static ULONG_PTR guaranteed_bytes(void)
{
  ULONG bytes = 0; /* 0 asks what it is */

  if (!SetThreadStackGuarantee(&bytes) || bytes < GUARANTEE_DEFAULT)
    bytes = GUARANTEE_DEFAULT;
  return bytes;
}

static bool is_committed(ULONG_PTR start, ULONG_PTR end)
{
  MEMORY_BASIC_INFORMATION information;

  while (start < end) {
    if (!VirtualQuery((void *)start, &information, sizeof(information)) ||
        information.State != MEM_COMMIT)
      return false;
    start = (ULONG_PTR)information.BaseAddress + information.RegionSize;
  }
  return true;
}

void stack_guard_restore(void)
{
  NT_TIB *tib = thread_block();
  ULONG_PTR low, high, start, end;
  DWORD before;

  GetCurrentThreadStackLimits(&low, &high);
  /* The last page is never anybody's. */
  start = low + PAGE_BYTES;
  end = start + guaranteed_bytes();
  if ((ULONG_PTR)&before < end + PAGE_BYTES || (ULONG_PTR)&before > high ||
      !is_committed(start, end))
    return;
  if (VirtualProtect((void *)start, end - start, PAGE_READWRITE | PAGE_GUARD, &before) &&
      (ULONG_PTR)tib->StackLimit < end)
    tib->StackLimit = (void *)end;
}

void stack_guard_guarantee(ULONG bytes)
{
  ULONG_PTR low, high;

  GetCurrentThreadStackLimits(&low, &high);
  if (bytes > (high - low) / 4)
    bytes = (ULONG)((high - low) / 4);
  if (SetThreadStackGuarantee(&bytes))
    stack_guard_restore();
}

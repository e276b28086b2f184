#include "stack_guard.h"

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

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

/* Ordinary memory, as an overflow leaves it. */
static bool is_open(ULONG_PTR start, ULONG_PTR end)
{
  MEMORY_BASIC_INFORMATION information;

  return VirtualQuery((void *)start, &information, sizeof(information)) &&
         information.State == MEM_COMMIT && information.Protect == PAGE_READWRITE &&
         (ULONG_PTR)information.BaseAddress + information.RegionSize >= end;
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
  if ((ULONG_PTR)&before < end + PAGE_BYTES || (ULONG_PTR)&before > high || !is_open(start, end))
    return;
  if (VirtualProtect((void *)start, end - start, PAGE_READWRITE | PAGE_GUARD, &before))
    tib->StackLimit = (void *)end;
}

#include "thread_slot.h"

void *thread_slot_get(struct thread_slot *slot)
{
  LONG found = InterlockedCompareExchange(&slot->index_plus_one, 0, 0);

  return found ? TlsGetValue((DWORD)found - 1) : NULL;
}

static bool allocate(struct thread_slot *slot)
{
  DWORD index = TlsAlloc();

  if (index == TLS_OUT_OF_INDEXES)
    return false;
  if (InterlockedCompareExchange(&slot->index_plus_one, (LONG)index + 1, 0))
    TlsFree(index); /* another thread was faster */
  return true;
}

bool thread_slot_set(struct thread_slot *slot, void *value)
{
  if (!slot->index_plus_one && !allocate(slot))
    return false;
  return TlsSetValue((DWORD)slot->index_plus_one - 1, value);
}

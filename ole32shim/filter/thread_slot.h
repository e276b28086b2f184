/*
 * A thread's value in a slot that is allocated when a thread first has one: nobody waits for
 * another thread that allocates it, which may be in a DllMain. Any thread.
 */
#ifndef ASYNCSHIM_OLE32_THREAD_SLOT_H
#define ASYNCSHIM_OLE32_THREAD_SLOT_H

#include <stdbool.h>
#include <windows.h>

struct thread_slot {
  LONG index_plus_one; /* 0: there is none yet */
};

void *thread_slot_get(struct thread_slot *slot);
/* false: the process has no slots left. */
bool thread_slot_set(struct thread_slot *slot, void *value);

#endif

#include "spent_calls.h"

#include <windows.h>

static SRWLOCK lock = SRWLOCK_INIT;
static struct spent_call *ring[SPENT_CALLS]; /* lock */
static unsigned int next_place;              /* lock */

void spent_calls_add(struct spent_call *call, void (*end)(struct spent_call *call))
{
  struct spent_call *oldest;

  call->end = end;
  AcquireSRWLockExclusive(&lock);
  oldest = ring[next_place];
  if (oldest)
    oldest->place = SPENT_CALLS;
  ring[next_place] = call;
  call->place = next_place;
  next_place = (next_place + 1) % SPENT_CALLS;
  ReleaseSRWLockExclusive(&lock);
  if (oldest)
    oldest->end(oldest);
}

bool spent_calls_remove(struct spent_call *call)
{
  bool waits;

  AcquireSRWLockExclusive(&lock);
  waits = call->place < SPENT_CALLS;
  if (waits)
    ring[call->place] = NULL;
  ReleaseSRWLockExclusive(&lock);
  return waits;
}

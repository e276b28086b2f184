#include "spent_calls.h"

#include <windows.h>

static SRWLOCK lock = SRWLOCK_INIT;
static struct spent_call *ring[SPENT_CALLS]; /* lock */
static unsigned int next_place;              /* lock */

/* Lock held. Returns the one that has been there longest. */
static struct spent_call *put(struct spent_call *call)
{
  struct spent_call *oldest = ring[next_place];

  if (oldest)
    oldest->place = 0;
  ring[next_place] = call;
  call->place = ++next_place;
  next_place %= SPENT_CALLS;
  return oldest;
}

void spent_calls_add(struct spent_call *call, void (*end)(struct spent_call *call))
{
  struct spent_call *ended = call;

  call->end = end;
  AcquireSRWLockExclusive(&lock);
  if (!call->released)
    ended = put(call);
  ReleaseSRWLockExclusive(&lock);
  if (ended)
    ended->end(ended);
}

bool spent_calls_remove(struct spent_call *call)
{
  bool waits;

  AcquireSRWLockExclusive(&lock);
  waits = call->place;
  if (waits)
    ring[call->place - 1] = NULL;
  else
    call->released = true;
  ReleaseSRWLockExclusive(&lock);
  return waits;
}

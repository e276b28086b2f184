#include "stub_calls.h"

#include <stdlib.h>

struct stub_calls {
  LONG references;
  SRWLOCK lock;
  struct stub_call *first; /* lock */
};

struct stub_calls *stub_calls_create(void)
{
  struct stub_calls *calls = calloc(1, sizeof(*calls));

  if (!calls)
    return NULL;
  calls->references = 1;
  InitializeSRWLock(&calls->lock);
  return calls;
}

void stub_calls_add_reference(struct stub_calls *calls)
{
  InterlockedIncrement(&calls->references);
}

void stub_calls_release(struct stub_calls *calls)
{
  if (!InterlockedDecrement(&calls->references))
    free(calls);
}

void stub_calls_add(struct stub_calls *calls, struct stub_call *call)
{
  AcquireSRWLockExclusive(&calls->lock);
  call->previous = NULL;
  call->next = calls->first;
  if (calls->first)
    calls->first->previous = call;
  calls->first = call;
  call->listed = true;
  ReleaseSRWLockExclusive(&calls->lock);
}

/* Lock held. */
static void unlink_call(struct stub_calls *calls, struct stub_call *call)
{
  if (call->previous)
    call->previous->next = call->next;
  else
    calls->first = call->next;
  if (call->next)
    call->next->previous = call->previous;
  call->listed = false;
}

void stub_calls_remove(struct stub_calls *calls, struct stub_call *call)
{
  AcquireSRWLockExclusive(&calls->lock);
  if (call->listed)
    unlink_call(calls, call);
  ReleaseSRWLockExclusive(&calls->lock);
}

/* With a reference; NULL: there is none. */
static struct stub_call *take_first(struct stub_calls *calls)
{
  struct stub_call *call;

  AcquireSRWLockExclusive(&calls->lock);
  call = calls->first;
  if (call) {
    unlink_call(calls, call);
    call->add_reference(call);
  }
  ReleaseSRWLockExclusive(&calls->lock);
  return call;
}

void stub_calls_disconnect(struct stub_calls *calls)
{
  struct stub_call *call;

  while ((call = take_first(calls))) {
    call->disconnect(call);
    call->release(call);
  }
}

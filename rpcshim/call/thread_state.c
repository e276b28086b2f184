#include "thread_state.h"

#include <stdlib.h>

static DWORD slot = TLS_OUT_OF_INDEXES;
static SRWLOCK list_lock = SRWLOCK_INIT;
static struct thread_state *list;

bool thread_state_startup(void)
{
  slot = TlsAlloc();
  return slot != TLS_OUT_OF_INDEXES;
}

void thread_state_thread_detach(void)
{
  DWORD thread_id = GetCurrentThreadId();
  struct thread_state *state = NULL;

  /* By id: another thread may have made it, for a cancel that nobody ever took. */
  AcquireSRWLockExclusive(&list_lock);
  for (struct thread_state **entry = &list; *entry; entry = &(*entry)->next) {
    if ((*entry)->thread_id == thread_id) {
      state = *entry;
      *entry = state->next;
      break;
    }
  }
  ReleaseSRWLockExclusive(&list_lock);
  TlsSetValue(slot, NULL);
  free(state);
}

/* list_lock held */
static struct thread_state *find(DWORD thread_id)
{
  struct thread_state *state = list;

  while (state && state->thread_id != thread_id)
    state = state->next;
  return state;
}

/* list_lock held exclusively */
static struct thread_state *find_or_add(DWORD thread_id)
{
  struct thread_state *state = find(thread_id);

  if (state)
    return state;
  state = calloc(1, sizeof(*state));
  if (!state)
    return NULL;
  InitializeSRWLock(&state->lock);
  state->thread_id = thread_id;
  state->cancel_timeout = RPC_C_CANCEL_INFINITE_TIMEOUT;
  state->next = list;
  list = state;
  return state;
}

struct thread_state *thread_state_get(void)
{
  struct thread_state *state = TlsGetValue(slot);

  if (state)
    return state;
  /* Another thread may have asked this one to cancel before it came here first. */
  AcquireSRWLockExclusive(&list_lock);
  state = find_or_add(GetCurrentThreadId());
  ReleaseSRWLockExclusive(&list_lock);
  TlsSetValue(slot, state);
  return state;
}

void thread_state_set_waiting(struct thread_state *state, thread_wake wake, void *context)
{
  AcquireSRWLockExclusive(&state->lock);
  state->wake = wake;
  state->wake_context = context;
  ReleaseSRWLockExclusive(&state->lock);
}

bool thread_state_take_cancel(struct thread_state *state)
{
  bool requested;

  AcquireSRWLockExclusive(&state->lock);
  requested = state->cancel_requested;
  state->cancel_requested = false;
  ReleaseSRWLockExclusive(&state->lock);
  return requested;
}

/* That thread's state, with list_lock held; NULL without it: *status says why. */
static struct thread_state *lock_state_of(HANDLE thread, RPC_STATUS *status)
{
  DWORD thread_id = GetThreadId(thread);
  struct thread_state *state;

  *status = ERROR_INVALID_PARAMETER;
  if (!thread_id || GetProcessIdOfThread(thread) != GetCurrentProcessId())
    return NULL;
  AcquireSRWLockExclusive(&list_lock);
  state = find_or_add(thread_id);
  *status = state ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
  if (!state)
    ReleaseSRWLockExclusive(&list_lock);
  return state;
}

RPC_STATUS thread_state_request_cancel(HANDLE thread)
{
  RPC_STATUS status;
  struct thread_state *state = lock_state_of(thread, &status);

  if (!state)
    return status;
  AcquireSRWLockExclusive(&state->lock);
  state->cancel_requested = true;
  if (state->wake)
    state->wake(state->wake_context);
  ReleaseSRWLockExclusive(&state->lock);
  ReleaseSRWLockExclusive(&list_lock);
  return status;
}

RPC_STATUS thread_state_set_cancel_timeout(HANDLE thread, LONG seconds)
{
  RPC_STATUS status;
  struct thread_state *state = lock_state_of(thread, &status);

  if (!state)
    return status;
  AcquireSRWLockExclusive(&state->lock);
  state->cancel_timeout = seconds;
  ReleaseSRWLockExclusive(&state->lock);
  ReleaseSRWLockExclusive(&list_lock);
  return status;
}

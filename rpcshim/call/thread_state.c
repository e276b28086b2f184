#include "thread_state.h"

#include <stdlib.h>
#include <winternl.h>

static DWORD slot = TLS_OUT_OF_INDEXES;
static SRWLOCK list_lock = SRWLOCK_INIT;
static struct thread_state *list;

bool thread_state_startup(void)
{
  slot = TlsAlloc();
  return slot != TLS_OUT_OF_INDEXES;
}

static void free_state(struct thread_state *state)
{
  struct thread_leftover *leftover;

  while (state && (leftover = state->leftovers)) {
    state->leftovers = leftover->next;
    free(leftover);
  }
  free(state);
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
  free_state(state);
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
  state->cancel_grace = state->cancel_timeout = CANCEL_GRACE_INFINITE;
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

bool thread_state_take_cancel(struct thread_state *state, ULONG *grace)
{
  bool requested;

  AcquireSRWLockExclusive(&state->lock);
  requested = state->cancel_requested;
  *grace = state->cancel_grace;
  if (state->cancel_by_default && state->cancel_timeout < *grace)
    *grace = state->cancel_timeout;
  state->cancel_requested = state->cancel_by_default = false;
  state->cancel_grace = CANCEL_GRACE_INFINITE;
  ReleaseSRWLockExclusive(&state->lock);
  return requested;
}

/* A handle of ours to the same thread; NULL: it may not be cancelled by that handle. */
static HANDLE open_for_cancel(HANDLE thread)
{
  PUBLIC_OBJECT_BASIC_INFORMATION information;
  HANDLE own;

  if (NtQueryObject(thread, ObjectBasicInformation, &information, sizeof(information), NULL) ||
      !(information.GrantedAccess & THREAD_SET_CONTEXT))
    return NULL;
  return DuplicateHandle(GetCurrentProcess(), thread, GetCurrentProcess(), &own,
                         THREAD_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, 0)
             ? own
             : NULL;
}

/* The id of that thread of this process; 0: it is none, or it has ended, or another object. */
static DWORD live_thread_id(HANDLE thread)
{
  HANDLE own = open_for_cancel(thread);
  DWORD id = 0;

  if (!own)
    return 0;
  if (GetProcessIdOfThread(own) == GetCurrentProcessId() &&
      WaitForSingleObject(own, 0) == WAIT_TIMEOUT)
    id = GetThreadId(own);
  CloseHandle(own);
  return id;
}

RPC_STATUS thread_state_request_cancel(HANDLE thread, ULONG grace)
{
  DWORD id = live_thread_id(thread);
  struct thread_state *state;

  if (!id)
    return RPC_S_ACCESS_DENIED;
  AcquireSRWLockExclusive(&list_lock);
  state = find_or_add(id);
  if (state) {
    AcquireSRWLockExclusive(&state->lock);
    if (grace == CANCEL_GRACE_DEFAULT)
      state->cancel_by_default = true;
    else if (grace < state->cancel_grace)
      state->cancel_grace = grace;
    state->cancel_requested = true;
    if (state->wake)
      state->wake(state->wake_context);
    ReleaseSRWLockExclusive(&state->lock);
  }
  ReleaseSRWLockExclusive(&list_lock);
  return state ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS thread_state_set_cancel_timeout(ULONG grace)
{
  struct thread_state *state = thread_state_get();

  if (!state)
    return RPC_S_OUT_OF_MEMORY;
  AcquireSRWLockExclusive(&state->lock);
  state->cancel_timeout = grace;
  ReleaseSRWLockExclusive(&state->lock);
  return RPC_S_OK;
}

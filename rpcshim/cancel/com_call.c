#include "com_call.h"

#include <stdlib.h>

#include "../workers/deadline.h"

struct com_call {
  LONG references;
  void *object; /* NULL: a call */
  void (*release_object)(void *object);
  bool allowed;

  /* lock */
  struct cancel_thread *thread; /* NULL: on no stack */
  struct com_call *below;
  bool ended;
  bool given_up;
  bool cancelled;
  ULONGLONG deadline; /* cancelled */
  HANDLE waiting;     /* what a cancel sets */
  HANDLE over;        /* made for the first that waits for the end */
};

/* Made when a thread first asks for cancels. */
struct cancel_thread {
  DWORD id;
  struct cancel_thread *next;
  LONG allowed; /* written by the thread itself, under the lock */
  struct com_call *top;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct cancel_thread *threads;
static DWORD slot = TLS_OUT_OF_INDEXES;

bool com_call_startup(void)
{
  slot = TlsAlloc();
  return slot != TLS_OUT_OF_INDEXES;
}

void com_call_thread_detach(void)
{
  struct cancel_thread *thread = TlsGetValue(slot);

  if (!thread)
    return;
  AcquireSRWLockExclusive(&lock);
  for (struct cancel_thread **entry = &threads; *entry; entry = &(*entry)->next) {
    if (*entry == thread) {
      *entry = thread->next;
      break;
    }
  }
  for (struct com_call *call = thread->top; call; call = call->below)
    call->thread = NULL;
  ReleaseSRWLockExclusive(&lock);
  TlsSetValue(slot, NULL);
  free(thread);
}

/* The calling thread's; NULL: out of memory. */
static struct cancel_thread *need_thread(void)
{
  struct cancel_thread *thread = TlsGetValue(slot);

  if (thread)
    return thread;
  thread = calloc(1, sizeof(*thread));
  if (!thread)
    return NULL;
  thread->id = GetCurrentThreadId();
  AcquireSRWLockExclusive(&lock);
  thread->next = threads;
  threads = thread;
  ReleaseSRWLockExclusive(&lock);
  TlsSetValue(slot, thread);
  return thread;
}

bool com_call_is_allowed(void)
{
  struct cancel_thread *thread = TlsGetValue(slot);

  return thread && thread->allowed;
}

/* New, on top of the stack, with one reference; NULL: out of memory. */
static struct com_call *push(struct cancel_thread *thread, void *object,
                             void (*release_object)(void *object))
{
  struct com_call *call = calloc(1, sizeof(*call));

  if (!call)
    return NULL;
  call->references = 1;
  call->object = object;
  call->release_object = release_object;
  call->allowed = thread->allowed;
  call->thread = thread;
  AcquireSRWLockExclusive(&lock);
  call->below = thread->top;
  thread->top = call;
  ReleaseSRWLockExclusive(&lock);
  return call;
}

/* Lock held. */
static void take_off(struct com_call *call)
{
  struct com_call **entry;

  if (!call->thread)
    return;
  entry = &call->thread->top;
  while (*entry != call)
    entry = &(*entry)->below;
  *entry = call->below;
  call->thread = NULL;
}

bool com_call_begin(struct com_call **call)
{
  *call = NULL;
  if (!com_call_is_allowed())
    return true;
  *call = push(TlsGetValue(slot), NULL, NULL);
  return *call;
}

void com_call_end(struct com_call *call, bool given_up)
{
  AcquireSRWLockExclusive(&lock);
  if (!call->ended) {
    call->ended = true;
    call->given_up = given_up;
    take_off(call);
    if (call->over)
      SetEvent(call->over);
  }
  ReleaseSRWLockExclusive(&lock);
}

void com_call_release(struct com_call *call)
{
  if (InterlockedDecrement(&call->references))
    return;
  if (call->object)
    call->release_object(call->object);
  if (call->over)
    CloseHandle(call->over);
  free(call);
}

void com_call_set_waiting(struct com_call *call, HANDLE event)
{
  AcquireSRWLockExclusive(&lock);
  call->waiting = event;
  ReleaseSRWLockExclusive(&lock);
}

bool com_call_is_cancelled(struct com_call *call, ULONGLONG *deadline)
{
  bool cancelled;

  AcquireSRWLockShared(&lock);
  cancelled = call->cancelled;
  *deadline = call->deadline;
  ReleaseSRWLockShared(&lock);
  return cancelled;
}

/* ---- for ole32.dll ---- */

static HRESULT change_allowed(struct cancel_thread *thread, LONG change)
{
  HRESULT result = S_OK;

  AcquireSRWLockExclusive(&lock);
  if (thread->allowed + change >= 0)
    thread->allowed += change;
  else
    result = CO_E_CANCEL_DISABLED;
  ReleaseSRWLockExclusive(&lock);
  return result;
}

static HRESULT allow(void)
{
  struct cancel_thread *thread = need_thread();

  return thread ? change_allowed(thread, 1) : E_OUTOFMEMORY;
}

static HRESULT disallow(void)
{
  struct cancel_thread *thread = TlsGetValue(slot);

  return thread ? change_allowed(thread, -1) : CO_E_CANCEL_DISABLED;
}

static HRESULT add_object(void *object, void (*release_object)(void *object))
{
  struct cancel_thread *thread = need_thread();

  return thread && push(thread, object, release_object) ? S_OK : E_OUTOFMEMORY;
}

static HRESULT remove_object(void)
{
  struct cancel_thread *thread = TlsGetValue(slot);
  struct com_call *call;

  if (!thread)
    return E_ACCESSDENIED;
  AcquireSRWLockExclusive(&lock);
  call = thread->top && thread->top->object ? thread->top : NULL;
  if (call)
    take_off(call);
  ReleaseSRWLockExclusive(&lock);
  if (!call)
    return E_ACCESSDENIED;
  com_call_release(call);
  return S_OK;
}

static HRESULT find(DWORD thread_id, struct com_call **call)
{
  DWORD id = thread_id ? thread_id : GetCurrentThreadId();
  struct cancel_thread *thread;
  HRESULT result = S_OK;

  *call = NULL;
  AcquireSRWLockExclusive(&lock);
  thread = threads;
  while (thread && thread->id != id)
    thread = thread->next;
  if (!thread || !(thread->top ? thread->top->allowed : thread->allowed))
    result = CO_E_CANCEL_DISABLED;
  else if (!thread->top)
    result = E_NOINTERFACE;
  else
    *call = thread->top;
  if (*call)
    InterlockedIncrement(&(*call)->references);
  ReleaseSRWLockExclusive(&lock);
  return result;
}

static void *object_of(struct com_call *call)
{
  return call->object;
}

static ULONGLONG deadline_of(ULONG seconds)
{
  return seconds == INFINITE ? DEADLINE_NEVER : GetTickCount64() + 1000ull * seconds;
}

/* Lock held; neither cancelled nor ended. */
static HRESULT request(struct com_call *call, ULONG seconds)
{
  if (seconds) {
    call->over = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!call->over)
      return HRESULT_FROM_WIN32(GetLastError());
  }
  call->cancelled = true;
  call->deadline = deadline_of(seconds);
  if (call->waiting)
    SetEvent(call->waiting);
  return S_OK;
}

static HRESULT cancel(struct com_call *call, ULONG seconds, HANDLE *over)
{
  HRESULT result;

  AcquireSRWLockExclusive(&lock);
  if (call->cancelled)
    result = RPC_E_CALL_CANCELED;
  else if (call->ended)
    result = RPC_E_CALL_COMPLETE;
  else
    result = request(call, seconds);
  *over = call->over;
  ReleaseSRWLockExclusive(&lock);
  return result;
}

static HRESULT test(struct com_call *call)
{
  ULONGLONG deadline;

  return com_call_is_cancelled(call, &deadline) ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
}

static BOOL was_given_up(struct com_call *call)
{
  BOOL given_up;

  AcquireSRWLockShared(&lock);
  given_up = call->given_up;
  ReleaseSRWLockShared(&lock);
  return given_up;
}

const struct com_cancels com_cancels = {
    .allow = allow,
    .disallow = disallow,
    .add = add_object,
    .remove = remove_object,
    .find = find,
    .release = com_call_release,
    .object = object_of,
    .cancel = cancel,
    .test = test,
    .given_up = was_given_up,
};

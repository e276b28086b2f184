#include "com_call.h"

#include <stdlib.h>

#include "../workers/deadline.h"

struct com_call {
  LONG references;
  void *object; /* NULL: a call */
  void (*release_object)(void *object);
  bool allowed;
  ULONG number; /* of its thread's; 0: no call */
  DWORD callee;
  DWORD begun;                /* GetTickCount() */
  struct call_filter *filter; /* counted; NULL: none */

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

/* Made when a thread first asks for cancels, or has a message filter. */
struct cancel_thread {
  DWORD id;
  struct cancel_thread *next;
  LONG allowed; /* written by the thread itself, under the lock */
  struct com_call *top;
  /* The thread's own: */
  struct call_filter *filter; /* counted; NULL: none */
  ULONG last_number;
  DWORD put_off; /* a method of the next call that a stub is given, plus one; 0: none */
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
  if (thread->filter)
    thread->filter->release(thread->filter);
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

bool com_call_is_wanted(void)
{
  struct cancel_thread *thread = TlsGetValue(slot);

  return thread && (thread->allowed || thread->filter);
}

/* With one reference; NULL: out of memory. */
static struct com_call *create(struct cancel_thread *thread)
{
  struct com_call *call = calloc(1, sizeof(*call));

  if (!call)
    return NULL;
  call->references = 1;
  call->allowed = thread->allowed;
  call->thread = thread;
  return call;
}

static void push(struct com_call *call)
{
  AcquireSRWLockExclusive(&lock);
  call->below = call->thread->top;
  call->thread->top = call;
  ReleaseSRWLockExclusive(&lock);
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

static void add_filter(struct com_call *call, struct call_filter *filter)
{
  filter->prepare(filter);
  filter->add_reference(filter);
  call->filter = filter;
}

bool com_call_begin(DWORD callee, struct com_call **result)
{
  struct cancel_thread *thread = TlsGetValue(slot);
  struct com_call *call;

  *result = NULL;
  if (!com_call_is_wanted())
    return true;
  call = create(thread);
  if (!call)
    return false;
  call->callee = callee;
  call->begun = GetTickCount();
  if (thread->filter)
    add_filter(call, thread->filter);
  call->number = ++thread->last_number;
  push(call);
  *result = call;
  return true;
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
  if (call->filter)
    call->filter->release(call->filter);
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

/* ---- rejected calls ---- */

bool com_call_has_filter(const struct com_call *call)
{
  return call->filter;
}

/* As long as the filter wants, or until the call is cancelled. */
static void wait_to_send_again(struct com_call *call, DWORD milliseconds)
{
  HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
  ULONGLONG deadline;

  if (!event) {
    Sleep(milliseconds);
    return;
  }
  com_call_set_waiting(call, event);
  if (!com_call_is_cancelled(call, &deadline))
    WaitForSingleObject(event, milliseconds);
  com_call_set_waiting(call, NULL);
  CloseHandle(event);
}

/* What RetryRejectedCall returns [IMessageFilter::RetryRejectedCall]. */
#define NOT_AGAIN   ((DWORD)-1)
#define LEAST_DELAY 100

bool com_call_is_sent_again(struct com_call *call, RPC_STATUS *status)
{
  DWORD type = *status == RPC_E_CALL_REJECTED ? SERVERCALL_REJECTED : SERVERCALL_RETRYLATER;
  ULONGLONG deadline;
  DWORD answer;

  if (!call->filter ||
      (*status != RPC_E_CALL_REJECTED && *status != RPC_E_SERVERCALL_RETRYLATER) ||
      !call->filter->ask(call->filter, call->callee, GetTickCount() - call->begun, type,
                         &answer))
    return false;
  if (answer == NOT_AGAIN) {
    *status = RPC_E_CALL_REJECTED;
    return false;
  }
  if (answer >= LEAST_DELAY)
    wait_to_send_again(call, answer);
  if (!com_call_is_cancelled(call, &deadline))
    return true;
  *status = RPC_S_CALL_CANCELLED;
  return false;
}

bool com_call_is_put_off(ULONG method)
{
  struct cancel_thread *thread = TlsGetValue(slot);
  bool put_off;

  if (!thread || !thread->put_off)
    return false;
  put_off = thread->put_off == (WORD)method + 1u;
  thread->put_off = 0;
  return put_off;
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
  struct com_call *entry = thread ? create(thread) : NULL;

  if (!entry)
    return E_OUTOFMEMORY;
  entry->object = object;
  entry->release_object = release_object;
  push(entry);
  return S_OK;
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

static HRESULT set_filter(struct call_filter *filter)
{
  struct cancel_thread *thread = filter ? need_thread() : TlsGetValue(slot);
  struct call_filter *former;

  if (!thread)
    return filter ? E_OUTOFMEMORY : S_OK;
  if (filter)
    filter->add_reference(filter);
  former = thread->filter;
  thread->filter = filter;
  thread->put_off = 0;
  if (former)
    former->release(former);
  return S_OK;
}

static ULONG last_number(void)
{
  struct cancel_thread *thread = TlsGetValue(slot);

  return thread ? thread->last_number : 0;
}

/* Objects of CoSetCancelObject have no number. */
static struct com_call *find_later(ULONG number)
{
  struct cancel_thread *thread = TlsGetValue(slot);
  struct com_call *call;

  if (!thread)
    return NULL;
  AcquireSRWLockShared(&lock);
  call = thread->top;
  while (call && !call->number)
    call = call->below;
  if (call && (LONG)(call->number - number) <= 0)
    call = NULL;
  if (call)
    InterlockedIncrement(&call->references);
  ReleaseSRWLockShared(&lock);
  return call;
}

static DWORD callee_of(struct com_call *call)
{
  return call->callee;
}

static BOOL put_off_next(BOOL put_off, WORD method)
{
  struct cancel_thread *thread = put_off ? need_thread() : TlsGetValue(slot);

  if (thread)
    thread->put_off = put_off ? method + 1u : 0;
  return thread || !put_off;
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
    .set_filter = set_filter,
    .last_number = last_number,
    .find_later = find_later,
    .callee = callee_of,
    .put_off_next = put_off_next,
};

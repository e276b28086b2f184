#include "manual_reset_event.h"

#include <stdbool.h>
#include <stdlib.h>

#include "com_wait.h"

struct manual_reset_event {
  IUnknown inner; /* the object's own: what the controlling unknown holds */
  ISynchronize synchronize;
  ISynchronizeHandle synchronize_handle;
  IUnknown *outer; /* the controlling unknown: `inner` where there is no other */
  LONG references;

  SRWLOCK lock; /* guards the rest */
  CONDITION_VARIABLE changed;
  bool signalled;
  ULONG signals; /* how many there were: each releases who waits, also when Reset follows it */
  HANDLE event;  /* NULL until somebody needs it */
  ULONG waiting; /* threads that wait for the event */
  bool is_set;   /* the event, by us */
  bool given;    /* GetHandle has given it to the application: it is the state */
};

static struct manual_reset_event *from_inner(IUnknown *inner)
{
  return CONTAINING_RECORD(inner, struct manual_reset_event, inner);
}

static struct manual_reset_event *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct manual_reset_event, synchronize);
}

static struct manual_reset_event *from_handle(ISynchronizeHandle *handle)
{
  return CONTAINING_RECORD(handle, struct manual_reset_event, synchronize_handle);
}

static HRESULT WINAPI inner_query_interface(IUnknown *inner, REFIID iid, void **object)
{
  struct manual_reset_event *event = from_inner(inner);

  if (!object)
    return E_POINTER;
  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *object = &event->inner;
  else if (IsEqualIID(iid, &IID_ISynchronize))
    *object = &event->synchronize;
  else if (IsEqualIID(iid, &IID_ISynchronizeHandle))
    *object = &event->synchronize_handle;
  else
    return E_NOINTERFACE;
  ((IUnknown *)*object)->lpVtbl->AddRef(*object);
  return S_OK;
}

static ULONG WINAPI inner_add_ref(IUnknown *inner)
{
  return InterlockedIncrement(&from_inner(inner)->references);
}

static ULONG WINAPI inner_release(IUnknown *inner)
{
  struct manual_reset_event *event = from_inner(inner);
  LONG references = InterlockedDecrement(&event->references);

  if (!references) {
    if (event->event)
      CloseHandle(event->event);
    free(event);
  }
  return references;
}

static IUnknownVtbl inner_table = {inner_query_interface, inner_add_ref, inner_release};

static HRESULT WINAPI synchronize_query_interface(ISynchronize *synchronize, REFIID iid,
                                                  void **object)
{
  IUnknown *outer = from_synchronize(synchronize)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI synchronize_add_ref(ISynchronize *synchronize)
{
  IUnknown *outer = from_synchronize(synchronize)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI synchronize_release(ISynchronize *synchronize)
{
  IUnknown *outer = from_synchronize(synchronize)->outer;

  return outer->lpVtbl->Release(outer);
}

/* lock held. S_OK, or why the event cannot be made, or has not done as it was told. */
static HRESULT make_event(struct manual_reset_event *event)
{
  if (event->event)
    return S_OK;
  event->event = CreateEventW(NULL, TRUE, event->signalled, NULL);
  event->is_set = event->signalled;
  return event->event ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

/* lock held */
static HRESULT set_event(struct manual_reset_event *event, bool set)
{
  if (!event->given && event->is_set == set)
    return S_OK;
  event->is_set = set;
  return (set ? SetEvent(event->event) : ResetEvent(event->event))
             ? S_OK
             : HRESULT_FROM_WIN32(GetLastError());
}

/* Sleeps until there is a signal; lock held. false: it is over time, or the event is given. */
static bool sleep_on_flag(struct manual_reset_event *event, ULONGLONG start, DWORD milliseconds)
{
  ULONG signals = event->signals;

  while (!event->given && !event->signalled && event->signals == signals) {
    ULONGLONG passed = GetTickCount64() - start;
    DWORD rest = INFINITE;

    if (milliseconds != INFINITE)
      rest = passed < milliseconds ? milliseconds - (DWORD)passed : 0;
    if (!rest)
      return false;
    SleepConditionVariableSRW(&event->changed, &event->lock, rest, 0);
  }
  return event->signals != signals || (event->signalled && !event->given);
}

/* lock held. S_OK, RPC_S_CALLPENDING, or S_FALSE: that needs the event. */
static HRESULT wait_for_flag(struct manual_reset_event *event, enum com_wait_manner manner,
                             ULONGLONG start, DWORD milliseconds)
{
  if (event->given || manner == COM_WAIT_OTHER)
    return S_FALSE;
  if (event->signalled)
    return S_OK;
  if (manner != COM_WAIT_BLOCKS)
    return S_FALSE;
  if (sleep_on_flag(event, start, milliseconds))
    return S_OK;
  return event->given ? S_FALSE : RPC_S_CALLPENDING;
}

static HRESULT wait_for_event(struct manual_reset_event *event, DWORD flags, ULONGLONG start,
                              DWORD milliseconds)
{
  ULONGLONG passed = GetTickCount64() - start;
  DWORD index;

  if (milliseconds != INFINITE)
    milliseconds = passed < milliseconds ? milliseconds - (DWORD)passed : 0;
  return com_wait(flags, milliseconds, 1, &event->event, &index);
}

static HRESULT WINAPI synchronize_wait(ISynchronize *synchronize, DWORD flags,
                                       DWORD milliseconds)
{
  struct manual_reset_event *event = from_synchronize(synchronize);
  enum com_wait_manner manner = com_wait_manner(flags);
  ULONGLONG start = GetTickCount64();
  HRESULT result;
  bool wait;

  AcquireSRWLockExclusive(&event->lock);
  result = wait_for_flag(event, manner, start, milliseconds);
  wait = result == S_FALSE;
  if (wait)
    result = make_event(event);
  if (wait && SUCCEEDED(result) && !event->given)
    result = set_event(event, event->signalled);
  wait = wait && SUCCEEDED(result);
  event->waiting += wait;
  ReleaseSRWLockExclusive(&event->lock);
  if (!wait)
    return result;
  result = wait_for_event(event, flags, start, milliseconds);
  AcquireSRWLockExclusive(&event->lock);
  event->waiting--;
  ReleaseSRWLockExclusive(&event->lock);
  return result;
}

static HRESULT WINAPI synchronize_signal(ISynchronize *synchronize)
{
  struct manual_reset_event *event = from_synchronize(synchronize);
  HRESULT result = S_OK;

  AcquireSRWLockExclusive(&event->lock);
  event->signalled = true;
  event->signals++;
  if (event->given || event->waiting)
    result = set_event(event, true);
  WakeAllConditionVariable(&event->changed);
  ReleaseSRWLockExclusive(&event->lock);
  return result;
}

/* An event that is not given stays set until somebody waits for it again. */
static HRESULT WINAPI synchronize_reset(ISynchronize *synchronize)
{
  struct manual_reset_event *event = from_synchronize(synchronize);
  HRESULT result = S_OK;

  AcquireSRWLockExclusive(&event->lock);
  event->signalled = false;
  if (event->given || event->waiting)
    result = set_event(event, false);
  ReleaseSRWLockExclusive(&event->lock);
  return result;
}

static HRESULT give_event(struct manual_reset_event *event, HANDLE *handle)
{
  HRESULT result;

  AcquireSRWLockExclusive(&event->lock);
  result = make_event(event);
  if (SUCCEEDED(result) && !event->given)
    result = set_event(event, event->signalled);
  if (SUCCEEDED(result)) {
    event->given = true;
    *handle = event->event;
    /* Who waits for the flag goes on to wait for the event. */
    WakeAllConditionVariable(&event->changed);
  }
  ReleaseSRWLockExclusive(&event->lock);
  return result;
}

static ISynchronizeVtbl synchronize_table = {synchronize_query_interface, synchronize_add_ref,
                                             synchronize_release,         synchronize_wait,
                                             synchronize_signal,          synchronize_reset};

static HRESULT WINAPI handle_query_interface(ISynchronizeHandle *handle, REFIID iid,
                                             void **object)
{
  IUnknown *outer = from_handle(handle)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI handle_add_ref(ISynchronizeHandle *handle)
{
  IUnknown *outer = from_handle(handle)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI handle_release(ISynchronizeHandle *handle)
{
  IUnknown *outer = from_handle(handle)->outer;

  return outer->lpVtbl->Release(outer);
}

static HRESULT WINAPI handle_get_handle(ISynchronizeHandle *handle, HANDLE *result)
{
  return result ? give_event(from_handle(handle), result) : E_INVALIDARG;
}

static ISynchronizeHandleVtbl handle_table = {handle_query_interface, handle_add_ref,
                                              handle_release, handle_get_handle};

HRESULT manual_reset_event_create(IUnknown *outer, REFIID iid, void **object)
{
  struct manual_reset_event *event = calloc(1, sizeof(*event));
  HRESULT result;

  *object = NULL;
  if (!event)
    return E_OUTOFMEMORY;
  InitializeSRWLock(&event->lock);
  InitializeConditionVariable(&event->changed);
  event->inner.lpVtbl = &inner_table;
  event->synchronize.lpVtbl = &synchronize_table;
  event->synchronize_handle.lpVtbl = &handle_table;
  event->outer = outer ? outer : &event->inner;
  event->references = 1;
  result = inner_query_interface(&event->inner, iid, object);
  inner_release(&event->inner);
  return result;
}

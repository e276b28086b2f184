#define WIN32_NO_STATUS
#include "std_event.h"

#undef WIN32_NO_STATUS
#include <ntstatus.h>
#include <stdbool.h>
#include <stdlib.h>
#include <winternl.h>

#include "com_wait.h"

/* What NtQueryEvent tells: the first member is 0 for a manual-reset event. */
struct event_information {
  LONG type, state;
};

NTSYSAPI NTSTATUS NTAPI NtQueryEvent(HANDLE event, int information_class, void *information,
                                     ULONG size, ULONG *returned);

struct std_event {
  IUnknown inner; /* the object's own: what the controlling unknown holds */
  ISynchronize synchronize;
  ISynchronizeEvent synchronize_event; /* ISynchronizeHandle, too */
  IUnknown *outer; /* the controlling unknown: `inner` where there is no other */
  LONG references;

  SRWLOCK lock;
  HANDLE event; /* set once; NULL until somebody needs it */
  bool manual_reset;
};

static struct std_event *from_inner(IUnknown *inner)
{
  return CONTAINING_RECORD(inner, struct std_event, inner);
}

static struct std_event *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct std_event, synchronize);
}

static struct std_event *from_event(ISynchronizeEvent *event)
{
  return CONTAINING_RECORD(event, struct std_event, synchronize_event);
}

static HRESULT WINAPI inner_query_interface(IUnknown *inner, REFIID iid, void **object)
{
  struct std_event *event = from_inner(inner);

  if (!object)
    return E_POINTER;
  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *object = &event->inner;
  else if (IsEqualIID(iid, &IID_ISynchronize))
    *object = &event->synchronize;
  else if (IsEqualIID(iid, &IID_ISynchronizeEvent) || IsEqualIID(iid, &IID_ISynchronizeHandle))
    *object = &event->synchronize_event;
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
  struct std_event *event = from_inner(inner);
  LONG references = InterlockedDecrement(&event->references);

  if (!references) {
    if (event->event)
      CloseHandle(event->event);
    free(event);
  }
  return references;
}

static IUnknownVtbl inner_table = {inner_query_interface, inner_add_ref, inner_release};

/* S_OK with the object's event, which is made if there is none; what the system said. */
static HRESULT need_event(struct std_event *event, HANDLE *handle)
{
  HRESULT result = S_OK;

  AcquireSRWLockExclusive(&event->lock);
  if (!event->event) {
    event->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!event->event)
      result = HRESULT_FROM_WIN32(GetLastError());
  }
  *handle = event->event;
  ReleaseSRWLockExclusive(&event->lock);
  return result;
}

/* S_OK; E_INVALIDARG: it is no event. */
static HRESULT look_at(HANDLE handle, bool *manual_reset)
{
  struct event_information information = {0};
  NTSTATUS status = NtQueryEvent(handle, 0, &information, sizeof(information), NULL);

  /* A handle that may not be queried is reset as the pages say; an auto-reset event stands it.
   */
  *manual_reset = information.type == 0;
  return status >= 0 || status == STATUS_ACCESS_DENIED ? S_OK : E_INVALIDARG;
}

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

static HRESULT WINAPI synchronize_wait(ISynchronize *synchronize, DWORD flags,
                                       DWORD milliseconds)
{
  struct std_event *event = from_synchronize(synchronize);
  HANDLE handle;
  DWORD index;
  HRESULT result = need_event(event, &handle);

  if (FAILED(result))
    return result;
  result = com_wait(flags, milliseconds, 1, &handle, &index);
  if (result == S_OK && index == 0 && event->manual_reset)
    ResetEvent(handle);
  return result;
}

static HRESULT WINAPI synchronize_signal(ISynchronize *synchronize)
{
  HANDLE handle;
  HRESULT result = need_event(from_synchronize(synchronize), &handle);

  if (SUCCEEDED(result) && !SetEvent(handle))
    result = HRESULT_FROM_WIN32(GetLastError());
  return result;
}

/* Where there is no event there is nothing to reset. */
static HRESULT WINAPI synchronize_reset(ISynchronize *synchronize)
{
  struct std_event *event = from_synchronize(synchronize);
  HANDLE handle;

  AcquireSRWLockShared(&event->lock);
  handle = event->event;
  ReleaseSRWLockShared(&event->lock);
  return !handle || ResetEvent(handle) ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

static ISynchronizeVtbl synchronize_table = {synchronize_query_interface, synchronize_add_ref,
                                             synchronize_release,         synchronize_wait,
                                             synchronize_signal,          synchronize_reset};

static HRESULT WINAPI event_query_interface(ISynchronizeEvent *event, REFIID iid, void **object)
{
  IUnknown *outer = from_event(event)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI event_add_ref(ISynchronizeEvent *event)
{
  IUnknown *outer = from_event(event)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI event_release(ISynchronizeEvent *event)
{
  IUnknown *outer = from_event(event)->outer;

  return outer->lpVtbl->Release(outer);
}

static HRESULT WINAPI event_get_handle(ISynchronizeEvent *event, HANDLE *handle)
{
  return handle ? need_event(from_event(event), handle) : E_INVALIDARG;
}

static HRESULT WINAPI event_set_handle(ISynchronizeEvent *interface_pointer, HANDLE *handle)
{
  struct std_event *event = from_event(interface_pointer);
  bool manual_reset, set;
  HANDLE given;
  HRESULT result;

  if (!handle || !*handle)
    return E_INVALIDARG;
  given = *handle;
  result = look_at(given, &manual_reset);
  if (FAILED(result))
    return result;
  AcquireSRWLockExclusive(&event->lock);
  set = !event->event;
  if (set) {
    event->event = given;
    event->manual_reset = manual_reset;
  }
  ReleaseSRWLockExclusive(&event->lock);
  return set ? S_OK : E_FAIL;
}

static ISynchronizeEventVtbl event_table = {event_query_interface, event_add_ref, event_release,
                                            event_get_handle, event_set_handle};

HRESULT std_event_create(IUnknown *outer, REFIID iid, void **object)
{
  struct std_event *event = calloc(1, sizeof(*event));
  HRESULT result;

  *object = NULL;
  if (!event)
    return E_OUTOFMEMORY;
  InitializeSRWLock(&event->lock);
  event->inner.lpVtbl = &inner_table;
  event->synchronize.lpVtbl = &synchronize_table;
  event->synchronize_event.lpVtbl = &event_table;
  event->outer = outer ? outer : &event->inner;
  event->references = 1;
  result = inner_query_interface(&event->inner, iid, object);
  inner_release(&event->inner);
  return result;
}

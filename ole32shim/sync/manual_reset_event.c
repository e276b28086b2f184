#include "manual_reset_event.h"

#include <stdlib.h>

#include "com_wait.h"

struct manual_reset_event {
  IUnknown inner; /* the object's own: what the controlling unknown holds */
  ISynchronize synchronize;
  ISynchronizeHandle synchronize_handle;
  IUnknown *outer; /* the controlling unknown: `inner` where there is no other */
  LONG references;
  HANDLE event;
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

static HRESULT WINAPI synchronize_wait(ISynchronize *synchronize, DWORD flags,
                                       DWORD milliseconds)
{
  DWORD index;

  return com_wait(flags, milliseconds, 1, &from_synchronize(synchronize)->event, &index);
}

static HRESULT WINAPI synchronize_signal(ISynchronize *synchronize)
{
  return SetEvent(from_synchronize(synchronize)->event) ? S_OK
                                                        : HRESULT_FROM_WIN32(GetLastError());
}

static HRESULT WINAPI synchronize_reset(ISynchronize *synchronize)
{
  return ResetEvent(from_synchronize(synchronize)->event) ? S_OK
                                                          : HRESULT_FROM_WIN32(GetLastError());
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
  if (!result)
    return E_INVALIDARG;
  *result = from_handle(handle)->event;
  return S_OK;
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
  event->event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (!event->event) {
    result = HRESULT_FROM_WIN32(GetLastError());
    free(event);
    return result;
  }
  event->inner.lpVtbl = &inner_table;
  event->synchronize.lpVtbl = &synchronize_table;
  event->synchronize_handle.lpVtbl = &handle_table;
  event->outer = outer ? outer : &event->inner;
  event->references = 1;
  result = inner_query_interface(&event->inner, iid, object);
  inner_release(&event->inner);
  return result;
}

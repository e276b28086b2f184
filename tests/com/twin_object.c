#include "twin_object.h"

#include <stdlib.h>

/* ---- the object ---- */

static struct twin_object *object_of(void *iface)
{
  return CONTAINING_RECORD(iface, struct twin_object, methods);
}

HRESULT STDMETHODCALLTYPE twin_query_interface(void *iface, REFIID iid, void **found)
{
  struct twin_object *object = object_of(iface);
  const struct twin_interfaces *interfaces = object->interfaces;

  *found = NULL;
  if (IsEqualIID(iid, &IID_ICallFactory) && object->manner != TWIN_SYNCHRONOUS)
    *found = &object->factory;
  else if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, interfaces->iid) ||
           (interfaces->base && IsEqualIID(iid, interfaces->base)))
    *found = iface;
  else
    return E_NOINTERFACE;
  InterlockedIncrement(&object->references);
  return S_OK;
}

ULONG STDMETHODCALLTYPE twin_add_ref(void *iface)
{
  return InterlockedIncrement(&object_of(iface)->references);
}

ULONG STDMETHODCALLTYPE twin_release(void *iface)
{
  return InterlockedDecrement(&object_of(iface)->references);
}

/* ---- its call objects ---- */

static struct twin_call *call_of(void *iface)
{
  return CONTAINING_RECORD(iface, struct twin_call, methods);
}

HRESULT STDMETHODCALLTYPE twin_call_query_interface(void *iface, REFIID iid, void **found)
{
  return IUnknown_QueryInterface(call_of(iface)->outer, iid, found);
}

ULONG STDMETHODCALLTYPE twin_call_add_ref(void *iface)
{
  return IUnknown_AddRef(call_of(iface)->outer);
}

ULONG STDMETHODCALLTYPE twin_call_release(void *iface)
{
  return IUnknown_Release(call_of(iface)->outer);
}

static struct twin_call *call_of_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct twin_call, unknown);
}

static HRESULT STDMETHODCALLTYPE own_query_interface(IUnknown *unknown, REFIID iid,
                                                     void **found)
{
  struct twin_call *call = call_of_unknown(unknown);
  const struct twin_interfaces *interfaces = call->object->interfaces;

  *found = NULL;
  if (IsEqualIID(iid, &IID_IUnknown)) {
    *found = unknown;
    IUnknown_AddRef(unknown);
  } else if (IsEqualIID(iid, interfaces->async_iid) ||
             (interfaces->async_base && IsEqualIID(iid, interfaces->async_base))) {
    *found = &call->methods;
    IUnknown_AddRef(call->outer);
  }
  return *found ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE own_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&call_of_unknown(unknown)->references);
}

static ULONG STDMETHODCALLTYPE own_release(IUnknown *unknown)
{
  struct twin_call *call = call_of_unknown(unknown);
  LONG references = InterlockedDecrement(&call->references);

  if (!references) {
    InterlockedDecrement(&call->object->calls);
    free(call);
  }
  return references;
}

static IUnknownVtbl own_methods = {own_query_interface, own_add_ref, own_release};

static DWORD WINAPI signal_from_thread(void *synchronize)
{
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  CHECK_EQ(ISynchronize_Signal((ISynchronize *)synchronize), S_OK);
  ISynchronize_Release((ISynchronize *)synchronize);
  CoUninitialize();
  return 0;
}

void twin_call_begun(struct twin_call *call)
{
  ISynchronize *synchronize;
  HANDLE thread;

  InterlockedIncrement(&call->object->begun);
  CHECK_EQ(IUnknown_QueryInterface(call->outer, &IID_ISynchronize, (void **)&synchronize),
           S_OK);
  if (call->object->manner == TWIN_SIGNALS) {
    CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
    ISynchronize_Release(synchronize);
    return;
  }
  thread = CreateThread(NULL, 0, signal_from_thread, synchronize, 0, NULL);
  CHECK(thread);
  CloseHandle(thread);
}

void twin_call_finished(struct twin_call *call)
{
  InterlockedIncrement(&call->object->finished);
}

/* ---- ICallFactory ---- */

static struct twin_object *object_of_factory(ICallFactory *factory)
{
  return CONTAINING_RECORD(factory, struct twin_object, factory);
}

static HRESULT STDMETHODCALLTYPE factory_query_interface(ICallFactory *factory, REFIID iid,
                                                         void **found)
{
  return twin_query_interface(&object_of_factory(factory)->methods, iid, found);
}

static ULONG STDMETHODCALLTYPE factory_add_ref(ICallFactory *factory)
{
  return InterlockedIncrement(&object_of_factory(factory)->references);
}

static ULONG STDMETHODCALLTYPE factory_release(ICallFactory *factory)
{
  return InterlockedDecrement(&object_of_factory(factory)->references);
}

static HRESULT STDMETHODCALLTYPE factory_create_call(ICallFactory *factory, REFIID iid,
                                                     IUnknown *outer, REFIID object_iid,
                                                     IUnknown **found)
{
  struct twin_object *object = object_of_factory(factory);
  struct twin_call *call;

  *found = NULL;
  if (object->manner == TWIN_REFUSES)
    return E_ACCESSDENIED;
  CHECK(IsEqualIID(iid, object->interfaces->async_iid));
  CHECK(outer && IsEqualIID(object_iid, &IID_IUnknown));
  call = calloc(1, sizeof(*call));
  CHECK(call);
  call->methods = object->interfaces->async_methods;
  call->unknown.lpVtbl = &own_methods;
  call->outer = outer;
  call->references = 1;
  call->object = object;
  InterlockedIncrement(&object->calls);
  *found = &call->unknown;
  return S_OK;
}

static ICallFactoryVtbl factory_methods = {factory_query_interface, factory_add_ref,
                                           factory_release, factory_create_call};

void twin_object_init(struct twin_object *object, const struct twin_interfaces *interfaces,
                      enum twin_manner manner)
{
  object->methods = interfaces->methods;
  object->interfaces = interfaces;
  object->factory.lpVtbl = &factory_methods;
  object->manner = manner;
  object->references = 1;
}

void twin_object_check_served(struct twin_object *object, LONG calls)
{
  LONG expected = object->manner >= TWIN_SIGNALS ? calls : 0;

  CHECK_EQ(object->seen, calls);
  CHECK_EQ(object->begun, expected);
  CHECK_EQ(object->finished, expected);
  while (object->calls)
    SwitchToThread();
}

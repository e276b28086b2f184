#include "ring_object.h"

#include <stdlib.h>
#include <wchar.h>

#include "proxy_dll.h"

/* ---- IRing ---- */

static struct ring_object *from_ring(IRing *ring)
{
  return CONTAINING_RECORD(ring, struct ring_object, ring);
}

static HRESULT query(struct ring_object *object, REFIID iid, void **found)
{
  *found = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IFigure) ||
      IsEqualIID(iid, &IID_INamedFigure) || IsEqualIID(iid, &IID_ICircle) ||
      IsEqualIID(iid, &IID_IRing))
    *found = &object->ring;
  else if (object->has_factory && IsEqualIID(iid, &IID_ICallFactory))
    *found = &object->factory;
  else
    return E_NOINTERFACE;
  InterlockedIncrement(&object->references);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE ring_query(IRing *ring, REFIID iid, void **found)
{
  return query(from_ring(ring), iid, found);
}

static ULONG STDMETHODCALLTYPE ring_add_ref(IRing *ring)
{
  return InterlockedIncrement(&from_ring(ring)->references);
}

static ULONG STDMETHODCALLTYPE ring_release(IRing *ring)
{
  return InterlockedDecrement(&from_ring(ring)->references);
}

static HRESULT STDMETHODCALLTYPE area(IRing *ring, LONG scale, double *result)
{
  struct ring_object *object = from_ring(ring);

  object->calls++;
  *result = 3.0 * scale * object->radius * object->radius; /* coarse, but exact */
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE name(IRing *ring, const WCHAR *prefix, FigureName *result)
{
  from_ring(ring)->calls++;
  result->text = CoTaskMemAlloc(64 * sizeof(WCHAR));
  CHECK(result->text);
  swprintf(result->text, 64, L"%ls ring", prefix);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE grow(IRing *ring, LONG by, LONG *radius)
{
  struct ring_object *object = from_ring(ring);

  object->calls++;
  object->radius = *radius + by;
  *radius = object->radius;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE hole(IRing *ring, LONG *radius)
{
  from_ring(ring)->calls++;
  *radius = from_ring(ring)->radius - 1;
  return S_OK;
}

static IRingVtbl ring_methods = {ring_query, ring_add_ref, ring_release, area,
                                 name,       grow,         hole};

/* ---- AsyncIRing: signals in Begin_ ---- */

struct ring_call {
  AsyncIRing iface; /* by the controlling unknown */
  IUnknown unknown; /* its own */
  LONG references;
  IUnknown *outer; /* not counted */
  struct ring_object *object;
  LONG number;
  WCHAR prefix[32];
};

static struct ring_call *from_call(AsyncIRing *iface)
{
  return CONTAINING_RECORD(iface, struct ring_call, iface);
}

static HRESULT STDMETHODCALLTYPE call_query(AsyncIRing *iface, REFIID iid, void **found)
{
  return IUnknown_QueryInterface(from_call(iface)->outer, iid, found);
}

static ULONG STDMETHODCALLTYPE call_add_ref(AsyncIRing *iface)
{
  return IUnknown_AddRef(from_call(iface)->outer);
}

static ULONG STDMETHODCALLTYPE call_release(AsyncIRing *iface)
{
  return IUnknown_Release(from_call(iface)->outer);
}

static HRESULT begun(struct ring_call *call)
{
  ISynchronize *synchronize;

  InterlockedIncrement(&call->object->begun);
  CHECK_EQ(IUnknown_QueryInterface(call->outer, &IID_ISynchronize, (void **)&synchronize),
           S_OK);
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  ISynchronize_Release(synchronize);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE begin_area(AsyncIRing *iface, LONG scale)
{
  from_call(iface)->number = scale;
  return begun(from_call(iface));
}

static HRESULT STDMETHODCALLTYPE finish_area(AsyncIRing *iface, double *result)
{
  return area(&from_call(iface)->object->ring, from_call(iface)->number, result);
}

static HRESULT STDMETHODCALLTYPE begin_name(AsyncIRing *iface, const WCHAR *prefix)
{
  lstrcpynW(from_call(iface)->prefix, prefix, 32);
  return begun(from_call(iface));
}

static HRESULT STDMETHODCALLTYPE finish_name(AsyncIRing *iface, FigureName *result)
{
  return name(&from_call(iface)->object->ring, from_call(iface)->prefix, result);
}

static HRESULT STDMETHODCALLTYPE begin_grow(AsyncIRing *iface, LONG by, LONG *radius)
{
  CHECK(*radius);
  from_call(iface)->number = by;
  return begun(from_call(iface));
}

static HRESULT STDMETHODCALLTYPE finish_grow(AsyncIRing *iface, LONG *radius)
{
  return grow(&from_call(iface)->object->ring, from_call(iface)->number, radius);
}

static HRESULT STDMETHODCALLTYPE begin_hole(AsyncIRing *iface)
{
  return begun(from_call(iface));
}

static HRESULT STDMETHODCALLTYPE finish_hole(AsyncIRing *iface, LONG *radius)
{
  return hole(&from_call(iface)->object->ring, radius);
}

static AsyncIRingVtbl call_methods = {call_query,  call_add_ref, call_release, begin_area,
                                      finish_area, begin_name,   finish_name,  begin_grow,
                                      finish_grow, begin_hole,   finish_hole};

static struct ring_call *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct ring_call, unknown);
}

static HRESULT STDMETHODCALLTYPE unknown_query(IUnknown *unknown, REFIID iid, void **found)
{
  struct ring_call *call = from_unknown(unknown);

  *found = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *found = &call->unknown;
  else if (IsEqualIID(iid, &IID_AsyncIRing))
    *found = &call->iface;
  else
    return E_NOINTERFACE;
  IUnknown_AddRef((IUnknown *)*found);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE unknown_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&from_unknown(unknown)->references);
}

static ULONG STDMETHODCALLTYPE unknown_release(IUnknown *unknown)
{
  LONG references = InterlockedDecrement(&from_unknown(unknown)->references);

  if (!references)
    free(from_unknown(unknown));
  return references;
}

static IUnknownVtbl unknown_methods = {unknown_query, unknown_add_ref, unknown_release};

/* ---- ICallFactory ---- */

static struct ring_object *from_factory(ICallFactory *factory)
{
  return CONTAINING_RECORD(factory, struct ring_object, factory);
}

static HRESULT STDMETHODCALLTYPE factory_query(ICallFactory *factory, REFIID iid, void **found)
{
  return query(from_factory(factory), iid, found);
}

static ULONG STDMETHODCALLTYPE factory_add_ref(ICallFactory *factory)
{
  return InterlockedIncrement(&from_factory(factory)->references);
}

static ULONG STDMETHODCALLTYPE factory_release(ICallFactory *factory)
{
  return InterlockedDecrement(&from_factory(factory)->references);
}

static HRESULT STDMETHODCALLTYPE factory_create(ICallFactory *factory, REFIID async_iid,
                                                IUnknown *outer, REFIID iid, IUnknown **found)
{
  struct ring_call *call;

  *found = NULL;
  if (!IsEqualIID(async_iid, &IID_AsyncIRing))
    return E_NOINTERFACE;
  CHECK(outer && IsEqualIID(iid, &IID_IUnknown));
  call = calloc(1, sizeof(*call));
  CHECK(call);
  call->iface.lpVtbl = &call_methods;
  call->unknown.lpVtbl = &unknown_methods;
  call->references = 1;
  call->outer = outer;
  call->object = from_factory(factory);
  *found = &call->unknown;
  return S_OK;
}

static ICallFactoryVtbl factory_methods = {factory_query, factory_add_ref, factory_release,
                                           factory_create};

void ring_object_init(struct ring_object *object, bool has_factory)
{
  *object = (struct ring_object){.ring.lpVtbl = &ring_methods,
                                 .factory.lpVtbl = &factory_methods,
                                 .has_factory = has_factory,
                                 .references = 1,
                                 .radius = 10};
}

void ring_register(void)
{
  proxy_dll_register_of("figure");
  proxy_dll_register_of("circle");
}

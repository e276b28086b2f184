#include "call_factory.h"

#include <stdlib.h>

#include "call_object.h"

struct call_factory {
  IRpcProxyBuffer proxy;
  ICallFactory factory;
  IUnknown *outer;
  LONG references;
};

static struct call_factory *from_proxy(IRpcProxyBuffer *proxy)
{
  return CONTAINING_RECORD(proxy, struct call_factory, proxy);
}

static struct call_factory *from_factory(ICallFactory *factory)
{
  return CONTAINING_RECORD(factory, struct call_factory, factory);
}

static HRESULT WINAPI proxy_query_interface(IRpcProxyBuffer *proxy, REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcProxyBuffer))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_proxy(proxy)->references);
  *object = proxy;
  return S_OK;
}

static ULONG WINAPI proxy_add_ref(IRpcProxyBuffer *proxy)
{
  return InterlockedIncrement(&from_proxy(proxy)->references);
}

static ULONG WINAPI proxy_release(IRpcProxyBuffer *proxy)
{
  struct call_factory *factory = from_proxy(proxy);
  LONG references = InterlockedDecrement(&factory->references);

  if (!references)
    free(factory);
  return references;
}

static HRESULT WINAPI proxy_connect(IRpcProxyBuffer *proxy, IRpcChannelBuffer *channel)
{
  (void)proxy;
  (void)channel;
  return S_OK;
}

static void WINAPI proxy_disconnect(IRpcProxyBuffer *proxy)
{
  (void)proxy;
}

static IRpcProxyBufferVtbl proxy_table = {proxy_query_interface, proxy_add_ref, proxy_release,
                                          proxy_connect, proxy_disconnect};

static HRESULT WINAPI factory_query_interface(ICallFactory *factory, REFIID iid, void **object)
{
  IUnknown *outer = from_factory(factory)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI factory_add_ref(ICallFactory *factory)
{
  IUnknown *outer = from_factory(factory)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI factory_release(ICallFactory *factory)
{
  IUnknown *outer = from_factory(factory)->outer;

  return outer->lpVtbl->Release(outer);
}

static HRESULT WINAPI factory_create_call(ICallFactory *factory, REFIID async_iid,
                                          IUnknown *outer, REFIID iid, IUnknown **object)
{
  IUnknown *call;
  HRESULT result;

  if (!object)
    return E_INVALIDARG;
  *object = NULL;
  if (outer && !IsEqualIID(iid, &IID_IUnknown))
    return E_INVALIDARG;
  result = call_object_create(from_factory(factory)->outer, async_iid, outer, &call);
  if (FAILED(result))
    return result;
  result = call->lpVtbl->QueryInterface(call, iid, (void **)object);
  call->lpVtbl->Release(call);
  return result;
}

static ICallFactoryVtbl factory_table = {factory_query_interface, factory_add_ref,
                                         factory_release, factory_create_call};

HRESULT call_factory_create(IUnknown *outer, IRpcProxyBuffer **proxy, void **object)
{
  struct call_factory *factory = calloc(1, sizeof(*factory));

  *proxy = NULL;
  *object = NULL;
  if (!factory)
    return E_OUTOFMEMORY;
  factory->proxy.lpVtbl = &proxy_table;
  factory->factory.lpVtbl = &factory_table;
  factory->outer = outer;
  factory->references = 1;
  outer->lpVtbl->AddRef(outer);
  *proxy = &factory->proxy;
  *object = &factory->factory;
  return S_OK;
}

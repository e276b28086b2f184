#include "call_factory.h"

#include <stdlib.h>

#include "call_object.h"

struct call_factory {
  IRpcProxyBuffer proxy; /* where it is a part of the proxy manager's object */
  ICallFactory factory;
  IUnknown *identity;
  LONG references; /* of `proxy`, or of `factory` where there is no proxy */
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
  IUnknown *identity = from_factory(factory)->identity;

  return identity->lpVtbl->QueryInterface(identity, iid, object);
}

static ULONG WINAPI part_add_ref(ICallFactory *factory)
{
  IUnknown *identity = from_factory(factory)->identity;

  return identity->lpVtbl->AddRef(identity);
}

static ULONG WINAPI part_release(ICallFactory *factory)
{
  IUnknown *identity = from_factory(factory)->identity;

  return identity->lpVtbl->Release(identity);
}

static ULONG WINAPI factory_add_ref(ICallFactory *factory)
{
  return InterlockedIncrement(&from_factory(factory)->references);
}

static ULONG WINAPI factory_release(ICallFactory *interface_pointer)
{
  struct call_factory *factory = from_factory(interface_pointer);
  LONG references = InterlockedDecrement(&factory->references);

  if (!references) {
    factory->identity->lpVtbl->Release(factory->identity);
    free(factory);
  }
  return references;
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
  result = call_object_create(from_factory(factory)->identity, async_iid, outer, &call);
  if (FAILED(result))
    return result;
  result = call->lpVtbl->QueryInterface(call, iid, (void **)object);
  call->lpVtbl->Release(call);
  return result;
}

static ICallFactoryVtbl part_table = {factory_query_interface, part_add_ref, part_release,
                                      factory_create_call};
static ICallFactoryVtbl factory_table = {factory_query_interface, factory_add_ref,
                                         factory_release, factory_create_call};

static struct call_factory *create(IUnknown *identity)
{
  struct call_factory *factory = calloc(1, sizeof(*factory));

  if (!factory)
    return NULL;
  factory->proxy.lpVtbl = &proxy_table;
  factory->factory.lpVtbl = &factory_table;
  factory->identity = identity;
  factory->references = 1;
  identity->lpVtbl->AddRef(identity);
  return factory;
}

HRESULT call_factory_create(IUnknown *identity, void **object)
{
  struct call_factory *factory = create(identity);

  *object = factory ? &factory->factory : NULL;
  return factory ? S_OK : E_OUTOFMEMORY;
}

HRESULT call_factory_create_proxy(IUnknown *outer, IRpcProxyBuffer **proxy, void **object)
{
  struct call_factory *factory = create(outer);

  *proxy = NULL;
  *object = NULL;
  if (!factory)
    return E_OUTOFMEMORY;
  factory->factory.lpVtbl = &part_table;
  *proxy = &factory->proxy;
  *object = &factory->factory;
  return S_OK;
}

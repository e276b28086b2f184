#include "class_factory_proxy.h"

#include <stdlib.h>

struct class_factory_proxy {
  IRpcProxyBuffer buffer;
  IClassFactory factory;
  IUnknown *outer;
  LONG references;
  IRpcProxyBuffer *wine;
  IClassFactory *wine_factory; /* the reference is `wine` */
};

static struct class_factory_proxy *from_buffer(IRpcProxyBuffer *buffer)
{
  return CONTAINING_RECORD(buffer, struct class_factory_proxy, buffer);
}

static struct class_factory_proxy *from_factory(IClassFactory *factory)
{
  return CONTAINING_RECORD(factory, struct class_factory_proxy, factory);
}

/* ---- IRpcProxyBuffer ---- */

static HRESULT WINAPI buffer_query_interface(IRpcProxyBuffer *buffer, REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcProxyBuffer))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_buffer(buffer)->references);
  *object = buffer;
  return S_OK;
}

static ULONG WINAPI buffer_add_ref(IRpcProxyBuffer *buffer)
{
  return InterlockedIncrement(&from_buffer(buffer)->references);
}

static ULONG WINAPI buffer_release(IRpcProxyBuffer *buffer)
{
  struct class_factory_proxy *proxy = from_buffer(buffer);
  LONG references = InterlockedDecrement(&proxy->references);

  if (references)
    return references;
  proxy->wine->lpVtbl->Release(proxy->wine);
  free(proxy);
  return 0;
}

static HRESULT WINAPI buffer_connect(IRpcProxyBuffer *buffer, IRpcChannelBuffer *channel)
{
  IRpcProxyBuffer *wine = from_buffer(buffer)->wine;

  return wine->lpVtbl->Connect(wine, channel);
}

static void WINAPI buffer_disconnect(IRpcProxyBuffer *buffer)
{
  IRpcProxyBuffer *wine = from_buffer(buffer)->wine;

  wine->lpVtbl->Disconnect(wine);
}

static IRpcProxyBufferVtbl buffer_methods = {buffer_query_interface, buffer_add_ref,
                                             buffer_release, buffer_connect, buffer_disconnect};

/* ---- IClassFactory ---- */

static HRESULT WINAPI query_interface(IClassFactory *factory, REFIID iid, void **object)
{
  IUnknown *outer = from_factory(factory)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI add_ref(IClassFactory *factory)
{
  IUnknown *outer = from_factory(factory)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI release(IClassFactory *factory)
{
  IUnknown *outer = from_factory(factory)->outer;

  return outer->lpVtbl->Release(outer);
}

static HRESULT create_with_call_factory(IClassFactory *wine, IUnknown *outer, void **object)
{
  IUnknown *instance;
  HRESULT result = wine->lpVtbl->CreateInstance(wine, outer, &IID_IUnknown, (void **)&instance);

  *object = NULL;
  if (FAILED(result))
    return result;
  if (!instance) /* the server's word against its deed */
    return E_NOINTERFACE;
  result = instance->lpVtbl->QueryInterface(instance, &IID_ICallFactory, object);
  instance->lpVtbl->Release(instance);
  return result;
}

static HRESULT WINAPI create_instance(IClassFactory *factory, IUnknown *outer, REFIID iid,
                                      void **object)
{
  IClassFactory *wine = from_factory(factory)->wine_factory;

  if (object && IsEqualIID(iid, &IID_ICallFactory))
    return create_with_call_factory(wine, outer, object);
  return wine->lpVtbl->CreateInstance(wine, outer, iid, object);
}

static HRESULT WINAPI lock_server(IClassFactory *factory, BOOL lock)
{
  IClassFactory *wine = from_factory(factory)->wine_factory;

  return wine->lpVtbl->LockServer(wine, lock);
}

static IClassFactoryVtbl factory_methods = {query_interface, add_ref, release, create_instance,
                                            lock_server};

HRESULT class_factory_proxy_create(IPSFactoryBuffer *wine, IUnknown *outer,
                                   IRpcProxyBuffer **result, void **object)
{
  struct class_factory_proxy *proxy = calloc(1, sizeof(*proxy));
  HRESULT status;

  *result = NULL;
  *object = NULL;
  if (!proxy)
    return E_OUTOFMEMORY;
  status = wine->lpVtbl->CreateProxy(wine, outer, &IID_IClassFactory, &proxy->wine,
                                     (void **)&proxy->wine_factory);
  if (FAILED(status)) {
    free(proxy);
    return status;
  }
  proxy->buffer.lpVtbl = &buffer_methods;
  proxy->factory.lpVtbl = &factory_methods;
  proxy->outer = outer;
  proxy->references = 1;
  *result = &proxy->buffer;
  /* Wine's interface has given us a reference of the outer unknown: ours has it now. */
  *object = &proxy->factory;
  return S_OK;
}

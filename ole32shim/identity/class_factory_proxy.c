#include "class_factory_proxy.h"

#include <stdlib.h>

#include "../remote/proxy_around.h"
#include "client_identity.h"

struct class_factory_proxy {
  struct proxy_around around; /* the first member */
  IClassFactory factory;
  IClassFactory *wine_factory; /* `around` holds it */
};

static struct class_factory_proxy *from_factory(IClassFactory *factory)
{
  return CONTAINING_RECORD(factory, struct class_factory_proxy, factory);
}

/* ---- IClassFactory ---- */

static HRESULT WINAPI query_interface(IClassFactory *factory, REFIID iid, void **object)
{
  IUnknown *outer = from_factory(factory)->around.outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI add_ref(IClassFactory *factory)
{
  IUnknown *outer = from_factory(factory)->around.outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI release(IClassFactory *factory)
{
  IUnknown *outer = from_factory(factory)->around.outer;

  return outer->lpVtbl->Release(outer);
}

static HRESULT create_with_call_factory(IClassFactory *wine, IUnknown *outer, void **object)
{
  IUnknown *instance;
  HRESULT result = wine->lpVtbl->CreateInstance(wine, outer, &IID_IUnknown, (void **)&instance);

  *object = NULL;
  return FAILED(result) ? result : client_identity_exchange(instance, object);
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
  status = proxy_around_init(&proxy->around, wine, outer, &IID_IClassFactory,
                             (void **)&proxy->wine_factory);
  if (FAILED(status)) {
    free(proxy);
    return status;
  }
  proxy->factory.lpVtbl = &factory_methods;
  *result = &proxy->around.buffer;
  *object = &proxy->factory;
  return S_OK;
}

#include "system_proxies.h"

#include "../original/original.h"
#include "../remote/object_exporter.h"
#include "../remote/remote_unknown_proxy.h"
#include "../twins/twin_factory.h"
#include "class_factory_proxy.h"

/* Makes a proxy of one interface, around one that `wine` makes. */
typedef HRESULT (*create_around)(IPSFactoryBuffer *wine, IUnknown *outer,
                                 IRpcProxyBuffer **proxy, void **object);

static IPSFactoryBuffer *volatile wine_class; /* held for ever */

static HRESULT WINAPI query_interface(IPSFactoryBuffer *factory, REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IPSFactoryBuffer))
    return E_NOINTERFACE;
  *object = factory;
  return S_OK;
}

static ULONG WINAPI add_ref(IPSFactoryBuffer *factory)
{
  (void)factory;
  return 2;
}

static ULONG WINAPI release(IPSFactoryBuffer *factory)
{
  (void)factory;
  return 1;
}

static create_around find_proxy(REFIID iid)
{
  if (IsEqualIID(iid, &IID_REMOTE_UNKNOWN))
    return remote_unknown_proxy_create;
  return IsEqualIID(iid, &IID_IClassFactory) ? class_factory_proxy_create : NULL;
}

/* Of all other interfaces. */
static IPSFactoryBuffer *find_maker(REFIID iid)
{
  IPSFactoryBuffer *twins;

  return SUCCEEDED(twin_factory_get(iid, &twins)) ? twins : wine_class;
}

static HRESULT WINAPI create_proxy(IPSFactoryBuffer *factory, IUnknown *outer, REFIID iid,
                                   IRpcProxyBuffer **proxy, void **object)
{
  create_around create = find_proxy(iid);
  IPSFactoryBuffer *maker;

  (void)factory;
  if (!proxy || !object)
    return E_INVALIDARG;
  if (outer && create)
    return create(wine_class, outer, proxy, object);
  maker = find_maker(iid);
  return maker->lpVtbl->CreateProxy(maker, outer, iid, proxy, object);
}

static HRESULT WINAPI create_stub(IPSFactoryBuffer *factory, REFIID iid, IUnknown *server,
                                  IRpcStubBuffer **stub)
{
  IPSFactoryBuffer *maker = find_maker(iid);

  (void)factory;
  return maker->lpVtbl->CreateStub(maker, iid, server, stub);
}

static IPSFactoryBufferVtbl class_methods = {query_interface, add_ref, release, create_proxy,
                                             create_stub};

/* Threads that come at the same time find the same object. */
static HRESULT find_wine_class(void)
{
  IPSFactoryBuffer *found;
  HRESULT result;

  if (wine_class)
    return S_OK;
  result =
      original.DllGetClassObject(&CLSID_SystemProxies, &IID_IPSFactoryBuffer, (void **)&found);
  if (SUCCEEDED(result) &&
      InterlockedCompareExchangePointer((void *volatile *)&wine_class, found, NULL))
    found->lpVtbl->Release(found);
  return result;
}

HRESULT system_proxies_get(REFIID iid, void **object)
{
  static IPSFactoryBuffer class_object = {&class_methods};
  HRESULT result = find_wine_class();

  return FAILED(result) ? result : query_interface(&class_object, iid, object);
}

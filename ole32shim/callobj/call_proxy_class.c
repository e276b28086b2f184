#include "call_proxy_class.h"

#include "call_factory.h"
#include "call_factory_stub.h"

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

static HRESULT WINAPI create_proxy(IPSFactoryBuffer *factory, IUnknown *outer, REFIID iid,
                                   IRpcProxyBuffer **proxy, void **object)
{
  (void)factory;
  if (!outer || !proxy || !object)
    return E_INVALIDARG;
  return IsEqualIID(iid, &IID_ICallFactory) ? call_factory_create_proxy(outer, proxy, object)
                                            : E_NOINTERFACE;
}

static HRESULT WINAPI create_stub(IPSFactoryBuffer *factory, REFIID iid, IUnknown *server,
                                  IRpcStubBuffer **stub)
{
  (void)factory;
  if (!server || !stub)
    return E_INVALIDARG;
  return IsEqualIID(iid, &IID_ICallFactory) ? call_factory_stub_create(server, stub)
                                            : E_NOINTERFACE;
}

static IPSFactoryBufferVtbl class_table = {query_interface, add_ref, release, create_proxy,
                                           create_stub};

HRESULT call_proxy_class_get(REFIID iid, void **object)
{
  static IPSFactoryBuffer class_object = {&class_table};

  return query_interface(&class_object, iid, object);
}

#include "proxy_factory.h"

#include "../engine/engine.h"
#include "async_proxy.h"
#include "async_stub.h"
#include "stub_invoke.h"
#include "twin_lookup.h"

/* Guards every factory's change between empty and filled. */
static SRWLOCK lock = SRWLOCK_INIT;

/* Wine's methods, the same for each factory: set before the first factory has ours. */
static const IPSFactoryBufferVtbl *wine_methods;

static const struct proxy_files *files_of(IPSFactoryBuffer *iface)
{
  CStdPSFactoryBuffer *factory = (CStdPSFactoryBuffer *)iface;

  return CONTAINING_RECORD(factory->pProxyFileList, struct proxy_files, list);
}

/* ---- twin_lookup.h ---- */

static HRESULT STDMETHODCALLTYPE lookup_query_interface(struct twin_lookup *lookup, REFIID iid,
                                                        void **object)
{
  bool known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_TWIN_LOOKUP);

  *object = known ? lookup : NULL;
  return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE lookup_count(struct twin_lookup *lookup)
{
  (void)lookup;
  return 1;
}

static HRESULT STDMETHODCALLTYPE lookup_find_synchronous(struct twin_lookup *lookup,
                                                         IPSFactoryBuffer *factory,
                                                         REFIID asynchronous, IID *synchronous)
{
  const struct async_interface *twins =
      proxy_files_find_asynchronous(files_of(factory), asynchronous);

  (void)lookup;
  if (!twins)
    return E_NOINTERFACE;
  *synchronous = *twins->synchronous;
  return S_OK;
}

static const struct async_interface *STDMETHODCALLTYPE
lookup_find_twins(struct twin_lookup *lookup, IPSFactoryBuffer *factory, REFIID synchronous)
{
  (void)lookup;
  return proxy_files_find_synchronous(files_of(factory), synchronous);
}

static const struct twin_lookup_methods lookup_methods = {lookup_query_interface, lookup_count,
                                                          lookup_count, lookup_find_synchronous,
                                                          lookup_find_twins};
static struct twin_lookup twin_lookup = {&lookup_methods};

/* ---- IPSFactoryBuffer ---- */

static HRESULT STDMETHODCALLTYPE factory_query_interface(IPSFactoryBuffer *factory, REFIID iid,
                                                         void **object)
{
  if (object && IsEqualIID(iid, &IID_TWIN_LOOKUP))
    return lookup_query_interface(&twin_lookup, iid, object);
  return wine_methods->QueryInterface(factory, iid, object);
}

static ULONG STDMETHODCALLTYPE factory_add_ref(IPSFactoryBuffer *factory)
{
  return wine_methods->AddRef(factory);
}

static ULONG STDMETHODCALLTYPE factory_release(IPSFactoryBuffer *factory)
{
  return wine_methods->Release(factory);
}

static HRESULT STDMETHODCALLTYPE factory_create_proxy(IPSFactoryBuffer *factory,
                                                      IUnknown *outer, REFIID iid,
                                                      IRpcProxyBuffer **proxy, void **object)
{
  const struct async_interface *twins = proxy_files_find_asynchronous(files_of(factory), iid);

  if (twins)
    return async_proxy_create(twins, outer, factory, proxy, object);
  return wine_methods->CreateProxy(factory, outer, iid, proxy, object);
}

static HRESULT STDMETHODCALLTYPE factory_create_stub(IPSFactoryBuffer *factory, REFIID iid,
                                                     IUnknown *server, IRpcStubBuffer **stub)
{
  const struct async_interface *twins;
  IRpcStubBuffer *inner;
  HRESULT result;

  /* Nothing travels under an asynchronous interface's name. */
  if (proxy_files_find_asynchronous(files_of(factory), iid))
    return E_NOINTERFACE;
  result = wine_methods->CreateStub(factory, iid, server, stub);
  twins = proxy_files_find_synchronous(files_of(factory), iid);
  if (FAILED(result) || !twins)
    return result;
  inner = *stub;
  result = async_stub_create(twins, inner, server, stub);
  if (FAILED(result))
    IRpcStubBuffer_Release(inner);
  return result;
}

static const IPSFactoryBufferVtbl methods = {factory_query_interface, factory_add_ref,
                                             factory_release, factory_create_proxy,
                                             factory_create_stub};

/* Under the lock. */
static HRESULT fill(REFCLSID class_id, REFIID iid, void **object, const ProxyFileInfo **list,
                    const CLSID *own_class_id, CStdPSFactoryBuffer *factory)
{
  struct proxy_files *files = proxy_files_create(list);
  HRESULT result;

  if (!files)
    return E_OUTOFMEMORY;
  stub_invoke_fill(files->list);
  result =
      engine.NdrDllGetClassObject(class_id, iid, object, files->list, own_class_id, factory);
  /* It has been filled even where there is no such class or interface. */
  wine_methods = factory->lpVtbl;
  factory->lpVtbl = &methods;
  return result;
}

HRESULT proxy_factory_get(REFCLSID class_id, REFIID iid, void **object,
                          const ProxyFileInfo **list, const CLSID *own_class_id,
                          CStdPSFactoryBuffer *factory)
{
  HRESULT result;

  *object = NULL;
  AcquireSRWLockExclusive(&lock);
  if (factory->lpVtbl)
    result = engine.NdrDllGetClassObject(class_id, iid, object, list, own_class_id, factory);
  else
    result = fill(class_id, iid, object, list, own_class_id, factory);
  ReleaseSRWLockExclusive(&lock);
  return result;
}

HRESULT proxy_factory_can_unload(CStdPSFactoryBuffer *factory)
{
  HRESULT result;

  AcquireSRWLockExclusive(&lock);
  result = engine.NdrDllCanUnloadNow(factory);
  if (result == S_OK && factory->lpVtbl == &methods) {
    struct proxy_files *files =
        CONTAINING_RECORD(factory->pProxyFileList, struct proxy_files, list);

    factory->lpVtbl = NULL;
    factory->pProxyFileList = NULL;
    proxy_files_free(files);
  }
  ReleaseSRWLockExclusive(&lock);
  return result;
}

#include <initguid.h>

#include "class_table.h"

#include "../../include/asyncshim/com.h"
#include "../callobj/call_proxy_class.h"
#include "../identity/system_proxies.h"
#include "../sync/manual_reset_event.h"
#include "../sync/std_event.h"
#include "../sync/synchronize_container.h"

struct class_object {
  IClassFactory factory;
  const CLSID *class_id;
  class_create create;
};

static struct class_object *class_object_from_factory(IClassFactory *factory)
{
  return CONTAINING_RECORD(factory, struct class_object, factory);
}

static HRESULT WINAPI factory_query_interface(IClassFactory *factory, REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory)) {
    *object = factory;
    return S_OK;
  }
  *object = NULL;
  return E_NOINTERFACE;
}

static ULONG WINAPI factory_add_ref(IClassFactory *factory)
{
  (void)factory;
  return 2;
}

static ULONG WINAPI factory_release(IClassFactory *factory)
{
  (void)factory;
  return 1;
}

static HRESULT WINAPI factory_create_instance(IClassFactory *factory, IUnknown *outer,
                                              REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  /* Any other interface would be one that delegates: the outer object could never release us.
   */
  if (outer && !IsEqualIID(iid, &IID_IUnknown))
    return CLASS_E_NOAGGREGATION;
  return class_object_from_factory(factory)->create(outer, iid, object);
}

static HRESULT WINAPI factory_lock_server(IClassFactory *factory, BOOL lock)
{
  (void)factory;
  (void)lock;
  return S_OK;
}

static IClassFactoryVtbl factory_table = {factory_query_interface, factory_add_ref,
                                          factory_release, factory_create_instance,
                                          factory_lock_server};

static struct class_object classes[] = {
    {{&factory_table}, &CLSID_ManualResetEvent, manual_reset_event_create},
    {{&factory_table}, &CLSID_StdEvent, std_event_create},
    {{&factory_table}, &CLSID_SynchronizeContainer, synchronize_container_create},
};

HRESULT class_table_get(REFCLSID class_id, REFIID iid, void **object)
{
  for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
    if (IsEqualCLSID(class_id, classes[i].class_id))
      return factory_query_interface(&classes[i].factory, iid, object);
  if (IsEqualCLSID(class_id, &CLSID_SystemProxies))
    return system_proxies_get(iid, object);
  return IsEqualCLSID(class_id, &CLSID_CallFactoryProxy) ? call_proxy_class_get(iid, object)
                                                         : CLASS_E_CLASSNOTAVAILABLE;
}

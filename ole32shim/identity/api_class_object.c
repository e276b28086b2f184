/*
 * CoGetClassObject: Microsoft, "CoGetClassObject function". Combase has a local server's class
 * object asked for the interface in the server. ICallFactory is one that every proxy has, and
 * most objects have not (client_identity.h): so the class object is asked for here.
 */
#include "../original/original.h"
#include "client_identity.h"

static HRESULT get_with_call_factory(REFCLSID class_id, DWORD context, void *server,
                                     void **object)
{
  IUnknown *class_object;
  HRESULT result = original_get_class_object(class_id, context, server, &IID_IUnknown,
                                             (void **)&class_object);

  *object = NULL;
  return FAILED(result) ? result : client_identity_exchange(class_object, object);
}

HRESULT WINAPI CoGetClassObject(REFCLSID class_id, DWORD context, void *server, REFIID iid,
                                void **object)
{
  if (object && iid && IsEqualIID(iid, &IID_ICallFactory))
    return get_with_call_factory(class_id, context, server, object);
  return original_get_class_object(class_id, context, server, iid, object);
}

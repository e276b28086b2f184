/*
 * Where combase asks for the classes of ole32.dll: those that it knows by heart through
 * Ole32DllGetClassObject, those of the registry through DllGetClassObject.
 */
#include "class_table.h"

#include "../original/original.h"

HRESULT WINAPI DllGetClassObject(REFCLSID class_id, REFIID iid, void **object)
{
  HRESULT result = class_table_get(class_id, iid, object);

  return result == CLASS_E_CLASSNOTAVAILABLE ? original.DllGetClassObject(class_id, iid, object)
                                             : result;
}

HRESULT WINAPI Ole32DllGetClassObject(REFCLSID class_id, REFIID iid, void **object)
{
  HRESULT result = class_table_get(class_id, iid, object);

  return result == CLASS_E_CLASSNOTAVAILABLE
             ? original.Ole32DllGetClassObject(class_id, iid, object)
             : result;
}

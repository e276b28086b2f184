/*
 * The classes that asyncshim's ole32.dll has itself, and their class objects.
 *
 * A class object lives as long as the DLL: its references are not counted, as ole32.dll is
 * never unloaded while COM is in use. No state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_CLASS_TABLE_H
#define ASYNCSHIM_OLE32_CLASS_TABLE_H

#include <windows.h>
#include <objbase.h>

/*
 * Makes one object. `outer` is the controlling unknown or NULL; where it is not NULL `iid` is
 * IID_IUnknown (the class object has checked that), and *object becomes the object's own, not
 * delegating, unknown. *object is NULL on failure: CLASS_E_NOAGGREGATION, E_NOINTERFACE,
 * E_OUTOFMEMORY, or what the system said.
 */
typedef HRESULT (*class_create)(IUnknown *outer, REFIID iid, void **object);

/*
 * The class object of one of our classes: S_OK, E_NOINTERFACE, E_POINTER;
 * CLASS_E_CLASSNOTAVAILABLE: not one of ours.
 */
HRESULT class_table_get(REFCLSID class_id, REFIID iid, void **object);

#endif

/*
 * An interface with an asynchronous twin, and those that it inherits from: who describes which
 * of its methods.
 *
 * A proxy file has format strings for the methods of its own interfaces alone. Those that are
 * inherited from an interface of another file (async_interface.h: `base`) are in that file,
 * mostly of another proxy DLL, which has the base's twin, too, or else there could be no
 * AsyncI... that inherits from it. So that DLL's class object is asked (CoGetPSClsid,
 * twin_lookup.h), and in turn for what the base inherits.
 *
 * Reference counted; holds the class objects of the other DLLs, which keep these loaded.
 * `twins` of create() belongs to whoever calls, and has to live as long. Not changed after
 * create(): any thread.
 */
#ifndef ASYNCSHIM_COM_ASYNC_LINEAGE_H
#define ASYNCSHIM_COM_ASYNC_LINEAGE_H

#include "async_interface.h"

struct async_lineage;

/*
 * S_OK with one reference; E_NOINTERFACE: a base, or its twin, is not registered, or is not
 * what the heir was compiled with; E_OUTOFMEMORY. In an apartment: class objects are asked for.
 */
HRESULT async_lineage_create(const struct async_interface *twins,
                             struct async_lineage **lineage);
void async_lineage_add_reference(struct async_lineage *lineage);
void async_lineage_release(struct async_lineage *lineage);

/* Whose format strings describe a method of the synchronous interface. NULL: there is none. */
const struct async_interface *async_lineage_of_method(const struct async_lineage *lineage,
                                                      unsigned int method);

/* Whether it is the asynchronous interface, or one that that inherits from (not IUnknown). */
bool async_lineage_has(const struct async_lineage *lineage, REFIID asynchronous);

#endif

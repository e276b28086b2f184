/*
 * What is asked of the class object of a proxy DLL: by asyncshim's ole32.dll, where the
 * registry does not say which synchronous interface an asynchronous one belongs to (Wine's
 * NdrDllRegisterProxy leaves that key out, and so a program that was set up before asyncshim
 * has none); and by rpcrt4.dll, for interfaces that another proxy DLL's inherit from
 * (async_lineage.h).
 *
 * The class object gives it for IID_TWIN_LOOKUP if it is one of proxy_factory.h; all others
 * refuse, as they refuse any interface that they do not know. There is one in the process,
 * which is never freed, has no state, and is told which class object is meant. Any thread.
 */
#ifndef ASYNCSHIM_COM_TWIN_LOOKUP_H
#define ASYNCSHIM_COM_TWIN_LOOKUP_H

#include <windows.h>
#include <objbase.h>

/* {3C0A5D0E-51F4-4E57-9E3B-2C1B7A6F0D42} */
static const IID IID_TWIN_LOOKUP = {
    0x3c0a5d0e, 0x51f4, 0x4e57, {0x9e, 0x3b, 0x2c, 0x1b, 0x7a, 0x6f, 0x0d, 0x42}};

struct async_interface;

struct twin_lookup {
  const struct twin_lookup_methods *methods;
};

struct twin_lookup_methods {
  HRESULT(STDMETHODCALLTYPE *query_interface)
  (struct twin_lookup *lookup, REFIID iid, void **object);
  ULONG(STDMETHODCALLTYPE *add_ref)(struct twin_lookup *lookup);
  ULONG(STDMETHODCALLTYPE *release)(struct twin_lookup *lookup);
  /* `factory` is the class object that gave `lookup`. S_OK; E_NOINTERFACE: it has no such
   * asynchronous interface. */
  HRESULT(STDMETHODCALLTYPE *find_synchronous)
  (struct twin_lookup *lookup, IPSFactoryBuffer *factory, REFIID asynchronous,
   IID *synchronous);
  /* The twins by the IID of the synchronous one, as long as somebody holds `factory`. NULL: it
   * has none such. */
  const struct async_interface *(STDMETHODCALLTYPE *find_twins)(struct twin_lookup *lookup,
                                                                IPSFactoryBuffer *factory,
                                                                REFIID synchronous);
};

#endif

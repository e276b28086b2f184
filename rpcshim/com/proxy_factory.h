/*
 * The class object of a proxy DLL with asynchronous interfaces: Wine's factory, with methods of
 * ours before it.
 *
 * The factory is the DLL's own CStdPSFactoryBuffer. Wine fills it and does the synchronous
 * work, on writable copies of the proxy files (proxy_file.h); then its table of methods becomes
 * ours. References are counted in it, as Wine counts them, by all proxies and stubs, too. When
 * there are none and the DLL asks whether it can go, the copies are freed and the factory is
 * empty again: the next one who asks for the class object fills it anew.
 *
 * Called by the exports. Any thread: one lock, under which no application code runs.
 */
#ifndef ASYNCSHIM_COM_PROXY_FACTORY_H
#define ASYNCSHIM_COM_PROXY_FACTORY_H

#include "proxy_file.h"

/*
 * NdrDllGetClassObject for files of which proxy_files_are_async(). Besides Wine's results:
 * E_OUTOFMEMORY.
 */
HRESULT proxy_factory_get(REFCLSID class_id, REFIID iid, void **object,
                          const ProxyFileInfo **list, const CLSID *own_class_id,
                          CStdPSFactoryBuffer *factory);

/* NdrDllCanUnloadNow, for any factory. */
HRESULT proxy_factory_can_unload(CStdPSFactoryBuffer *factory);

#endif

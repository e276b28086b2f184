/*
 * Who makes proxies and stubs of the system's interfaces that have an asynchronous twin:
 * IPipeByte, IPipeLong, IPipeDouble, IAdviseSink, IAdviseSink2, and their AsyncI... interfaces.
 * Wine has none of the pipes, and of the sinks only the synchronous ones.
 *
 * It is a class object of NdrDllGetClassObject(), as a proxy DLL's is: our rpcrt4.dll makes the
 * asynchronous proxies and the stubs of objects with asynchronous calls of it
 * (rpcshim/com/proxy_factory.h). What it is made of says twin_files.h.
 *
 * One for the process, made when it is first asked for, and never freed. Any thread: one lock,
 * under which rpcrt4.dll is called, and no application's code.
 */
#ifndef ASYNCSHIM_OLE32_TWIN_FACTORY_H
#define ASYNCSHIM_OLE32_TWIN_FACTORY_H

#include <windows.h>
#include <objbase.h>

/*
 * The factory of an interface, without a reference. S_OK; E_NOINTERFACE: it is none of those
 * interfaces; others: the factory cannot be made.
 */
HRESULT twin_factory_get(REFIID iid, IPSFactoryBuffer **factory);

#endif

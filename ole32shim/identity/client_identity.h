/*
 * The client's identity of a remote object: the IUnknown of combase's proxy manager, by which
 * all interfaces of a proxy are asked for.
 *
 * ICallFactory lives on the client: every proxy has it, at once, whatever the server's object
 * has and however busy the server is. Combase would ask the server. Its proxy managers have one
 * table of methods in common, in combase_wine.dll, and no seam; so two methods of that table
 * become ours, QueryInterface and IMultiQI's QueryMultipleInterfaces, which answer for
 * ICallFactory and pass all else on. All proxies have them from then on, those that were there
 * before, too.
 *
 * Where the table is says a proxy manager that is made for that: of an object that is nowhere,
 * without a call to anybody. Its time is when rpcrt4.dll makes the first binding to an
 * apartment in the process: no proxy manager has ever been handed out before
 * (AsyncshimComClients, rpcshim/binding/com_clients.h). Threads that come meanwhile do the
 * same.
 *
 * `lock` guards the change of the table; no foreign code runs under it.
 */
#ifndef ASYNCSHIM_OLE32_CLIENT_IDENTITY_H
#define ASYNCSHIM_OLE32_CLIENT_IDENTITY_H

#include <windows.h>
#include <objbase.h>

/* In an apartment. Once it has succeeded, it costs nothing; where it cannot, it is tried again.
 */
void client_identity_prepare(void);

/*
 * Who was to give an object as ICallFactory has been asked for IUnknown, and has given
 * `object`: its reference goes. S_OK: the call factory of its proxy, or its own where it is in
 * this apartment; E_NOINTERFACE: it has none, or nothing was given in spite of a S_OK.
 */
HRESULT client_identity_exchange(IUnknown *object, void **call_factory);

#endif

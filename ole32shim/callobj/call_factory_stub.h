/*
 * The server's end of ICallFactory: it is there so that combase can say that the object has the
 * interface, and no call comes to it from a client of ours (call_factory.h). One that comes all
 * the same is refused: a call object cannot be marshalled.
 *
 * Holds a reference of the server's object from Connect to Disconnect. Reference counted; no
 * lock: combase connects and disconnects it once.
 */
#ifndef ASYNCSHIM_OLE32_CALL_FACTORY_STUB_H
#define ASYNCSHIM_OLE32_CALL_FACTORY_STUB_H

#include <windows.h>
#include <objbase.h>

/* IPSFactoryBuffer::CreateStub: connected to `server`. S_OK, E_OUTOFMEMORY. Invoke is
 * RPC_E_INVALIDMETHOD. */
HRESULT call_factory_stub_create(IUnknown *server, IRpcStubBuffer **stub);

#endif

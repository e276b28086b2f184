#include "call_factory_stub.h"

#include <stdlib.h>

struct call_factory_stub {
  IRpcStubBuffer stub;
  LONG references;
  IUnknown *server;
};

static struct call_factory_stub *from_interface(IRpcStubBuffer *stub)
{
  return CONTAINING_RECORD(stub, struct call_factory_stub, stub);
}

static HRESULT WINAPI query_interface(IRpcStubBuffer *stub, REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcStubBuffer))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_interface(stub)->references);
  *object = stub;
  return S_OK;
}

static ULONG WINAPI add_ref(IRpcStubBuffer *stub)
{
  return InterlockedIncrement(&from_interface(stub)->references);
}

static HRESULT WINAPI connect_server(IRpcStubBuffer *stub, IUnknown *server)
{
  server->lpVtbl->AddRef(server);
  from_interface(stub)->server = server;
  return S_OK;
}

static void WINAPI disconnect_server(IRpcStubBuffer *stub)
{
  IUnknown *server = from_interface(stub)->server;

  from_interface(stub)->server = NULL;
  if (server)
    server->lpVtbl->Release(server);
}

static ULONG WINAPI release(IRpcStubBuffer *stub)
{
  LONG references = InterlockedDecrement(&from_interface(stub)->references);

  if (!references) {
    disconnect_server(stub);
    free(from_interface(stub));
  }
  return references;
}

static HRESULT WINAPI invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
                             IRpcChannelBuffer *channel)
{
  (void)stub;
  (void)message;
  (void)channel;
  return RPC_E_INVALIDMETHOD;
}

static IRpcStubBuffer *WINAPI is_iid_supported(IRpcStubBuffer *stub, REFIID iid)
{
  return IsEqualIID(iid, &IID_ICallFactory) ? stub : NULL;
}

static ULONG WINAPI count_references(IRpcStubBuffer *stub)
{
  return from_interface(stub)->server != NULL;
}

static HRESULT WINAPI debug_query_interface(IRpcStubBuffer *stub, void **object)
{
  *object = from_interface(stub)->server;
  return *object ? S_OK : CO_E_OBJNOTCONNECTED;
}

static void WINAPI debug_release(IRpcStubBuffer *stub, void *object)
{
  (void)stub;
  (void)object;
}

static IRpcStubBufferVtbl stub_table = {
    query_interface,       add_ref,      release,          connect_server,
    disconnect_server,     invoke,       is_iid_supported, count_references,
    debug_query_interface, debug_release};

HRESULT call_factory_stub_create(IUnknown *server, IRpcStubBuffer **result)
{
  struct call_factory_stub *stub = calloc(1, sizeof(*stub));

  *result = NULL;
  if (!stub)
    return E_OUTOFMEMORY;
  stub->stub.lpVtbl = &stub_table;
  stub->references = 1;
  connect_server(&stub->stub, server);
  *result = &stub->stub;
  return S_OK;
}

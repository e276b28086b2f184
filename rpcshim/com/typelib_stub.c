#include "typelib_stub.h"

#include <stdlib.h>

#include "stub_invoke.h"

struct typelib_stub {
  IRpcStubBuffer iface;
  LONG references;
  IRpcStubBuffer *inner;
  IID iid;
};

static struct typelib_stub *from_iface(IRpcStubBuffer *iface)
{
  return CONTAINING_RECORD(iface, struct typelib_stub, iface);
}

static HRESULT STDMETHODCALLTYPE query_interface(IRpcStubBuffer *iface, REFIID iid,
                                                 void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcStubBuffer))
    return E_NOINTERFACE;
  IRpcStubBuffer_AddRef(iface);
  *object = iface;
  return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IRpcStubBuffer *iface)
{
  return InterlockedIncrement(&from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE release(IRpcStubBuffer *iface)
{
  struct typelib_stub *stub = from_iface(iface);
  LONG references = InterlockedDecrement(&stub->references);

  if (!references) {
    IRpcStubBuffer_Release(stub->inner);
    free(stub);
  }
  return references;
}

static HRESULT STDMETHODCALLTYPE connect_stub(IRpcStubBuffer *iface, IUnknown *server)
{
  return IRpcStubBuffer_Connect(from_iface(iface)->inner, server);
}

static void STDMETHODCALLTYPE disconnect_stub(IRpcStubBuffer *iface)
{
  IRpcStubBuffer_Disconnect(from_iface(iface)->inner);
}

static HRESULT STDMETHODCALLTYPE invoke(IRpcStubBuffer *iface, RPCOLEMESSAGE *message,
                                        IRpcChannelBuffer *channel)
{
  struct typelib_stub *stub = from_iface(iface);

  return stub_invoke_framed(stub->inner, &stub->iid, stub->inner->lpVtbl->Invoke, message,
                            channel);
}

static IRpcStubBuffer *STDMETHODCALLTYPE is_iid_supported(IRpcStubBuffer *iface, REFIID iid)
{
  return IRpcStubBuffer_IsIIDSupported(from_iface(iface)->inner, iid) ? iface : NULL;
}

static ULONG STDMETHODCALLTYPE count_refs(IRpcStubBuffer *iface)
{
  return IRpcStubBuffer_CountRefs(from_iface(iface)->inner);
}

static HRESULT STDMETHODCALLTYPE debug_query_interface(IRpcStubBuffer *iface, void **object)
{
  return IRpcStubBuffer_DebugServerQueryInterface(from_iface(iface)->inner, object);
}

static void STDMETHODCALLTYPE debug_release(IRpcStubBuffer *iface, void *object)
{
  IRpcStubBuffer_DebugServerRelease(from_iface(iface)->inner, object);
}

static IRpcStubBufferVtbl methods = {
    query_interface, add_ref,          release,    connect_stub,          disconnect_stub,
    invoke,          is_iid_supported, count_refs, debug_query_interface, debug_release};

HRESULT typelib_stub_create(IRpcStubBuffer *inner, REFIID iid, IRpcStubBuffer **result)
{
  struct typelib_stub *stub = calloc(1, sizeof(*stub));

  *result = NULL;
  if (!stub)
    return E_OUTOFMEMORY;
  stub->iface.lpVtbl = &methods;
  stub->references = 1;
  stub->inner = inner;
  stub->iid = *iid;
  *result = &stub->iface;
  return S_OK;
}

#include "async_stub.h"

#include <stdlib.h>

#include "../binding/rpc_objects.h"
#include "../server/object_calls.h"
#include "apartment.h"
#include "async_lineage.h"
#include "com_library.h"
#include "error_reply.h"
#include "server_object_call.h"
#include "stand_in.h"
#include "stub_invoke.h"

struct async_stub {
  IRpcStubBuffer iface;
  LONG references;
  const struct async_interface *twins;
  struct async_lineage *lineage; /* of `twins` */
  IRpcStubBuffer *inner;
  struct stub_calls *calls;
  struct apartment *apartment; /* so that its end is noticed; NULL: the MTA */
  ICallFactory *factory;       /* NULL: not connected, or the object has none */
  bool has_errors;             /* InterfaceSupportsErrorInfo, asked when it was connected */
  struct rpc_object by_rpc;    /* in an STA */
};

static struct async_stub *from_iface(IRpcStubBuffer *iface)
{
  return CONTAINING_RECORD(iface, struct async_stub, iface);
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

static void set_factory(struct async_stub *stub, ICallFactory *factory)
{
  ICallFactory *former = stub->factory;

  stub->factory = factory;
  if (former)
    ICallFactory_Release(former);
}

/* The calls keep the inner stub, which is to let go of the object all the same. */
static void disconnect(struct async_stub *stub)
{
  set_factory(stub, NULL);
  stub_calls_disconnect(stub->calls);
  IRpcStubBuffer_Disconnect(stub->inner);
}

static ULONG STDMETHODCALLTYPE release(IRpcStubBuffer *iface)
{
  struct async_stub *stub = from_iface(iface);
  LONG references = InterlockedDecrement(&stub->references);

  if (references)
    return references;
  rpc_objects_remove(&stub->by_rpc);
  disconnect(stub);
  stub_calls_release(stub->calls);
  if (stub->apartment)
    apartment_release(stub->apartment);
  async_lineage_release(stub->lineage);
  IRpcStubBuffer_Release(stub->inner);
  free(stub);
  return 0;
}

/* Calls of inherited methods come to the heir's stub first, and it is that which asks. */
static ICallFactory *factory_of(IUnknown *server)
{
  ICallFactory *factory = NULL;

  if (!server || is_stand_in(server) ||
      FAILED(IUnknown_QueryInterface(server, &IID_ICallFactory, (void **)&factory)))
    return NULL;
  return factory;
}

static HRESULT STDMETHODCALLTYPE connect_stub(IRpcStubBuffer *iface, IUnknown *server)
{
  struct async_stub *stub = from_iface(iface);
  HRESULT result = IRpcStubBuffer_Connect(stub->inner, server);

  if (SUCCEEDED(result)) {
    set_factory(stub, factory_of(server));
    stub->has_errors =
        stub->factory && error_reply_is_supported(server, stub->twins->synchronous);
  }
  return result;
}

static void STDMETHODCALLTYPE disconnect_stub(IRpcStubBuffer *iface)
{
  disconnect(from_iface(iface));
}

/* Of the stub's interface, as its proxy DLL has it. */
static const CInterfaceStubHeader *header_of(IRpcStubBuffer *stub)
{
  return &CONTAINING_RECORD(stub->lpVtbl, CInterfaceStubVtbl, Vtbl)->header;
}

static HRESULT STDMETHODCALLTYPE invoke(IRpcStubBuffer *iface, RPCOLEMESSAGE *message,
                                        IRpcChannelBuffer *channel)
{
  struct async_stub *stub = from_iface(iface);
  struct server_object_invocation invocation = {
      .twins = stub->twins,
      .lineage = stub->lineage,
      .stub = stub->inner,
      .calls = stub->calls,
      .factory = stub->factory,
      .has_errors = stub->has_errors,
      .message = message,
      .channel = channel,
  };
  HRESULT result = stub_put_off(header_of(stub->inner)->piid, message, channel);

  if (FAILED(result))
    return result;
  result = S_FALSE;
  message->iMethod &= ~RPC_FLAGS_VALID_BIT;
  /* The peer says which method. */
  if (stub->factory && async_lineage_of_method(stub->lineage, message->iMethod))
    result = server_object_call_invoke(&invocation);
  if (result != S_FALSE)
    return result;
  object_calls_pass_on((RPC_MESSAGE *)message);
  return IRpcStubBuffer_Invoke(stub->inner, message, channel);
}

static IRpcStubBuffer *STDMETHODCALLTYPE is_iid_supported(IRpcStubBuffer *iface, REFIID iid)
{
  struct async_stub *stub = from_iface(iface);

  return IRpcStubBuffer_IsIIDSupported(stub->inner, iid) ? iface : NULL;
}

static ULONG STDMETHODCALLTYPE count_refs(IRpcStubBuffer *iface)
{
  struct async_stub *stub = from_iface(iface);

  return IRpcStubBuffer_CountRefs(stub->inner) + (stub->factory ? 1 : 0);
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

/* S_OK; E_OUTOFMEMORY; what async_lineage_create() says. */
static HRESULT allocate(const struct async_interface *twins, struct async_stub **result)
{
  struct async_stub *stub = calloc(1, sizeof(*stub));
  HRESULT status;

  if (!stub)
    return E_OUTOFMEMORY;
  stub->calls = stub_calls_create();
  status = stub->calls ? async_lineage_create(twins, &stub->lineage) : E_OUTOFMEMORY;
  if (FAILED(status)) {
    if (stub->calls)
      stub_calls_release(stub->calls);
    free(stub);
    return status;
  }
  *result = stub;
  return S_OK;
}

HRESULT async_stub_create(const struct async_interface *twins, IRpcStubBuffer *inner,
                          IUnknown *server, IRpcStubBuffer **result)
{
  ICallFactory *factory = factory_of(server);
  struct async_stub *stub;
  HRESULT status;

  *result = inner;
  if (server && !factory)
    return S_OK;
  status = allocate(twins, &stub);
  if (FAILED(status)) {
    if (factory)
      ICallFactory_Release(factory);
    if (status == E_NOINTERFACE)
      return S_OK;
    *result = NULL;
    return status;
  }
  stub->iface.lpVtbl = &methods;
  stub->references = 1;
  if (com_library_load())
    apartment_current(&stub->apartment);
  if (stub->apartment)
    rpc_objects_expect(&stub->by_rpc);
  stub->twins = twins;
  stub->inner = inner;
  stub->factory = factory;
  stub->has_errors = error_reply_is_supported(server, twins->synchronous);
  *result = &stub->iface;
  return S_OK;
}

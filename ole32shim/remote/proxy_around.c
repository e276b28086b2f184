#include "proxy_around.h"

#include <stdlib.h>

static struct proxy_around *from_buffer(IRpcProxyBuffer *buffer)
{
  return CONTAINING_RECORD(buffer, struct proxy_around, buffer);
}

static HRESULT WINAPI query_interface(IRpcProxyBuffer *buffer, REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcProxyBuffer))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_buffer(buffer)->references);
  *object = buffer;
  return S_OK;
}

static ULONG WINAPI add_ref(IRpcProxyBuffer *buffer)
{
  return InterlockedIncrement(&from_buffer(buffer)->references);
}

static ULONG WINAPI release(IRpcProxyBuffer *buffer)
{
  struct proxy_around *around = from_buffer(buffer);
  LONG references = InterlockedDecrement(&around->references);

  if (references)
    return references;
  around->wine->lpVtbl->Release(around->wine);
  free(around);
  return 0;
}

static HRESULT WINAPI connect_proxy(IRpcProxyBuffer *buffer, IRpcChannelBuffer *channel)
{
  IRpcProxyBuffer *wine = from_buffer(buffer)->wine;

  return wine->lpVtbl->Connect(wine, channel);
}

static void WINAPI disconnect_proxy(IRpcProxyBuffer *buffer)
{
  IRpcProxyBuffer *wine = from_buffer(buffer)->wine;

  wine->lpVtbl->Disconnect(wine);
}

static IRpcProxyBufferVtbl methods = {query_interface, add_ref, release, connect_proxy,
                                      disconnect_proxy};

HRESULT proxy_around_init(struct proxy_around *around, IPSFactoryBuffer *wine, IUnknown *outer,
                          REFIID iid, void **wine_object)
{
  HRESULT result = wine->lpVtbl->CreateProxy(wine, outer, iid, &around->wine, wine_object);

  if (FAILED(result))
    return result;
  around->buffer.lpVtbl = &methods;
  around->outer = outer;
  around->references = 1;
  return S_OK;
}

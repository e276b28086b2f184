#include "async_proxy.h"

#include <stdlib.h>

#include "async_lineage.h"
#include "async_method.h"
#include "async_proxy_entry.h"

struct async_proxy {
  IRpcProxyBuffer buffer;
  void *const *methods; /* the asynchronous interface */
  LONG references;
  IUnknown *outer;
  IPSFactoryBuffer *factory;
  IAsyncRpcChannelBuffer *channel;
  const IID *iid;
  struct async_lineage *lineage;  /* has the format strings */
  struct async_method_call *call; /* the channel says whose it is */
  struct async_method by_number[];
};

static struct async_proxy *from_buffer(IRpcProxyBuffer *buffer)
{
  return CONTAINING_RECORD(buffer, struct async_proxy, buffer);
}

static struct async_proxy *from_object(void *object)
{
  return CONTAINING_RECORD(object, struct async_proxy, methods);
}

static HRESULT STDMETHODCALLTYPE proxy_query_interface(IRpcProxyBuffer *buffer, REFIID iid,
                                                       void **object)
{
  struct async_proxy *proxy = from_buffer(buffer);

  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRpcProxyBuffer))
    *object = &proxy->buffer;
  else if (async_lineage_has(proxy->lineage, iid))
    *object = &proxy->methods;
  else
    return E_NOINTERFACE;
  IUnknown_AddRef((IUnknown *)*object);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE proxy_add_ref(IRpcProxyBuffer *buffer)
{
  return InterlockedIncrement(&from_buffer(buffer)->references);
}

static void STDMETHODCALLTYPE proxy_disconnect(IRpcProxyBuffer *buffer)
{
  struct async_proxy *proxy = from_buffer(buffer);
  IAsyncRpcChannelBuffer *channel = proxy->channel;

  proxy->channel = NULL;
  if (channel)
    IAsyncRpcChannelBuffer_Release(channel);
}

static ULONG STDMETHODCALLTYPE proxy_release(IRpcProxyBuffer *buffer)
{
  struct async_proxy *proxy = from_buffer(buffer);
  LONG references = InterlockedDecrement(&proxy->references);

  if (references)
    return references;
  proxy_disconnect(buffer);
  free(proxy->call);
  async_lineage_release(proxy->lineage);
  IPSFactoryBuffer_Release(proxy->factory);
  free(proxy);
  return 0;
}

static HRESULT STDMETHODCALLTYPE proxy_connect(IRpcProxyBuffer *buffer,
                                               IRpcChannelBuffer *channel)
{
  proxy_disconnect(buffer);
  return IRpcChannelBuffer_QueryInterface(channel, &IID_IAsyncRpcChannelBuffer,
                                          (void **)&from_buffer(buffer)->channel);
}

static IRpcProxyBufferVtbl buffer_methods = {proxy_query_interface, proxy_add_ref,
                                             proxy_release, proxy_connect, proxy_disconnect};

HRESULT STDMETHODCALLTYPE async_proxy_query_interface(IUnknown *object, REFIID iid,
                                                      void **found)
{
  return IUnknown_QueryInterface(from_object(object)->outer, iid, found);
}

ULONG STDMETHODCALLTYPE async_proxy_add_ref(IUnknown *object)
{
  return IUnknown_AddRef(from_object(object)->outer);
}

ULONG STDMETHODCALLTYPE async_proxy_release(IUnknown *object)
{
  return IUnknown_Release(from_object(object)->outer);
}

static HRESULT begin(struct async_proxy *proxy, const struct async_method *method,
                     const unsigned char *stack, const unsigned char *floats)
{
  struct async_method_call *call;
  HRESULT result;

  if (!proxy->channel)
    return CO_E_OBJNOTCONNECTED;
  call = async_method_call_create(method, stack, floats);
  if (!call)
    return E_OUTOFMEMORY;
  result = async_method_get_buffer(call, proxy->channel, proxy->iid);
  if (FAILED(result)) {
    free(call);
    return result;
  }
  /* What the call before has left is nobody else's now. */
  free(proxy->call);
  proxy->call = call;
  return async_method_send(call, proxy->channel);
}

static HRESULT finish(struct async_proxy *proxy, const struct async_method *method,
                      const unsigned char *stack)
{
  struct async_method_reply reply;
  HRESULT result;

  if (!proxy->channel)
    return CO_E_OBJNOTCONNECTED;
  result = async_method_receive(method, stack, proxy->channel, &reply);
  if (FAILED(result))
    return result;
  return async_method_unmarshall(proxy->call, stack, proxy->channel, &reply);
}

HRESULT async_proxy_call(unsigned int number, const unsigned char *stack,
                         const unsigned char *floats, unsigned int *arguments_size)
{
  struct async_proxy *proxy = from_object(*(void *const *)stack);
  const struct async_method *method = &proxy->by_number[(number - FIRST_METHOD) / 2];

  if ((number - FIRST_METHOD) % 2 == 0) {
    *arguments_size = method->begin_size;
    return begin(proxy, method, stack, floats);
  }
  *arguments_size = method->finish_size;
  return finish(proxy, method, stack);
}

static HRESULT parse_methods(struct async_proxy *proxy, const struct async_interface *twins)
{
  HRESULT result = S_OK;

  for (unsigned int i = FIRST_METHOD; i < twins->method_end && SUCCEEDED(result); i++)
    result = async_method_parse(&proxy->by_number[i - FIRST_METHOD],
                                async_lineage_of_method(proxy->lineage, i), i);
  return result;
}

HRESULT async_proxy_create(const struct async_interface *twins, IUnknown *outer,
                           IPSFactoryBuffer *factory, IRpcProxyBuffer **buffer, void **object)
{
  size_t methods = twins->method_end - FIRST_METHOD;
  struct async_proxy *proxy;
  HRESULT result;

  *buffer = NULL;
  *object = NULL;
  if (async_interface_begin_method(twins->method_end) > ASYNC_PROXY_METHOD_END)
    return E_NOTIMPL;
  proxy = calloc(1, sizeof(*proxy) + methods * sizeof(proxy->by_number[0]));
  if (!proxy)
    return E_OUTOFMEMORY;
  result = async_lineage_create(twins, &proxy->lineage);
  if (SUCCEEDED(result))
    result = parse_methods(proxy, twins);
  if (FAILED(result)) {
    if (proxy->lineage)
      async_lineage_release(proxy->lineage);
    free(proxy);
    return result;
  }
  proxy->buffer.lpVtbl = &buffer_methods;
  proxy->methods = async_proxy_methods;
  proxy->references = 1;
  proxy->outer = outer ? outer : (IUnknown *)&proxy->buffer;
  proxy->factory = factory;
  IPSFactoryBuffer_AddRef(factory);
  proxy->iid = twins->asynchronous;
  *buffer = &proxy->buffer;
  *object = &proxy->methods;
  IUnknown_AddRef((IUnknown *)*object);
  return S_OK;
}

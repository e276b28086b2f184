/* Proxies and the stub of IAdder and AsyncIAdder: what an IDL compiler would have made. */
#include <initguid.h>

#include "adder.h"

#include <stdlib.h>

#define METHOD_ADD 3

struct request {
  LONG a, b;
};

struct reply {
  LONG sum;
  HRESULT result;
};

/* Both kinds of proxy: `interface_part` begins with its table. */
struct proxy {
  IRpcProxyBuffer buffer;
  const void *interface_part;
  IUnknown *outer;
  LONG references;
  IRpcChannelBuffer *channel;
};

static struct proxy *from_buffer(IRpcProxyBuffer *buffer)
{
  return CONTAINING_RECORD(buffer, struct proxy, buffer);
}

static struct proxy *from_part(void *part)
{
  return CONTAINING_RECORD(part, struct proxy, interface_part);
}

static HRESULT WINAPI buffer_query(IRpcProxyBuffer *buffer, REFIID iid, void **object)
{
  (void)iid;
  InterlockedIncrement(&from_buffer(buffer)->references);
  *object = buffer;
  return S_OK;
}

static ULONG WINAPI buffer_add_ref(IRpcProxyBuffer *buffer)
{
  return InterlockedIncrement(&from_buffer(buffer)->references);
}

static void WINAPI buffer_disconnect(IRpcProxyBuffer *buffer)
{
  struct proxy *proxy = from_buffer(buffer);
  if (proxy->channel)
    IRpcChannelBuffer_Release(proxy->channel);
  proxy->channel = NULL;
}

static ULONG WINAPI buffer_release(IRpcProxyBuffer *buffer)
{
  LONG references = InterlockedDecrement(&from_buffer(buffer)->references);
  if (!references) {
    buffer_disconnect(buffer);
    free(from_buffer(buffer));
  }
  return references;
}

static HRESULT WINAPI buffer_connect(IRpcProxyBuffer *buffer, IRpcChannelBuffer *channel)
{
  IRpcChannelBuffer_AddRef(channel);
  from_buffer(buffer)->channel = channel;
  return S_OK;
}

static IRpcProxyBufferVtbl buffer_table = {buffer_query, buffer_add_ref, buffer_release,
                                           buffer_connect, buffer_disconnect};

static HRESULT part_query(void *part, REFIID iid, void **object)
{
  return IUnknown_QueryInterface(from_part(part)->outer, iid, object);
}

static ULONG part_add_ref(void *part)
{
  return IUnknown_AddRef(from_part(part)->outer);
}

static ULONG part_release(void *part)
{
  return IUnknown_Release(from_part(part)->outer);
}

static HRESULT get_request(IRpcChannelBuffer *channel, RPCOLEMESSAGE *message, LONG a, LONG b)
{
  HRESULT result;
  *message = (RPCOLEMESSAGE){.cbBuffer = sizeof(struct request), .iMethod = METHOD_ADD};
  result = IRpcChannelBuffer_GetBuffer(channel, message, &IID_IAdder);
  if (result == S_OK)
    *(struct request *)message->Buffer = (struct request){a, b};
  return result;
}

static HRESULT take_reply(IRpcChannelBuffer *channel, RPCOLEMESSAGE *message, LONG *sum)
{
  struct reply reply;
  CHECK_EQ(message->cbBuffer, sizeof(reply));
  memcpy(&reply, message->Buffer, sizeof(reply));
  IRpcChannelBuffer_FreeBuffer(channel, message);
  *sum = reply.sum;
  return reply.result;
}

static HRESULT WINAPI sync_query(adder *self, REFIID iid, void **object)
{
  return part_query(self, iid, object);
}

static ULONG WINAPI sync_add_ref(adder *self)
{
  return part_add_ref(self);
}

static ULONG WINAPI sync_release(adder *self)
{
  return part_release(self);
}

static HRESULT WINAPI sync_add(adder *self, LONG a, LONG b, LONG *sum)
{
  IRpcChannelBuffer *channel = from_part(self)->channel;
  RPCOLEMESSAGE message;
  ULONG status;
  HRESULT result = get_request(channel, &message, a, b);
  if (result == S_OK)
    result = IRpcChannelBuffer_SendReceive(channel, &message, &status);
  return result == S_OK ? take_reply(channel, &message, sum) : result;
}

static const struct adder_table sync_table = {sync_query, sync_add_ref, sync_release, sync_add};

static HRESULT WINAPI async_query(async_adder *self, REFIID iid, void **object)
{
  return part_query(self, iid, object);
}

static ULONG WINAPI async_add_ref(async_adder *self)
{
  return part_add_ref(self);
}

static ULONG WINAPI async_release(async_adder *self)
{
  return part_release(self);
}

static HRESULT WINAPI async_begin(async_adder *self, LONG a, LONG b)
{
  IAsyncRpcChannelBuffer *channel = (IAsyncRpcChannelBuffer *)from_part(self)->channel;
  RPCOLEMESSAGE message;
  ULONG status;
  HRESULT result = get_request((IRpcChannelBuffer *)channel, &message, a, b);
  return result == S_OK ? IAsyncRpcChannelBuffer_Send(channel, &message, NULL, &status)
                        : result;
}

static HRESULT WINAPI async_finish(async_adder *self, LONG *sum)
{
  IAsyncRpcChannelBuffer *channel = (IAsyncRpcChannelBuffer *)from_part(self)->channel;
  RPCOLEMESSAGE message = {.iMethod = METHOD_ADD};
  ULONG status;
  HRESULT result = IAsyncRpcChannelBuffer_Receive(channel, &message, &status);
  return result == S_OK ? take_reply((IRpcChannelBuffer *)channel, &message, sum) : result;
}

static const struct async_adder_table async_table = {async_query, async_add_ref, async_release,
                                                     async_begin, async_finish};

struct stub {
  IRpcStubBuffer stub;
  LONG references;
  adder *server;
};

static struct stub *from_stub(IRpcStubBuffer *stub)
{
  return CONTAINING_RECORD(stub, struct stub, stub);
}

static HRESULT WINAPI stub_query(IRpcStubBuffer *stub, REFIID iid, void **object)
{
  (void)iid;
  InterlockedIncrement(&from_stub(stub)->references);
  *object = stub;
  return S_OK;
}

static ULONG WINAPI stub_add_ref(IRpcStubBuffer *stub)
{
  return InterlockedIncrement(&from_stub(stub)->references);
}

static ULONG WINAPI stub_release(IRpcStubBuffer *stub)
{
  LONG references = InterlockedDecrement(&from_stub(stub)->references);
  if (!references)
    free(from_stub(stub));
  return references;
}

static HRESULT WINAPI stub_connect(IRpcStubBuffer *stub, IUnknown *server)
{
  from_stub(stub)->server = (adder *)server;
  return S_OK;
}

static void WINAPI stub_disconnect(IRpcStubBuffer *stub)
{
  from_stub(stub)->server = NULL;
}

static HRESULT WINAPI stub_invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
                                  IRpcChannelBuffer *channel)
{
  adder *server = from_stub(stub)->server;
  struct request request;
  struct reply reply;
  HRESULT result;
  if ((message->iMethod & 0x7fff) != METHOD_ADD || message->cbBuffer != sizeof(request))
    return RPC_E_INVALID_DATAPACKET;
  memcpy(&request, message->Buffer, sizeof(request));
  reply.result = server->table->Add(server, request.a, request.b, &reply.sum);
  message->cbBuffer = sizeof(reply);
  result = IRpcChannelBuffer_GetBuffer(channel, message, &IID_IAdder);
  if (result == S_OK)
    memcpy(message->Buffer, &reply, sizeof(reply));
  return result;
}

static IRpcStubBuffer *WINAPI stub_supports(IRpcStubBuffer *stub, REFIID iid)
{
  (void)iid;
  return stub;
}

static ULONG WINAPI stub_count(IRpcStubBuffer *stub)
{
  (void)stub;
  return 1;
}

static HRESULT WINAPI stub_debug_query(IRpcStubBuffer *stub, void **object)
{
  *object = from_stub(stub)->server;
  return S_OK;
}

static void WINAPI stub_debug_release(IRpcStubBuffer *stub, void *object)
{
  (void)stub;
  (void)object;
}

static IRpcStubBufferVtbl stub_table = {
    stub_query,  stub_add_ref,  stub_release, stub_connect,     stub_disconnect,
    stub_invoke, stub_supports, stub_count,   stub_debug_query, stub_debug_release};

static HRESULT WINAPI factory_query(IPSFactoryBuffer *factory, REFIID iid, void **object)
{
  (void)iid;
  *object = factory;
  return S_OK;
}

static ULONG WINAPI factory_count(IPSFactoryBuffer *factory)
{
  (void)factory;
  return 2;
}

static HRESULT WINAPI factory_proxy(IPSFactoryBuffer *factory, IUnknown *outer, REFIID iid,
                                    IRpcProxyBuffer **buffer, void **object)
{
  struct proxy *proxy = calloc(1, sizeof(*proxy));
  (void)factory;
  CHECK(proxy);
  proxy->buffer.lpVtbl = &buffer_table;
  proxy->interface_part =
      !IsEqualIID(iid, &IID_IAdder) ? (const void *)&async_table : (const void *)&sync_table;
  proxy->outer = outer;
  proxy->references = 1;
  IUnknown_AddRef(outer);
  *buffer = &proxy->buffer;
  *object = &proxy->interface_part;
  return S_OK;
}

static HRESULT WINAPI factory_stub(IPSFactoryBuffer *factory, REFIID iid, IUnknown *server,
                                   IRpcStubBuffer **result)
{
  struct stub *stub = calloc(1, sizeof(*stub));
  (void)factory;
  (void)iid;
  CHECK(stub);
  *stub = (struct stub){{&stub_table}, 1, (adder *)server};
  *result = &stub->stub;
  return S_OK;
}

static IPSFactoryBufferVtbl factory_table = {factory_query, factory_count, factory_count,
                                             factory_proxy, factory_stub};

IPSFactoryBuffer *adder_proxy_factory(void)
{
  static IPSFactoryBuffer factory = {&factory_table};
  return &factory;
}

#include "fake_channel.h"

#include <stdlib.h>

#define METHOD_FLAGS 0x8000u

static struct fake_channel *from_interface(IAsyncRpcChannelBuffer *channel)
{
  return CONTAINING_RECORD(channel, struct fake_channel, channel);
}

static HRESULT STDMETHODCALLTYPE query_interface(IAsyncRpcChannelBuffer *channel, REFIID iid,
                                                 void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcChannelBuffer) &&
      !IsEqualIID(iid, &IID_IAsyncRpcChannelBuffer))
    return E_NOINTERFACE;
  *object = channel;
  InterlockedIncrement(&from_interface(channel)->references);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IAsyncRpcChannelBuffer *channel)
{
  return InterlockedIncrement(&from_interface(channel)->references);
}

static ULONG STDMETHODCALLTYPE release(IAsyncRpcChannelBuffer *channel)
{
  return InterlockedDecrement(&from_interface(channel)->references);
}

static HRESULT STDMETHODCALLTYPE get_buffer(IAsyncRpcChannelBuffer *iface,
                                            RPCOLEMESSAGE *message, REFIID iid)
{
  struct fake_channel *channel = from_interface(iface);

  if (!channel->invoking && channel->pending)
    return RPC_S_CALLPENDING;
  if (!channel->invoking && FAILED(channel->get_buffer_fails))
    return channel->get_buffer_fails;
  if (!channel->invoking)
    channel->iid = *iid;
  message->Buffer = calloc(1, message->cbBuffer + 1);
  CHECK(message->Buffer);
  channel->buffers++;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE free_buffer(IAsyncRpcChannelBuffer *iface,
                                             RPCOLEMESSAGE *message)
{
  CHECK(message->Buffer);
  free(message->Buffer);
  message->Buffer = NULL;
  from_interface(iface)->buffers--;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE send_request(IAsyncRpcChannelBuffer *iface,
                                              RPCOLEMESSAGE *message, ISynchronize *synchronize,
                                              ULONG *status)
{
  struct fake_channel *channel = from_interface(iface);

  CHECK(message->Buffer && !synchronize);
  *status = 0;
  if (FAILED(channel->send_fails)) {
    free_buffer(iface, message);
    return channel->send_fails;
  }
  channel->request = message->Buffer;
  channel->request_length = message->cbBuffer;
  channel->method = message->iMethod & ~METHOD_FLAGS;
  channel->pending = true;
  return S_OK;
}

/* The stub reads the request and puts its reply into the same message. */
static HRESULT invoke(struct fake_channel *channel, RPCOLEMESSAGE *message)
{
  HRESULT result;

  message->Buffer = channel->request;
  message->cbBuffer = channel->request_length;
  message->iMethod = channel->method;
  message->dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
  channel->invoking = true;
  result =
      IRpcStubBuffer_Invoke(channel->stub, message, (IRpcChannelBuffer *)&channel->channel);
  channel->invoking = false;
  free(channel->request);
  channel->buffers--;
  return result;
}

static HRESULT STDMETHODCALLTYPE receive_reply(IAsyncRpcChannelBuffer *iface,
                                               RPCOLEMESSAGE *message, ULONG *status)
{
  struct fake_channel *channel = from_interface(iface);
  HRESULT result;

  *status = 0;
  if (!channel->pending || (message->iMethod & ~METHOD_FLAGS) != channel->method)
    return RPC_E_CALL_COMPLETE;
  channel->pending = false;
  result = invoke(channel, message);
  if (SUCCEEDED(result) && FAILED(channel->receive_fails)) {
    free_buffer(iface, message);
    return channel->receive_fails;
  }
  CHECK(FAILED(result) || message->cbBuffer >= channel->lost_bytes);
  message->cbBuffer -= channel->lost_bytes;
  return result;
}

static HRESULT STDMETHODCALLTYPE send_receive(IAsyncRpcChannelBuffer *channel,
                                              RPCOLEMESSAGE *message, ULONG *status)
{
  (void)channel;
  (void)message;
  *status = 0;
  return E_NOTIMPL; /* nothing here is synchronous */
}

static HRESULT STDMETHODCALLTYPE get_context(IAsyncRpcChannelBuffer *channel, DWORD *context,
                                             void **data)
{
  (void)channel;
  *context = MSHCTX_INPROC;
  *data = NULL;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE is_connected(IAsyncRpcChannelBuffer *channel)
{
  (void)channel;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_protocol(IAsyncRpcChannelBuffer *channel, DWORD *version)
{
  (void)channel;
  *version = MAKELONG(5, 1);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_context_of(IAsyncRpcChannelBuffer *channel,
                                                RPCOLEMESSAGE *message, DWORD *context,
                                                void **data)
{
  (void)message;
  return get_context(channel, context, data);
}

void fake_channel_init(struct fake_channel *channel, IRpcStubBuffer *stub)
{
  static IAsyncRpcChannelBufferVtbl methods = {
      query_interface, add_ref,      release,      get_buffer,   send_receive,  free_buffer,
      get_context,     is_connected, get_protocol, send_request, receive_reply, get_context_of};

  memset(channel, 0, sizeof(*channel));
  channel->channel.lpVtbl = &methods;
  channel->references = 1;
  channel->stub = stub;
}

#include "reply_channel.h"

#include <rpcproxy.h>

#include "com_library.h"
#include "error_hook.h"

static struct reply_channel *from_iface(IRpcChannelBuffer *iface)
{
  return CONTAINING_RECORD(iface, struct reply_channel, iface);
}

static HRESULT STDMETHODCALLTYPE query_interface(IRpcChannelBuffer *iface, REFIID iid,
                                                 void **object)
{
  return IRpcChannelBuffer_QueryInterface(from_iface(iface)->inner, iid, object);
}

static ULONG STDMETHODCALLTYPE add_ref(IRpcChannelBuffer *iface)
{
  return IRpcChannelBuffer_AddRef(from_iface(iface)->inner);
}

static ULONG STDMETHODCALLTYPE release(IRpcChannelBuffer *iface)
{
  return IRpcChannelBuffer_Release(from_iface(iface)->inner);
}

static void take_error(struct reply_channel *channel, struct error_reply *reply)
{
  IErrorInfo *error = thread_error_exchange(&com_library.errors, NULL);

  if (error && !error_reply_is_supported(channel->object, channel->iid)) {
    IErrorInfo_Release(error);
    error = NULL;
  }
  error_reply_create(reply, error);
}

/* The method has returned. */
static HRESULT STDMETHODCALLTYPE get_buffer(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
                                            REFIID iid)
{
  struct reply_channel *channel = from_iface(iface);
  const struct error_reply *former;
  struct error_reply reply;
  HRESULT result;

  take_error(channel, &reply);
  former = error_hook_set_reply(reply.data ? &reply : NULL);
  result = IRpcChannelBuffer_GetBuffer(channel->inner, message, iid);
  error_hook_set_reply(former);
  error_reply_destroy(&reply);
  return result;
}

static HRESULT STDMETHODCALLTYPE send_receive(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
                                              ULONG *status)
{
  return IRpcChannelBuffer_SendReceive(from_iface(iface)->inner, message, status);
}

static HRESULT STDMETHODCALLTYPE free_buffer(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message)
{
  return IRpcChannelBuffer_FreeBuffer(from_iface(iface)->inner, message);
}

static HRESULT STDMETHODCALLTYPE get_destination_context(IRpcChannelBuffer *iface,
                                                         DWORD *context, void **data)
{
  return IRpcChannelBuffer_GetDestCtx(from_iface(iface)->inner, context, data);
}

static HRESULT STDMETHODCALLTYPE is_connected(IRpcChannelBuffer *iface)
{
  return IRpcChannelBuffer_IsConnected(from_iface(iface)->inner);
}

static IRpcChannelBufferVtbl methods = {
    query_interface,         add_ref,     release, get_buffer, send_receive, free_buffer,
    get_destination_context, is_connected};

static void drop_error(void)
{
  thread_error_receive(&com_library.errors, NULL, 0);
}

void reply_channel_begin(struct reply_channel *channel, IRpcStubBuffer *stub,
                         IRpcChannelBuffer *inner)
{
  const CInterfaceStubVtbl *stub_methods =
      CONTAINING_RECORD(stub->lpVtbl, CInterfaceStubVtbl, Vtbl);

  channel->iface.lpVtbl = &methods;
  channel->inner = inner;
  channel->object = ((CStdStubBuffer *)stub)->pvServerObject;
  channel->iid = stub_methods->header.piid;
  /* The method may have the stub disconnected, and the object is asked afterwards. */
  if (channel->object)
    IUnknown_AddRef(channel->object);
  drop_error();
}

void reply_channel_end(struct reply_channel *channel)
{
  drop_error();
  if (channel->object)
    IUnknown_Release(channel->object);
}

bool reply_channel_is(const IRpcChannelBuffer *channel)
{
  return channel->lpVtbl == &methods;
}

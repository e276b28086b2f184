#include "remote_unknown_call.h"

#include <string.h>

#include "../remote/object_reference.h"
#include "../remote/remote_unknown_message.h"

HRESULT remote_unknown_call_create(uint64_t oxid, struct call_channel **channel)
{
  GUID ipid = object_reference_remote_unknown(oxid);
  RPC_BINDING_HANDLE binding;
  HRESULT result = object_reference_bind(oxid, &ipid, &binding);

  *channel = NULL;
  if (FAILED(result))
    return result;
  *channel = call_channel_create(binding, object_reference_thread(oxid), &IID_REMOTE_UNKNOWN);
  if (*channel)
    return S_OK;
  RpcBindingFree(&binding);
  return E_OUTOFMEMORY;
}

static IAsyncRpcChannelBuffer *interface_of(struct call_channel *channel)
{
  return (IAsyncRpcChannelBuffer *)call_channel_interface(channel);
}

static HRESULT get_buffer(struct call_channel *channel, RPCOLEMESSAGE *message, ULONG method,
                          size_t size)
{
  IAsyncRpcChannelBuffer *buffer = interface_of(channel);

  memset(message, 0, sizeof(*message));
  message->iMethod = method;
  message->cbBuffer = (ULONG)size;
  return buffer->lpVtbl->GetBuffer(buffer, message, &IID_REMOTE_UNKNOWN);
}

static HRESULT send_request(struct call_channel *channel, RPCOLEMESSAGE *message)
{
  IAsyncRpcChannelBuffer *buffer = interface_of(channel);
  ULONG status;

  return buffer->lpVtbl->Send(buffer, message, NULL, &status);
}

static HRESULT receive(struct call_channel *channel, RPCOLEMESSAGE *message, ULONG method)
{
  IAsyncRpcChannelBuffer *buffer = interface_of(channel);
  ULONG status;

  memset(message, 0, sizeof(*message));
  message->iMethod = method;
  return buffer->lpVtbl->Receive(buffer, message, &status);
}

static void free_buffer(struct call_channel *channel, RPCOLEMESSAGE *message)
{
  IAsyncRpcChannelBuffer *buffer = interface_of(channel);

  buffer->lpVtbl->FreeBuffer(buffer, message);
}

HRESULT remote_unknown_call_begin_query(struct call_channel *channel, const GUID *ipid,
                                        const IID *iids, size_t count)
{
  RPCOLEMESSAGE message;
  HRESULT result =
      get_buffer(channel, &message, REMOTE_QUERY_INTERFACE, remote_query_size(count));

  if (FAILED(result))
    return result;
  remote_query_write(message.Buffer, ipid, REFERENCES_WANTED, iids, count);
  return send_request(channel, &message);
}

/* The server may say what it likes, but not that there has been no call. */
static HRESULT servers_result(HRESULT result)
{
  return result == RPC_E_CALL_COMPLETE ? RPC_E_INVALID_DATAPACKET : result;
}

HRESULT remote_unknown_call_wait_query(struct call_channel *channel, RPCOLEMESSAGE *reply)
{
  return receive(channel, reply, REMOTE_QUERY_INTERFACE);
}

HRESULT remote_unknown_call_finish_query(struct call_channel *channel, RPCOLEMESSAGE *reply,
                                         struct query_result *results, size_t count)
{
  HRESULT result =
      count ? remote_query_read(reply->Buffer, reply->cbBuffer, results, count) : S_OK;

  free_buffer(channel, reply);
  return servers_result(result);
}

HRESULT remote_unknown_call_begin_release(struct call_channel *channel,
                                          const struct interface_reference *references,
                                          size_t count)
{
  RPCOLEMESSAGE message;
  HRESULT result =
      get_buffer(channel, &message, REMOTE_RELEASE_REFERENCES, remote_release_size(count));

  if (FAILED(result))
    return result;
  remote_release_write(message.Buffer, references, count);
  return send_request(channel, &message);
}

HRESULT remote_unknown_call_finish_release(struct call_channel *channel)
{
  RPCOLEMESSAGE message;
  HRESULT result = receive(channel, &message, REMOTE_RELEASE_REFERENCES);

  if (FAILED(result))
    return result;
  result = message.cbBuffer ? remote_release_read(message.Buffer, message.cbBuffer) : S_OK;
  free_buffer(channel, &message);
  return servers_result(result);
}

void remote_unknown_call_release(uint64_t oxid, const struct interface_reference *references,
                                 size_t count)
{
  struct call_channel *channel;

  if (FAILED(remote_unknown_call_create(oxid, &channel)))
    return;
  remote_unknown_call_begin_release(channel, references, count);
  call_channel_release(channel);
}

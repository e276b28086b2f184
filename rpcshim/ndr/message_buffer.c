#include "message_buffer.h"

#include "raise.h"
#include "stub_message.h"

void message_get_buffer(MIDL_STUB_MESSAGE *message, ULONG length, RPC_BINDING_HANDLE handle)
{
  RPC_MESSAGE *rpc = message->RpcMsg;
  RPC_STATUS status;

  rpc->Handle = handle;
  rpc->BufferLength = length;
  status = I_RpcGetBuffer(rpc);
  if (status != RPC_S_OK)
    raise_status(status);
  message->Buffer = rpc->Buffer;
  message->BufferLength = rpc->BufferLength;
  stub_set_has_buffer(message, true);
}

void message_send_receive(MIDL_STUB_MESSAGE *message, unsigned char *end)
{
  RPC_MESSAGE *rpc = message->RpcMsg;
  RPC_STATUS status;

  rpc->BufferLength = (unsigned int)(end - (unsigned char *)rpc->Buffer);
  status = I_RpcSendReceive(rpc);
  if (status != RPC_S_OK)
    raise_status(status);
  message_begin_reply(message);
}

void message_begin_reply(MIDL_STUB_MESSAGE *message)
{
  RPC_MESSAGE *rpc = message->RpcMsg;

  message->BufferLength = rpc->BufferLength;
  message->BufferStart = rpc->Buffer;
  message->BufferEnd = message->BufferStart + rpc->BufferLength;
  message->Buffer = message->BufferStart;
}

void message_free_buffer(MIDL_STUB_MESSAGE *message)
{
  if (!stub_has_buffer(message))
    return;
  stub_set_has_buffer(message, false);
  I_RpcFreeBuffer(message->RpcMsg);
}

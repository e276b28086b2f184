#include "stub_invoke.h"

#include "../call/thread_leftovers.h"
#include "../cancel/com_call.h"
#include "../engine/engine.h"
#include "../seh/finally.h"
#include "call_context.h"
#include "com_library.h"
#include "reply_channel.h"

void stub_invoke_fill(const ProxyFileInfo **files)
{
  for (; *files; files++) {
    for (unsigned int i = 0; i < (*files)->TableSize; i++) {
      IRpcStubBufferVtbl *methods = (IRpcStubBufferVtbl *)&(*files)->pStubVtblList[i]->Vtbl;

      if (!methods->Invoke)
        methods->Invoke = CStdStubBuffer_Invoke;
    }
  }
}

HRESULT stub_put_off(REFIID iid, RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
  if (!com_call_is_put_off(message->iMethod))
    return S_OK;
  /* Combase takes the buffer of a call that it has posted for a new one, once Invoke is over.
   */
  message->cbBuffer = 0;
  IRpcChannelBuffer_GetBuffer(channel, message, iid);
  return RPC_E_SERVERCALL_RETRYLATER;
}

struct invocation {
  IRpcStubBuffer *stub;
  stub_invoke_method *method;
  RPCOLEMESSAGE *message;
  IRpcChannelBuffer *channel;
  struct call_context *call_context;
  struct call_context_frame frame;
  struct reply_channel replies;
  HRESULT result;
};

static void invoke(void *context)
{
  struct invocation *invocation = context;

  invocation->result =
      invocation->method(invocation->stub, invocation->message, invocation->channel);
}

static void end(void *context, bool unwinding)
{
  struct invocation *invocation = context;

  (void)unwinding;
  call_context_complete(invocation->call_context);
  call_context_leave(&invocation->frame);
  call_context_release(invocation->call_context);
  reply_channel_end(&invocation->replies);
  thread_leftovers_release();
}

HRESULT stub_invoke_framed(IRpcStubBuffer *stub, REFIID iid, stub_invoke_method *method,
                           RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
  struct invocation invocation = {
      .stub = stub, .method = method, .message = message, .channel = channel};
  HRESULT result;

  if (reply_channel_is(channel))
    return method(stub, message, channel);
  result = stub_put_off(iid, message, channel);
  if (FAILED(result))
    return result;
  if (com_library_load())
    invocation.call_context = call_context_create((RPC_MESSAGE *)message, NULL);
  if (!invocation.call_context) {
    invoke(&invocation);
    return invocation.result;
  }
  reply_channel_begin(&invocation.replies, stub, channel);
  invocation.channel = &invocation.replies.iface;
  call_context_enter(invocation.call_context, &invocation.frame);
  finally_call(invoke, end, &invocation);
  return invocation.result;
}

HRESULT STDMETHODCALLTYPE stub_invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
                                      IRpcChannelBuffer *channel)
{
  const CInterfaceStubVtbl *methods = CONTAINING_RECORD(stub->lpVtbl, CInterfaceStubVtbl, Vtbl);

  return stub_invoke_framed(stub, methods->header.piid, engine.CStdStubBuffer_Invoke, message,
                            channel);
}

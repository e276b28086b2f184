#include "call_channel.h"

#include <stdlib.h>

#include "../../rpcshim/errors/thread_error.h"
#include "../original/original.h"
#include "call_outcome.h"
#include "call_request.h"
#include "call_wait.h"
#include "orpc_header.h"

static struct call_channel *from_interface(IAsyncRpcChannelBuffer *channel)
{
  return CONTAINING_RECORD(channel, struct call_channel, channel);
}

static void set_status(ULONG *where, RPC_STATUS status)
{
  if (where)
    *where = (ULONG)status;
}

void call_channel_add_reference(struct call_channel *channel)
{
  InterlockedIncrement(&channel->references);
}

ULONG call_channel_release(struct call_channel *channel)
{
  ULONG references = InterlockedDecrement(&channel->references);

  if (references)
    return references;
  /* No failed call has one. */
  if (channel->message.ReservedForRuntime)
    I_RpcFreeBuffer(&channel->message);
  if (channel->completed)
    CloseHandle(channel->completed);
  if (channel->question)
    interface_question_release(channel->question);
  free(channel->request);
  call_channel_close(channel);
  free(channel);
  return 0;
}

static HRESULT WINAPI query_interface(IAsyncRpcChannelBuffer *channel, REFIID iid,
                                      void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcChannelBuffer) &&
      !IsEqualIID(iid, &IID_IRpcChannelBuffer2) &&
      !IsEqualIID(iid, &IID_IAsyncRpcChannelBuffer))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_interface(channel)->references);
  *object = channel;
  return S_OK;
}

static ULONG WINAPI add_ref(IAsyncRpcChannelBuffer *channel)
{
  return InterlockedIncrement(&from_interface(channel)->references);
}

static ULONG WINAPI release(IAsyncRpcChannelBuffer *channel)
{
  return call_channel_release(from_interface(channel));
}

/* The error object of the calling thread: what came with the reply, NULL: none. */
static void take_error(struct call_channel *channel, const RPC_MESSAGE *reply)
{
  if (!thread_error_is_kept(&channel->interface_specification.InterfaceId.SyntaxGUID))
    orpc_header_take_error(reply ? reply->Buffer : NULL, reply ? reply->BufferLength : 0);
}

static HRESULT WINAPI get_buffer(IAsyncRpcChannelBuffer *interface_pointer,
                                 RPCOLEMESSAGE *message, REFIID iid)
{
  struct call_channel *channel = from_interface(interface_pointer);
  GUID causality;
  HRESULT result;

  (void)iid; /* the channel is for one interface */
  message->Buffer = NULL;
  if (message->cbBuffer > UINT_MAX - ORPC_THIS_SIZE)
    return E_INVALIDARG;
  if (!call_state_enter(channel, IDLE, BEGINNING))
    return RPC_S_CALLPENDING;
  channel->is_local = false;
  /* A call of its own, which no call of this thread is waiting for. */
  result = original.CoCreateGuid(&causality);
  if (SUCCEEDED(result))
    result = call_state_result(call_request_prepare(channel, message->iMethod & ~METHOD_FLAGS,
                                                    ORPC_THIS_SIZE + message->cbBuffer));
  if (FAILED(result)) {
    call_state_enter(channel, BEGINNING, IDLE);
    return result;
  }
  take_error(channel, NULL);
  orpc_this_write(channel->message.Buffer, &causality);
  message->Buffer = (char *)channel->message.Buffer + ORPC_THIS_SIZE;
  message->dataRepresentation = channel->message.DataRepresentation;
  return S_OK;
}

static HRESULT WINAPI send_request(IAsyncRpcChannelBuffer *interface_pointer,
                                   RPCOLEMESSAGE *message, ISynchronize *synchronize,
                                   ULONG *status)
{
  struct call_channel *channel = from_interface(interface_pointer);
  RPC_STATUS sent;

  set_status(status, RPC_S_OK);
  if (!message->Buffer)
    return E_UNEXPECTED;
  if (synchronize || message->cbBuffer > channel->message.BufferLength - ORPC_THIS_SIZE)
    return E_INVALIDARG;
  channel->message.BufferLength = ORPC_THIS_SIZE + message->cbBuffer;
  message->Buffer = NULL;
  sent = call_request_send(channel);
  set_status(status, sent);
  return call_state_result(sent);
}

static HRESULT WINAPI receive_reply(IAsyncRpcChannelBuffer *interface_pointer,
                                    RPCOLEMESSAGE *message, ULONG *status)
{
  struct call_channel *channel = from_interface(interface_pointer);
  RPC_STATUS received = RPC_S_OK;
  HRESULT result;

  message->Buffer = NULL;
  message->cbBuffer = 0;
  result = call_outcome_wait(channel, message->iMethod, &received);
  set_status(status, received);
  if (FAILED(result)) {
    take_error(channel, NULL);
    return result;
  }
  if (channel->is_local) {
    message->Buffer = &channel->is_local; /* nothing, but to be freed */
    return S_OK;
  }
  take_error(channel, &channel->message);
  message->Buffer = (char *)channel->message.Buffer + channel->offset;
  message->cbBuffer = channel->message.BufferLength - (ULONG)channel->offset;
  message->dataRepresentation = channel->message.DataRepresentation;
  return S_OK;
}

static HRESULT WINAPI send_receive(IAsyncRpcChannelBuffer *channel, RPCOLEMESSAGE *message,
                                   ULONG *status)
{
  HRESULT result = send_request(channel, message, NULL, status);

  return FAILED(result) ? result : receive_reply(channel, message, status);
}

static HRESULT WINAPI free_buffer(IAsyncRpcChannelBuffer *interface_pointer,
                                  RPCOLEMESSAGE *message)
{
  struct call_channel *channel = from_interface(interface_pointer);

  if (!message->Buffer)
    return S_OK;
  message->Buffer = NULL;
  if (!channel->is_local)
    I_RpcFreeBuffer(&channel->message);
  if (!call_state_enter(channel, BEGINNING, IDLE))
    call_state_enter(channel, FINISHING, IDLE);
  return S_OK;
}

static HRESULT WINAPI get_destination_context(IAsyncRpcChannelBuffer *channel, DWORD *context,
                                              void **data)
{
  (void)channel;
  /* True also inside of one process, where less would have to be marshalled. */
  *context = MSHCTX_LOCAL;
  if (data)
    *data = NULL;
  return S_OK;
}

static HRESULT WINAPI get_destination_context_of(IAsyncRpcChannelBuffer *channel,
                                                 RPCOLEMESSAGE *message, DWORD *context,
                                                 void **data)
{
  (void)message;
  return get_destination_context(channel, context, data);
}

/* Each call finds the way anew: the channel is never without. */
static HRESULT WINAPI is_connected(IAsyncRpcChannelBuffer *channel)
{
  (void)channel;
  return S_OK;
}

static HRESULT WINAPI get_protocol_version(IAsyncRpcChannelBuffer *channel, DWORD *version)
{
  (void)channel;
  *version = MAKELONG(ORPC_MAJOR_VERSION, ORPC_MINOR_VERSION);
  return S_OK;
}

static IAsyncRpcChannelBufferVtbl channel_table = {query_interface,
                                                   add_ref,
                                                   release,
                                                   get_buffer,
                                                   send_receive,
                                                   free_buffer,
                                                   get_destination_context,
                                                   is_connected,
                                                   get_protocol_version,
                                                   send_request,
                                                   receive_reply,
                                                   get_destination_context_of};

struct call_channel *call_channel_create(RPC_BINDING_HANDLE binding, DWORD callee, REFIID iid)
{
  struct call_channel *channel = calloc(1, sizeof(*channel));

  if (!channel)
    return NULL;
  channel->channel.lpVtbl = &channel_table;
  channel->references = 1;
  channel->binding = binding;
  channel->callee = callee;
  /* The version and the transfer syntax are zeros, as combase has them on the other side. */
  channel->interface_specification.Length = sizeof(channel->interface_specification);
  channel->interface_specification.InterfaceId.SyntaxGUID = *iid;
  InitializeSRWLock(&channel->lock);
  return channel;
}

IRpcChannelBuffer *call_channel_interface(struct call_channel *channel)
{
  return (IRpcChannelBuffer *)&channel->channel;
}

void call_channel_set_question(struct call_channel *channel,
                               struct interface_question *question)
{
  interface_question_add_reference(question);
  channel->question = question;
}

void call_channel_set_hook(struct call_channel *channel, void (*hook)(void *context),
                           void *context)
{
  AcquireSRWLockExclusive(&channel->lock);
  channel->completed_hook = hook;
  channel->hook_context = context;
  ReleaseSRWLockExclusive(&channel->lock);
}

bool call_channel_hook_pending(struct call_channel *channel, void (*hook)(void *context),
                               void *context)
{
  bool is_pending;

  AcquireSRWLockExclusive(&channel->lock);
  is_pending = channel->state == PENDING;
  if (is_pending) {
    channel->completed_hook = hook;
    channel->hook_context = context;
  }
  ReleaseSRWLockExclusive(&channel->lock);
  return is_pending;
}

bool call_channel_is_pending(struct call_channel *channel)
{
  return call_state_is(channel, PENDING);
}

void call_channel_close(struct call_channel *channel)
{
  RPC_BINDING_HANDLE binding;

  AcquireSRWLockExclusive(&channel->lock);
  binding = channel->binding;
  channel->binding = NULL;
  ReleaseSRWLockExclusive(&channel->lock);
  if (binding)
    RpcBindingFree(&binding);
}

HRESULT call_channel_complete(struct call_channel *channel, ULONG method, HRESULT outcome)
{
  if (!call_state_enter(channel, IDLE, BEGINNING))
    return RPC_S_CALLPENDING;
  return call_state_result(call_request_complete_locally(channel, method, outcome));
}

HRESULT call_channel_set_listener(struct call_channel *channel, IUnknown *outer,
                                  ISynchronize *event)
{
  return call_listener_init(&channel->listener, outer, event);
}

void call_channel_forget_listener(struct call_channel *channel)
{
  struct call_listener listener;

  AcquireSRWLockExclusive(&channel->lock);
  listener = channel->listener;
  channel->listener = (struct call_listener){0};
  ReleaseSRWLockExclusive(&channel->lock);
  call_listener_end(&listener);
}

void call_channel_disconnect(struct call_channel *channel, ULONG serial)
{
  AcquireSRWLockExclusive(&channel->lock);
  if (channel->serial == serial && channel->state == PENDING) {
    channel->disconnected = true;
    call_wait_cancel(channel, true);
  }
  ReleaseSRWLockExclusive(&channel->lock);
}

/* The call that is there now, whose serial is stored. */
static HRESULT request_cancel(struct call_channel *channel, bool abandon, ULONG *serial)
{
  HRESULT result;

  AcquireSRWLockExclusive(&channel->lock);
  *serial = channel->serial;
  result = channel->cancelled && channel->state != IDLE ? RPC_E_CALL_CANCELED
                                                        : call_wait_cancel(channel, abandon);
  ReleaseSRWLockExclusive(&channel->lock);
  return result;
}

static DWORD milliseconds_of(ULONG seconds)
{
  return seconds < INFINITE / 1000 ? seconds * 1000 : INFINITE;
}

HRESULT call_channel_cancel(struct call_channel *channel, ULONG seconds)
{
  ULONG serial;
  HRESULT result = request_cancel(channel, seconds == 0, &serial);

  if (FAILED(result) || !seconds)
    return result;
  result = call_wait_for_end(channel, serial, milliseconds_of(seconds));
  if (result == RPC_S_CALLPENDING)
    return call_wait_give_up(channel, serial);
  return SUCCEEDED(result) ? RPC_E_CALL_COMPLETE : result;
}

HRESULT call_channel_test_cancel(struct call_channel *channel)
{
  HRESULT result;

  AcquireSRWLockShared(&channel->lock);
  result =
      channel->cancelled && channel->state != IDLE ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
  ReleaseSRWLockShared(&channel->lock);
  return result;
}

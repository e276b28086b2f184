#include "call_channel.h"

#include <rpc.h>
#include <rpcasync.h>
#include <rpcndr.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../filter/message_filter.h"
#include "../original/original.h"
#include "../sync/com_wait.h"
#include "orpc_header.h"

/* The RPC_FLAGS_VALID_BIT of old proxies is no part of the method's number. */
#define METHOD_FLAGS 0x8000u

/* What RetryRejectedCall returns [IMessageFilter::RetryRejectedCall]. */
#define NOT_AGAIN   ((DWORD)-1)
#define LEAST_DELAY 100

enum call_state { IDLE, BEGINNING, PENDING, COMPLETE, REJECTED, FINISHING };

struct call_channel {
  IAsyncRpcChannelBuffer channel;
  LONG references;
  RPC_BINDING_HANDLE binding;
  DWORD callee;
  RPC_CLIENT_INTERFACE interface_specification;

  SRWLOCK
  lock; /* guards the rest; `message` and `async` are also the thread's that is inside */
  enum call_state state;
  ULONG serial; /* of the call that was sent last: the first one's is 1 */
  bool cancelled;
  ISynchronize *synchronize;
  HANDLE completed; /* an event, made for the first thread that has to wait for a call; also set
                       by who cancels a REJECTED one */
  DWORD begun;      /* GetTickCount() */
  void *request;    /* malloc'ed: what is sent, to be sent again; NULL: it has not been kept */
  unsigned int request_length;
  RPC_MESSAGE message;
  RPC_ASYNC_STATE async;
  HRESULT outcome;   /* COMPLETE */
  RPC_STATUS status; /* COMPLETE: the runtime's */
  size_t offset;     /* COMPLETE, FINISHING: of the data in the reply */
};

static struct call_channel *from_interface(IAsyncRpcChannelBuffer *channel)
{
  return CONTAINING_RECORD(channel, struct call_channel, channel);
}

static HRESULT result_of(RPC_STATUS status)
{
  switch (status) {
  case RPC_S_CALL_CANCELLED:
    return RPC_E_CALL_CANCELED;
  case RPC_S_UNKNOWN_IF:
    /* Combase takes the interface back with the last object that has it. */
    return RPC_E_DISCONNECTED;
  default:
    return HRESULT_FROM_WIN32(status);
  }
}

static void set_status(ULONG *where, RPC_STATUS status)
{
  if (where)
    *where = (ULONG)status;
}

static bool enter_state(struct call_channel *channel, enum call_state from, enum call_state to)
{
  bool entered;

  AcquireSRWLockExclusive(&channel->lock);
  entered = channel->state == from;
  if (entered)
    channel->state = to;
  ReleaseSRWLockExclusive(&channel->lock);
  return entered;
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
  free(channel->request);
  RpcBindingFree(&channel->binding);
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

/* BEGINNING, REJECTED: the message for a request of so many bytes. */
static RPC_STATUS prepare(struct call_channel *channel, ULONG method, unsigned int length)
{
  channel->message = (RPC_MESSAGE){
      .Handle = channel->binding,
      .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
      .BufferLength = length,
      .ProcNum = method,
      .RpcInterfaceInformation = &channel->interface_specification,
      .RpcFlags = RPC_BUFFER_ASYNC,
  };
  return I_RpcGetBuffer(&channel->message);
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
  if (!enter_state(channel, IDLE, BEGINNING))
    return RPC_S_CALLPENDING;
  /* A call of its own, which no call of this thread is waiting for. */
  result = original.CoCreateGuid(&causality);
  if (SUCCEEDED(result))
    result = result_of(
        prepare(channel, message->iMethod & ~METHOD_FLAGS, ORPC_THIS_SIZE + message->cbBuffer));
  if (FAILED(result)) {
    enter_state(channel, BEGINNING, IDLE);
    return result;
  }
  orpc_this_write(channel->message.Buffer, &causality);
  message->Buffer = (char *)channel->message.Buffer + ORPC_THIS_SIZE;
  message->dataRepresentation = channel->message.DataRepresentation;
  return S_OK;
}

/* The reply, or what became of the call; its data are in the message then. */
static void take_outcome(struct call_channel *channel)
{
  channel->status = I_RpcReceive(&channel->message, 0);
  channel->outcome = result_of(channel->status);
  if (FAILED(channel->outcome))
    return;
  channel->outcome =
      orpc_that_read(channel->message.Buffer, channel->message.BufferLength, &channel->offset);
  if (FAILED(channel->outcome))
    I_RpcFreeBuffer(&channel->message);
}

/* The runtime's callback: on a thread of its own, once for each call that has been sent. */
static void RPC_ENTRY call_complete(RPC_ASYNC_STATE *async, void *context,
                                    RPC_ASYNC_EVENT event)
{
  struct call_channel *channel = async->UserInfo;

  (void)context;
  (void)event;
  take_outcome(channel);
  AcquireSRWLockExclusive(&channel->lock);
  channel->state = COMPLETE;
  if (channel->completed)
    SetEvent(channel->completed);
  /* Under the lock: else it could be the next call's that is signalled, or a dead object's. */
  if (channel->synchronize)
    channel->synchronize->lpVtbl->Signal(channel->synchronize);
  ReleaseSRWLockExclusive(&channel->lock);
  call_channel_release(channel);
}

static RPC_STATUS make_asynchronous(struct call_channel *channel)
{
  RPC_STATUS status = RpcAsyncInitializeHandle(&channel->async, sizeof(channel->async));

  if (status != RPC_S_OK)
    return status;
  channel->async.UserInfo = channel;
  channel->async.NotificationType = RpcNotificationTypeCallback;
  channel->async.u.NotificationRoutine = call_complete;
  return I_RpcAsyncSetHandle(&channel->message, &channel->async);
}

/*
 * BEGINNING, REJECTED -> PENDING, before the request leaves: the reply may be faster than
 * I_RpcSend. false: the rejected call has been cancelled.
 */
static bool enter_pending(struct call_channel *channel)
{
  bool entered;

  AcquireSRWLockExclusive(&channel->lock);
  entered = channel->state != REJECTED || !channel->cancelled;
  if (entered) {
    channel->state = PENDING;
    channel->serial++;
    channel->cancelled = false;
    if (channel->completed)
      ResetEvent(channel->completed);
    if (channel->synchronize)
      channel->synchronize->lpVtbl->Reset(channel->synchronize);
  }
  ReleaseSRWLockExclusive(&channel->lock);
  return entered;
}

static RPC_STATUS submit(struct call_channel *channel)
{
  RPC_STATUS status = make_asynchronous(channel);

  if (status == RPC_S_OK && !enter_pending(channel))
    status = RPC_S_CALL_CANCELLED;
  if (status != RPC_S_OK) {
    I_RpcFreeBuffer(&channel->message);
    if (!enter_state(channel, BEGINNING, IDLE))
      enter_state(channel, REJECTED, IDLE);
    return status;
  }
  InterlockedIncrement(&channel->references); /* the callback's */
  status = I_RpcSend(&channel->message);
  if (status != RPC_S_OK) {
    /* No callback will come. */
    enter_state(channel, PENDING, IDLE);
    call_channel_release(channel);
  }
  return status;
}

/* BEGINNING: the request as it is, where this thread's filter may want it sent again. */
static RPC_STATUS keep_request(struct call_channel *channel)
{
  channel->begun = GetTickCount();
  free(channel->request);
  channel->request = NULL;
  if (!message_filter_exists())
    return RPC_S_OK;
  channel->request_length = channel->message.BufferLength;
  channel->request = malloc(channel->request_length);
  if (!channel->request)
    return RPC_S_OUT_OF_MEMORY;
  memcpy(channel->request, channel->message.Buffer, channel->request_length);
  return RPC_S_OK;
}

static RPC_STATUS keep_and_submit(struct call_channel *channel)
{
  RPC_STATUS status = keep_request(channel);

  if (status == RPC_S_OK)
    return submit(channel);
  I_RpcFreeBuffer(&channel->message);
  enter_state(channel, BEGINNING, IDLE);
  return status;
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
  sent = keep_and_submit(channel);
  set_status(status, sent);
  return result_of(sent);
}

/* While the call is pending: the event that says that it is not. S_FALSE: it is not. */
static HRESULT need_event(struct call_channel *channel, ULONG serial)
{
  HRESULT result = S_FALSE;

  AcquireSRWLockExclusive(&channel->lock);
  if (channel->state == PENDING && channel->serial == serial) {
    if (!channel->completed)
      channel->completed = CreateEventW(NULL, TRUE, FALSE, NULL);
    result = channel->completed ? S_OK : HRESULT_FROM_WIN32(GetLastError());
  }
  ReleaseSRWLockExclusive(&channel->lock);
  return result;
}

static HRESULT cancel_now(struct call_channel *channel, bool abandon);

/* The call that a thread waits for, and whose message filter may cancel it. */
struct awaited_call {
  struct call_channel *channel;
  ULONG serial;
};

static HRESULT give_up_call(struct call_channel *channel, ULONG serial)
{
  HRESULT result;

  AcquireSRWLockExclusive(&channel->lock);
  result = channel->serial == serial ? cancel_now(channel, true) : RPC_E_CALL_COMPLETE;
  ReleaseSRWLockExclusive(&channel->lock);
  return result;
}

static void filter_cancels(void *context)
{
  struct awaited_call *call = context;

  give_up_call(call->channel, call->serial);
}

/* Until `completed` is set, as com_wait_for_call() does. */
static HRESULT wait_for_event(struct call_channel *channel, ULONG serial, DWORD milliseconds)
{
  struct awaited_call call = {channel, serial};
  struct wait_frame frame = {
      .callee = channel->callee, .cancel = filter_cancels, .context = &call};

  return com_wait_for_call(channel->completed, milliseconds, &frame);
}

/* S_OK: the call is not pending; RPC_S_CALLPENDING: time-out; what com_wait_for_call() says. */
static HRESULT wait_for_call(struct call_channel *channel, ULONG serial, DWORD milliseconds)
{
  HRESULT result = S_OK;

  while (result == S_OK) {
    result = need_event(channel, serial);
    if (result == S_OK)
      result = wait_for_event(channel, serial, milliseconds);
  }
  return result == S_FALSE ? S_OK : result;
}

static ULONG last_serial(struct call_channel *channel)
{
  ULONG serial;

  AcquireSRWLockShared(&channel->lock);
  serial = channel->serial;
  ReleaseSRWLockShared(&channel->lock);
  return serial;
}

static bool is_rejection(HRESULT outcome)
{
  return outcome == RPC_E_CALL_REJECTED || outcome == RPC_E_SERVERCALL_RETRYLATER;
}

/* Lock held: COMPLETE -> REJECTED, or over. */
static void leave_complete(struct call_channel *channel)
{
  if (channel->request && is_rejection(channel->outcome) && !channel->cancelled) {
    channel->state = REJECTED;
    if (channel->completed)
      ResetEvent(channel->completed);
    return;
  }
  free(channel->request);
  channel->request = NULL;
  channel->state = SUCCEEDED(channel->outcome) ? FINISHING : IDLE;
}

/* COMPLETE -> FINISHING, REJECTED (*rejected), or IDLE where there is nothing to unmarshal. */
static HRESULT claim_outcome(struct call_channel *channel, ULONG method, RPC_STATUS *status,
                             bool *rejected)
{
  HRESULT result = RPC_E_CALL_COMPLETE;

  *rejected = false;
  AcquireSRWLockExclusive(&channel->lock);
  if (channel->state == COMPLETE && channel->message.ProcNum == (method & ~METHOD_FLAGS)) {
    result = channel->outcome;
    *status = channel->status;
    leave_complete(channel);
    *rejected = channel->state == REJECTED;
  }
  ReleaseSRWLockExclusive(&channel->lock);
  return result;
}

/* REJECTED: as long as the filter wants, or until the call is cancelled. */
static HRESULT wait_to_send_again(struct call_channel *channel, DWORD milliseconds)
{
  HRESULT result = S_OK;

  AcquireSRWLockExclusive(&channel->lock);
  if (!channel->completed)
    channel->completed = CreateEventW(NULL, TRUE, channel->cancelled, NULL);
  if (!channel->completed)
    result = HRESULT_FROM_WIN32(GetLastError());
  ReleaseSRWLockExclusive(&channel->lock);
  if (result == S_OK)
    result = wait_for_event(channel, channel->serial, milliseconds);
  return result == RPC_S_CALLPENDING ? S_OK : result;
}

static HRESULT ask_filter(struct call_channel *channel, HRESULT rejection)
{
  DWORD type = rejection == RPC_E_CALL_REJECTED ? SERVERCALL_REJECTED : SERVERCALL_RETRYLATER;
  DWORD answer;

  if (!message_filter_retry(channel->callee, GetTickCount() - channel->begun, type, &answer))
    return rejection;
  if (answer == NOT_AGAIN)
    return RPC_E_CALL_REJECTED;
  return answer < LEAST_DELAY ? S_OK : wait_to_send_again(channel, answer);
}

/* REJECTED -> PENDING (S_OK), or IDLE: what the call has come to. */
static HRESULT send_again(struct call_channel *channel, HRESULT rejection)
{
  HRESULT result = ask_filter(channel, rejection);

  if (SUCCEEDED(result))
    result = result_of(prepare(channel, channel->message.ProcNum, channel->request_length));
  if (FAILED(result)) {
    enter_state(channel, REJECTED, IDLE);
    return result;
  }
  memcpy(channel->message.Buffer, channel->request, channel->request_length);
  return result_of(submit(channel));
}

/* The end of the call. */
static HRESULT wait_for_outcome(struct call_channel *channel, ULONG method, RPC_STATUS *status)
{
  HRESULT result;
  bool rejected;

  do {
    result = wait_for_call(channel, last_serial(channel), INFINITE);
    if (FAILED(result))
      return result;
    result = claim_outcome(channel, method, status, &rejected);
    if (!rejected)
      return result;
    result = send_again(channel, result);
  } while (SUCCEEDED(result));
  return result;
}

static HRESULT WINAPI receive_reply(IAsyncRpcChannelBuffer *interface_pointer,
                                    RPCOLEMESSAGE *message, ULONG *status)
{
  struct call_channel *channel = from_interface(interface_pointer);
  RPC_STATUS received = RPC_S_OK;
  HRESULT result;

  message->Buffer = NULL;
  message->cbBuffer = 0;
  result = wait_for_outcome(channel, message->iMethod, &received);
  set_status(status, received);
  if (FAILED(result))
    return result;
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
  I_RpcFreeBuffer(&channel->message);
  if (!enter_state(channel, BEGINNING, IDLE))
    enter_state(channel, FINISHING, IDLE);
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

void call_channel_set_synchronize(struct call_channel *channel, ISynchronize *synchronize)
{
  AcquireSRWLockExclusive(&channel->lock);
  channel->synchronize = synchronize;
  ReleaseSRWLockExclusive(&channel->lock);
}

/* Lock held. It will not be sent again. */
static HRESULT cancel_rejected(struct call_channel *channel)
{
  channel->cancelled = true;
  if (channel->completed)
    SetEvent(channel->completed);
  return S_OK;
}

/* Under the lock, so that it is this call which is cancelled and not the next; the runtime
 * tells us of the end on another thread. */
static HRESULT cancel_now(struct call_channel *channel, bool abandon)
{
  HRESULT result;

  if (channel->state == REJECTED)
    return cancel_rejected(channel);
  if (channel->state != PENDING)
    return RPC_E_CALL_COMPLETE;
  result = result_of(RpcAsyncCancelCall(&channel->async, abandon));
  if (SUCCEEDED(result))
    channel->cancelled = true;
  return result;
}

/* The call that is there now, whose serial is stored. */
static HRESULT request_cancel(struct call_channel *channel, bool abandon, ULONG *serial)
{
  HRESULT result;

  AcquireSRWLockExclusive(&channel->lock);
  *serial = channel->serial;
  result = channel->cancelled && channel->state != IDLE ? RPC_E_CALL_CANCELED
                                                        : cancel_now(channel, abandon);
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
  result = wait_for_call(channel, serial, milliseconds_of(seconds));
  if (result == RPC_S_CALLPENDING)
    return give_up_call(channel, serial);
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

#include "call_request.h"

#include <stdlib.h>
#include <string.h>

#include "../filter/message_filter.h"
#include "orpc_header.h"

/* BEGINNING, REJECTED: the message for a request of so many bytes. */
RPC_STATUS call_request_prepare(struct call_channel *channel, ULONG method, unsigned int length)
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

/* ---- the end ---- */

/* The reply, or what became of the call; its data are in the message then. */
static void take_outcome(struct call_channel *channel)
{
  channel->status = I_RpcReceive(&channel->message, 0);
  channel->outcome = call_state_result(channel->status);
  /* From a server: who waits would take it for the channel's word that there is no call. */
  if (channel->outcome == RPC_E_CALL_COMPLETE)
    channel->outcome = RPC_E_FAULT;
  if (FAILED(channel->outcome))
    return;
  channel->outcome = orpc_header_read(channel->message.Buffer, channel->message.BufferLength,
                                      &channel->offset);
  if (FAILED(channel->outcome))
    I_RpcFreeBuffer(&channel->message);
}

/* PENDING -> COMPLETE. Its reference of the channel goes. */
static void end_call(struct call_channel *channel)
{
  void (*hook)(void *context);
  struct call_notice *notice;
  void *context;

  AcquireSRWLockExclusive(&channel->lock);
  if (channel->disconnected && channel->outcome == RPC_E_CALL_CANCELED)
    channel->outcome = RPC_E_DISCONNECTED;
  channel->state = COMPLETE;
  if (channel->completed)
    SetEvent(channel->completed);
  notice = channel->notice;
  channel->notice = NULL;
  hook = channel->completed_hook;
  context = channel->hook_context;
  channel->completed_hook = NULL;
  /* Under the lock: else it could be the next call's that is signalled, or a dead object's. */
  if (!notice && channel->listener.event)
    channel->listener.event->lpVtbl->Signal(channel->listener.event);
  ReleaseSRWLockExclusive(&channel->lock);
  if (hook)
    hook(context);
  if (notice)
    call_notice_deliver(notice);
  call_channel_release(channel);
}

/* The runtime's callback: on a thread of its own, once for each call that has been sent. */
static void RPC_ENTRY call_complete(RPC_ASYNC_STATE *async, void *context,
                                    RPC_ASYNC_EVENT event)
{
  struct call_channel *channel = async->UserInfo;

  (void)context;
  (void)event;
  take_outcome(channel);
  end_call(channel);
}

static void CALLBACK end_in_pool(TP_CALLBACK_INSTANCE *instance, void *context)
{
  (void)instance;
  end_call(context);
}

/* In Begin_: who is signalled there could want what its caller holds, or have gone when Begin_
 * goes on. */
static void end_elsewhere(struct call_channel *channel)
{
  if (!channel->notice || !TrySubmitThreadpoolCallback(end_in_pool, channel, NULL))
    end_call(channel);
}

/* ---- the beginning ---- */

/*
 * BEGINNING, REJECTED -> PENDING, before the request leaves: the reply may be faster than
 * I_RpcSend. false: the rejected call has been cancelled.
 */
static bool enter_pending(struct call_channel *channel, struct call_notice *notice, bool parked)
{
  bool entered;

  AcquireSRWLockExclusive(&channel->lock);
  entered = channel->state != REJECTED || !channel->cancelled;
  if (entered) {
    channel->state = PENDING;
    channel->serial++;
    channel->cancelled = channel->disconnected = false;
    channel->parked = parked;
    channel->notice = notice;
    if (channel->completed)
      ResetEvent(channel->completed);
    if (!notice && channel->listener.event)
      channel->listener.event->lpVtbl->Reset(channel->listener.event);
  }
  ReleaseSRWLockExclusive(&channel->lock);
  return entered;
}

/* BEGINNING, REJECTED -> PENDING: with the outer object told, and a reference for end_call().
 */
static RPC_STATUS begin(struct call_channel *channel, bool parked)
{
  struct call_notice *notice;
  HRESULT result =
      call_notice_create(&channel->listener, channel, channel->serial + 1, &notice);

  if (FAILED(result))
    return result;
  if (!enter_pending(channel, notice, parked)) {
    if (notice)
      call_notice_drop(notice);
    return RPC_S_CALL_CANCELLED;
  }
  InterlockedIncrement(&channel->references);
  return RPC_S_OK;
}

/* Nothing has been begun, or it has come to nothing: no end will come. */
static void take_back(struct call_channel *channel)
{
  struct call_notice *notice;

  AcquireSRWLockExclusive(&channel->lock);
  notice = channel->notice;
  channel->notice = NULL;
  channel->state = IDLE;
  ReleaseSRWLockExclusive(&channel->lock);
  if (notice)
    call_notice_drop(notice);
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

RPC_STATUS call_request_submit(struct call_channel *channel)
{
  RPC_STATUS status = make_asynchronous(channel);

  if (status == RPC_S_OK)
    status = begin(channel, false);
  if (status != RPC_S_OK) {
    I_RpcFreeBuffer(&channel->message);
    take_back(channel);
    return status;
  }
  status = I_RpcSend(&channel->message);
  if (status != RPC_S_OK) {
    take_back(channel);
    call_channel_release(channel);
  }
  return status;
}

/* ---- when the interface is known ---- */

/* true: the call is the caller's to send or to end. It stays parked until the runtime can
 * cancel it. */
static bool claim_parked(struct call_channel *channel)
{
  bool claimed;

  AcquireSRWLockExclusive(&channel->lock);
  claimed = channel->parked && !channel->leaving;
  channel->leaving |= claimed;
  ReleaseSRWLockExclusive(&channel->lock);
  return claimed;
}

/* false: it has been cancelled meanwhile. */
static bool unpark(struct call_channel *channel)
{
  bool cancelled;

  AcquireSRWLockExclusive(&channel->lock);
  channel->parked = channel->leaving = false;
  cancelled = channel->cancelled;
  ReleaseSRWLockExclusive(&channel->lock);
  return !cancelled;
}

/* From here on calls go to the interface itself. */
static HRESULT resolve(struct call_channel *channel)
{
  UUID ipid;
  HRESULT result = interface_question_answer(channel->question, &ipid);

  if (SUCCEEDED(result))
    result = call_state_result(RpcBindingSetObject(channel->binding, &ipid));
  channel->is_resolved = SUCCEEDED(result);
  return result;
}

/* The request as it was kept, ready to be sent. */
static RPC_STATUS prepare_kept(struct call_channel *channel)
{
  RPC_STATUS status =
      call_request_prepare(channel, channel->message.ProcNum, channel->request_length);

  if (status != RPC_S_OK)
    return status;
  memcpy(channel->message.Buffer, channel->request, channel->request_length);
  status = make_asynchronous(channel);
  if (status != RPC_S_OK)
    I_RpcFreeBuffer(&channel->message);
  return status;
}

/* PENDING, claimed: on its way; the call may be over, and the channel gone, when this returns.
 * false: it has come to nothing, which `outcome` says, and is to be ended. */
static bool send_parked(struct call_channel *channel)
{
  RPC_STATUS status = RPC_S_OK;
  HRESULT result = resolve(channel);

  if (SUCCEEDED(result)) {
    status = prepare_kept(channel);
    result = call_state_result(status);
  }
  if (!unpark(channel) && SUCCEEDED(result)) {
    I_RpcFreeBuffer(&channel->message);
    result = RPC_E_CALL_CANCELED;
  }
  if (SUCCEEDED(result)) {
    status = I_RpcSend(&channel->message);
    result = call_state_result(status);
  }
  if (SUCCEEDED(result))
    return true;
  channel->outcome = result;
  channel->status = status;
  return false;
}

/* ---- a request that is made ---- */

/* BEGINNING: the request as it is, for later. */
static RPC_STATUS keep_request(struct call_channel *channel)
{
  channel->request_length = channel->message.BufferLength;
  channel->request = malloc(channel->request_length);
  if (!channel->request)
    return RPC_S_OUT_OF_MEMORY;
  memcpy(channel->request, channel->message.Buffer, channel->request_length);
  return RPC_S_OK;
}

/* BEGINNING -> PENDING without the runtime: the request goes when the question is answered. */
static RPC_STATUS park(struct call_channel *channel)
{
  RPC_STATUS status;

  I_RpcFreeBuffer(&channel->message);
  status = begin(channel, true);
  if (status != RPC_S_OK) {
    take_back(channel);
    return status;
  }
  if (!interface_question_park(channel->question, channel) && claim_parked(channel) &&
      !send_parked(channel))
    end_elsewhere(channel);
  return RPC_S_OK;
}

static bool has_to_wait(const struct call_channel *channel)
{
  return channel->question && !channel->is_resolved;
}

/* Where this thread's filter may want it sent again, or it cannot be sent now, it is kept. */
static RPC_STATUS keep_what_is_needed(struct call_channel *channel)
{
  channel->begun = GetTickCount();
  channel->is_local = false;
  free(channel->request);
  channel->request = NULL;
  channel->may_retry = message_filter_exists();
  return channel->may_retry || has_to_wait(channel) ? keep_request(channel) : RPC_S_OK;
}

RPC_STATUS call_request_send(struct call_channel *channel)
{
  RPC_STATUS status = keep_what_is_needed(channel);

  if (status == RPC_S_OK)
    return has_to_wait(channel) ? park(channel) : call_request_submit(channel);
  I_RpcFreeBuffer(&channel->message);
  call_state_enter(channel, BEGINNING, IDLE);
  return status;
}

/* ---- without the server ---- */

RPC_STATUS call_request_complete_locally(struct call_channel *channel, ULONG method,
                                         HRESULT outcome)
{
  RPC_STATUS status;

  channel->message = (RPC_MESSAGE){.ProcNum = method};
  channel->is_local = true;
  channel->may_retry = false;
  channel->outcome = outcome;
  channel->status = RPC_S_OK;
  status = begin(channel, false);
  if (status != RPC_S_OK) {
    take_back(channel);
    return status;
  }
  end_elsewhere(channel);
  return RPC_S_OK;
}

/* ---- what waits for the question ---- */

void call_request_answered(struct call_channel *channel)
{
  if (claim_parked(channel) && !send_parked(channel))
    end_call(channel);
}

bool call_request_end_parked(struct call_channel *channel)
{
  channel->outcome = RPC_E_CALL_CANCELED;
  channel->status = RPC_S_CALL_CANCELLED;
  if (!TrySubmitThreadpoolCallback(end_in_pool, channel, NULL))
    return false;
  channel->parked = false;
  return true;
}

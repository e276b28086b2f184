#include "call_wait.h"

#include "../sync/com_wait.h"
#include "call_request.h"

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

/* Lock held. It will not be sent again. */
static HRESULT cancel_rejected(struct call_channel *channel)
{
  channel->cancelled = true;
  if (channel->completed)
    SetEvent(channel->completed);
  return S_OK;
}

/* Lock held. The server knows nothing of it: without grace it is over. */
static HRESULT cancel_unsent(struct call_channel *channel, bool abandon)
{
  if (abandon && channel->parked && !channel->leaving && !call_request_end_parked(channel))
    return E_OUTOFMEMORY;
  channel->cancelled = true;
  return S_OK;
}

/* Under the lock, so that it is this call which is cancelled and not the next; the runtime
 * tells us of the end on another thread. */
HRESULT call_wait_cancel(struct call_channel *channel, bool abandon)
{
  HRESULT result;

  if (channel->state == REJECTED)
    return cancel_rejected(channel);
  if (channel->state != PENDING)
    return RPC_E_CALL_COMPLETE;
  if (channel->parked || channel->is_local)
    return cancel_unsent(channel, abandon);
  result = call_state_result(RpcAsyncCancelCall(&channel->async, abandon));
  if (SUCCEEDED(result))
    channel->cancelled = true;
  return result;
}

/* The call that a thread waits for, and whose message filter may cancel it. */
struct awaited_call {
  struct call_channel *channel;
  ULONG serial;
};

HRESULT call_wait_give_up(struct call_channel *channel, ULONG serial)
{
  HRESULT result;

  AcquireSRWLockExclusive(&channel->lock);
  result = channel->serial == serial ? call_wait_cancel(channel, true) : RPC_E_CALL_COMPLETE;
  ReleaseSRWLockExclusive(&channel->lock);
  return result;
}

static void filter_cancels(void *context)
{
  struct awaited_call *call = context;

  call_wait_give_up(call->channel, call->serial);
}

/* Until `completed` is set, as com_wait_for_call() does. */
HRESULT call_wait_for_event(struct call_channel *channel, ULONG serial, DWORD milliseconds)
{
  struct awaited_call call = {channel, serial};
  struct wait_frame frame = {
      .callee = channel->callee, .cancel = filter_cancels, .context = &call};

  return com_wait_for_call(channel->completed, milliseconds, &frame);
}

/* S_OK: the call is not pending; RPC_S_CALLPENDING: time-out; what com_wait_for_call() says. */
HRESULT call_wait_for_end(struct call_channel *channel, ULONG serial, DWORD milliseconds)
{
  HRESULT result = S_OK;

  while (result == S_OK) {
    result = need_event(channel, serial);
    if (result == S_OK)
      result = call_wait_for_event(channel, serial, milliseconds);
  }
  return result == S_FALSE ? S_OK : result;
}

#include "call_outcome.h"

#include <stdlib.h>
#include <string.h>

#include "../filter/message_filter.h"
#include "call_request.h"
#include "call_wait.h"

/* What RetryRejectedCall returns [IMessageFilter::RetryRejectedCall]. */
#define NOT_AGAIN   ((DWORD)-1)
#define LEAST_DELAY 100

static bool is_rejection(HRESULT outcome)
{
  return outcome == RPC_E_CALL_REJECTED || outcome == RPC_E_SERVERCALL_RETRYLATER;
}

/* There is such a call, of that serial, and nobody has taken what it came to. */
static bool is_begun(struct call_channel *channel, ULONG method, ULONG *serial)
{
  bool begun;

  AcquireSRWLockShared(&channel->lock);
  *serial = channel->serial;
  begun = (channel->state == PENDING || channel->state == COMPLETE) &&
          channel->message.ProcNum == (method & ~METHOD_FLAGS);
  ReleaseSRWLockShared(&channel->lock);
  return begun;
}

/* Lock held: COMPLETE -> REJECTED, or over. */
static void leave_complete(struct call_channel *channel)
{
  if (channel->may_retry && is_rejection(channel->outcome) && !channel->cancelled) {
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
static HRESULT claim_outcome(struct call_channel *channel, ULONG method, ULONG serial,
                             RPC_STATUS *status, bool *rejected)
{
  HRESULT result = RPC_E_CALL_COMPLETE;

  *rejected = false;
  AcquireSRWLockExclusive(&channel->lock);
  if (channel->state == COMPLETE && channel->serial == serial &&
      channel->message.ProcNum == (method & ~METHOD_FLAGS)) {
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
    result = call_wait_for_event(channel, channel->serial, milliseconds);
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
    result = call_state_result(
        call_request_prepare(channel, channel->message.ProcNum, channel->request_length));
  if (FAILED(result)) {
    call_state_enter(channel, REJECTED, IDLE);
    return result;
  }
  memcpy(channel->message.Buffer, channel->request, channel->request_length);
  return call_state_result(call_request_submit(channel));
}

/*
 * PENDING: as an outer object's own ISynchronize waits, and then until it is true. While it
 * waits Signal may finish the call and begin the next: that one, of another serial, is not
 * waited for.
 */
static HRESULT wait_for_end(struct call_channel *channel, ULONG method, ULONG *serial)
{
  HRESULT result = S_OK;

  if (is_begun(channel, method, serial))
    result = call_notice_wait(&channel->listener);
  if (FAILED(result) && call_state_is(channel, PENDING))
    return result;
  return call_wait_for_end(channel, *serial, INFINITE);
}

HRESULT call_outcome_wait(struct call_channel *channel, ULONG method, RPC_STATUS *status)
{
  HRESULT result;
  bool rejected;
  ULONG serial;

  do {
    result = wait_for_end(channel, method, &serial);
    if (FAILED(result))
      return result;
    result = claim_outcome(channel, method, serial, status, &rejected);
    if (!rejected)
      return result;
    result = send_again(channel, result);
  } while (SUCCEEDED(result));
  return result;
}

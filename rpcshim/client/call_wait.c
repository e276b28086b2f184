#include "call_wait.h"

/* Called by RpcCancelThread on another thread; CoCancelCall does the same (com_call.h). */
static void set_event(void *event)
{
  SetEvent(event);
}

/* The server has time until then. */
static void take_cancel(struct call_wait *wait, ULONGLONG deadline)
{
  struct client_call *call = wait->call;

  call->cancelled = true;
  if (deadline < call->cancel_deadline)
    call->cancel_deadline = deadline;
  if (call->cancel_deadline < wait->stream.deadline)
    wait->stream.deadline = call->cancel_deadline;
}

static void take_cancels(struct call_wait *wait)
{
  ULONGLONG deadline = DEADLINE_NEVER;
  ULONG grace;

  if (wait->thread && thread_state_take_cancel(wait->thread, &grace)) {
    if (grace != CANCEL_GRACE_INFINITE)
      deadline = GetTickCount64() + 1000ull * grace;
    take_cancel(wait, deadline);
  }
  if (wait->call->com && com_call_is_cancelled(wait->call->com, &deadline))
    take_cancel(wait, deadline);
}

static bool interrupted(void *context)
{
  struct call_wait *wait = context;

  take_cancels(wait);
  return wait->tells_server && wait->call->cancelled && !wait->call->cancel_told;
}

void call_wait_begin(struct call_wait *wait, struct client_call *call, HANDLE event)
{
  wait->stream.event = event;
  wait->stream.interrupted = interrupted;
  wait->stream.context = wait;
  wait->call = call;
  wait->thread = thread_state_get();
  wait->tells_server = false;
  call_wait_heard(wait);
  if (wait->thread)
    thread_state_set_waiting(wait->thread, set_event, event);
  if (call->com)
    com_call_set_waiting(call->com, event);
}

void call_wait_end(struct call_wait *wait)
{
  if (wait->thread)
    thread_state_set_waiting(wait->thread, NULL, NULL);
  if (wait->call->com)
    com_call_set_waiting(wait->call->com, NULL);
}

void call_wait_heard(struct call_wait *wait)
{
  ULONGLONG deadline = deadline_after(wait->call->timeout);

  wait->stream.deadline =
      deadline < wait->call->cancel_deadline ? deadline : wait->call->cancel_deadline;
}

bool call_wait_is_over(struct call_wait *wait)
{
  take_cancels(wait);
  return !deadline_rest(wait->stream.deadline);
}

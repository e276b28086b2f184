#include "client_call.h"

#include <stdlib.h>
#include <string.h>

#include "../binding/handle_set.h"
#include "../trace/trace.h"

/* Where a state keeps the number of its call: RPC_ASYNC_STATE.Reserved is the runtime's. */
#define SERIAL 0

static struct handle_set live_calls = HANDLE_SET_INIT;
static LONG last_serial;

static const char *const state_names[] = {
    [CLIENT_CALL_PREPARED] = "PREPARED",
    [CLIENT_CALL_PENDING] = "PENDING",
    [CLIENT_CALL_COMPLETE] = "COMPLETE",
    [CLIENT_CALL_CLAIMED] = "CLAIMED",
};

static void run_callback(struct due_callback *callback);
static void silence_ends(struct timer *timer);

struct client_call *client_call_create(struct binding *binding)
{
  struct client_call *call = calloc(1, sizeof(*call));

  if (!call)
    return NULL;
  if (!handle_set_insert(&live_calls, call)) {
    free(call);
    return NULL;
  }
  call->references = 1;
  InitializeSRWLock(&call->lock);
  call->callback.run = run_callback;
  call->timeout = INFINITE;
  call->cancel_deadline = DEADLINE_NEVER;
  timer_init(&call->silence, silence_ends);
  binding_add_reference(binding);
  call->binding = binding;
  return call;
}

/* The one place where a state changes. Lock held. */
static void enter_state(struct client_call *call, enum client_call_state state)
{
  call->state = state;
  if (trace_is_on)
    trace_call(&(struct traced_call){"client", call, call->call_id, &call->interface_id,
                                     call->opnum, state_names[state], call->status});
}

static void acquire_call(void *object)
{
  client_call_add_reference(object);
}

struct client_call *client_call_from_handle(void *handle)
{
  return handle && handle_set_acquire(&live_calls, handle, acquire_call) ? handle : NULL;
}

struct client_call *client_call_from_state(const RPC_ASYNC_STATE *state)
{
  struct client_call *call = client_call_from_handle(state->RuntimeInfo);

  /* A synchronous call has no serial, nor has a server's state. */
  if (!call || (call->serial && call->serial == state->Reserved[SERIAL]))
    return call;
  client_call_release(call);
  return NULL;
}

void client_call_add_reference(struct client_call *call)
{
  InterlockedIncrement(&call->references);
}

void client_call_release(struct client_call *call)
{
  if (InterlockedDecrement(&call->references))
    return;
  handle_set_remove(&live_calls, call);
  if (call->drop_route)
    call->drop_route(call);
  if (call->com) {
    com_call_end(call->com, false);
    com_call_release(call->com);
  }
  notification_release(&call->notification);
  reassembly_destroy(&call->reply);
  free(call->reply_data);
  free(call->request);
  binding_release(call->binding);
  free(call);
}

void client_call_retire(struct client_call *call)
{
  handle_set_remove(&live_calls, call);
  if (call->com)
    com_call_end(call->com, false);
}

RPC_STATUS client_call_set_async(struct client_call *call, RPC_ASYNC_STATE *state)
{
  RPC_STATUS status = RPC_S_INVALID_ASYNC_CALL;

  AcquireSRWLockExclusive(&call->lock);
  if (call->state == CLIENT_CALL_PREPARED && !call->async)
    status = notification_capture(&call->notification, state);
  if (status == RPC_S_OK) {
    call->async = state;
    call->serial = InterlockedIncrement(&last_serial);
    state->Reserved[SERIAL] = call->serial;
    state->RuntimeInfo = call;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

RPC_STATUS client_call_register(struct client_call *call)
{
  struct notification notification;
  RPC_STATUS status = RPC_S_OK;

  AcquireSRWLockExclusive(&call->lock);
  if (call->async &&
      (call->state == CLIENT_CALL_PREPARED || call->state == CLIENT_CALL_PENDING)) {
    status = notification_capture(&notification, call->async);
    if (status == RPC_S_OK) {
      notification_release(&call->notification);
      call->notification = notification;
    }
  }
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

bool client_call_keep_cancel(struct client_call *call, bool abandon)
{
  bool kept;

  AcquireSRWLockExclusive(&call->lock);
  kept = call->state == CLIENT_CALL_PREPARED;
  if (kept) {
    call->cancel_kept = true;
    call->abandon_kept = call->abandon_kept || abandon;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return kept;
}

bool client_call_take_kept_cancel(struct client_call *call, bool *abandon)
{
  bool kept;

  AcquireSRWLockExclusive(&call->lock);
  kept = call->cancel_kept;
  *abandon = call->abandon_kept;
  call->cancel_kept = false;
  ReleaseSRWLockExclusive(&call->lock);
  return kept;
}

void client_call_start(struct client_call *call)
{
  AcquireSRWLockExclusive(&call->lock);
  enter_state(call, CLIENT_CALL_PENDING);
  ReleaseSRWLockExclusive(&call->lock);
}

bool client_call_unstart(struct client_call *call)
{
  bool done;

  AcquireSRWLockExclusive(&call->lock);
  done = call->state == CLIENT_CALL_PENDING;
  if (done)
    enter_state(call, CLIENT_CALL_PREPARED);
  ReleaseSRWLockExclusive(&call->lock);
  return done;
}

void client_call_repeat(struct client_call *call)
{
  AcquireSRWLockExclusive(&call->lock);
  enter_state(call, CLIENT_CALL_PREPARED);
  ReleaseSRWLockExclusive(&call->lock);
}

static void run_callback(struct due_callback *callback)
{
  struct client_call *call = CONTAINING_RECORD(callback, struct client_call, callback);

  notification_fire(&call->notification);
  client_call_release(call);
}

void client_call_run_deferred(struct client_call *list)
{
  if (!list)
    return;
  for (struct client_call *next; list; list = next) {
    next = list->next_complete;
    callback_queue_add(&list->callback);
  }
  callback_queue_run();
}

/* Has the application's callback routine run, later or on another thread. */
static void call_back(struct client_call *call, struct client_call **deferred)
{
  client_call_add_reference(call);
  if (deferred) {
    while (*deferred)
      deferred = &(*deferred)->next_complete;
    *deferred = call;
  } else {
    callback_queue_add(&call->callback);
    callback_queue_send_for_worker();
  }
}

bool client_call_complete(struct client_call *call, RPC_STATUS status, uint8_t *data,
                          size_t length, struct client_call **deferred)
{
  bool first;
  bool calls_back;
  bool timed = false;

  client_call_add_reference(call); /* the application may complete it as soon as it is told */
  AcquireSRWLockExclusive(&call->lock);
  first = call->state == CLIENT_CALL_PENDING;
  calls_back = first && call->async && notification_calls_application(&call->notification);
  if (first) {
    timed = call->timed;
    call->timed = false;
    call->status = status;
    call->reply_data = data;
    call->reply_length = length;
    enter_state(call, CLIENT_CALL_COMPLETE);
    if (call->async && !calls_back)
      notification_fire(&call->notification);
  }
  ReleaseSRWLockExclusive(&call->lock);
  if (timed && timer_disarm(&call->silence))
    client_call_release(call);
  if (calls_back)
    call_back(call, deferred);
  client_call_release(call);
  return first;
}

/* ---- the time-out ---- */

/* The call as it is: to be given up? Else the timer is armed anew, and keeps its reference. */
static bool silence_is_over(struct client_call *call)
{
  bool over = true;

  AcquireSRWLockExclusive(&call->lock);
  if (call->state == CLIENT_CALL_PENDING) {
    ULONGLONG deadline = call->heard + call->timeout;
    over = deadline <= GetTickCount64() || timer_arm(&call->silence, deadline);
    call->timed = !over;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return over;
}

static void silence_ends(struct timer *timer)
{
  struct client_call *call = CONTAINING_RECORD(timer, struct client_call, silence);

  if (!silence_is_over(call))
    return;
  call->give_up(call);
  client_call_release(call);
}

RPC_STATUS client_call_limit_silence(struct client_call *call,
                                     void (*give_up)(struct client_call *call))
{
  DWORD error = 0;

  AcquireSRWLockExclusive(&call->lock);
  if (call->state == CLIENT_CALL_PENDING) {
    call->give_up = give_up;
    call->heard = GetTickCount64();
    error = timer_arm(&call->silence, call->heard + call->timeout);
    call->timed = !error;
    if (call->timed)
      client_call_add_reference(call);
  }
  ReleaseSRWLockExclusive(&call->lock);
  return error ? RPC_S_OUT_OF_RESOURCES : RPC_S_OK;
}

void client_call_heard(struct client_call *call)
{
  AcquireSRWLockExclusive(&call->lock);
  if (call->timed)
    call->heard = GetTickCount64();
  ReleaseSRWLockExclusive(&call->lock);
}

RPC_STATUS client_call_status(struct client_call *call)
{
  RPC_STATUS status;

  AcquireSRWLockShared(&call->lock);
  if (call->state == CLIENT_CALL_PREPARED)
    status = RPC_S_INVALID_BINDING;
  else if (call->state == CLIENT_CALL_PENDING)
    status = RPC_S_ASYNC_CALL_PENDING;
  else
    status = call->status;
  ReleaseSRWLockShared(&call->lock);
  return status;
}

RPC_STATUS client_call_claim(struct client_call *call)
{
  RPC_STATUS status = RPC_S_INVALID_ASYNC_CALL;

  AcquireSRWLockExclusive(&call->lock);
  if (call->state == CLIENT_CALL_PENDING) {
    status = RPC_S_ASYNC_CALL_PENDING;
  } else if (call->state == CLIENT_CALL_COMPLETE) {
    enter_state(call, CLIENT_CALL_CLAIMED);
    status = RPC_S_OK;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

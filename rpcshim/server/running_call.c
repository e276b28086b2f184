#include "running_call.h"

#include "dispatch.h"
#include "server_call.h"
#include "server_connection.h"
#include "turns.h"

/* A synchronous routine may block, and others need not wait for it; an asynchronous one is to
 * return, and only where it does not others go on. The turn of a call that was parked is over.
 */
void server_call_enters_manager(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;

  if (server_call_from_handle(handle, &call) != RPC_S_OK)
    return;
  if (call->async && !call->resumed)
    server_connection_watch_turn(call);
  else if (!call->resumed)
    server_connection_enter_synchronous(call);
  server_call_release(call);
}

struct context_table *server_context_table(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;
  struct context_table *table;

  if (server_call_from_handle(handle, &call) != RPC_S_OK)
    return NULL;
  table = call->association->contexts;
  server_call_release(call);
  return table;
}

RPC_STATUS server_call_lock_context(RPC_BINDING_HANDLE handle, const void *user_context,
                                    bool exclusive)
{
  struct binding *binding; /* keeps the call, and its handle from becoming another's */
  RPC_STATUS status;

  if (server_binding_from_handle(handle, &binding) != RPC_S_OK)
    return RPC_S_INVALID_BINDING;
  status = context_table_lock(binding->server_call->association->contexts,
                              binding_handle(binding), user_context, exclusive);
  binding_release(binding);
  return status;
}

/* ---- calls that wait for contexts ---- */

static RPC_STATUS take_answer(struct server_call *call)
{
  RPC_STATUS status = context_wait_answer(call->association->contexts, &call->contexts);

  AcquireSRWLockExclusive(&call->lock);
  call->waits_for_contexts = false;
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

/* The call has its contexts, and a worker of its client's share. */
static void go_on(struct server_call *call)
{
  call->has_share = true;
  server_call_dispatch_rest(call, RPC_S_OK);
  client_share_give(call->share.share);
  server_call_release(call); /* the parked one's */
}

static void share_granted(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_call *call = CONTAINING_RECORD(completion, struct server_call, share.granted);

  (void)bytes;
  (void)error;
  if (client_share_confirm(&call->share))
    go_on(call);
}

/* On a worker. */
static void contexts_answered(struct completion *completion, DWORD bytes, DWORD error)
{
  struct server_call *call = CONTAINING_RECORD(completion, struct server_call, share.granted);

  RPC_STATUS status = take_answer(call);

  (void)bytes;
  (void)error;
  completion->routine = share_granted;
  if (status != RPC_S_OK) { /* no manager is entered */
    server_call_dispatch_rest(call, status);
    server_call_release(call);
  } else if (client_share_take(&call->share, false)) {
    go_on(call);
  }
}

/* Under the table's lock. */
static void contexts_ready(struct context_wait *wait)
{
  struct server_call *call = CONTAINING_RECORD(wait, struct server_call, contexts);

  completion_port_post(&call->share.granted);
}

/* The call's lock keeps a cancel from coming before there is something to withdraw. */
static RPC_STATUS request_contexts(struct server_call *call)
{
  RPC_STATUS status = RPC_S_CALL_CANCELLED;

  AcquireSRWLockExclusive(&call->lock);
  if (!call->orphaned) {
    status = context_wait_begin(call->association->contexts, &call->contexts);
    call->waits_for_contexts = status == RPC_S_ASYNC_CALL_PENDING;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

static RPC_STATUS request_or_park(struct server_call *call)
{
  RPC_STATUS status;

  share_wait_init(&call->share, call->connection->share, contexts_answered);
  call->contexts.ready = contexts_ready;
  server_call_add_reference(call); /* the parked one's */
  dispatch_leave(call);
  status = request_contexts(call);
  if (status == RPC_S_ASYNC_CALL_PENDING)
    return status;
  dispatch_stay(call);
  server_call_release(call);
  return status;
}

static RPC_STATUS request_or_wait(struct server_call *call)
{
  RPC_STATUS status = request_contexts(call);

  if (status != RPC_S_ASYNC_CALL_PENDING)
    return status;
  server_connection_watch_turn(call);
  return take_answer(call);
}

void server_call_abandon_wait(struct server_call *call)
{
  bool waits;

  AcquireSRWLockExclusive(&call->lock);
  waits = call->waits_for_contexts;
  if (waits)
    context_wait_withdraw(call->association->contexts, &call->contexts);
  ReleaseSRWLockExclusive(&call->lock);
  if (waits)
    take_answer(call);
}

RPC_STATUS server_call_find_contexts(RPC_BINDING_HANDLE handle,
                                     struct context_request *requests, unsigned int count,
                                     server_call_resume resume, void *context)
{
  struct server_call *call;
  RPC_STATUS status;

  if (server_call_from_handle(handle, &call) != RPC_S_OK)
    return RPC_S_INVALID_BINDING;
  call->contexts = (struct context_wait){handle, requests, count, NULL, NULL, NULL, NULL, 0};
  call->resume = resume;
  call->resume_context = context;
  status = resume ? request_or_park(call) : request_or_wait(call);
  server_call_release(call);
  return status;
}

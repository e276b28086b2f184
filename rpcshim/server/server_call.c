#include "server_call.h"

#include <stdlib.h>
#include <string.h>

#include "../call/status_map.h"
#include "../call/thread_state.h"
#include "../contexts/context_table.h"
#include "../trace/trace.h"
#include "calls_in_progress.h"
#include "server_connection.h"

#define REQUEST_LIMIT 0x40000000u /* bytes of [in] data of one call */
/* What a call costs besides its data: with its place in the connection's table. */
#define CALL_COST (sizeof(struct server_call) + 4 * sizeof(struct call_table_slot))

static const char *const state_names[] = {
    [SERVER_CALL_RECEIVING] = "RECEIVING", [SERVER_CALL_READY] = "READY",
    [SERVER_CALL_RUNNING] = "RUNNING",     [SERVER_CALL_DETACHED] = "DETACHED",
    [SERVER_CALL_ENDED] = "ENDED",
};

static void trace(const struct server_call *call, const char *event, ULONG status)
{
  if (trace_is_on)
    trace_call(&(struct traced_call){"server", call, call->call_id, &call->interface_id,
                                     call->opnum, event, (RPC_STATUS)status});
}

/* The one place where a state changes; `status`: what it ended with. Lock held. */
static void enter_state(struct server_call *call, enum server_call_state state, ULONG status)
{
  call->state = state;
  trace(call, state_names[state], status);
}

struct server_call *server_call_create(struct server_connection *connection,
                                       struct server_association *association)
{
  struct server_call *call = calloc(1, sizeof(*call));

  if (!call)
    return NULL;
  call->references = 1;
  InitializeSRWLock(&call->lock);
  reassembly_init(&call->request, REQUEST_LIMIT, &connection->memory);
  server_connection_add_reference(connection);
  call->connection = connection;
  server_association_add_reference(association);
  call->association = association;
  return call;
}

void server_call_add_reference(struct server_call *call)
{
  InterlockedIncrement(&call->references);
}

/* What the application's side of the call holds: gone when the call ends, though others may
 * still look at the call. */
static void release_application_side(struct server_call *call)
{
  if (call->binding) {
    context_table_end_call(call->association->contexts, binding_handle(call->binding), false);
    binding_retire(call->binding);
    binding_release(call->binding);
    call->binding = NULL;
  }
  if (call->server_interface)
    server_interface_end_call(call->server_interface);
  call->server_interface = NULL;
  free(call->request_data);
  free(call->reply_data);
  call->request_data = NULL;
  call->reply_data = NULL;
  if (call->counted)
    calls_in_progress_end();
  call->counted = false;
}

void server_call_release(struct server_call *call)
{
  if (InterlockedDecrement(&call->references))
    return;
  release_application_side(call);
  reassembly_destroy(&call->request);
  peer_memory_give(&call->connection->memory, call->held);
  server_association_release(call->association);
  server_connection_release(call->connection);
  free(call);
}

RPC_STATUS server_binding_from_handle(RPC_BINDING_HANDLE handle, struct binding **binding)
{
  struct thread_state *thread;
  RPC_STATUS status;

  if (!handle) {
    thread = thread_state_get();
    handle = thread ? thread->current_call : NULL;
    if (!handle)
      return RPC_S_NO_CALL_ACTIVE;
  }
  *binding = binding_from_handle_of_kind(handle, BINDING_SERVER, &status);
  return status;
}

RPC_STATUS server_call_from_handle(RPC_BINDING_HANDLE handle, struct server_call **result)
{
  struct binding *binding;
  RPC_STATUS status = server_binding_from_handle(handle, &binding);

  if (status != RPC_S_OK)
    return status;
  *result = binding->server_call;
  server_call_add_reference(*result);
  binding_release(binding);
  return RPC_S_OK;
}

struct server_call *server_call_from_state(const RPC_ASYNC_STATE *state)
{
  /* Once: another thread may be ending the call. */
  RPC_BINDING_HANDLE handle = *(void *const volatile *)&state->RuntimeInfo;
  struct server_call *call;
  bool is_its;

  /* To server_call_from_handle(), NULL is the call of this thread. */
  if (!handle || server_call_from_handle(handle, &call) != RPC_S_OK)
    return NULL;
  AcquireSRWLockShared(&call->lock);
  is_its = call->async == state;
  ReleaseSRWLockShared(&call->lock);
  if (is_its)
    return call;
  server_call_release(call);
  return NULL;
}

bool server_call_charge(struct server_call *call)
{
  if (!peer_memory_take(&call->connection->memory, CALL_COST))
    return false;
  call->held = CALL_COST;
  return true;
}

void server_call_receiving(struct server_call *call)
{
  trace(call, state_names[SERVER_CALL_RECEIVING], RPC_S_OK);
}

void server_call_ready(struct server_call *call)
{
  size_t length;

  call->request_data = reassembly_take(&call->request, &length);
  call->message.Buffer = call->request_data;
  call->message.BufferLength = (unsigned int)length;
  peer_memory_add(&call->connection->memory, length);
  call->held += length;
  AcquireSRWLockExclusive(&call->lock);
  if (call->state == SERVER_CALL_RECEIVING)
    enter_state(call, SERVER_CALL_READY, RPC_S_OK);
  ReleaseSRWLockExclusive(&call->lock);
}

bool server_call_begin_running(struct server_call *call)
{
  bool run;

  AcquireSRWLockExclusive(&call->lock);
  run = call->state == SERVER_CALL_READY && !call->orphaned;
  if (run)
    enter_state(call, SERVER_CALL_RUNNING, RPC_S_OK);
  ReleaseSRWLockExclusive(&call->lock);
  return run;
}

bool server_call_detach(struct server_call *call)
{
  bool detached;

  AcquireSRWLockExclusive(&call->lock);
  detached = call->state == SERVER_CALL_ENDED || call->async;
  if (call->state == SERVER_CALL_RUNNING && call->async)
    enter_state(call, SERVER_CALL_DETACHED, RPC_S_OK);
  ReleaseSRWLockExclusive(&call->lock);
  return detached;
}

RPC_STATUS server_call_set_async(struct server_call *call, RPC_ASYNC_STATE *state)
{
  RPC_STATUS status = RPC_S_INVALID_ASYNC_CALL;

  AcquireSRWLockExclusive(&call->lock);
  if (call->state == SERVER_CALL_RUNNING && !call->async) {
    call->async = state;
    status = RPC_S_OK;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

RPC_STATUS server_call_claim(struct server_call *call)
{
  RPC_STATUS status = RPC_S_INVALID_ASYNC_CALL;

  AcquireSRWLockExclusive(&call->lock);
  if (!call->claimed && call->state != SERVER_CALL_ENDED) {
    call->claimed = true;
    status = RPC_S_OK;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

void server_call_cancel(struct server_call *call, bool orphan)
{
  bool drop;

  AcquireSRWLockExclusive(&call->lock);
  if (call->state != SERVER_CALL_ENDED)
    trace(call, orphan ? "ORPHANED" : "CANCELLED", RPC_S_CALL_CANCELLED);
  call->cancelled = true;
  if (orphan)
    call->orphaned = true;
  /* No manager has seen it, none will. */
  drop = orphan && (call->state == SERVER_CALL_RECEIVING || call->state == SERVER_CALL_READY);
  if (orphan && call->waits_for_contexts)
    context_wait_withdraw(call->association->contexts, &call->contexts);
  if (drop)
    enter_state(call, SERVER_CALL_ENDED, RPC_S_CALL_CANCELLED);
  ReleaseSRWLockExclusive(&call->lock);
  if (!drop)
    return;
  server_connection_forget(call->connection, call);
  server_call_release(call); /* its own */
}

bool server_call_is_cancelled(struct server_call *call)
{
  bool cancelled;

  AcquireSRWLockShared(&call->lock);
  cancelled = call->cancelled;
  ReleaseSRWLockShared(&call->lock);
  return cancelled;
}

/* ---- buffers ---- */

RPC_STATUS server_call_get_buffer(struct server_call *call, RPC_MESSAGE *message)
{
  void *buffer = malloc(message->BufferLength ? message->BufferLength : 1);

  if (!buffer)
    return RPC_S_OUT_OF_MEMORY;
  free(call->reply_data);
  call->reply_data = buffer;
  message->Buffer = buffer;
  return RPC_S_OK;
}

void server_call_free_buffer(struct server_call *call, RPC_MESSAGE *message)
{
  if (message->Buffer && message->Buffer == call->reply_data) {
    free(call->reply_data);
    call->reply_data = NULL;
    message->Buffer = NULL;
  }
}

/* ---- the end ---- */

/* -> ENDED with `outcome`; the first caller gets RPC_S_OK, and *wanted: somebody waits for the
 * answer. */
static RPC_STATUS end(struct server_call *call, ULONG outcome, bool *wanted)
{
  RPC_STATUS status = RPC_S_INVALID_ASYNC_CALL;

  AcquireSRWLockExclusive(&call->lock);
  *wanted = !call->orphaned;
  if (call->state != SERVER_CALL_ENDED) {
    enter_state(call, SERVER_CALL_ENDED, outcome);
    status = RPC_S_OK;
  }
  ReleaseSRWLockExclusive(&call->lock);
  return status;
}

/* The fault of a call that is over. 0 or why it cannot be sent. */
static DWORD send_fault(struct server_call *call, ULONG code, bool executed)
{
  uint8_t answer[PDU_FAULT_SIZE];
  size_t size = pdu_encode_fault(answer, sizeof(answer), call->call_id, call->context_id,
                                 executed ? 0 : PDU_FLAG_DID_NOT_EXECUTE, call->cancelled,
                                 fault_from_status(code));

  return sender_send_pdu(&call->connection->sender, answer, size);
}

/* There is no memory for the answer, or the client leaves too many of them unread. It is not to
 * wait for ever. */
static void give_up_answer(struct server_call *call)
{
  if (send_fault(call, RPC_S_SERVER_OUT_OF_MEMORY, true))
    server_connection_fail(call->connection);
}

RPC_STATUS server_call_respond(struct server_call *call, void *buffer, size_t length)
{
  struct message_header header = {.type = PDU_RESPONSE,
                                  .call_id = call->call_id,
                                  .context_id = call->context_id,
                                  .cancel_count = server_call_is_cancelled(call)};
  void *body = NULL;
  DWORD error = 0;
  bool wanted;
  RPC_STATUS status;

  server_call_add_reference(call);
  status = end(call, RPC_S_OK, &wanted);
  if (status == RPC_S_OK) {
    if (buffer && buffer == call->reply_data) {
      body = call->reply_data;
      call->reply_data = NULL;
    } else {
      length = 0;
    }
    /* Out of the table first: the client may use the call id again as soon as it has the
     * answer. */
    server_connection_forget(call->connection, call);
    if (wanted)
      error = sender_send_message(&call->connection->sender, &header, body, length);
    if (!wanted || error) {
      free(body);
      status = RPC_S_CALL_FAILED;
    }
    if (error == ERROR_OUTOFMEMORY)
      give_up_answer(call);
    release_application_side(call);
    server_call_release(call); /* its own */
  }
  server_call_release(call);
  return status;
}

RPC_STATUS server_call_fault(struct server_call *call, ULONG code, bool executed)
{
  bool wanted;
  RPC_STATUS status;

  server_call_add_reference(call);
  status = end(call, code, &wanted);
  if (status == RPC_S_OK) {
    server_connection_forget(call->connection, call);
    if (!wanted || send_fault(call, code, executed))
      status = RPC_S_CALL_FAILED;
    release_application_side(call);
    server_call_release(call); /* its own */
  }
  server_call_release(call);
  return status;
}

/* From a complete request to its manager routine. */
#include <string.h>

#include "../call/status_map.h"
#include "../call/thread_state.h"
#include "../seh/guard.h"
#include "../wire/orpc.h"
#include "access.h"
#include "calls_in_progress.h"
#include "class_servers.h"
#include "client_identity.h"
#include "dispatch.h"
#include "listening.h"
#include "object_calls.h"
#include "server_connection.h"
#include "turns.h"

/* What a thread is in: the routine, or the rest of it. */
struct dispatch {
  struct server_call *call;
  RPC_DISPATCH_FUNCTION routine;
  RPC_STATUS status; /* for the rest */
  struct server_interface *entered;
  bool is_class_table;
  bool left; /* the call is another thread's by now */
};

static void run_routine(void *context)
{
  struct dispatch *dispatch = context;

  dispatch->routine(&dispatch->call->message);
}

static void run_rest(void *context)
{
  struct dispatch *dispatch = context;

  dispatch->call->resume(dispatch->call->resume_context, dispatch->status);
}

void dispatch_leave(struct server_call *call)
{
  call->dispatch->left = true;
  call->has_share = false;
  call->entered = NULL;
  worker_task_end(&call->task);
}

void dispatch_stay(struct server_call *call)
{
  call->dispatch->left = false;
  call->has_share = true;
  call->entered = call->dispatch->entered;
  worker_task_begin(&call->task);
}

/* The dispatch table's entry for the call; NULL: out of range. */
static RPC_DISPATCH_FUNCTION find_routine(const struct server_interface *server_interface,
                                          unsigned int opnum)
{
  const RPC_DISPATCH_TABLE *table = server_interface->spec->DispatchTable;

  if (!table)
    return NULL;
  /* COM registers one routine for all methods. */
  if (server_interface->flags & RPC_IF_OLE)
    return table->DispatchTable[0];
  return opnum < table->DispatchTableCount ? table->DispatchTable[opnum] : NULL;
}

/* Sets the call up for the application. 0, or the fault's status. */
static ULONG prepare(struct server_call *call, RPC_DISPATCH_FUNCTION *routine)
{
  struct server_connection *connection = call->connection;
  RPC_STATUS status;

  call->server_interface =
      server_interface_begin_call(&call->interface_id, call->has_object ? &call->object : NULL);
  client_impersonation_end(); /* an inquiry function may have been asked for the object's type
                               */
  if (!call->server_interface)
    return RPC_S_UNKNOWN_IF;
  if (!server_listening_for(call->server_interface))
    return RPC_S_SERVER_TOO_BUSY;
  if (server_interface_is_full(call->server_interface))
    return RPC_S_SERVER_TOO_BUSY;
  if (server_endpoint_protocol(connection->endpoint)->transport != TRANSPORT_LOCAL &&
      call->message.BufferLength > call->server_interface->max_rpc_size)
    return ERROR_ACCESS_DENIED;
  *routine = find_routine(call->server_interface, call->opnum);
  if (!*routine)
    return RPC_S_PROCNUM_OUT_OF_RANGE;
  status = binding_create_server(server_endpoint_protocol(connection->endpoint), call,
                                 connection->peer_name, call->has_object ? &call->object : NULL,
                                 &call->binding);
  if (status != RPC_S_OK)
    return RPC_S_SERVER_OUT_OF_MEMORY;
  server_call_add_reference(call);
  call->binding->release_call = server_call_release;
  call->message.Handle = binding_handle(call->binding);
  call->message.DataRepresentation =
      call->drep[0] | call->drep[1] << 8 | call->drep[2] << 16 | (ULONG)call->drep[3] << 24;
  call->message.ProcNum = call->opnum;
  call->message.TransferSyntax = &call->server_interface->spec->TransferSyntax;
  call->message.RpcInterfaceInformation = call->server_interface->spec;
  call->message.ManagerEpv = call->server_interface->manager_epv;
  return 0;
}

/* An exception that has come out of the dispatch routine. */
static void end_with_exception(struct server_call *call, DWORD code)
{
  RPC_STATUS claimed = RPC_S_OK;

  /* Where another thread completes the call at this moment, that is its outcome. */
  if (call->async)
    claimed = server_call_claim(call);
  if (claimed == RPC_S_OK)
    server_call_fault(call, code, true);
}

static void leave_objects(struct server_call *call)
{
  if (call->is_object_call)
    object_calls_remove(call);
  call->is_object_call = false;
}

/* A manager routine has ended its thread. Everything that the thread was still to do: the
 * call's end, and the turn's. */
static void abandoned(struct worker_task *task, const struct worker *dead)
{
  struct server_call *call = CONTAINING_RECORD(task, struct server_call, task);
  struct server_connection *connection = call->connection;

  leave_objects(call);
  watched_turn_end(&call->watched);
  server_call_abandon_wait(call);
  if (!call->resumed) /* first: the client is told where its connection ends, too */
    server_connection_turn_lost(connection, call->turn, call->place, dead);
  end_with_exception(call, RPC_S_CALL_FAILED);
  if (call->entered)
    server_interface_leave(call->entered);
  if (call->has_share)
    client_share_give(connection->share);
  server_call_release(call);
}

static void enter(struct server_call *call, struct dispatch *dispatch, guard_body body)
{
  bool returned;
  DWORD code;

  returned = guarded_call(body, NULL, dispatch, &code);
  client_impersonation_end();
  if (dispatch->left)
    return;
  if (returned && dispatch->is_class_table)
    class_servers_after(call);
  leave_objects(call);
  watched_turn_end(&call->watched);
  if (!returned)
    end_with_exception(call, code);
  else if (!server_call_detach(call))
    server_call_respond(call, call->message.Buffer, call->message.BufferLength);
}

/* Of one of combase's interfaces, which have no transfer syntax. Combase reads the extensions
 * of a request without looking whether their sizes lead back. */
static bool has_sound_header(const struct server_call *call)
{
  static const RPC_SYNTAX_IDENTIFIER none;
  size_t size;

  return memcmp(&call->server_interface->spec->TransferSyntax, &none, sizeof(none)) ||
         orpc_this_read(call->message.Buffer, call->message.BufferLength, &size);
}

/* 0: it has been in the routine. Else the fault's status: it has not. */
static ULONG run(struct server_call *call, struct dispatch *dispatch)
{
  if (!access_is_granted(call))
    return ERROR_ACCESS_DENIED;
  call->is_object_call = call->server_interface->flags & RPC_IF_OLE;
  if (call->is_object_call && !has_sound_header(call)) {
    call->is_object_call = false;
    return (ULONG)RPC_E_INVALID_HEADER;
  }
  if (call->is_object_call && !object_calls_add(call)) {
    call->is_object_call = false;
    return (ULONG)RPC_E_DISCONNECTED;
  }
  /* Stubs that marshal for themselves do not say when they enter the manager; they are
   * synchronous. */
  if (!call->is_object_call && !call->server_interface->spec->InterpreterInfo)
    server_connection_enter_synchronous(call);
  dispatch->is_class_table = call->server_interface->is_class_table;
  if (dispatch->is_class_table)
    class_servers_before(call);
  enter(call, dispatch, run_routine);
  return 0;
}

/* From here to dispatch_end() the thread runs code of the application's. */
static void dispatch_begin(struct dispatch *dispatch, struct server_call *call)
{
  dispatch->call = call;
  call->dispatch = dispatch;
  call->task.abandoned = abandoned;
  worker_task_begin(&call->task);
  client_impersonation_end(); /* whoever had this thread before may have forgotten to */
}

static void dispatch_end(struct dispatch *dispatch)
{
  if (!dispatch->left)
    worker_task_end(&dispatch->call->task);
}

/* The interface stays while the thread is in its code: the call may be over before. */
static void enter_interface(struct dispatch *dispatch)
{
  struct server_call *call = dispatch->call;

  dispatch->entered = call->entered = call->server_interface;
  server_interface_enter(dispatch->entered);
}

/* The call that the application is asked about on this thread; the one before. */
static RPC_BINDING_HANDLE set_current(struct thread_state *thread, RPC_BINDING_HANDLE handle)
{
  RPC_BINDING_HANDLE outer = thread->current_call;

  thread->current_call = handle;
  return outer;
}

void server_call_dispatch(struct server_call *call)
{
  struct thread_state *thread = thread_state_get();
  struct dispatch dispatch = {NULL};
  RPC_BINDING_HANDLE outer;
  ULONG refused;

  if (!server_call_begin_running(call))
    return;
  calls_in_progress_begin();
  call->counted = true;
  dispatch_begin(&dispatch, call);
  refused = thread ? prepare(call, &dispatch.routine) : RPC_S_SERVER_OUT_OF_MEMORY;
  if (!refused) {
    outer = set_current(thread, call->message.Handle);
    enter_interface(&dispatch);
    refused = run(call, &dispatch);
    server_interface_leave(dispatch.entered);
    set_current(thread, outer);
  }
  if (refused)
    server_call_fault(call, refused, false);
  dispatch_end(&dispatch);
}

void server_call_dispatch_rest(struct server_call *call, RPC_STATUS status)
{
  struct thread_state *thread = thread_state_get();
  struct dispatch dispatch = {.status = thread ? status : RPC_S_OUT_OF_MEMORY};
  RPC_BINDING_HANDLE outer = NULL;

  call->resumed = true;
  if (thread)
    outer = set_current(thread, call->message.Handle);
  dispatch_begin(&dispatch, call);
  enter_interface(&dispatch);
  enter(call, &dispatch, run_rest);
  server_interface_leave(dispatch.entered);
  dispatch_end(&dispatch);
  if (thread)
    set_current(thread, outer);
}

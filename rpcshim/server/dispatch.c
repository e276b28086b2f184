/* From a complete request to its manager routine. */
#include "../call/status_map.h"
#include "../call/thread_state.h"
#include "../seh/guard.h"
#include "access.h"
#include "calls_in_progress.h"
#include "class_servers.h"
#include "client_identity.h"
#include "listening.h"
#include "object_calls.h"
#include "server_connection.h"
#include "turns.h"

struct dispatch {
  RPC_DISPATCH_FUNCTION routine;
  RPC_MESSAGE *message;
};

static void run_routine(void *context)
{
  struct dispatch *dispatch = context;

  dispatch->routine(dispatch->message);
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
  if (!call->server_interface)
    return RPC_S_UNKNOWN_IF;
  if (!server_listening_for(call->server_interface))
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

/* 0: it has been in the routine. Else the fault's status: it has not. */
static ULONG run(struct server_call *call, struct dispatch *dispatch)
{
  bool is_com = call->server_interface->flags & RPC_IF_OLE, returned;
  bool is_class_table = call->server_interface->is_class_table;
  DWORD code;

  client_impersonation_end(); /* whoever had this thread before may have forgotten to */
  if (!access_is_granted(call))
    return ERROR_ACCESS_DENIED;
  if (is_com && !object_calls_add(call))
    return (ULONG)RPC_E_DISCONNECTED;
  /* Stubs that marshal for themselves do not say when they enter the manager; they are
   * synchronous. */
  if (!is_com && !call->server_interface->spec->InterpreterInfo)
    server_connection_pass_on(call->connection, call->turn);
  if (is_class_table)
    class_servers_before(call);
  returned = guarded_call(run_routine, NULL, dispatch, &code);
  client_impersonation_end();
  if (is_class_table && returned)
    class_servers_after(call);
  if (is_com)
    object_calls_remove(call);
  watched_turn_end(&call->watched);
  if (!returned)
    end_with_exception(call, code);
  else if (!server_call_detach(call))
    server_call_respond(call, call->message.Buffer, call->message.BufferLength);
  return 0;
}

void server_call_dispatch(struct server_call *call)
{
  struct thread_state *thread = thread_state_get();
  struct dispatch dispatch = {NULL, &call->message};
  struct server_interface *entered;
  RPC_BINDING_HANDLE outer;
  ULONG refused;

  if (!server_call_begin_running(call))
    return;
  calls_in_progress_begin();
  call->counted = true;
  refused = thread ? prepare(call, &dispatch.routine) : RPC_S_SERVER_OUT_OF_MEMORY;
  if (!refused) {
    outer = thread->current_call;
    thread->current_call = call->message.Handle;
    entered = call->server_interface;
    server_interface_enter(entered); /* the call may be over before its routine returns */
    refused = run(call, &dispatch);
    server_interface_leave(entered);
    thread->current_call = outer;
  }
  if (refused)
    server_call_fault(call, refused, false);
}

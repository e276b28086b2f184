/* What a manager routine can learn of its call. */
#include <stdlib.h>
#include <string.h>

#include "../../include/asyncshim/rpc.h"
#include "../binding/binding.h"
#include "../call/thread_state.h"
#include "../security/local_identity.h"
#include "client_identity.h"
#include "listening.h"
#include "server_call.h"
#include "server_connection.h"

/* The binding handle of the call that this thread executes, or NULL. */
RPC_BINDING_HANDLE RPC_ENTRY I_RpcGetCurrentCallHandle(void)
{
  struct thread_state *thread = thread_state_get();

  return thread ? thread->current_call : NULL;
}

/* A client binding to the client of a call: its address, without endpoint. RPC_S_OK,
 * server_call_from_handle()'s statuses, RPC_S_INVALID_ARG. */
RPC_STATUS RPC_ENTRY RpcBindingServerFromClient(RPC_BINDING_HANDLE handle,
                                                RPC_BINDING_HANDLE *result)
{
  struct binding *client;
  struct binding *binding;
  RPC_STATUS status;

  if (!result)
    return RPC_S_INVALID_ARG;
  status = server_binding_from_handle(handle, &binding);
  if (status != RPC_S_OK)
    return status;
  status = binding_create_client(
      binding->protocol, binding->network_address, NULL, NULL,
      binding->server_call->has_object ? &binding->server_call->object : NULL, &client);
  if (status == RPC_S_OK)
    *result = binding_handle(client);
  binding_release(binding);
  return status;
}

/*
 * The calling thread acts for the client, until it reverts, or the manager routine that it is
 * in returns. RPC_S_OK, server_call_from_handle()'s statuses, client_identity()'s statuses.
 */
RPC_STATUS RPC_ENTRY RpcImpersonateClient(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;
  RPC_STATUS status = server_call_from_handle(handle, &call);

  if (status != RPC_S_OK)
    return status;
  status = client_impersonation_begin(call);
  server_call_release(call);
  return status;
}

/*
 * A thread that acts for a client does so no longer, whatever has become of the call. RPC_S_OK,
 * server_call_from_handle()'s statuses where there was nothing to end, or the handle is wrong;
 * RPC_S_NO_CONTEXT_AVAILABLE.
 */
RPC_STATUS RPC_ENTRY RpcRevertToSelfEx(RPC_BINDING_HANDLE handle)
{
  struct thread_state *thread = thread_state_get();
  bool impersonates = thread && thread->impersonates;
  struct server_call *call;
  RPC_STATUS status = client_impersonation_end();

  if (status != RPC_S_OK || (impersonates && !handle))
    return status;
  status = server_call_from_handle(handle, &call);
  if (status == RPC_S_OK)
    server_call_release(call);
  return status;
}

RPC_STATUS RPC_ENTRY RpcRevertToSelf(void)
{
  return RpcRevertToSelfEx(NULL);
}

/* The client's process, for ncalrpc only. RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, … */
RPC_STATUS RPC_ENTRY I_RpcBindingInqLocalClientPID(RPC_BINDING_HANDLE handle, ULONG *process_id)
{
  struct binding *binding;
  RPC_STATUS status;

  if (!process_id)
    return RPC_S_INVALID_ARG;
  status = server_binding_from_handle(handle, &binding);
  if (status != RPC_S_OK)
    return status;
  if (!client_is_authenticated(binding->server_call) ||
      !stream_peer_process(&binding->server_call->connection->stream, process_id))
    status = RPC_S_INVALID_BINDING;
  binding_release(binding);
  return status;
}

/* See include/asyncshim/rpc.h. */
RPC_STATUS RPC_ENTRY I_RpcOpenClientProcess(RPC_BINDING_HANDLE handle, ULONG access,
                                            HANDLE *process)
{
  struct server_call *call;
  RPC_STATUS status;

  if (!process)
    return RPC_S_INVALID_ARG;
  status = server_call_from_handle(handle, &call);
  if (status != RPC_S_OK)
    return status;
  status = local_identity_open_peer(&call->connection->stream, access, process);
  server_call_release(call);
  return status;
}

/* TRANSPORT_TYPE_* of a handle of either kind. RPC_S_OK, RPC_S_INVALID_BINDING. */
RPC_STATUS RPC_ENTRY I_RpcBindingInqTransportType(RPC_BINDING_HANDLE handle, unsigned int *type)
{
  struct binding *binding;

  if (!type)
    return RPC_S_INVALID_ARG;
  binding = binding_from_handle(handle);
  if (!binding)
    return RPC_S_INVALID_BINDING;
  *type = binding->protocol->transport_type;
  binding_release(binding);
  return RPC_S_OK;
}

/* The same for the call of this thread. RPC_S_OK, RPC_S_NO_CALL_ACTIVE. */
RPC_STATUS RPC_ENTRY I_RpcServerInqTransportType(unsigned int *type)
{
  RPC_BINDING_HANDLE handle = I_RpcGetCurrentCallHandle();

  if (!type)
    return RPC_S_INVALID_ARG;
  return handle ? I_RpcBindingInqTransportType(handle, type) : RPC_S_NO_CALL_ACTIVE;
}

/* *is_local: the client is on this machine. RPC_S_OK, server_call_from_handle()'s statuses. */
RPC_STATUS RPC_ENTRY I_RpcBindingIsClientLocal(RPC_BINDING_HANDLE handle,
                                               unsigned int *is_local)
{
  struct binding *binding;
  RPC_STATUS status;

  if (!is_local)
    return RPC_S_INVALID_ARG;
  status = server_binding_from_handle(handle, &binding);
  if (status != RPC_S_OK)
    return status;
  *is_local = client_is_known(binding->server_call);
  binding_release(binding);
  return status;
}

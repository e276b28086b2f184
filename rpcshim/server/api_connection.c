/*
 * What a manager routine can learn of the connection that its call has come by. Statuses of all
 * besides their own: server_call_from_handle()'s.
 */
#include "../binding/binding.h"
#include "server_call.h"

/* Of ncacn_http, whose connections go by a proxy: RPC_S_CANNOT_SUPPORT. */
RPC_STATUS RPC_ENTRY I_RpcBindingInqConnId(RPC_BINDING_HANDLE Binding, void **ConnId,
                                           int *pfFirstCall)
{
  struct binding *binding;
  RPC_STATUS status = server_binding_from_handle(Binding, &binding);

  (void)ConnId, (void)pfFirstCall;
  if (status != RPC_S_OK)
    return status;
  binding_release(binding);
  return RPC_S_CANNOT_SUPPORT;
}

/* No handle of either kind has a context of a security package: RPC_S_BINDING_HAS_NO_AUTH;
 * RPC_S_INVALID_BINDING. */
static RPC_STATUS no_security_context(RPC_BINDING_HANDLE handle)
{
  struct binding *binding = binding_from_handle(handle);

  if (!binding)
    return RPC_S_INVALID_BINDING;
  binding_release(binding);
  return RPC_S_BINDING_HAS_NO_AUTH;
}

RPC_STATUS RPC_ENTRY I_RpcBindingInqSecurityContext(RPC_BINDING_HANDLE Binding,
                                                    void **SecurityContextHandle)
{
  (void)SecurityContextHandle;
  return no_security_context(Binding);
}

RPC_STATUS RPC_ENTRY I_RpcBindingInqWireIdForSnego(RPC_BINDING_HANDLE Binding, RPC_CSTR WireId)
{
  (void)WireId;
  return no_security_context(Binding);
}

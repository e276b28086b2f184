/* What a manager routine can learn of the connection that its call has come by. */
#include "../binding/binding.h"
#include "server_call.h"

/* Of ncacn_http, whose connections go by a proxy: RPC_S_CANNOT_SUPPORT;
 * server_call_from_handle()'s statuses. */
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

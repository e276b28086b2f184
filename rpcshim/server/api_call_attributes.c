/* What a server asks of a call by structures and numbers; call_attributes.h. */
#include "call_attributes.h"

static RPC_STATUS inquire(RPC_BINDING_HANDLE handle, void *attributes, bool ansi)
{
  struct server_call *call;
  RPC_STATUS status;

  if (!attributes)
    return RPC_S_INVALID_ARG;
  status = server_call_from_handle(handle, &call);
  if (status != RPC_S_OK)
    return status;
  status = call_attributes(call, attributes, ansi);
  server_call_release(call);
  return status;
}

/* Both: call_attributes()'s and server_call_from_handle()'s statuses. */
RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesW(RPC_BINDING_HANDLE handle, void *attributes)
{
  return inquire(handle, attributes, false);
}

RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesA(RPC_BINDING_HANDLE handle, void *attributes)
{
  return inquire(handle, attributes, true);
}

/* RPC_S_INVALID_ARG for NULL; call_local_address()'s and server_call_from_handle()'s statuses.
 */
RPC_STATUS RPC_ENTRY I_RpcServerInqLocalConnAddress(RPC_BINDING_HANDLE handle, void *buffer,
                                                    ULONG *size, ULONG *format)
{
  struct server_call *call;
  RPC_STATUS status;

  if (!size || !format)
    return RPC_S_INVALID_ARG;
  status = server_call_from_handle(handle, &call);
  if (status != RPC_S_OK)
    return status;
  status = call_local_address(call, buffer, size, format);
  server_call_release(call);
  return status;
}

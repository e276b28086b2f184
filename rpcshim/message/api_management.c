/* What is asked of this process's server or of another one, by binding. */
#include "../client/association.h"
#include "../call/client_call.h"
#include "../server/listening.h"

/* C706 appendix Q: the management interface, which every DCE server has. */
static const struct syntax_id management_interface = {
    {0xafa8bd80, 0x7d8a, 0x11c9, {0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89}}, 1, 0};

/* A server that listens answers a bind, whether it has got the interface or not. */
static bool answers(RPC_STATUS status)
{
  return status == RPC_S_OK || status == RPC_S_UNKNOWN_IF ||
         status == RPC_S_UNSUPPORTED_TRANS_SYN;
}

/* RPC_S_OK, RPC_S_NOT_LISTENING, RPC_S_OUT_OF_MEMORY. */
static RPC_STATUS try_bind(struct binding *binding)
{
  struct client_call *call = client_call_create(binding);
  struct association *association;
  RPC_STATUS status;

  if (!call)
    return RPC_S_OUT_OF_MEMORY;
  call->interface_id = management_interface;
  call->transfer = syntax_ndr;
  status = association_of_binding(binding, &association);
  if (status == RPC_S_OK) {
    association_adopt_call(association, call);
    status = association_route_synchronous(call, true);
  }
  client_call_retire(call);
  client_call_release(call);
  return answers(status) ? RPC_S_OK : RPC_S_NOT_LISTENING;
}

/*
 * `handle` NULL: this process. Else: does the server at its endpoint take clients? RPC_S_OK,
 * RPC_S_NOT_LISTENING, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY RpcMgmtIsServerListening(RPC_BINDING_HANDLE handle)
{
  struct binding *binding;
  RPC_STATUS status;

  if (!handle)
    return server_is_listening() ? RPC_S_OK : RPC_S_NOT_LISTENING;
  binding = binding_from_handle_of_kind(handle, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  status = try_bind(binding);
  binding_release(binding);
  return status;
}

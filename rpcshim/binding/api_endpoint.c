/*
 * The exported functions that tell the endpoint which the endpoint mapper gave a client binding
 * from those that the application chose. Any thread.
 */
#include "binding.h"
#include "text.h"

static bool endpoint_is_dynamic(const struct binding *binding)
{
  return binding->endpoint && binding->endpoint_from_mapper;
}

/*
 * *endpoint: the one that the endpoint mapper gave, or NULL where the application has given
 * one. RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_INVALID_ARG,
 * RPC_S_BINDING_INCOMPLETE (the mapper has not been asked), RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY I_RpcBindingInqDynamicEndpointW(RPC_BINDING_HANDLE Binding,
                                                     RPC_WSTR *DynamicEndpoint)
{
  struct binding *binding;
  RPC_STATUS status;

  if (!DynamicEndpoint)
    return RPC_S_INVALID_ARG;
  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  *DynamicEndpoint = NULL;
  AcquireSRWLockShared(&binding->lock);
  if (!binding->endpoint)
    status = RPC_S_BINDING_INCOMPLETE;
  else if (endpoint_is_dynamic(binding) &&
           !(*DynamicEndpoint = (RPC_WSTR)text_for_application(binding->endpoint)))
    status = RPC_S_OUT_OF_MEMORY;
  ReleaseSRWLockShared(&binding->lock);
  binding_release(binding);
  return status;
}

RPC_STATUS RPC_ENTRY I_RpcBindingInqDynamicEndpointA(RPC_BINDING_HANDLE Binding,
                                                     RPC_CSTR *DynamicEndpoint)
{
  RPC_STATUS status;
  RPC_WSTR endpoint;

  if (!DynamicEndpoint)
    return RPC_S_INVALID_ARG;
  *DynamicEndpoint = NULL;
  status = I_RpcBindingInqDynamicEndpointW(Binding, &endpoint);
  return status == RPC_S_OK && endpoint ? text_hand_over_ansi(endpoint, DynamicEndpoint)
                                        : status;
}

/*
 * The string of a client binding without what the endpoint mapper gave it, so that it is good
 * after the server has been started anew, too. RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY I_RpcBindingToStaticStringBindingW(RPC_BINDING_HANDLE Binding,
                                                        unsigned short **StringBinding)
{
  RPC_BINDING_HANDLE copy;
  RPC_STATUS status;

  if (!StringBinding)
    return RPC_S_INVALID_ARG;
  status = RpcBindingCopy(Binding, &copy);
  if (status != RPC_S_OK)
    return status;
  if (endpoint_is_dynamic(copy))
    RpcBindingReset(copy);
  status = RpcBindingToStringBindingW(copy, (RPC_WSTR *)StringBinding);
  RpcBindingFree(&copy);
  return status;
}

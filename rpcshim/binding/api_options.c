/*
 * The exported functions on the options of client bindings. A call takes the options that its
 * binding has when the call is made. Any thread.
 */
#include "binding.h"

/* A binding that shares connections no longer, or again, finds its route anew at the next call.
 */
static struct binding_route *set_unique(struct binding *binding, bool unique)
{
  struct binding_route *dropped = NULL;

  if (binding->options.unique_binding != unique) {
    dropped = binding->route;
    binding->route = NULL;
  }
  binding->options.unique_binding = unique;
  return dropped;
}

/*
 * Options of Microsoft's page "Binding Option Constants" that a connection-oriented runtime has
 * a use for; the others belong to message queues and to ncacn_http. RPC_S_OK,
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_CANNOT_SUPPORT.
 */
RPC_STATUS RPC_ENTRY RpcBindingSetOption(RPC_BINDING_HANDLE hBinding, ULONG option,
                                         ULONG_PTR optionValue)
{
  struct binding_route *dropped = NULL;
  struct binding *binding;
  RPC_STATUS status;

  binding = binding_from_handle_of_kind(hBinding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  AcquireSRWLockExclusive(&binding->lock);
  switch (option) {
  case RPC_C_OPT_BINDING_NONCAUSAL:
    binding->options.noncausal = optionValue != 0;
    break;
  case RPC_C_OPT_CALL_TIMEOUT:
    binding->options.call_timeout = optionValue > MAXDWORD ? MAXDWORD : (ULONG)optionValue;
    break;
  case RPC_C_OPT_DONT_LINGER:
    binding->options.dont_linger = optionValue != 0;
    break;
  case RPC_C_OPT_UNIQUE_BINDING:
    dropped = set_unique(binding, optionValue != 0);
    break;
  default:
    status = RPC_S_CANNOT_SUPPORT;
    break;
  }
  ReleaseSRWLockExclusive(&binding->lock);
  if (dropped)
    dropped->release(dropped);
  binding_release(binding);
  return status;
}

/* RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_CANNOT_SUPPORT,
 * RPC_S_INVALID_ARG. */
RPC_STATUS RPC_ENTRY RpcBindingInqOption(RPC_BINDING_HANDLE hBinding, ULONG option,
                                         ULONG_PTR *pOptionValue)
{
  struct binding_options options;
  struct binding *binding;
  RPC_STATUS status;

  if (!pOptionValue)
    return RPC_S_INVALID_ARG;
  binding = binding_from_handle_of_kind(hBinding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  AcquireSRWLockShared(&binding->lock);
  options = binding->options;
  ReleaseSRWLockShared(&binding->lock);
  binding_release(binding);

  switch (option) {
  case RPC_C_OPT_BINDING_NONCAUSAL:
    *pOptionValue = options.noncausal;
    return RPC_S_OK;
  case RPC_C_OPT_CALL_TIMEOUT:
    *pOptionValue = options.call_timeout;
    return RPC_S_OK;
  case RPC_C_OPT_DONT_LINGER:
    *pOptionValue = options.dont_linger;
    return RPC_S_OK;
  case RPC_C_OPT_UNIQUE_BINDING:
    *pOptionValue = options.unique_binding;
    return RPC_S_OK;
  default:
    return RPC_S_CANNOT_SUPPORT;
  }
}

/* RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_INVALID_TIMEOUT. */
RPC_STATUS RPC_ENTRY RpcMgmtSetComTimeout(RPC_BINDING_HANDLE Binding, unsigned int Timeout)
{
  struct binding *binding;
  RPC_STATUS status;

  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  if (Timeout > RPC_C_BINDING_INFINITE_TIMEOUT) {
    status = RPC_S_INVALID_TIMEOUT;
  } else {
    AcquireSRWLockExclusive(&binding->lock);
    binding->options.com_timeout = Timeout;
    ReleaseSRWLockExclusive(&binding->lock);
  }
  binding_release(binding);
  return status;
}

/* RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_INVALID_ARG. */
RPC_STATUS RPC_ENTRY RpcMgmtInqComTimeout(RPC_BINDING_HANDLE Binding, unsigned int *Timeout)
{
  struct binding *binding;
  unsigned int timeout;
  RPC_STATUS status;

  if (!Timeout)
    return RPC_S_INVALID_ARG;
  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  AcquireSRWLockShared(&binding->lock);
  timeout = binding->options.com_timeout;
  ReleaseSRWLockShared(&binding->lock);
  binding_release(binding);
  *Timeout = timeout;
  return RPC_S_OK;
}

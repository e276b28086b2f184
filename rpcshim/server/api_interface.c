/* Registering interfaces and object types. */
#include <stdlib.h>

#include "../../include/asyncshim/rpc.h"
#include "../security/access_descriptor.h"
#include "listening.h"
#include "server_interface.h"

/*
 * Registers an interface for a manager type. `flags`: RPC_IF_AUTOLISTEN makes the process
 * accept calls for it at once. Who gets in, say `flags`, `security_descriptor` (may be NULL; is
 * copied) and `callback` (may be NULL), see access.h. RPC_S_OK, ERROR_INVALID_PARAMETER (no
 * `spec`), RPC_S_INVALID_SECURITY_DESC, RPC_S_TYPE_ALREADY_REGISTERED, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY RpcServerRegisterIf3(RPC_IF_HANDLE spec, UUID *manager_type,
                                          RPC_MGR_EPV *manager_epv, unsigned int flags,
                                          unsigned int max_calls, unsigned int max_rpc_size,
                                          RPC_IF_CALLBACK_FN *callback,
                                          void *security_descriptor)
{
  SECURITY_DESCRIPTOR *copy = NULL;
  RPC_STATUS status = RPC_S_OK;

  if (!spec)
    return ERROR_INVALID_PARAMETER;
  if (security_descriptor)
    status = access_descriptor_copy(security_descriptor, &copy);
  if (status == RPC_S_OK)
    status = server_interface_register(spec, manager_type, manager_epv, flags, max_calls,
                                       max_rpc_size, callback, copy);
  if (status == RPC_S_OK && flags & RPC_IF_AUTOLISTEN)
    server_listening_auto(1);
  return status;
}

RPC_STATUS RPC_ENTRY RpcServerRegisterIf2(RPC_IF_HANDLE spec, UUID *manager_type,
                                          RPC_MGR_EPV *manager_epv, unsigned int flags,
                                          unsigned int max_calls, unsigned int max_rpc_size,
                                          RPC_IF_CALLBACK_FN *callback)
{
  return RpcServerRegisterIf3(spec, manager_type, manager_epv, flags, max_calls, max_rpc_size,
                              callback, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerRegisterIfEx(RPC_IF_HANDLE spec, UUID *manager_type,
                                           RPC_MGR_EPV *manager_epv, unsigned int flags,
                                           unsigned int max_calls, RPC_IF_CALLBACK_FN *callback)
{
  return RpcServerRegisterIf3(spec, manager_type, manager_epv, flags, max_calls,
                              (unsigned int)-1, callback, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerRegisterIf(RPC_IF_HANDLE spec, UUID *manager_type,
                                         RPC_MGR_EPV *manager_epv)
{
  return RpcServerRegisterIf3(spec, manager_type, manager_epv, 0,
                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, (unsigned int)-1, NULL, NULL);
}

/*
 * `spec` NULL: every interface but auto-listen ones; `manager_type` NULL: every type. `wait`:
 * until no call uses it; its context handles stay, and are run down when their clients go.
 * RPC_S_OK, RPC_S_UNKNOWN_IF.
 */
RPC_STATUS RPC_ENTRY RpcServerUnregisterIf(RPC_IF_HANDLE spec, UUID *manager_type,
                                           unsigned int wait)
{
  unsigned int auto_listen;
  RPC_STATUS status;

  status = server_interface_unregister(
      spec, manager_type, wait ? UNREGISTER_AFTER_CALLS : UNREGISTER_AT_ONCE, &auto_listen);
  server_listening_auto(-(int)auto_listen);
  return status;
}

/*
 * The same, waiting for calls; then the context handles of the interface are run down, or
 * forgotten where the application has done with them. When it returns, nothing of the interface
 * is called any more: its DLL may be unloaded.
 */
RPC_STATUS RPC_ENTRY RpcServerUnregisterIfEx(RPC_IF_HANDLE spec, UUID *manager_type,
                                             int rundown_context_handles)
{
  unsigned int auto_listen;
  RPC_STATUS status;

  status = server_interface_unregister(spec, manager_type,
                                       rundown_context_handles ? UNREGISTER_WITH_RUNDOWN
                                                               : UNREGISTER_WITHOUT_RUNDOWN,
                                       &auto_listen);
  server_listening_auto(-(int)auto_listen);
  return status;
}

/* RPC_S_OK, RPC_S_UNKNOWN_IF, RPC_S_UNKNOWN_MGR_TYPE, RPC_S_INVALID_ARG. */
RPC_STATUS RPC_ENTRY RpcServerInqIf(RPC_IF_HANDLE spec, UUID *manager_type,
                                    RPC_MGR_EPV **manager_epv)
{
  if (!spec || !manager_epv)
    return RPC_S_INVALID_ARG;
  return server_interface_inquire(spec, manager_type, manager_epv);
}

/* RPC_S_OK, RPC_S_INVALID_OBJECT, RPC_S_ALREADY_REGISTERED, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcObjectSetType(UUID *object, UUID *type)
{
  return object_type_set(object, type);
}

/* RPC_S_OK, RPC_S_OBJECT_NOT_FOUND, RPC_S_INVALID_OBJECT. */
RPC_STATUS RPC_ENTRY RpcObjectInqType(UUID *object, UUID *type)
{
  UUID found;
  RPC_STATUS status;

  if (!object)
    return RPC_S_INVALID_OBJECT;
  status = object_type_inquire(object, &found);
  if (status == RPC_S_OK && type)
    *type = found;
  return status;
}

RPC_STATUS RPC_ENTRY RpcObjectSetInqFn(RPC_OBJECT_INQ_FN *inquiry)
{
  object_type_set_inquiry(inquiry);
  return RPC_S_OK;
}

/*
 * Ids of the interfaces of this process, in one block that RpcIfIdVectorFree() frees. RPC_S_OK,
 * RPC_S_NO_INTERFACES, RPC_S_OUT_OF_MEMORY, RPC_S_INVALID_ARG; RPC_S_CANNOT_SUPPORT for a
 * remote server.
 */
RPC_STATUS RPC_ENTRY RpcMgmtInqIfIds(RPC_BINDING_HANDLE binding, RPC_IF_ID_VECTOR **result)
{
  RPC_IF_ID_VECTOR *vector;
  RPC_IF_ID *ids;
  unsigned int count;

  if (!result)
    return RPC_S_INVALID_ARG;
  *result = NULL;
  if (binding)
    return RPC_S_CANNOT_SUPPORT;
  if (!server_interface_list(&ids, &count))
    return RPC_S_OUT_OF_MEMORY;
  if (!count)
    return RPC_S_NO_INTERFACES;
  /* The pointers and what they point to, in one block. */
  vector = calloc(1, sizeof(*vector) + count * (sizeof(RPC_IF_ID *) + sizeof(RPC_IF_ID)));
  if (vector) {
    RPC_IF_ID *copies = (RPC_IF_ID *)&vector->IfId[count];
    vector->Count = count;
    for (unsigned int i = 0; i < count; i++) {
      copies[i] = ids[i];
      vector->IfId[i] = &copies[i];
    }
    *result = vector;
  }
  free(ids);
  return vector ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS RPC_ENTRY RpcIfIdVectorFree(RPC_IF_ID_VECTOR **vector)
{
  if (!vector)
    return RPC_S_INVALID_ARG;
  free(*vector);
  *vector = NULL;
  return RPC_S_OK;
}

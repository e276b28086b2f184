/* Who the client of a call is. Until there is authentication, nobody is known. */
#include <string.h>

#include "../binding/binding.h"
#include "server_call.h"
#include "server_connection.h"

static RPC_STATUS check_call(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;
  RPC_STATUS status = server_call_from_handle(handle, &call);

  if (status != RPC_S_OK)
    return status;
  server_call_release(call);
  return RPC_S_BINDING_HAS_NO_AUTH;
}

/* RPC_S_BINDING_HAS_NO_AUTH for a call, else server_call_from_handle()'s statuses; nothing is written. */
RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExW(RPC_BINDING_HANDLE handle,
                                                RPC_AUTHZ_HANDLE *privileges, RPC_WSTR *principal,
                                                ULONG *level, ULONG *service,
                                                ULONG *authorization, ULONG flags)
{
  (void)privileges;
  (void)principal;
  (void)level;
  (void)service;
  (void)authorization;
  (void)flags;
  return check_call(handle);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExA(RPC_BINDING_HANDLE handle,
                                                RPC_AUTHZ_HANDLE *privileges, RPC_CSTR *principal,
                                                ULONG *level, ULONG *service,
                                                ULONG *authorization, ULONG flags)
{
  (void)principal;
  return RpcBindingInqAuthClientExW(handle, privileges, NULL, level, service, authorization, flags);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientW(RPC_BINDING_HANDLE handle,
                                              RPC_AUTHZ_HANDLE *privileges, RPC_WSTR *principal,
                                              ULONG *level, ULONG *service, ULONG *authorization)
{
  return RpcBindingInqAuthClientExW(handle, privileges, principal, level, service, authorization,
                                    0);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientA(RPC_BINDING_HANDLE handle,
                                              RPC_AUTHZ_HANDLE *privileges, RPC_CSTR *principal,
                                              ULONG *level, ULONG *service, ULONG *authorization)
{
  return RpcBindingInqAuthClientExA(handle, privileges, principal, level, service, authorization,
                                    0);
}

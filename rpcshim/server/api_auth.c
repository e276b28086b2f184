/* Who the client of a call is, as far as that is known without authentication. */
#include "../binding/binding.h"
#include "../binding/text.h"
#include "../engine/engine.h"
#include "client_identity.h"

/*
 * The client of a call over ncalrpc, which is on this machine and so known: its name, as an
 * NTLM login with privacy. Every pointer but the handle may be NULL. RPC_S_OK,
 * RPC_S_BINDING_HAS_NO_AUTH for other transports, RPC_S_OUT_OF_MEMORY,
 * server_call_from_handle()'s statuses.
 */
RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExW(RPC_BINDING_HANDLE handle,
                                                RPC_AUTHZ_HANDLE *privileges,
                                                RPC_WSTR *principal, ULONG *level,
                                                ULONG *service, ULONG *authorization,
                                                ULONG flags)
{
  WCHAR *name = client_identity_name();
  struct binding *binding;
  bool local;
  RPC_STATUS status = server_binding_from_handle(handle, &binding);

  (void)flags;
  if (status != RPC_S_OK)
    return status;
  local = binding->protocol->transport == TRANSPORT_LOCAL;
  binding_release(binding);
  if (!local)
    return RPC_S_BINDING_HAS_NO_AUTH;
  if (!name)
    return RPC_S_OUT_OF_RESOURCES;
  if (principal) {
    *principal = (RPC_WSTR)text_for_application(name);
    if (!*principal)
      return RPC_S_OUT_OF_MEMORY;
  }
  if (privileges)
    *privileges = name; /* for NTLM the name of the client, not to be freed */
  if (level)
    *level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
  if (service)
    *service = RPC_C_AUTHN_WINNT;
  if (authorization)
    *authorization = RPC_C_AUTHZ_NONE;
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExA(RPC_BINDING_HANDLE handle,
                                                RPC_AUTHZ_HANDLE *privileges,
                                                RPC_CSTR *principal, ULONG *level,
                                                ULONG *service, ULONG *authorization,
                                                ULONG flags)
{
  RPC_WSTR wide = NULL;
  RPC_STATUS status = RpcBindingInqAuthClientExW(handle, privileges, principal ? &wide : NULL,
                                                 level, service, authorization, flags);

  if (status != RPC_S_OK || !principal)
    return status;
  *principal = (RPC_CSTR)text_for_application_ansi((const WCHAR *)wide);
  engine.I_RpcFree(wide);
  return *principal ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientW(RPC_BINDING_HANDLE handle,
                                              RPC_AUTHZ_HANDLE *privileges, RPC_WSTR *principal,
                                              ULONG *level, ULONG *service,
                                              ULONG *authorization)
{
  return RpcBindingInqAuthClientExW(handle, privileges, principal, level, service,
                                    authorization, 0);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientA(RPC_BINDING_HANDLE handle,
                                              RPC_AUTHZ_HANDLE *privileges, RPC_CSTR *principal,
                                              ULONG *level, ULONG *service,
                                              ULONG *authorization)
{
  return RpcBindingInqAuthClientExA(handle, privileges, principal, level, service,
                                    authorization, 0);
}

/* Who the client of a call is. */
#include "../binding/binding.h"
#include "../binding/text.h"
#include "../engine/engine.h"
#include "client_identity.h"

static RPC_STATUS own_principal(RPC_WSTR *principal)
{
  struct identity *self;
  RPC_STATUS status = client_identity(NULL, &self);

  if (status != RPC_S_OK)
    return status;
  *principal = (RPC_WSTR)text_for_application(self->name);
  identity_release(self);
  return *principal ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/*
 * The client of a call over ncalrpc, as an NTLM login with privacy. Every pointer but the
 * handle may be NULL. *privileges: the client's name, DOMAIN\user, valid as long as the call;
 * not to be freed. *principal: that of the server. RPC_S_OK, RPC_S_BINDING_HAS_NO_AUTH for
 * other transports, RPC_S_OUT_OF_MEMORY, server_call_from_handle()'s and client_identity()'s
 * statuses.
 */
RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExW(RPC_BINDING_HANDLE handle,
                                                RPC_AUTHZ_HANDLE *privileges,
                                                RPC_WSTR *principal, ULONG *level,
                                                ULONG *service, ULONG *authorization,
                                                ULONG flags)
{
  struct identity *client = NULL;
  struct server_call *call;
  RPC_STATUS status = server_call_from_handle(handle, &call);

  (void)flags;
  if (status != RPC_S_OK)
    return status;
  status = client_is_authenticated(call) ? RPC_S_OK : RPC_S_BINDING_HAS_NO_AUTH;
  if (status == RPC_S_OK && privileges)
    status = client_identity(call, &client);
  if (status == RPC_S_OK && principal)
    status = own_principal(principal);
  if (status == RPC_S_OK) {
    if (privileges)
      *privileges = client->name; /* the connection has it, too */
    if (level)
      *level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
    if (service)
      *service = RPC_C_AUTHN_WINNT;
    if (authorization)
      *authorization = RPC_C_AUTHZ_NONE;
  }
  identity_release(client);
  server_call_release(call);
  return status;
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

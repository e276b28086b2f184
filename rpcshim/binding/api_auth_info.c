/*
 * The exported functions on the authentication information of client bindings (auth_info.h):
 * what has been set is kept and reported. Any thread.
 */
#include <stdlib.h>

#include "../engine/engine.h"
#include "auth_info.h"
#include "binding.h"
#include "text.h"

/* RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, or a status of
 * auth_info_create(). */
static RPC_STATUS set_auth_info(RPC_BINDING_HANDLE handle, const WCHAR *server_principal,
                                ULONG level, ULONG service, RPC_AUTH_IDENTITY_HANDLE identity,
                                ULONG authorization, const RPC_SECURITY_QOS *quality)
{
  struct auth_info *info;
  struct binding *binding;
  RPC_STATUS status;

  binding = binding_from_handle_of_kind(handle, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  status = auth_info_create(binding->protocol, server_principal, level, service, identity,
                            authorization, quality, &info);
  if (status == RPC_S_OK) {
    struct auth_info *old;

    AcquireSRWLockExclusive(&binding->lock);
    old = binding->auth_info;
    binding->auth_info = info;
    ReleaseSRWLockExclusive(&binding->lock);
    auth_info_release(old);
  }
  binding_release(binding);
  return status;
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoExW(RPC_BINDING_HANDLE Binding,
                                              RPC_WSTR ServerPrincName, ULONG AuthnLevel,
                                              ULONG AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                              ULONG AuthzSvc, RPC_SECURITY_QOS *SecurityQOS)
{
  return set_auth_info(Binding, (const WCHAR *)ServerPrincName, AuthnLevel, AuthnSvc,
                       AuthIdentity, AuthzSvc, SecurityQOS);
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoExA(RPC_BINDING_HANDLE Binding,
                                              RPC_CSTR ServerPrincName, ULONG AuthnLevel,
                                              ULONG AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                              ULONG AuthzSvc, RPC_SECURITY_QOS *SecurityQOS)
{
  WCHAR *principal = text_from_ansi((const char *)ServerPrincName);
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (principal || !ServerPrincName)
    status = set_auth_info(Binding, principal, AuthnLevel, AuthnSvc, AuthIdentity, AuthzSvc,
                           SecurityQOS);
  free(principal);
  return status;
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoW(RPC_BINDING_HANDLE Binding,
                                            RPC_WSTR ServerPrincName, ULONG AuthnLevel,
                                            ULONG AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                            ULONG AuthzSvc)
{
  return RpcBindingSetAuthInfoExW(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                  AuthzSvc, NULL);
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoA(RPC_BINDING_HANDLE Binding,
                                            RPC_CSTR ServerPrincName, ULONG AuthnLevel,
                                            ULONG AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                            ULONG AuthzSvc)
{
  return RpcBindingSetAuthInfoExA(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                  AuthzSvc, NULL);
}

/* What is set, with a reference. RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING,
 * RPC_S_BINDING_HAS_NO_AUTH. */
static RPC_STATUS get_auth_info(RPC_BINDING_HANDLE handle, struct auth_info **info)
{
  struct binding *binding;
  RPC_STATUS status;

  binding = binding_from_handle_of_kind(handle, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  AcquireSRWLockShared(&binding->lock);
  *info = binding->auth_info;
  auth_info_add_reference(*info);
  ReleaseSRWLockShared(&binding->lock);
  binding_release(binding);
  return *info ? RPC_S_OK : RPC_S_BINDING_HAS_NO_AUTH;
}

/*
 * Every out parameter may be NULL. RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, RPC_S_BINDING_HAS_NO_AUTH, RPC_S_INVALID_ARG (version of
 * SecurityQOS), RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoExW(RPC_BINDING_HANDLE Binding,
                                              RPC_WSTR *ServerPrincName, ULONG *AuthnLevel,
                                              ULONG *AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                              ULONG *AuthzSvc, ULONG RpcQosVersion,
                                              RPC_SECURITY_QOS *SecurityQOS)
{
  struct auth_info *info = NULL;
  WCHAR *principal = NULL;
  RPC_STATUS status;

  if (SecurityQOS && RpcQosVersion != RPC_C_SECURITY_QOS_VERSION_1)
    return RPC_S_INVALID_ARG;
  status = get_auth_info(Binding, &info);
  if (status != RPC_S_OK)
    return status;
  if (ServerPrincName && info->server_principal) {
    principal = text_for_application(info->server_principal);
    if (!principal) {
      auth_info_release(info);
      return RPC_S_OUT_OF_MEMORY;
    }
  }
  if (ServerPrincName)
    *ServerPrincName = (RPC_WSTR)principal;
  if (AuthnLevel)
    *AuthnLevel = info->level;
  if (AuthnSvc)
    *AuthnSvc = info->service;
  if (AuthIdentity)
    *AuthIdentity = info->identity;
  if (AuthzSvc)
    *AuthzSvc = info->authorization;
  if (SecurityQOS)
    *SecurityQOS = info->quality;
  auth_info_release(info);
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoExA(RPC_BINDING_HANDLE Binding,
                                              RPC_CSTR *ServerPrincName, ULONG *AuthnLevel,
                                              ULONG *AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                              ULONG *AuthzSvc, ULONG RpcQosVersion,
                                              RPC_SECURITY_QOS *SecurityQOS)
{
  RPC_WSTR principal = NULL;
  RPC_STATUS status;

  status =
      RpcBindingInqAuthInfoExW(Binding, ServerPrincName ? &principal : NULL, AuthnLevel,
                               AuthnSvc, AuthIdentity, AuthzSvc, RpcQosVersion, SecurityQOS);
  if (status != RPC_S_OK || !ServerPrincName)
    return status;
  *ServerPrincName = (RPC_CSTR)text_for_application_ansi((const WCHAR *)principal);
  if (principal && !*ServerPrincName)
    status = RPC_S_OUT_OF_MEMORY;
  engine.RpcStringFreeW(&principal);
  return status;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoW(RPC_BINDING_HANDLE Binding,
                                            RPC_WSTR *ServerPrincName, ULONG *AuthnLevel,
                                            ULONG *AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                            ULONG *AuthzSvc)
{
  return RpcBindingInqAuthInfoExW(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                  AuthzSvc, 0, NULL);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoA(RPC_BINDING_HANDLE Binding,
                                            RPC_CSTR *ServerPrincName, ULONG *AuthnLevel,
                                            ULONG *AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                            ULONG *AuthzSvc)
{
  return RpcBindingInqAuthInfoExA(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                  AuthzSvc, 0, NULL);
}

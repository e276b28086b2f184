#define SECURITY_WIN32
#include "auth_info.h"

#include <sspi.h>
#include <stdlib.h>
#include <wchar.h>

bool auth_service_is_local(ULONG service)
{
  return service == RPC_C_AUTHN_WINNT || service == RPC_C_AUTHN_GSS_NEGOTIATE;
}

/* On demand: few programs ask for it. */
bool auth_service_is_installed(ULONG service)
{
  SECURITY_STATUS(WINAPI * enumerate)(ULONG * count, SecPkgInfoW * *packages);
  SECURITY_STATUS(WINAPI * free_buffer)(void *buffer);
  HMODULE module = LoadLibraryW(L"secur32.dll");
  SecPkgInfoW *packages;
  bool known = false;
  ULONG count;

  if (!module)
    return false;
  enumerate = (void *)GetProcAddress(module, "EnumerateSecurityPackagesW");
  free_buffer = (void *)GetProcAddress(module, "FreeContextBuffer");
  if (enumerate && free_buffer && enumerate(&count, &packages) == SEC_E_OK) {
    for (ULONG i = 0; i < count && !known; i++)
      known = packages[i].wRPCID == service;
    free_buffer(packages);
  }
  FreeLibrary(module);
  return known;
}

/* RPC_S_OK, RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_SEC_PKG_ERROR. */
static RPC_STATUS check_service(const struct protocol_sequence *protocol, ULONG service)
{
  if (protocol->transport != TRANSPORT_LOCAL)
    return auth_service_is_installed(service) ? RPC_S_OK : RPC_S_UNKNOWN_AUTHN_SERVICE;
  if (auth_service_is_local(service))
    return RPC_S_OK;
  /* There is no ticket for a process of this machine. */
  return service == RPC_C_AUTHN_GSS_KERBEROS ? RPC_S_SEC_PKG_ERROR
                                             : RPC_S_UNKNOWN_AUTHN_SERVICE;
}

static bool authorization_is_known(ULONG authorization)
{
  return authorization == RPC_C_AUTHZ_NONE || authorization == RPC_C_AUTHZ_NAME ||
         authorization == RPC_C_AUTHZ_DCE || authorization == RPC_C_AUTHZ_DEFAULT;
}

RPC_STATUS auth_info_create(const struct protocol_sequence *protocol,
                            const WCHAR *server_principal, ULONG level, ULONG service,
                            RPC_AUTH_IDENTITY_HANDLE identity, ULONG authorization,
                            const RPC_SECURITY_QOS *quality, struct auth_info **info)
{
  struct auth_info *created;
  RPC_STATUS status;

  *info = NULL;
  /* Which level is the default is the runtime's choice; Wine's own takes none. */
  if (level == RPC_C_AUTHN_LEVEL_DEFAULT || level == RPC_C_AUTHN_LEVEL_NONE ||
      service == RPC_C_AUTHN_NONE)
    return RPC_S_OK;
  if (level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
    return RPC_S_UNKNOWN_AUTHN_LEVEL;
  if (service == RPC_C_AUTHN_DEFAULT)
    service = RPC_C_AUTHN_WINNT;
  if (!authorization_is_known(authorization))
    return RPC_S_UNKNOWN_AUTHZ_SERVICE;
  status = check_service(protocol, service);
  if (status != RPC_S_OK)
    return status;
  if (quality && quality->Version < RPC_C_SECURITY_QOS_VERSION_1)
    return RPC_S_INVALID_ARG;

  created = calloc(1, sizeof(*created));
  if (!created)
    return RPC_S_OUT_OF_MEMORY;
  created->references = 1;
  created->level = level;
  created->service = service;
  created->authorization = authorization;
  created->identity = identity;
  created->quality.Version = RPC_C_SECURITY_QOS_VERSION_1;
  created->quality.Capabilities = RPC_C_QOS_CAPABILITIES_DEFAULT;
  created->quality.IdentityTracking = RPC_C_QOS_IDENTITY_STATIC;
  created->quality.ImpersonationType = RPC_C_IMP_LEVEL_IMPERSONATE;
  if (quality) { /* later versions begin with the members of the first */
    created->quality.Capabilities = quality->Capabilities;
    created->quality.IdentityTracking = quality->IdentityTracking;
    created->quality.ImpersonationType = quality->ImpersonationType;
  }
  if (server_principal) {
    created->server_principal = wcsdup(server_principal);
    if (!created->server_principal) {
      free(created);
      return RPC_S_OUT_OF_MEMORY;
    }
  }
  *info = created;
  return RPC_S_OK;
}

void auth_info_add_reference(struct auth_info *info)
{
  if (info)
    InterlockedIncrement(&info->references);
}

void auth_info_release(struct auth_info *info)
{
  if (info && InterlockedDecrement(&info->references) == 0) {
    free(info->server_principal);
    free(info);
  }
}

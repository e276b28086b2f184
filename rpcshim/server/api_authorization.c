/*
 * Contexts of a client's call that are of other parts of Windows: of authz.dll, and of security
 * packages, which local identity has none of.
 */
#include "../engine/engine.h"
#include "client_identity.h"
#include "foreign_function.h"

#include <authz.h>

/*
 * authz.dll, found when it is needed, and one resource manager of it, for good. No thread waits
 * for another that loads it (com/com_library.h).
 */
struct authz {
  BOOL(WINAPI *initialize_manager)
  (DWORD flags, PFN_AUTHZ_DYNAMIC_ACCESS_CHECK check, PFN_AUTHZ_COMPUTE_DYNAMIC_GROUPS compute,
   PFN_AUTHZ_FREE_DYNAMIC_GROUPS release, PCWSTR name, AUTHZ_RESOURCE_MANAGER_HANDLE *manager);
  BOOL(WINAPI *context_from_token)
  (DWORD flags, HANDLE token, AUTHZ_RESOURCE_MANAGER_HANDLE manager, LARGE_INTEGER *expiration,
   LUID identifier, void *arguments, AUTHZ_CLIENT_CONTEXT_HANDLE *context);
  BOOL(WINAPI *free_manager)(AUTHZ_RESOURCE_MANAGER_HANDLE manager);
  BOOL(WINAPI *free_context)(AUTHZ_CLIENT_CONTEXT_HANDLE context);
  AUTHZ_RESOURCE_MANAGER_HANDLE manager;
};

static bool find_manager(struct authz *authz)
{
  static void *volatile known;
  AUTHZ_RESOURCE_MANAGER_HANDLE made;

  if (!known) {
    if (!authz->initialize_manager(AUTHZ_RM_FLAG_NO_AUDIT, NULL, NULL, NULL, NULL, &made))
      return false;
    if (InterlockedCompareExchangePointer(&known, made, NULL))
      authz->free_manager(made);
  }
  authz->manager = known;
  return true;
}

static bool authz_find(struct authz *authz)
{
  HMODULE module = foreign_dll_load("authz.dll");

  return foreign_function_find(module, "AuthzInitializeResourceManager",
                               &authz->initialize_manager) &&
         foreign_function_find(module, "AuthzFreeResourceManager", &authz->free_manager) &&
         foreign_function_find(module, "AuthzInitializeContextFromToken",
                               &authz->context_from_token) &&
         foreign_function_find(module, "AuthzFreeContext", &authz->free_context);
}

/*
 * A context for authz.dll's access checks of the client; with `impersonate` the thread acts for
 * it, too. RPC_S_OK; RPC_S_CANNOT_SUPPORT: Wine's authz.dll cannot make one, or the transport
 * does not know the client; RPC_S_INVALID_ARG; server_call_from_handle()'s and
 * client_identity()'s statuses.
 */
RPC_STATUS RPC_ENTRY RpcGetAuthorizationContextForClient(RPC_BINDING_HANDLE handle,
                                                         WINBOOL impersonate, void *reserved,
                                                         LARGE_INTEGER *expiration,
                                                         LUID identifier, DWORD reserved_flags,
                                                         void *reserved_too, void **context)
{
  struct identity *client;
  struct server_call *call;
  struct authz authz;
  RPC_STATUS status;

  if (!context || reserved || reserved_flags || reserved_too)
    return RPC_S_INVALID_ARG;
  status = server_call_from_handle(handle, &call);
  if (status != RPC_S_OK)
    return status;
  status = client_identity(call, &client);
  if (status == RPC_S_OK) {
    if (!authz_find(&authz) || !find_manager(&authz) ||
        !authz.context_from_token(0, client->token, authz.manager, expiration, identifier, NULL,
                                  (AUTHZ_CLIENT_CONTEXT_HANDLE *)context))
      status = RPC_S_CANNOT_SUPPORT;
    identity_release(client);
  }
  if (status == RPC_S_OK && impersonate) {
    status = client_impersonation_begin(call);
    if (status != RPC_S_OK)
      RpcFreeAuthorizationContext(context);
  }
  server_call_release(call);
  return status;
}

/* RPC_S_OK; RPC_S_INVALID_ARG: none, or authz.dll does not know it. */
RPC_STATUS RPC_ENTRY RpcFreeAuthorizationContext(void **context)
{
  struct authz authz;

  if (!context || !*context || !authz_find(&authz) || !authz.free_context(*context))
    return RPC_S_INVALID_ARG;
  *context = NULL;
  return RPC_S_OK;
}

/* The client's calls have no security context of a package: RPC_S_CANNOT_SUPPORT;
 * server_call_from_handle()'s statuses. */
static RPC_STATUS no_package(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;
  RPC_STATUS status = server_call_from_handle(handle, &call);

  if (status != RPC_S_OK)
    return status;
  server_call_release(call);
  return RPC_S_CANNOT_SUPPORT;
}

RPC_STATUS RPC_ENTRY I_RpcBindingInqSecurityContext(RPC_BINDING_HANDLE handle, void **context)
{
  (void)context;
  return no_package(handle);
}

RPC_STATUS RPC_ENTRY I_RpcBindingInqWireIdForSnego(RPC_BINDING_HANDLE handle, RPC_CSTR wire_id)
{
  (void)wire_id;
  return no_package(handle);
}

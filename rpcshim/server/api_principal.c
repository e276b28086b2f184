/* Names of servers, as authentication services know them; principals.h. */
#include <stdlib.h>

#include "../binding/auth_info.h"
#include "../binding/binding.h"
#include "../binding/text.h"
#include "../engine/engine.h"
#include "listening.h"
#include "principals.h"

/* `get_key` and `argument` are for services of DCE that Windows does not have either. Both:
 * principals_register()'s statuses. */
RPC_STATUS RPC_ENTRY RpcServerRegisterAuthInfoW(RPC_WSTR principal, ULONG service,
                                                RPC_AUTH_KEY_RETRIEVAL_FN get_key,
                                                void *argument)
{
  (void)get_key, (void)argument;
  return principals_register(service, (const WCHAR *)principal);
}

RPC_STATUS RPC_ENTRY RpcServerRegisterAuthInfoA(RPC_CSTR principal, ULONG service,
                                                RPC_AUTH_KEY_RETRIEVAL_FN get_key,
                                                void *argument)
{
  WCHAR *wide = text_from_ansi((const char *)principal);
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (wide || !principal)
    status = RpcServerRegisterAuthInfoW((RPC_WSTR)wide, service, get_key, argument);
  free(wide);
  return status;
}

/* Takes `name` over. */
static RPC_STATUS hand_over(WCHAR *name, RPC_WSTR *result)
{
  *result = (RPC_WSTR)text_for_application(name);
  free(name);
  return *result ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* `wide` goes. */
static RPC_STATUS narrow(RPC_WSTR wide, RPC_CSTR *result)
{
  *result = (RPC_CSTR)text_for_application_ansi((const WCHAR *)wide);
  engine.RpcStringFreeW(&wide);
  return *result ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* Both: principals_default()'s statuses, RPC_S_INVALID_ARG. RpcStringFree frees the name. */
RPC_STATUS RPC_ENTRY RpcServerInqDefaultPrincNameW(ULONG service, RPC_WSTR *principal)
{
  WCHAR *name;
  RPC_STATUS status = principals_default(service, &name);

  if (status != RPC_S_OK)
    return status;
  if (principal)
    return hand_over(name, principal);
  free(name);
  return RPC_S_INVALID_ARG;
}

RPC_STATUS RPC_ENTRY RpcServerInqDefaultPrincNameA(ULONG service, RPC_CSTR *principal)
{
  RPC_WSTR wide;
  RPC_STATUS status = RpcServerInqDefaultPrincNameW(service, principal ? &wide : NULL);

  return status == RPC_S_OK ? narrow(wide, principal) : status;
}

/* For the handle of a server: RPC_S_CANNOT_SUPPORT, as it would take the remote management
 * interface; RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING. */
static RPC_STATUS ask_server(RPC_BINDING_HANDLE handle)
{
  RPC_STATUS status;
  struct binding *binding = binding_from_handle_of_kind(handle, BINDING_CLIENT, &status);

  if (!binding)
    return status;
  binding_release(binding);
  return RPC_S_CANNOT_SUPPORT;
}

/*
 * Both: the name that this process (`handle` NULL) has registered. RPC_S_INVALID_ARG,
 * RPC_S_NOT_LISTENING, principals_find()'s and ask_server()'s statuses. RpcStringFree frees it.
 */
RPC_STATUS RPC_ENTRY RpcMgmtInqServerPrincNameW(RPC_BINDING_HANDLE handle, ULONG service,
                                                RPC_WSTR *principal)
{
  WCHAR *name;
  RPC_STATUS status;

  if (!principal)
    return RPC_S_INVALID_ARG;
  if (handle)
    return ask_server(handle);
  if (!server_is_listening())
    return RPC_S_NOT_LISTENING;
  status = principals_find(service, &name);
  return status == RPC_S_OK ? hand_over(name, principal) : status;
}

RPC_STATUS RPC_ENTRY RpcMgmtInqServerPrincNameA(RPC_BINDING_HANDLE handle, ULONG service,
                                                RPC_CSTR *principal)
{
  RPC_WSTR wide;
  RPC_STATUS status;

  if (!principal)
    return RPC_S_INVALID_ARG;
  status = RpcMgmtInqServerPrincNameW(handle, service, &wide);
  return status == RPC_S_OK ? narrow(wide, principal) : status;
}

/* The level that RPC_C_AUTHN_LEVEL_DEFAULT stands for. RPC_S_OK, RPC_S_INVALID_ARG,
 * RPC_S_UNKNOWN_AUTHN_SERVICE. */
RPC_STATUS RPC_ENTRY RpcMgmtInqDefaultProtectLevel(ULONG service, ULONG *level)
{
  if (!level)
    return RPC_S_INVALID_ARG;
  if (service == RPC_C_AUTHN_DEFAULT)
    service = RPC_C_AUTHN_WINNT;
  if (!auth_service_is_local(service) && !auth_service_is_installed(service))
    return RPC_S_UNKNOWN_AUTHN_SERVICE;
  *level = RPC_C_AUTHN_LEVEL_CONNECT;
  return RPC_S_OK;
}

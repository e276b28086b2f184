/*
 * What RpcBindingSetAuthInfo has been told of a client binding.
 *
 * On ncalrpc that asks for nothing: the server knows its client's process, every level is
 * privacy, no token travels, and no security package has to be installed
 * (security/local_identity.h). On other transports the runtime has no security yet: calls of
 * such bindings are refused (association_of_binding()) rather than made in the clear.
 *
 * Never changes after creation, so that bindings and calls share it by reference; no lock. What
 * the application passes is copied, but for the identity: that is a value to give back, which
 * nobody follows.
 */
#ifndef ASYNCSHIM_BINDING_AUTH_INFO_H
#define ASYNCSHIM_BINDING_AUTH_INFO_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>

#include "../transport/protocol_sequence.h"

struct auth_info {
  LONG references;
  ULONG level;         /* RPC_C_AUTHN_LEVEL_CONNECT to RPC_C_AUTHN_LEVEL_PKT_PRIVACY */
  ULONG service;       /* RPC_C_AUTHN_*, one that the transport, or this machine, has */
  ULONG authorization; /* RPC_C_AUTHZ_* */
  RPC_AUTH_IDENTITY_HANDLE identity;
  RPC_SECURITY_QOS quality;
  WCHAR *server_principal; /* NULL: none */
};

/*
 * Checks and keeps it, for a binding of that protocol sequence; `quality` may be NULL. *info:
 * one reference, or NULL where the arguments say "no authentication". RPC_S_OK,
 * RPC_S_UNKNOWN_AUTHN_LEVEL, RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_SEC_PKG_ERROR (Kerberos on
 * ncalrpc), RPC_S_UNKNOWN_AUTHZ_SERVICE, RPC_S_INVALID_ARG (version of `quality`),
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS auth_info_create(const struct protocol_sequence *protocol,
                            const WCHAR *server_principal, ULONG level, ULONG service,
                            RPC_AUTH_IDENTITY_HANDLE identity, ULONG authorization,
                            const RPC_SECURITY_QOS *quality, struct auth_info **info);
/* Whether ncalrpc has it, without a security package. */
bool auth_service_is_local(ULONG service);
/* Whether a security package with that RPC id is installed. Loads secur32.dll for the answer.
 */
bool auth_service_is_installed(ULONG service);

/* NULL is allowed for both. */
void auth_info_add_reference(struct auth_info *info);
void auth_info_release(struct auth_info *info);

#endif

/*
 * The names under which this process serves: what RpcServerRegisterAuthInfo has been told.
 *
 * On ncalrpc nothing has to be registered (security/local_identity.h), and on other transports
 * the runtime has no security yet: the names are kept to be told. One list per process; one SRW
 * lock.
 */
#ifndef ASYNCSHIM_SERVER_PRINCIPALS_H
#define ASYNCSHIM_SERVER_PRINCIPALS_H

#include <windows.h>
#include <rpc.h>

/* `name` NULL: the default one; is copied. RPC_S_OK, RPC_S_UNKNOWN_AUTHN_SERVICE,
 * RPC_S_OUT_OF_MEMORY. */
RPC_STATUS principals_register(ULONG service, const WCHAR *name);
/* What was registered for it first, malloc'ed. RPC_S_OK, RPC_S_UNKNOWN_AUTHN_SERVICE,
 * RPC_S_OUT_OF_MEMORY. */
RPC_STATUS principals_find(ULONG service, WCHAR **name);
/* What a process is called that has registered no name: its user, DOMAIN\user; malloc'ed. The
 * same statuses; RPC_C_AUTHN_DEFAULT is no service here. */
RPC_STATUS principals_default(ULONG service, WCHAR **name);

#endif

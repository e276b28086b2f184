/*
 * Whether a call's client may call its interface: RPC_IF_ALLOW_LOCAL_ONLY,
 * RPC_IF_ALLOW_SECURE_ONLY, the interface's security descriptor, its security callback, in this
 * order. [Interface Registration Flags; RpcServerRegisterIf3]
 *
 *   - Over a pipe, ncalrpc or ncacn_np, the client is a process of this machine, and which one
 *     is known (client_identity.h): it is local and it is somebody. Windows lets ncacn_np pass
 *     in the same way, as the pipe authenticates.
 *   - Over TCP a client is nobody, also from this machine. It is refused where the interface is
 *     for local or for secure clients, and where it has a security callback without
 *     RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH, which is not asked then. Interfaces of COM's are for
 *     local clients: Wine's DCOM is local.
 *
 * What was granted to a client that is somebody is kept (admissions.h): for the interface, with
 * RPC_IF_SEC_CACHE_PER_PROC for the procedure, with RPC_IF_SEC_NO_CACHE not at all.
 */
#ifndef ASYNCSHIM_SERVER_ACCESS_H
#define ASYNCSHIM_SERVER_ACCESS_H

#include "server_call.h"

/*
 * Before the call is dispatched, on the thread that will, where the call is the thread's
 * already. May ask the application's security callback: no lock held. What that leaves
 * impersonated is ended.
 */
bool access_is_granted(struct server_call *call);

#endif

/*
 * Who the client of a call is.
 *
 * A client on ncalrpc is authenticated by where it is (security/local_identity.h): reported as
 * WINNT with privacy, whether it has called RpcBindingSetAuthInfo or not, as on Windows. On
 * ncacn_np the runtime knows the process, too, and may act for it, but nothing is reported; on
 * TCP it knows nothing.
 *
 * A client's identity is looked up when it is first asked for, and kept by its connection: so
 * it lasts as long as any call of the connection, on any thread. `call` NULL in any of these:
 * the client is in this process (COM has posted the call).
 *
 * Called by the exports of this layer and by com/. Any thread; no locks held.
 */
#ifndef ASYNCSHIM_SERVER_CLIENT_IDENTITY_H
#define ASYNCSHIM_SERVER_CLIENT_IDENTITY_H

#include "../security/identity.h"
#include "server_call.h"

/* A process of this machine, by the transport. */
bool client_is_known(const struct server_call *call);
/* Reported as WINNT with privacy. */
bool client_is_authenticated(const struct server_call *call);

/*
 * With a reference. RPC_S_OK; RPC_S_CANNOT_SUPPORT: the call came over a transport that does
 * not say which process; RPC_S_NO_CONTEXT_AVAILABLE: the client is gone;
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS client_identity(struct server_call *call, struct identity **identity);

/* The calling thread acts for the client. client_identity()'s statuses. */
RPC_STATUS client_impersonation_begin(struct server_call *call);
/*
 * The calling thread acts for itself again; nothing to do where it does. The runtime calls it
 * where application code of one call ends, so that no thread goes on to the next call with the
 * identity of another client. RPC_S_OK, RPC_S_NO_CONTEXT_AVAILABLE.
 */
RPC_STATUS client_impersonation_end(void);

#endif

/*
 * Who the client of a call is, as far as that is known without authentication: a process of
 * this machine, where the call has come over a pipe.
 *
 * Called by the exports of this layer and by com/. Any thread; no locks.
 */
#ifndef ASYNCSHIM_SERVER_CLIENT_IDENTITY_H
#define ASYNCSHIM_SERVER_CLIENT_IDENTITY_H

#include "server_call.h"

/*
 * COMPUTER\user of a local client, which is that of this process: all programs of a Wine
 * session are one user. Valid for good. NULL: it cannot be had.
 */
WCHAR *client_identity_name(void);

/*
 * An impersonation token of the client's process, which the caller closes. `call` NULL: the
 * client is in this process. RPC_S_OK; RPC_S_CANNOT_SUPPORT: the call came over a transport
 * that does not say which process; RPC_S_NO_CONTEXT_AVAILABLE: the client is gone, or out of
 * memory.
 */
RPC_STATUS client_identity_token(const struct server_call *call, HANDLE *token);

#endif

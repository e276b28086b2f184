/*
 * Local identity: what authenticates a client on ncalrpc, without a token that travels.
 *
 * The Wine server knows which process has opened the other end of a pipe, and that process has
 * a token. ImpersonateNamedPipeClient() is no help: Wine's gives the server's own token.
 */
#ifndef ASYNCSHIM_SECURITY_LOCAL_IDENTITY_H
#define ASYNCSHIM_SECURITY_LOCAL_IDENTITY_H

#include "../transport/stream.h"
#include "identity.h"

/*
 * Of the process at the client's end of a server's stream. RPC_S_OK; RPC_S_CANNOT_SUPPORT: the
 * transport does not say which process; RPC_S_NO_CONTEXT_AVAILABLE: the client is gone;
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS local_identity_of_peer(struct stream *stream, struct identity **identity);
/*
 * The process itself, with these access rights, for CloseHandle. RPC_S_ACCESS_DENIED, and the
 * statuses above.
 */
RPC_STATUS local_identity_open_peer(struct stream *stream, ULONG access, HANDLE *process);
/* Of this process. RPC_S_OK, RPC_S_NO_CONTEXT_AVAILABLE, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS local_identity_of_self(struct identity **identity);

#endif

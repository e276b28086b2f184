#include "local_identity.h"

static RPC_STATUS identity_of_process(HANDLE process, struct identity **identity)
{
  HANDLE own, token;
  BOOL duplicated;

  if (!OpenProcessToken(process, TOKEN_DUPLICATE | TOKEN_QUERY, &own))
    return RPC_S_NO_CONTEXT_AVAILABLE;
  duplicated = DuplicateTokenEx(own, TOKEN_IMPERSONATE | TOKEN_QUERY | TOKEN_DUPLICATE, NULL,
                                SecurityImpersonation, TokenImpersonation, &token);
  CloseHandle(own);
  return duplicated ? identity_create(token, identity) : RPC_S_NO_CONTEXT_AVAILABLE;
}

RPC_STATUS local_identity_open_peer(struct stream *stream, ULONG access, HANDLE *result)
{
  HANDLE process;
  DWORD id;

  if (!stream->operations->peer_process)
    return RPC_S_CANNOT_SUPPORT;
  if (!stream_peer_process(stream, &id))
    return RPC_S_NO_CONTEXT_AVAILABLE;
  process = OpenProcess(access, FALSE, id);
  if (!process)
    return GetLastError() == ERROR_ACCESS_DENIED ? RPC_S_ACCESS_DENIED
                                                 : RPC_S_NO_CONTEXT_AVAILABLE;
  /* While the client is there, its id is nobody else's; and now that its process has been
   * opened, the id stays its own. */
  if (!stream_peer_process(stream, &id)) {
    CloseHandle(process);
    return RPC_S_NO_CONTEXT_AVAILABLE;
  }
  *result = process;
  return RPC_S_OK;
}

RPC_STATUS local_identity_of_peer(struct stream *stream, struct identity **identity)
{
  HANDLE process;
  RPC_STATUS status = local_identity_open_peer(stream, PROCESS_QUERY_INFORMATION, &process);

  if (status != RPC_S_OK)
    return status;
  status = identity_of_process(process, identity);
  CloseHandle(process);
  return status;
}

RPC_STATUS local_identity_of_self(struct identity **identity)
{
  return identity_of_process(GetCurrentProcess(), identity);
}

#include "client_identity.h"

#include <lmcons.h>

#include "listening.h"
#include "server_connection.h"

static WCHAR own_name[MAX_COMPUTERNAME_LENGTH + 1 + UNLEN + 1];

static BOOL CALLBACK find_own_name(INIT_ONCE *once, void *parameter, void **context)
{
  DWORD length = MAX_COMPUTERNAME_LENGTH + 1;
  DWORD rest;

  (void)once;
  (void)parameter;
  (void)context;
  if (!GetComputerNameW(own_name, &length))
    return FALSE;
  own_name[length++] = L'\\';
  rest = (DWORD)ARRAYSIZE(own_name) - length;
  return GetUserNameW(own_name + length, &rest);
}

WCHAR *client_identity_name(void)
{
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

  return InitOnceExecuteOnce(&once, find_own_name, NULL, NULL) ? own_name : NULL;
}

static RPC_STATUS process_token(HANDLE process, HANDLE *token)
{
  HANDLE own;
  BOOL duplicated;

  if (!OpenProcessToken(process, TOKEN_DUPLICATE | TOKEN_QUERY, &own))
    return RPC_S_NO_CONTEXT_AVAILABLE;
  duplicated = DuplicateTokenEx(own, TOKEN_IMPERSONATE | TOKEN_QUERY | TOKEN_DUPLICATE, NULL,
                                SecurityImpersonation, TokenImpersonation, token);
  CloseHandle(own);
  return duplicated ? RPC_S_OK : RPC_S_NO_CONTEXT_AVAILABLE;
}

/* ImpersonateNamedPipeClient() is no help: Wine's gives the server's own token. */
RPC_STATUS client_identity_token(const struct server_call *call, HANDLE *token)
{
  ULONG process_id;
  HANDLE process;
  RPC_STATUS status;

  if (!call)
    return process_token(GetCurrentProcess(), token);
  if (server_endpoint_protocol(call->connection->endpoint)->transport == TRANSPORT_TCP)
    return RPC_S_CANNOT_SUPPORT;
  if (!GetNamedPipeClientProcessId(call->connection->stream.handle, &process_id))
    return RPC_S_NO_CONTEXT_AVAILABLE;
  process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, process_id);
  if (!process)
    return RPC_S_NO_CONTEXT_AVAILABLE;
  status = process_token(process, token);
  CloseHandle(process);
  return status;
}

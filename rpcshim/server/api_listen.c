/* Listening, and managing the server that this process is. */
#include <stdlib.h>

#include "calls_in_progress.h"
#include "client_share.h"
#include "listening.h"

/* RPC_S_OK; RPC_S_ALREADY_LISTENING, RPC_S_NO_PROTSEQS_REGISTERED, RPC_S_MAX_CALLS_TOO_SMALL.
 * Blocks unless `dont_wait`. */
RPC_STATUS RPC_ENTRY RpcServerListen(unsigned int minimum_threads, unsigned int max_calls,
                                     unsigned int dont_wait)
{
  RPC_STATUS status;

  if (!max_calls || minimum_threads > max_calls)
    return RPC_S_MAX_CALLS_TOO_SMALL;
  client_share_raise_limit(max_calls);
  status = server_listening_start();
  if (status != RPC_S_OK || dont_wait)
    return status;
  return server_listening_wait();
}

/* Blocks until listening has stopped and no call is in progress. RPC_S_OK, RPC_S_NOT_LISTENING,
 * RPC_S_ALREADY_LISTENING. */
RPC_STATUS RPC_ENTRY RpcMgmtWaitServerListen(void)
{
  return server_listening_wait();
}

/* For this process (`binding` NULL). RPC_S_OK, RPC_S_NOT_LISTENING; RPC_S_CANNOT_SUPPORT for
 * another server. */
RPC_STATUS RPC_ENTRY RpcMgmtStopServerListening(RPC_BINDING_HANDLE binding)
{
  return binding ? RPC_S_CANNOT_SUPPORT : server_listening_stop();
}

/* Windows 9x names of the same. */
RPC_STATUS RPC_ENTRY I_RpcServerStartListening(HWND window)
{
  (void)window;
  return server_listening_start();
}

RPC_STATUS RPC_ENTRY I_RpcServerStopListening(void)
{
  return server_listening_stop();
}

/* Counts of this process: calls received; calls made and PDUs are not counted: 0. RPC_S_OK,
 * RPC_S_OUT_OF_MEMORY; RPC_S_CANNOT_SUPPORT for others. */
RPC_STATUS RPC_ENTRY RpcMgmtInqStats(RPC_BINDING_HANDLE binding, RPC_STATS_VECTOR **result)
{
  RPC_STATS_VECTOR *vector;

  if (!result)
    return RPC_S_INVALID_ARG;
  if (binding)
    return RPC_S_CANNOT_SUPPORT;
  vector = calloc(1, sizeof(*vector) + 3 * sizeof(vector->Stats[0]));
  if (!vector)
    return RPC_S_OUT_OF_MEMORY;
  vector->Count = 4;
  vector->Stats[RPC_C_STATS_CALLS_IN] = calls_in_progress_received();
  *result = vector;
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcMgmtStatsVectorFree(RPC_STATS_VECTOR **vector)
{
  if (!vector)
    return RPC_S_INVALID_ARG;
  free(*vector);
  *vector = NULL;
  return RPC_S_OK;
}

/* Workers get the stack size of the program's header. RPC_S_OK. */
RPC_STATUS RPC_ENTRY RpcMgmtSetServerStackSize(ULONG size)
{
  (void)size;
  return RPC_S_OK;
}

/* Connections are closed as soon as no binding refers to their association, with or without
 * this. RPC_S_OK. */
RPC_STATUS RPC_ENTRY RpcMgmtEnableIdleCleanup(void)
{
  return RPC_S_OK;
}

/* Listening, and managing the server that this process is. */
#include <stdlib.h>

#include "../transport/endpoint.h"
#include "listening.h"

/* RPC_S_OK; RPC_S_ALREADY_LISTENING, RPC_S_NO_PROTSEQS_REGISTERED, RPC_S_MAX_CALLS_TOO_SMALL.
 * Blocks unless `dont_wait`. */
RPC_STATUS RPC_ENTRY RpcServerListen(unsigned int minimum_threads, unsigned int max_calls,
                                     unsigned int dont_wait)
{
  RPC_STATUS status;

  (void)max_calls; /* threads are as many as managers block */
  (void)minimum_threads;
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

/* RPC_S_OK, RPC_S_NOT_LISTENING, RPC_S_OUT_OF_RESOURCES. */
static RPC_STATUS try_endpoint(const struct binding *binding)
{
  struct stream_wait wait = {CreateEventW(NULL, TRUE, FALSE, NULL), DEADLINE_NEVER, NULL, NULL};
  struct stream stream;
  RPC_STATUS status;

  if (!wait.event)
    return RPC_S_OUT_OF_RESOURCES;
  status = endpoint_connect(binding->protocol, binding->network_address, binding->endpoint,
                            &wait, &stream);
  if (status == RPC_S_OK)
    stream_close(&stream);
  CloseHandle(wait.event);
  return status == RPC_S_OK ? RPC_S_OK : RPC_S_NOT_LISTENING;
}

/*
 * `binding` NULL: this process. Else: does somebody accept connections at its endpoint?
 * RPC_S_OK, RPC_S_NOT_LISTENING, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING,
 * RPC_S_OUT_OF_RESOURCES.
 */
RPC_STATUS RPC_ENTRY RpcMgmtIsServerListening(RPC_BINDING_HANDLE handle)
{
  struct binding *binding;
  RPC_STATUS status;

  if (!handle)
    return server_is_listening() ? RPC_S_OK : RPC_S_NOT_LISTENING;
  binding = binding_from_handle_of_kind(handle, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  status = binding->endpoint ? try_endpoint(binding) : RPC_S_NOT_LISTENING;
  binding_release(binding);
  return status;
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

  if (binding)
    return RPC_S_CANNOT_SUPPORT;
  vector = calloc(1, sizeof(*vector) + 3 * sizeof(vector->Stats[0]));
  if (!vector)
    return RPC_S_OUT_OF_MEMORY;
  vector->Count = 4;
  vector->Stats[RPC_C_STATS_CALLS_IN] = server_calls_received();
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

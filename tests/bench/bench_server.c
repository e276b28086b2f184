/*
 * bench_server PROTSEQ ENDPOINT: prints READY and answers the benchmark's calls, inside their
 * manager routines, until a client stops it or two minutes are over.
 */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#include "bench.h"

static HANDLE stop;

LONG server_bench_add(handle_t binding, LONG a, LONG b)
{
  (void)binding;
  return a + b;
}

void server_bench_add_async(PRPC_ASYNC_STATE state, handle_t binding, LONG a, LONG b)
{
  (void)binding;
  LONG sum = a + b;
  RpcAsyncCompleteCall(state, &sum);
}

void server_bench_stop(handle_t binding)
{
  (void)binding;
  SetEvent(stop);
}

void *__RPC_USER midl_user_allocate(size_t size)
{
  return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
  free(memory);
}

int main(int argc, char **argv)
{
  if (argc != 3)
    return 2;
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  RPC_STATUS status = RpcServerUseProtseqEpA((RPC_CSTR)argv[1], RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                             (RPC_CSTR)argv[2], NULL);
  if (status == RPC_S_OK)
    status = RpcServerRegisterIf(server_bench_v1_0_s_ifspec, NULL, NULL);
  if (status == RPC_S_OK)
    status = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE);
  printf(status == RPC_S_OK ? "READY\n" : "FAILED %ld\n", (long)status);
  fflush(stdout);
  if (status != RPC_S_OK)
    return 1;
  WaitForSingleObject(stop, 120000);
  RpcMgmtStopServerListening(NULL);
  RpcMgmtWaitServerListen();
  TerminateProcess(GetCurrentProcess(), 0);
}

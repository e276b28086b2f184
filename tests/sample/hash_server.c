/*
 * A file-hashing service with asynchronous RPC.
 *
 *   hash_server ENDPOINT
 *
 * listens on ncalrpc:[ENDPOINT], prints READY, and serves until a client asks it to shut down
 * (or two minutes have passed: it is a sample, and shall not stay behind).
 *
 * A manager routine of an [async] procedure gets a PRPC_ASYNC_STATE and returns at once: the
 * call goes on without it. Here a thread of the pool hashes the file and then ends the call,
 * with RpcAsyncCompleteCall where that went well and with RpcAsyncAbortCall where it did not.
 * The [in] and [out] parameters stay valid until then.
 */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#include "hash.h"
#include "sha256.h"

static HANDLE shutdown_event;

struct request {
  PRPC_ASYNC_STATE call;
  const wchar_t *path; /* [in], the stub's */
  byte *digest;        /* [out], the stub's */
};

/* Hashes the file and ends the call, well or not. */
static void answer(struct request *request)
{
  DWORD error = sha256_file(request->path, request->digest);
  RPC_STATUS status = error ? RpcAsyncAbortCall(request->call, error)
                            : RpcAsyncCompleteCall(request->call, NULL);
  if (status != RPC_S_OK)
    printf("SERVER the call could not be ended: %ld\n", (long)status);
  free(request);
}

static DWORD WINAPI hash_now(void *parameter)
{
  answer(parameter);
  return 0;
}

static BOOL last_write(const wchar_t *path, FILETIME *time)
{
  WIN32_FILE_ATTRIBUTE_DATA data;
  if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data))
    return FALSE;
  *time = data.ftLastWriteTime;
  return TRUE;
}

static DWORD WINAPI hash_when_changed(void *parameter)
{
  struct request *request = parameter;
  FILETIME before, now;
  BOOL exists = last_write(request->path, &before);
  while (exists && last_write(request->path, &now) && !CompareFileTime(&before, &now)) {
    /* Has the client lost interest? It goes on waiting until we end the call. */
    if (RpcServerTestCancel(RpcAsyncGetCallHandle(request->call)) == RPC_S_OK) {
      RpcAsyncAbortCall(request->call, RPC_S_CALL_CANCELLED);
      free(request);
      return 0;
    }
    if (WaitForSingleObject(shutdown_event, 20) == WAIT_OBJECT_0) {
      RpcAsyncAbortCall(request->call, ERROR_SHUTDOWN_IN_PROGRESS);
      free(request);
      return 0;
    }
  }
  answer(request);
  return 0;
}

static void start(LPTHREAD_START_ROUTINE work, PRPC_ASYNC_STATE call, const wchar_t *path,
                  byte *digest)
{
  struct request *request = malloc(sizeof(*request));
  if (!request) {
    RpcAsyncAbortCall(call, ERROR_NOT_ENOUGH_MEMORY);
    return;
  }
  request->call = call;
  request->path = path;
  request->digest = digest;
  if (!QueueUserWorkItem(work, request, WT_EXECUTELONGFUNCTION)) {
    RpcAsyncAbortCall(call, GetLastError());
    free(request);
  }
}

/* The manager routines: what the stub calls. */

void server_hash_file(PRPC_ASYNC_STATE call, handle_t binding, const wchar_t *path,
                      byte digest[32])
{
  (void)binding;
  start(hash_now, call, path, digest);
}

void server_hash_file_when_changed(PRPC_ASYNC_STATE call, handle_t binding, const wchar_t *path,
                                   byte digest[32])
{
  (void)binding;
  start(hash_when_changed, call, path, digest);
}

void server_hash_shutdown(handle_t binding)
{
  (void)binding;
  SetEvent(shutdown_event);
}

/* The stubs' memory. */

void *__RPC_USER midl_user_allocate(size_t size)
{
  return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
  free(memory);
}

static int fail(const char *what, RPC_STATUS status)
{
  printf("FAIL %s %ld\n", what, (long)status);
  return 1;
}

int main(int argc, char **argv)
{
  RPC_STATUS status;
  if (argc != 2) {
    fprintf(stderr, "usage: hash_server ENDPOINT\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IONBF, 0);
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  shutdown_event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (!shutdown_event)
    return fail("CreateEvent", GetLastError());

  status = RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                                  (RPC_CSTR)argv[1], NULL);
  if (status != RPC_S_OK)
    return fail("RpcServerUseProtseqEp", status);
  status = RpcServerRegisterIf(server_hash_v1_0_s_ifspec, NULL, NULL);
  if (status != RPC_S_OK)
    return fail("RpcServerRegisterIf", status);
  status = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE);
  if (status != RPC_S_OK)
    return fail("RpcServerListen", status);
  printf("READY\n");

  if (WaitForSingleObject(shutdown_event, 120000) != WAIT_OBJECT_0)
    return fail("time-out", WAIT_TIMEOUT);
  RpcMgmtStopServerListening(NULL);
  RpcMgmtWaitServerListen();
  RpcServerUnregisterIf(NULL, NULL, TRUE);
  printf("STOPPED\n");
  return 0;
}

/*
 * A client of the file-hashing service.
 *
 *   hash_client ENDPOINT FILELIST
 *
 * asks for the SHA-256 of every file that is named in FILELIST (one path a line, UTF-8),
 * without waiting for one answer before the next question; then for a file that does not exist,
 * which the server aborts; then for one that does not change, and cancels that call; and ends
 * the server. What it prints:
 *
 *   HASH <hex> <path>        for each file
 *   ABORT <status> <text>    how the call for the missing file ended
 *   CANCEL <status> <text>   how the cancelled call ended
 *   FAIL <what> <status>     for whatever did not go as it should
 *   DONE <n>                 last: how many files were hashed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#include "hash.h"

#define IN_FLIGHT   256   /* calls at a time */
#define PATIENCE_MS 5000  /* for an answer to come */
#define WATCHDOG_MS 40000 /* for everything */

struct request {
  RPC_ASYNC_STATE call;
  char *name; /* as the list has it */
  wchar_t path[MAX_PATH];
  byte digest[32];
};

static LONG hashed;
static LONG failed;

static void fail(const char *what, long status)
{
  printf("FAIL %s %ld\n", what, status);
  failed++;
}

static void done(void)
{
  printf("DONE %ld\n", hashed);
  fflush(stdout);
  ExitProcess(failed ? 1 : 0);
}

/*
 * A stub reports failure by an exception. GCC has no RpcTryExcept: there, it is the end of the
 * program.
 */
static LONG WINAPI on_exception(EXCEPTION_POINTERS *pointers)
{
  fail("exception", (long)pointers->ExceptionRecord->ExceptionCode);
  done();
  return EXCEPTION_EXECUTE_HANDLER;
}

static DWORD WINAPI watchdog(void *parameter)
{
  (void)parameter;
  Sleep(WATCHDOG_MS);
  fail("time-out", WAIT_TIMEOUT);
  printf("DONE %ld\n", hashed);
  fflush(stdout);
  TerminateProcess(GetCurrentProcess(), 1);
  return 0;
}

static const char *status_text(long status)
{
  static char text[256];
  DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                                NULL, status, 0, text, sizeof(text), NULL);
  while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    text[--length] = 0;
  return length ? text : "(no text)";
}

/*
 * Before every call: the handle, and by what means its end shall be told. Here, a packet on a
 * completion port.
 */
static void prepare(struct request *request, HANDLE port)
{
  RpcAsyncInitializeHandle(&request->call, sizeof(request->call));
  request->call.NotificationType = RpcNotificationTypeIoc;
  request->call.u.IOC.hIOPort = port;
  request->call.u.IOC.dwNumberOfBytesTransferred = 0;
  request->call.u.IOC.dwCompletionKey = (DWORD_PTR)request;
  request->call.u.IOC.lpOverlapped = NULL;
}

/* The next call that has ended, or NULL if none does. */
static struct request *wait_for_one(HANDLE port)
{
  DWORD bytes;
  ULONG_PTR key = 0;
  OVERLAPPED *overlapped;
  if (!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, PATIENCE_MS))
    return NULL;
  return (struct request *)key;
}

static void print_hash(const struct request *request)
{
  printf("HASH ");
  for (int i = 0; i < 32; i++)
    printf("%02x", request->digest[i]);
  printf(" %s\n", request->name);
}

static int finish_one(HANDLE port)
{
  struct request *request = wait_for_one(port);
  if (!request)
    return 0;
  RPC_STATUS status = RpcAsyncCompleteCall(&request->call, NULL);
  if (status == RPC_S_OK) {
    print_hash(request);
    hashed++;
  } else {
    fail(request->name, status);
  }
  return 1;
}

static void hash_all(RPC_BINDING_HANDLE binding, HANDLE port, struct request *requests,
                     int count)
{
  int pending = 0;
  for (int i = 0; i < count; i++) {
    if (pending == IN_FLIGHT) {
      if (!finish_one(port))
        break;
      pending--;
    }
    prepare(&requests[i], port);
    hash_file(&requests[i].call, binding, requests[i].path, requests[i].digest);
    pending++;
  }
  while (pending && finish_one(port))
    pending--;
  if (pending)
    fail("unanswered-calls", pending);
}

static void hash_missing(RPC_BINDING_HANDLE binding, HANDLE port)
{
  static struct request request;
  prepare(&request, port);
  hash_file(&request.call, binding, L"C:\\no\\such\\file", request.digest);
  if (wait_for_one(port) != &request) {
    fail("no-answer-for-missing-file", WAIT_TIMEOUT);
    return;
  }
  RPC_STATUS status = RpcAsyncCompleteCall(&request.call, NULL);
  printf("ABORT %ld %s\n", (long)status, status_text(status));
}

static void hash_and_cancel(RPC_BINDING_HANDLE binding, HANDLE port, const wchar_t *path)
{
  static struct request request;
  prepare(&request, port);
  hash_file_when_changed(&request.call, binding, path, request.digest);
  /* FALSE: ask the server to end the call, and wait until it has. */
  RPC_STATUS status = RpcAsyncCancelCall(&request.call, FALSE);
  if (status != RPC_S_OK) {
    fail("RpcAsyncCancelCall", status);
    return;
  }
  if (wait_for_one(port) != &request) {
    fail("no-answer-for-cancelled-call", WAIT_TIMEOUT);
    return;
  }
  status = RpcAsyncCompleteCall(&request.call, NULL);
  printf("CANCEL %ld %s\n", (long)status, status_text(status));
}

static struct request *read_list(const char *path, int *count)
{
  char line[MAX_PATH * 4];
  int room = 0;
  struct request *requests = NULL;
  FILE *list = fopen(path, "r");
  if (!list)
    return NULL;
  *count = 0;
  while (fgets(line, sizeof(line), list)) {
    line[strcspn(line, "\r\n")] = 0;
    if (!line[0])
      continue;
    if (*count == room) {
      room = room ? room * 2 : 64;
      requests = realloc(requests, room * sizeof(*requests));
      if (!requests)
        break;
    }
    struct request *request = &requests[(*count)++];
    memset(request, 0, sizeof(*request));
    request->name = strdup(line);
    if (!MultiByteToWideChar(CP_UTF8, 0, line, -1, request->path, MAX_PATH))
      fail(line, GetLastError());
  }
  fclose(list);
  return requests;
}

static RPC_BINDING_HANDLE bind_to(const char *endpoint)
{
  RPC_CSTR text;
  RPC_BINDING_HANDLE binding = NULL;
  RPC_STATUS status = RpcStringBindingComposeA(NULL, (RPC_CSTR) "ncalrpc", NULL,
                                               (RPC_CSTR)endpoint, NULL, &text);
  if (status == RPC_S_OK) {
    status = RpcBindingFromStringBindingA(text, &binding);
    RpcStringFreeA(&text);
  }
  if (status != RPC_S_OK)
    fail("binding", status);
  return binding;
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
  int count = 0;
  if (argc != 3) {
    fprintf(stderr, "usage: hash_client ENDPOINT FILELIST\n");
    return 2;
  }
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  SetUnhandledExceptionFilter(on_exception);
  CloseHandle(CreateThread(NULL, 0, watchdog, NULL, 0, NULL));

  struct request *requests = read_list(argv[2], &count);
  if (!requests || !count)
    fail("no-files-in-the-list", ERROR_FILE_NOT_FOUND);
  RPC_BINDING_HANDLE binding = bind_to(argv[1]);
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  if (failed || !port)
    done();

  hash_all(binding, port, requests, count);
  hash_missing(binding, port);
  hash_and_cancel(binding, port, requests[0].path);
  hash_shutdown(binding);
  RpcBindingFree(&binding);
  done();
}

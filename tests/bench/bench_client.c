/*
 * bench_client PROTSEQ ENDPOINT MILLISECONDS WHAT...: measures each WHAT for so long and prints
 * a line "WHAT value" for it. WHAT is
 *
 *   sync        microseconds of a synchronous call
 *   event       microseconds of an asynchronous call, notification by event
 *   flight:N    calls a second with N asynchronous calls in flight, notification by completion
 *               port
 *   stop        stops the server
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#include "bench.h"
#include "measure.h"

#define PATIENCE 10000

static RPC_BINDING_HANDLE binding;

static void give_up(const char *what, long status)
{
  printf("FAILED %s %ld\n", what, status);
  fflush(stdout);
  TerminateProcess(GetCurrentProcess(), 1);
}

static LONG WINAPI on_exception(EXCEPTION_POINTERS *pointers)
{
  give_up("exception", (long)pointers->ExceptionRecord->ExceptionCode);
  return EXCEPTION_EXECUTE_HANDLER;
}

static void call_sync(LONG i)
{
  if (bench_add(binding, i, 1) != i + 1)
    give_up("sync", 0);
}

static HANDLE event;

static void call_event(LONG i)
{
  RPC_ASYNC_STATE state;
  LONG sum = 0;
  RpcAsyncInitializeHandle(&state, sizeof(state));
  state.NotificationType = RpcNotificationTypeEvent;
  state.u.hEvent = event;
  bench_add_async(&state, binding, i, 1);
  if (WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0)
    give_up("event", WAIT_TIMEOUT);
  RPC_STATUS status = RpcAsyncCompleteCall(&state, &sum);
  if (status != RPC_S_OK || sum != i + 1)
    give_up("event", status);
}

struct slot {
  RPC_ASYNC_STATE state;
  LONG number;
};

static void slot_start(struct slot *slot, HANDLE port, LONG number)
{
  slot->number = number;
  RpcAsyncInitializeHandle(&slot->state, sizeof(slot->state));
  slot->state.NotificationType = RpcNotificationTypeIoc;
  slot->state.u.IOC.hIOPort = port;
  slot->state.u.IOC.dwNumberOfBytesTransferred = 0;
  slot->state.u.IOC.dwCompletionKey = (DWORD_PTR)slot;
  slot->state.u.IOC.lpOverlapped = NULL;
  bench_add_async(&slot->state, binding, number, 1);
}

static struct slot *slot_wait(HANDLE port)
{
  DWORD bytes;
  ULONG_PTR key = 0;
  OVERLAPPED *overlapped;
  LONG sum = 0;
  if (!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, PATIENCE))
    give_up("flight", WAIT_TIMEOUT);
  struct slot *slot = (struct slot *)key;
  RPC_STATUS status = RpcAsyncCompleteCall(&slot->state, &sum);
  if (status != RPC_S_OK || sum != slot->number + 1)
    give_up("flight", status);
  return slot;
}

static double flight(int count)
{
  struct slot *slots = calloc(count, sizeof(*slots));
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  if (!slots || !port)
    give_up("flight", ERROR_NOT_ENOUGH_MEMORY);
  LONG number = 0, done = 0;
  for (int i = 0; i < count; i++)
    slot_start(&slots[i], port, number++);
  for (int i = 0; i < WARM_UP + count; i++)
    slot_start(slot_wait(port), port, number++);
  double start = now_us(), end = start;
  while (end - start < measure_us) {
    slot_start(slot_wait(port), port, number++);
    done++;
    end = now_us();
  }
  for (int i = 0; i < count; i++)
    slot_wait(port);
  CloseHandle(port);
  free(slots);
  return done * 1e6 / (end - start);
}

static void bind_to(const char *protseq, const char *endpoint)
{
  RPC_CSTR text;
  const char *address = strcmp(protseq, "ncalrpc") ? "127.0.0.1" : "";
  RPC_STATUS status = RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, (RPC_CSTR)address,
                                               (RPC_CSTR)endpoint, NULL, &text);
  if (status == RPC_S_OK)
    status = RpcBindingFromStringBindingA(text, &binding);
  if (status != RPC_S_OK)
    give_up("binding", status);
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
  if (argc < 5)
    return 2;
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  SetUnhandledExceptionFilter(on_exception);
  bind_to(argv[1], argv[2]);
  measure_us = atof(argv[3]) * 1000;
  event = CreateEventW(NULL, FALSE, FALSE, NULL);
  for (int i = 4; i < argc; i++) {
    if (!strcmp(argv[i], "sync"))
      printf("sync %.2f\n", latency(call_sync));
    else if (!strcmp(argv[i], "event"))
      printf("event %.2f\n", latency(call_event));
    else if (!strncmp(argv[i], "flight:", 7))
      printf("%s %.1f\n", argv[i], flight(atoi(argv[i] + 7)));
    else if (!strcmp(argv[i], "stop"))
      bench_stop(binding);
    fflush(stdout);
  }
  TerminateProcess(GetCurrentProcess(), 0);
}

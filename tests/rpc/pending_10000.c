/*
 * Ten thousand calls pending at once between one client process and one server process: no
 * thread waits for any of them, each costs the server little memory, and each gets its own
 * answer whatever the order in which they end.
 */
#include "async_call.h"
#include "held_calls.h"
#include "server.h"
#include "usage.h"

#include <stdlib.h>

#define CALLS          10000
#define WARM_UP        200
#define MAX_THREADS    32
#define BYTES_PER_CALL 4096

struct pending {
  RPC_ASYNC_STATE state;
  LONG answer;
};

static void start(struct server *server, struct pending *pending, HANDLE port, LONG number)
{
  CHECK_EQ(RpcAsyncInitializeHandle(&pending->state, sizeof(pending->state)), RPC_S_OK);
  pending->state.NotificationType = RpcNotificationTypeIoc;
  pending->state.u.IOC.hIOPort = port;
  pending->state.u.IOC.dwNumberOfBytesTransferred = 0;
  pending->state.u.IOC.dwCompletionKey = (DWORD_PTR)pending;
  pending->state.u.IOC.lpOverlapped = NULL;
  pending->answer = -1;
  async_hold(&pending->state, server->binding, number, &pending->answer);
}

/*
 * Takes the next notification, and its answer: the notification must be of a call of ours, and
 * its first.
 */
static void finish_one(struct pending *calls, HANDLE port, LONG count)
{
  DWORD bytes;
  ULONG_PTR key;
  OVERLAPPED *overlapped;
  CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE));
  struct pending *pending = (struct pending *)key;
  CHECK(pending >= calls && pending < calls + count && pending->answer == -1);
  CHECK_EQ(RpcAsyncCompleteCall(&pending->state, NULL), RPC_S_OK);
  CHECK_EQ(pending->answer, held_answer(pending - calls));
}

static void hold_all(struct server *server, struct pending *calls, HANDLE port, LONG count)
{
  for (LONG i = 0; i < count; i++)
    start(server, &calls[i], port, i);
  server_wait_held(server, count);
}

static void release_all(struct server *server, struct pending *calls, HANDLE port, LONG count)
{
  CHECK_EQ(control_release_all(server->control, 20250 + count), count);
  for (LONG i = 0; i < count; i++)
    finish_one(calls, port, count);
}

static void check_usage(struct server *server, hyper bytes_before)
{
  LONG threads = 0;
  hyper bytes = 0;
  control_usage(server->control, &threads, &bytes);
  test_note("server: %ld threads, %lld bytes a call; client: %ld threads", (long)threads,
            (long long)(bytes - bytes_before) / CALLS, usage_threads());
  CHECK_AT_MOST(threads, MAX_THREADS);
  CHECK_AT_MOST(usage_threads(), MAX_THREADS);
  CHECK_AT_MOST((bytes - bytes_before) / CALLS, BYTES_PER_CALL);
}

static void pend(enum wire wire)
{
  struct server server;
  LONG threads;
  hyper bytes_before;
  struct pending *calls = calloc(CALLS, sizeof(*calls));
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  CHECK(calls && port);
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);

  /* What the first calls allocate for good is not what a pending call costs. */
  hold_all(&server, calls, port, WARM_UP);
  release_all(&server, calls, port, WARM_UP);
  control_usage(server.control, &threads, &bytes_before);

  hold_all(&server, calls, port, CALLS);
  for (LONG i = 0; i < CALLS; i += 97)
    CHECK_EQ(RpcAsyncGetCallStatus(&calls[i].state), RPC_S_ASYNC_CALL_PENDING);
  check_usage(&server, bytes_before);
  /* The way is free for others all the while. */
  CHECK_EQ(sync_add(server.binding, 2, 3), 5);
  release_all(&server, calls, port, CALLS);

  server_stop(&server);
  CloseHandle(port);
  free(calls);
}

TEST_WITHIN(ten_thousand_calls_pending_local, 120000)
{
  pend(WIRE_LOCAL);
}

TEST_WITHIN(ten_thousand_calls_pending_tcp, 120000)
{
  pend(WIRE_TCP);
}

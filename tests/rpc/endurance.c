/*
 * Endurance: a server that is called, cancelled, dropped and left by dying clients without a
 * pause, and that has as many threads, handles, context handles and as much memory afterwards
 * as before.
 *
 * Client threads choose at random what they do. Calls that are held in the server are released
 * by a sweeper, to the very end: those of clients that have died come late. Meanwhile other
 * clients come, leave calls and context handles pending, and are killed, and strangers come
 * that break off in the middle of a PDU. The first quarter of the time is the warm-up: what is
 * used after it is what there may be at the end.
 *
 * ASYNCSHIM_ENDURANCE_SECONDS says how long each test goes on (default 35: the three together
 * are two minutes).
 */
#include "async_call.h"
#include "held_calls.h"
#include "procedures.h"
#include "raw_client.h"
#include "usage.h"

#include <stdlib.h>

#define SECONDS       35
#define CLIENTS       4
#define LOST_CALLS    20 /* that a client has when it is killed */
#define LOST_SESSIONS 3
#define LARGE         (192 * 1024)
#define LIST          200
#define TIME_OUT_MS   20
/* Workers that are idle end after 5 s. */
#define SETTLE_MS 60000

/* What there may be more of at the end. */
/* Workers stay as long as a read that they have started is pending: there is one on each
 * connection, and whose it is is chance. */
#define THREADS_ALLOWED 24
#define HANDLES_ALLOWED 16
#define BLOCKS_ALLOWED  256
#define BYTES_ALLOWED   (6 * 1024 * 1024)
#define THREAD_BYTES    (1088 * 1024) /* of each thread more: its stack, which Wine commits */

/* ---- what is going on ---- */

struct endurance {
  struct server server;
  enum managers managers;
  ULONGLONG until;
  HANDLE sweeper;
  volatile LONG swept; /* the sweeper's: calls released */
  volatile LONG over;  /* for the sweeper */
  volatile LONG actions;
};

struct client {
  struct endurance *endurance;
  HANDLE thread;
  unsigned long seed;
  LONG number; /* of the next call that is held */
  RPC_BINDING_HANDLE binding;
};

static unsigned long chance(struct client *client, unsigned long limit)
{
  client->seed = client->seed * 1664525u + 1013904223u;
  return (client->seed >> 8) % limit;
}

/* ---- what a client does ---- */

static void add(struct client *client)
{
  CHECK_EQ(sync_add(client->binding, client->number, 4), client->number + 4);
}

static void add_asynchronously(struct client *client)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  async_add(&call.state, client->binding, client->number, 5);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, client->number + 5);
}

static void echo(struct client *client)
{
  LONG size = (LONG)chance(client, LARGE), count = 0;
  byte *data = calloc(size + 1, 1), *reply = NULL;
  CHECK(data);
  memset(data, (int)chance(client, 256), size);
  sync_echo(client->binding, size, data, &count, &reply);
  CHECK(count == size && !memcmp(data, reply, size));
  midl_user_free(reply);
  free(data);
}

static void reverse(struct client *client)
{
  node_t nodes[LIST], *list = nodes, *next;
  memset(nodes, 0, sizeof(nodes));
  for (int i = 0; i < LIST; i++) {
    nodes[i].value = i;
    nodes[i].next = i + 1 < LIST ? &nodes[i + 1] : NULL;
  }
  CHECK_EQ(sync_reverse(client->binding, &list), LIST);
  CHECK_EQ(list->value, LIST - 1);
  /* Those of ours that are in the list again are not the heap's. */
  for (; list; list = next) {
    next = list->next;
    if (list < nodes || list >= nodes + LIST)
      midl_user_free(list);
  }
}

static void fail(struct client *client)
{
  LONG never = 0;
  CHECK_EQ(RAISED(sync_fail, client->binding, 4711, &never), 4711);
}

static void use_session(struct client *client)
{
  session_t session = NULL;
  sync_session_open(client->binding, 3, &session);
  CHECK_EQ(sync_session_add(session, 4), 7);
  sync_session_close(&session);
  CHECK(!session);
}

/* The server runs it down when the connections of this binding have gone. */
static void leave_session(struct client *client)
{
  session_t session = NULL;
  RPC_BINDING_HANDLE own =
      endpoint_bind(client->endurance->server.wire, client->endurance->server.endpoint);
  CHECK_EQ(RpcBindingSetOption(own, RPC_C_OPT_UNIQUE_BINDING, TRUE), RPC_S_OK);
  sync_session_open(own, 3, &session);
  CHECK_EQ(RpcSmDestroyClientContext(&session), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&own), RPC_S_OK);
}

/* Returns with the call pending, or complete. */
static void start_held(struct client *client, struct async_call *call,
                       RPC_BINDING_HANDLE binding, LONG *answer)
{
  *answer = -1;
  async_call_init(call);
  async_hold(&call->state, binding, ++client->number, answer);
}

static void finish_held(struct client *client, struct async_call *call, const LONG *answer)
{
  CHECK_EQ(async_call_finish(call, NULL), RPC_S_OK);
  CHECK_EQ(*answer, held_answer(client->number));
}

/* It may have been answered before it was cancelled. */
static void finish_cancelled(struct client *client, struct async_call *call, const LONG *answer)
{
  RPC_STATUS status = async_call_finish(call, NULL);
  CHECK(status == RPC_S_OK || status == RPC_S_CALL_CANCELLED);
  CHECK_EQ(*answer, status == RPC_S_OK ? held_answer(client->number) : -1);
}

static void hold(struct client *client)
{
  struct async_call call;
  LONG answer;
  start_held(client, &call, client->binding, &answer);
  finish_held(client, &call, &answer);
}

static void hold_without_binding(struct client *client)
{
  struct async_call call;
  LONG answer;
  RPC_BINDING_HANDLE own =
      endpoint_bind(client->endurance->server.wire, client->endurance->server.endpoint);
  start_held(client, &call, own, &answer);
  CHECK_EQ(RpcBindingFree(&own), RPC_S_OK);
  finish_held(client, &call, &answer);
}

static void cancel(struct client *client)
{
  struct async_call call;
  LONG answer;
  start_held(client, &call, client->binding, &answer);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  finish_cancelled(client, &call, &answer);
}

static void cancel_at_once(struct client *client)
{
  struct async_call call;
  LONG answer;
  start_held(client, &call, client->binding, &answer);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  finish_cancelled(client, &call, &answer);
}

static void run_out_of_time(struct client *client)
{
  LONG answer = -1;
  DWORD raised;
  RPC_BINDING_HANDLE own =
      endpoint_bind(client->endurance->server.wire, client->endurance->server.endpoint);
  CHECK_EQ(RpcBindingSetOption(own, RPC_C_OPT_CALL_TIMEOUT, TIME_OUT_MS), RPC_S_OK);
  raised = RAISED(sync_hold, own, ++client->number, &answer);
  CHECK(raised == RPC_S_CALL_CANCELLED || (!raised && answer == held_answer(client->number)));
  CHECK_EQ(RpcBindingFree(&own), RPC_S_OK);
}

static void (*const actions[])(struct client *client) = {
    add,
    add,
    echo,
    reverse,
    fail,
    use_session,
    hold,
    hold_without_binding,
    leave_session,
    cancel,
    add,
    cancel_at_once,
    echo,
    hold,
    cancel_at_once,
    run_out_of_time,
    add_asynchronously,
};

static DWORD WINAPI client_main(void *context)
{
  struct client *client = context;
  struct endurance *endurance = client->endurance;
  client->binding = endpoint_bind(endurance->server.wire, endurance->server.endpoint);
  while (GetTickCount64() < endurance->until) {
    actions[chance(client, ARRAYSIZE(actions))](client);
    InterlockedIncrement(&endurance->actions);
  }
  CHECK_EQ(RpcBindingFree(&client->binding), RPC_S_OK);
  return 0;
}

static DWORD WINAPI sweeper_main(void *context)
{
  struct endurance *endurance = context;
  while (!endurance->over)
    endurance->swept += control_sweep(endurance->server.control);
  return 0;
}

static void start_sweeping(struct endurance *endurance)
{
  endurance->sweeper = CreateThread(NULL, 0, sweeper_main, endurance, 0, NULL);
  CHECK(endurance->sweeper);
}

static void stop_sweeping(struct endurance *endurance)
{
  endurance->over = 1;
  CHECK_SIGNALLED(endurance->sweeper);
  CloseHandle(endurance->sweeper);
}

/* ---- those who are lost ---- */

/* lost_client WIRE ENDPOINT: leaves calls and context handles behind. */
HELPER(lost_client)
{
  static struct async_call calls[LOST_CALLS];
  static LONG answers[LOST_CALLS];
  session_t sessions[LOST_SESSIONS];
  CHECK_EQ(argc, 2);
  RPC_BINDING_HANDLE binding = endpoint_bind(argv[0][0] - '0', argv[1]);
  for (int i = 0; i < LOST_SESSIONS; i++)
    sync_session_open(binding, i, &sessions[i]);
  for (int i = 0; i < LOST_CALLS; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&calls[i].state, sizeof(calls[i].state)), RPC_S_OK);
    calls[i].state.NotificationType = RpcNotificationTypeNone;
    async_hold(&calls[i].state, binding, -i, &answers[i]);
  }
  helper_ready("calls are pending");
  helper_wait_for_stop();
}

/*
 * Over TCP it is not killed but ends: Wine's server keeps a socket for good whose process was
 * killed in the middle of an operation on it.
 */
static void lose_client(struct endurance *endurance)
{
  struct helper client;
  char arguments[80];
  snprintf(arguments, sizeof(arguments), "%d %s", endurance->server.wire,
           endurance->server.endpoint);
  helper_start(&client, "lost_client", arguments, RUNTIME_SHIM);
  if (endurance->server.wire == WIRE_LOCAL)
    helper_kill(&client);
  else
    helper_stop(&client);
}

static void come_and_break_off(struct endurance *endurance)
{
  struct raw_client client = {0};
  LONG stub[2] = {0, 0};
  raw_connect(&client.peer, endurance->server.wire, endurance->server.endpoint);
  raw_client_bind(&client, 0);
  raw_client_request_part(&client, 2, 1, RAW_FIRST, stub, sizeof(stub));
  raw_send(&client.peer, client.pdu, 10);
  raw_close(&client.peer);
}

/* ---- the measure ---- */

struct usage {
  LONG threads;
  LONG handles;
  LONG heap_blocks;
  LONG sessions;
  LONG blocks;
  hyper bytes;
};

static struct usage server_usage(struct endurance *endurance)
{
  struct usage usage = {0};
  control_usage(endurance->server.control, &usage.threads, &usage.bytes);
  control_left(endurance->server.control, &usage.handles, &usage.heap_blocks, &usage.sessions,
               &usage.blocks);
  return usage;
}

static struct usage own_usage(void)
{
  struct usage usage = {usage_threads(), usage_handles(), usage_heap_blocks(),
                        session_count(), midl_blocks(),   usage_private_bytes()};
  return usage;
}

static hyper bytes_allowed(const struct usage *now, const struct usage *before)
{
  LONG more = now->threads > before->threads ? now->threads - before->threads : 0;
  return before->bytes + BYTES_ALLOWED + (hyper)more * THREAD_BYTES;
}

static bool is_within(const struct usage *now, const struct usage *before)
{
  return now->threads <= before->threads + THREADS_ALLOWED &&
         now->handles <= before->handles + HANDLES_ALLOWED &&
         now->heap_blocks <= before->heap_blocks + BLOCKS_ALLOWED && !now->sessions &&
         !now->blocks && now->bytes <= bytes_allowed(now, before);
}

static void report(const char *who, const struct usage *usage)
{
  test_note("%s: %ld threads, %ld handles, %ld heap blocks, %ld context handles, %ld blocks, "
            "%lld KiB",
            who, (long)usage->threads, (long)usage->handles, (long)usage->heap_blocks,
            (long)usage->sessions, (long)usage->blocks, (long long)usage->bytes / 1024);
}

static void check_within(const struct usage *now, const struct usage *before)
{
  CHECK_AT_MOST(now->threads, before->threads + THREADS_ALLOWED);
  CHECK_AT_MOST(now->handles, before->handles + HANDLES_ALLOWED);
  CHECK_AT_MOST(now->heap_blocks, before->heap_blocks + BLOCKS_ALLOWED);
  CHECK_EQ(now->sessions, 0);
  CHECK_EQ(now->blocks, 0);
  CHECK_AT_MOST(now->bytes, bytes_allowed(now, before));
}

/* The last ones are let go of: polls until it is so, or has not come about for a long time. */
static void settle(struct endurance *endurance, struct usage *server, struct usage *own,
                   const struct usage *server_before, const struct usage *own_before)
{
  ULONGLONG limit = GetTickCount64() + SETTLE_MS;
  do {
    Sleep(50);
    *server = server_usage(endurance);
    *own = own_usage();
  } while (!(is_within(server, server_before) && is_within(own, own_before)) &&
           GetTickCount64() < limit);
}

/* The same for the first time: until no thread has ended for a while. */
static void settle_down(struct endurance *endurance, struct usage *server, struct usage *own)
{
  ULONGLONG since = GetTickCount64(), limit = since + SETTLE_MS;
  LONG threads = 0;
  do {
    Sleep(50);
    *server = server_usage(endurance);
    *own = own_usage();
    if (server->threads + own->threads != threads || server->sessions || server->blocks)
      since = GetTickCount64();
    threads = server->threads + own->threads;
  } while (GetTickCount64() - since < 7000 && GetTickCount64() < limit);
}

/* ---- the tests ---- */

static void go_on(struct endurance *endurance, ULONGLONG ms)
{
  struct client clients[CLIENTS];
  LONG swept = endurance->swept, lost = 0;
  endurance->until = GetTickCount64() + ms;
  endurance->actions = 0;
  for (int i = 0; i < CLIENTS; i++) {
    clients[i] =
        (struct client){endurance, NULL, GetTickCount() + 77u * i, i * 100000000, NULL};
    clients[i].thread = CreateThread(NULL, 0, client_main, &clients[i], 0, NULL);
    CHECK(clients[i].thread);
  }
  while (GetTickCount64() < endurance->until) {
    lose_client(endurance);
    come_and_break_off(endurance);
    lost++;
  }
  for (int i = 0; i < CLIENTS; i++) {
    CHECK_SIGNALLED(clients[i].thread);
    CloseHandle(clients[i].thread);
  }
  test_note("%ld actions, %ld held calls, %ld lost clients", (long)endurance->actions,
            (long)(endurance->swept - swept), (long)lost);
}

static ULONGLONG duration(void)
{
  const char *wanted = getenv("ASYNCSHIM_ENDURANCE_SECONDS");
  long seconds = wanted ? atol(wanted) : SECONDS;
  CHECK(seconds > 0);
  return (ULONGLONG)seconds * 1000;
}

static void endure(enum wire wire, enum managers managers)
{
  struct endurance endurance = {.managers = managers};
  struct usage server_before, own_before, server_after, own_after;
  ULONGLONG ms = duration();
  test_watch((DWORD)ms + 2 * SETTLE_MS + 30000);
  server_start(&endurance.server, wire, IN_ANOTHER_PROCESS, managers, RUNTIME_SHIM);
  start_sweeping(&endurance);
  go_on(&endurance, ms / 4);
  settle_down(&endurance, &server_before, &own_before);
  report("server, before", &server_before);
  report("client, before", &own_before);
  go_on(&endurance, ms - ms / 4);
  settle(&endurance, &server_after, &own_after, &server_before, &own_before);
  report("server, after", &server_after);
  report("client, after", &own_after);
  check_within(&server_after, &server_before);
  check_within(&own_after, &own_before);
  stop_sweeping(&endurance);
  server_stop(&endurance.server);
}

#define ENDURANCE_TEST(name, wire, managers)                                                   \
  TEST_WITHIN(name, 4000000)                                                                   \
  {                                                                                            \
    endure(wire, managers);                                                                    \
  }

ENDURANCE_TEST(asynchronous_managers_local, WIRE_LOCAL, MANAGERS_ASYNC)
ENDURANCE_TEST(asynchronous_managers_tcp, WIRE_TCP, MANAGERS_ASYNC)
ENDURANCE_TEST(synchronous_managers_local, WIRE_LOCAL, MANAGERS_SYNC)

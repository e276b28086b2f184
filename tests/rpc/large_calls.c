/*
 * Calls with 64 MiB of data either way: whole and right, and in nobody's way. Where it matters
 * that a transfer is still under way, a raw peer holds it up by not reading.
 */
#include "async_call.h"
#include "procedures.h"
#include "raw_client.h"
#include "raw_server.h"
#include "usage.h"

#include <stdlib.h>

#define LARGE (64 << 20)
/* More than pipes and sockets hold, for peers that do not read. */
#define UNREAD (16 << 20)

#define OP_ADD         0
#define OP_HOLD_MEMORY 3
#define OP_ECHO        14

static byte *make_data(LONG size)
{
  byte *data = malloc(size);
  CHECK(data);
  for (LONG i = 0; i < size; i++)
    data[i] = (byte)(i * 7 + (i >> 9) + (i >> 17));
  return data;
}

/* Frees what the call has returned. */
static void check_reply(const byte *data, LONG size, byte *reply, LONG count)
{
  CHECK_EQ(count, size);
  CHECK(!memcmp(reply, data, size));
  midl_user_free(reply);
}

ON_LOCAL_AND_REMOTE(sixty_four_mib_each_way_asynchronous)
{
  struct async_call call;
  LONG count = 0;
  byte *reply = NULL, *data = make_data(LARGE);
  async_call_init(&call);
  async_echo(&call.state, server->binding, LARGE, data, &count, &reply);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  check_reply(data, LARGE, reply, count);
  free(data);
}

ON_LOCAL_AND_REMOTE(sixty_four_mib_each_way_synchronous)
{
  LONG count = 0;
  byte *reply = NULL, *data = make_data(LARGE);
  sync_echo(server->binding, LARGE, data, &count, &reply);
  check_reply(data, LARGE, reply, count);
  free(data);
}

/* ---- small calls pass by ---- */

struct small_caller {
  RPC_BINDING_HANDLE binding;
  HANDLE stop;
  LONG calls;
};

/* Asynchronous and synchronous calls in turn. */
static DWORD WINAPI call_until_stopped(void *context)
{
  struct small_caller *caller = context;
  for (LONG i = 0; WaitForSingleObject(caller->stop, 0) == WAIT_TIMEOUT; i++) {
    struct async_call call;
    LONG sum = 0;
    async_call_init(&call);
    async_add(&call.state, caller->binding, i, 5);
    CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
    CHECK_EQ(sum, i + 5);
    CHECK_EQ(sync_add(caller->binding, i, 7), i + 7);
    InterlockedIncrement(&caller->calls);
  }
  return 0;
}

#define CALLERS                                                                                \
  9 /* more than there are lanes for asynchronous calls: one shares the large one's */

ON_LOCAL_AND_REMOTE(small_calls_of_the_binding_complete_around_a_large_one)
{
  struct small_caller callers[CALLERS];
  HANDLE threads[CALLERS], stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  struct async_call call;
  LONG count = 0;
  byte *reply = NULL, *data = make_data(LARGE);
  async_call_init(&call);
  async_echo(&call.state, server->binding, LARGE, data, &count, &reply);
  for (int i = 0; i < CALLERS; i++) {
    callers[i] = (struct small_caller){server->binding, stop, 0};
    threads[i] = CreateThread(NULL, 0, call_until_stopped, &callers[i], 0, NULL);
    CHECK(threads[i]);
  }
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  SetEvent(stop);
  for (int i = 0; i < CALLERS; i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
    test_note("thread %d: %ld small calls", i, callers[i].calls);
  }
  check_reply(data, LARGE, reply, count);
  free(data);
  CloseHandle(stop);
}

/* The large request cannot end before the small call has: nobody reads it meanwhile. */
TO_A_RAW_SERVER(small_request_passes_by_a_large_one_on_its_connection)
{
  struct async_call large, small;
  LONG count = 0, sum = 0;
  byte *reply = NULL, *data = make_data(UNREAD);
  async_call_init(&large);
  async_echo(&large.state, server->binding, UNREAD, data, &count, &reply);
  free(data);
  raw_server_take_over(server);
  unsigned large_id = raw_server_receive_first(server, OP_ECHO);
  async_call_init(&small);
  async_add(&small.state, server->other, 40, 2);
  unsigned call_id = raw_server_receive(server);
  for (; call_id == large_id; call_id = raw_server_receive(server))
    CHECK(!raw_server_is_last(server));
  CHECK(raw_server_is_first(server) && raw_server_is_last(server));
  raw_server_answer(server, call_id, 0);
  CHECK_EQ(async_call_finish(&small, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
  CHECK_EQ(RpcAsyncGetCallStatus(&large.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(RpcAsyncCancelCall(&large.state, TRUE), RPC_S_OK);
  CHECK_EQ(async_call_finish(&large, NULL), RPC_S_CALL_CANCELLED);
}

static void with_raw_client(enum wire wire,
                            void (*test)(struct raw_client *client, struct server *server))
{
  static struct raw_client client;
  struct server server;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  raw_connect(&client.peer, wire, server.endpoint);
  raw_client_bind(&client, 0);
  test(&client, &server);
  raw_close(&client.peer);
  server_stop(&server);
}

#define FROM_A_RAW_CLIENT(name)                                                                \
  static void name##_from(struct raw_client *client, struct server *server);                   \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    with_raw_client(WIRE_LOCAL, name##_from);                                                  \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    with_raw_client(WIRE_TCP, name##_from);                                                    \
  }                                                                                            \
  static void name##_from(struct raw_client *client, struct server *server)

#define PART 1024

/* Asks for a reply of UNREAD bytes, which the server has begun to send when this returns. */
static void ask_for_large_reply(struct raw_client *client, struct server *server,
                                unsigned call_id)
{
  /* number, no list, count, the array's size, its bytes */
  LONG stub[4 + PART / 4] = {1, 0, PART, PART};
  raw_client_request_part(client, call_id, OP_HOLD_MEMORY, RAW_FIRST | RAW_LAST, stub,
                          sizeof(stub));
  CHECK_EQ(server_release(server, 1, UNREAD / PART), RPC_S_OK);
}

FROM_A_RAW_CLIENT(small_reply_passes_by_a_large_one_on_its_connection)
{
  size_t length = 0;
  bool small_seen = false;
  ask_for_large_reply(client, server, 2);
  raw_client_request(client, 3, OP_ADD, 30);
  for (;;) {
    CHECK(raw_receive(&client->peer, client->pdu));
    CHECK_EQ(client->pdu[RAW_TYPE], RAW_RESPONSE);
    if (raw_get32(client->pdu, RAW_CALL_ID) == 3) {
      CHECK_EQ(raw_get32(client->pdu, 24), 30);
      small_seen = true;
      continue;
    }
    length += raw_get16(client->pdu, RAW_FRAGMENT_LENGTH) - 24;
    if (client->pdu[RAW_FLAGS] & RAW_LAST)
      break;
    CHECK_EQ(raw_get32(client->pdu, RAW_CALL_ID), 2);
  }
  CHECK(small_seen);
  CHECK(length > UNREAD);
}

/* ---- large calls whose thread has gone ---- */

#define ENDING_THREADS 50
#define MEDIUM         (3 << 20)

struct ending {
  RPC_BINDING_HANDLE binding;
  struct async_call call;
  const byte *data;
  LONG count;
  byte *reply;
};

static DWORD WINAPI call_and_end(void *context)
{
  struct ending *ending = context;
  async_echo(&ending->call.state, ending->binding, MEDIUM, (byte *)ending->data, &ending->count,
             &ending->reply);
  return 0;
}

/* What it has begun to send goes on without it. */
ON_LOCAL_AND_REMOTE(large_calls_outlive_the_thread_that_made_them)
{
  byte *data = make_data(MEDIUM);
  for (int i = 0; i < ENDING_THREADS; i++) {
    struct ending ending = {.binding = server->binding, .data = data};
    async_call_init(&ending.call);
    HANDLE thread = CreateThread(NULL, 0, call_and_end, &ending, 0, NULL);
    CHECK(thread);
    CHECK_EQ(async_call_finish(&ending.call, NULL), RPC_S_OK);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
    check_reply(data, MEDIUM, ending.reply, ending.count);
  }
  free(data);
}

/* ---- a large call that comes to no good ---- */

#define ROUNDS 8
#define LEFT   (24 << 20) /* bytes: less than what one call has */

ON_LOCAL_AND_REMOTE(abortive_cancel_in_the_middle_leaves_the_connection_usable)
{
  byte *data = make_data(LARGE);
  long long before = 0;
  for (int i = 0; i < ROUNDS; i++) {
    struct async_call large, small;
    LONG count = 0, sum = 0;
    byte *reply = NULL;
    async_call_init(&large);
    async_echo(&large.state, server->binding, LARGE, data, &count, &reply);
    CHECK_EQ(RpcAsyncCancelCall(&large.state, TRUE), RPC_S_OK);
    CHECK(async_call_is_notified(&large));
    CHECK_EQ(RpcAsyncCompleteCall(&large.state, NULL), RPC_S_CALL_CANCELLED);
    async_call_close(&large);
    async_call_init(&small);
    async_add(&small.state, server->binding, i, 1);
    CHECK_EQ(async_call_finish(&small, &sum), RPC_S_OK);
    CHECK_EQ(sum, i + 1);
    CHECK(!reply);
    if (!i)
      before = usage_private_bytes();
  }
  CHECK_AT_MOST(usage_private_bytes() - before, LEFT);
  free(data);
}

static bool is_lost(RPC_STATUS status)
{
  return status == RPC_S_CALL_FAILED || status == RPC_S_CALL_FAILED_DNE;
}

/* The binding is good for the next call, which opens another connection. */
static void check_next_call(struct raw_server *server)
{
  struct async_call call;
  LONG sum = 0;
  raw_server_expect(server);
  async_call_init(&call);
  async_add(&call.state, server->binding, 40, 2);
  raw_server_take_over(server);
  raw_server_answer(server, raw_server_receive_first(server, OP_ADD), 0);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
}

TO_A_RAW_SERVER(server_that_dies_in_a_large_request_fails_the_call_once)
{
  struct async_call large;
  LONG count = 0;
  byte *reply = NULL, *data = make_data(UNREAD);
  async_call_init(&large);
  async_echo(&large.state, server->binding, UNREAD, data, &count, &reply);
  free(data);
  raw_server_take_over(server);
  raw_server_receive_first(server, OP_ECHO);
  raw_close(&server->peer);
  CHECK_SIGNALLED(large.event);
  CHECK(is_lost(RpcAsyncCompleteCall(&large.state, NULL)));
  CHECK(!async_call_is_notified(&large));
  async_call_close(&large);
  CHECK(!reply);
  check_next_call(server);
}

TO_A_RAW_SERVER(server_that_dies_in_a_large_reply_fails_the_call_once)
{
  static const BYTE part[4096];
  struct async_call large;
  LONG count = 0;
  byte *reply = NULL;
  async_call_init(&large);
  async_echo(&large.state, server->binding, 1, (byte *)part, &count, &reply);
  raw_server_take_over(server);
  unsigned call_id = raw_server_receive_first(server, OP_ECHO);
  for (int i = 0; i < 100; i++) {
    size_t length = raw_make_response(server->pdu, call_id, part, sizeof(part));
    server->pdu[RAW_FLAGS] = i ? 0 : RAW_FIRST;
    raw_put32(server->pdu, RAW_ALLOC_HINT, LARGE - i * sizeof(part));
    CHECK(raw_send(&server->peer, server->pdu, length));
  }
  raw_close(&server->peer);
  CHECK_SIGNALLED(large.event);
  CHECK(is_lost(RpcAsyncCompleteCall(&large.state, NULL)));
  CHECK(!async_call_is_notified(&large));
  async_call_close(&large);
  CHECK(!reply);
  check_next_call(server);
}

/* The server gets rid of what it has of the calls of clients that have gone. */
static void wait_for_memory(long long before)
{
  while (usage_private_bytes() - before > LEFT)
    SwitchToThread();
}

FROM_A_RAW_CLIENT(client_that_dies_in_a_large_request_leaves_nothing_behind)
{
  static const BYTE part[4096];
  long long before = usage_private_bytes();
  for (int round = 0; round < 8; round++) {
    for (int i = 0; i < 1000; i++) {
      size_t length = raw_make_request(client->pdu, 2, OP_ECHO, part, sizeof(part));
      client->pdu[RAW_FLAGS] = RAW_MULTIPLEX | (i ? 0 : RAW_FIRST);
      raw_put32(client->pdu, RAW_ALLOC_HINT, LARGE - i * sizeof(part));
      CHECK(raw_send(&client->peer, client->pdu, length));
    }
    raw_close(&client->peer);
    raw_connect(&client->peer, server->wire, server->endpoint);
    raw_client_bind(client, 0);
  }
  wait_for_memory(before);
  CHECK_EQ(sync_add(server->binding, 1, 2), 3);
}

FROM_A_RAW_CLIENT(client_that_dies_in_a_large_reply_leaves_nothing_behind)
{
  long long before = usage_private_bytes();
  for (int round = 0; round < 8; round++) {
    ask_for_large_reply(client, server, 2);
    raw_close(&client->peer);
    raw_connect(&client->peer, server->wire, server->endpoint);
    raw_client_bind(client, 0);
  }
  wait_for_memory(before);
  CHECK_EQ(midl_blocks(), 0);
  CHECK_EQ(sync_add(server->binding, 1, 2), 3);
}

/*
 * Clients that want too much of a server: memory, connections, time. They get their share, and
 * a good client is served meanwhile. Limits are set low by the environment, before the runtime
 * reads them.
 */
#include <winsock2.h>

#include "procedures.h"
#include "raw_client.h"
#include "usage.h"

#include <stdlib.h>

#define OP_ADD  0
#define OP_HOLD 1
#define OP_ECHO 14

#define MIB             (1 << 20)
#define ACCESS_DENIED   5
#define SERVER_TOO_BUSY 0x1c010014 /* nca_s_server_too_busy */
#define NO_MEMORY       0x1c00001b /* nca_s_fault_remote_no_memory */

/* An array and its count. */
#define STUB_ROOM 4096

static void set_limit(const char *variable, int number)
{
  char text[16];
  snprintf(text, sizeof(text), "%d", number);
  CHECK(SetEnvironmentVariableA(variable, text));
}

static void connect_and_bind(struct raw_client *client, enum wire wire, const char *endpoint)
{
  memset(client, 0, sizeof(*client));
  raw_connect(&client->peer, wire, endpoint);
  raw_client_bind(client, 0);
}

/* One fragment of a request, of which there are `announced` bytes to come. */
static void send_fragment(struct raw_client *client, unsigned call_id, unsigned flags,
                          unsigned announced, const void *stub, size_t length)
{
  raw_make_request(client->pdu, call_id, OP_ECHO, stub, length);
  client->pdu[RAW_FLAGS] = (BYTE)(flags | RAW_MULTIPLEX);
  raw_put32(client->pdu, RAW_ALLOC_HINT, announced);
  CHECK(raw_send(&client->peer, client->pdu, 24 + length));
}

static void check_fault(struct raw_client *client, unsigned call_id, unsigned status)
{
  raw_client_receive(client, RAW_FAULT, call_id);
  CHECK_EQ(raw_get32(client->pdu, RAW_STATUS), status);
}

static void check_add(struct raw_client *client, unsigned call_id)
{
  raw_client_request(client, call_id, OP_ADD, 42);
  raw_client_receive(client, RAW_RESPONSE, call_id);
  CHECK_EQ(raw_get32(client->pdu, 24), 42);
}

/* ---- MaxRpcSize ---- */

static RPC_BINDING_HANDLE listen_with_max_rpc_size(enum wire wire, unsigned max_rpc_size,
                                                   char *endpoint, size_t size)
{
  endpoint_choose(wire, endpoint, size);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf2(sync_server_calls_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN,
                                RPC_C_LISTEN_MAX_CALLS_DEFAULT, max_rpc_size, NULL),
           RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

static DWORD echo(RPC_BINDING_HANDLE binding, LONG size)
{
  LONG count = 0;
  byte *reply = NULL, *data = calloc(1, size);
  CHECK(data);
  DWORD raised = RAISED(sync_echo, binding, size, data, &count, &reply);
  if (!raised) {
    CHECK_EQ(count, size);
    midl_user_free(reply);
  }
  free(data);
  return raised;
}

/* Microsoft, RpcServerRegisterIf2: MaxRpcSize has no effect on calls by ncalrpc. */
TEST(max_rpc_size_does_not_limit_local_calls)
{
  static const unsigned sizes[] = {0, 1, 65536};
  for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
    char endpoint[64];
    RPC_BINDING_HANDLE binding =
        listen_with_max_rpc_size(WIRE_LOCAL, sizes[i], endpoint, sizeof(endpoint));
    CHECK_EQ(sync_add(binding, 40, 2), 42);
    CHECK_EQ(echo(binding, MIB), 0);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
    CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
  }
}

TEST(calls_above_max_rpc_size_are_denied_by_tcp)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding =
      listen_with_max_rpc_size(WIRE_TCP, 65536, endpoint, sizeof(endpoint));
  CHECK_EQ(echo(binding, 60000), 0);
  CHECK_EQ(echo(binding, 100000), ACCESS_DENIED);
  CHECK_EQ(echo(binding, 4 * MIB), ACCESS_DENIED);
  CHECK_EQ(sync_add(binding, 40, 2), 42);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(a_small_max_rpc_size_denies_small_calls_by_tcp)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding =
      listen_with_max_rpc_size(WIRE_TCP, 1, endpoint, sizeof(endpoint));
  CHECK_EQ(RAISED(sync_add, binding, 40, 2), ACCESS_DENIED);
  sync_nothing(binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* As Windows does: without waiting for the end of it. */
TEST(the_fragment_that_passes_max_rpc_size_is_denied_at_once)
{
  static const BYTE stub[STUB_ROOM];
  static struct raw_client client;
  char endpoint[64];
  RPC_BINDING_HANDLE binding =
      listen_with_max_rpc_size(WIRE_TCP, 2 * STUB_ROOM, endpoint, sizeof(endpoint));
  connect_and_bind(&client, WIRE_TCP, endpoint);
  send_fragment(&client, 2, RAW_FIRST, 0, stub, STUB_ROOM);
  send_fragment(&client, 2, 0, 0, stub, STUB_ROOM);
  raw_client_sync(&client);
  send_fragment(&client, 2, 0, 0, stub, 8);
  check_fault(&client, 2, ACCESS_DENIED);
  /* The rest is dropped. */
  send_fragment(&client, 2, 0, 0, stub, STUB_ROOM);
  send_fragment(&client, 2, RAW_LAST, 0, stub, STUB_ROOM);
  /* Announced is enough. */
  send_fragment(&client, 3, RAW_FIRST, 2 * STUB_ROOM + 1, stub, 8);
  check_fault(&client, 3, ACCESS_DENIED);
  check_add(&client, 4);
  raw_close(&client.peer);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* ---- memory ---- */

/* A server in this process, which gives `mib` to all its clients. */
static void start_with_memory(struct server *server, enum wire wire, int mib)
{
  set_limit("ASYNCSHIM_PEER_MEMORY", mib);
  server_start(server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  CHECK_EQ(sync_add(server->binding, 40, 2), 42);
}

/* 64 MiB of a request that has no end: refused at half of the 16 MiB there are. */
ON_EACH_WIRE(a_request_that_never_ends_is_refused)
{
  static const BYTE stub[STUB_ROOM];
  static struct raw_client client;
  struct server server;
  start_with_memory(&server, wire, 16);
  connect_and_bind(&client, wire, server.endpoint);
  long long before = usage_private_bytes(), most = 0;
  for (int i = 0; i < 64 * MIB / STUB_ROOM; i++) {
    send_fragment(&client, 2, i ? 0 : RAW_FIRST, 0, stub, STUB_ROOM);
    if (i % 256 == 0 && usage_private_bytes() - before > most)
      most = usage_private_bytes() - before;
  }
  check_fault(&client, 2, NO_MEMORY);
  CHECK(most < 24 * MIB);
  send_fragment(&client, 2, RAW_LAST, 0, stub, 8);
  check_add(&client, 3);
  CHECK_EQ(sync_add(server.binding, 40, 2), 42);
  CHECK_EQ(echo(server.binding, MIB), 0);
  raw_close(&client.peer);
  server_stop(&server);
}

/* What this process has committed, touched or not. */
static long long committed_bytes(void)
{
  MEMORY_BASIC_INFORMATION region;
  long long total = 0;
  for (char *at = NULL; VirtualQuery(at, &region, sizeof(region));
       at = (char *)region.BaseAddress + region.RegionSize)
    if (region.State == MEM_COMMIT && region.Type == MEM_PRIVATE)
      total += (long long)region.RegionSize;
  return total;
}

/* Each announces 1 GiB, of which nothing has come. */
ON_EACH_WIRE(first_fragments_are_no_reason_to_allocate)
{
  static struct raw_client client;
  struct server server;
  start_with_memory(&server, wire, 64);
  connect_and_bind(&client, wire, server.endpoint);
  long long before = committed_bytes();
  for (unsigned i = 0; i < 1000; i++)
    send_fragment(&client, 2 + i, RAW_FIRST, 0x3fffffff, "abcdefgh", 8);
  check_add(&client, 1);
  CHECK(committed_bytes() - before < 32 * MIB);
  raw_close(&client.peer);
  server_stop(&server);
}

/* A call costs memory without any data, too. */
ON_EACH_WIRE(calls_without_end_are_refused_by_their_number)
{
  static struct raw_client client;
  struct server server;
  unsigned call_id = 2;
  start_with_memory(&server, wire, 2);
  connect_and_bind(&client, wire, server.endpoint);
  /* 16 KiB are everybody's; then it is half of what there is: far fewer than these. */
  for (int round = 0; round < 100; round++) {
    for (unsigned i = 0; i < 100; i++)
      send_fragment(&client, call_id++, RAW_FIRST, 0, NULL, 0);
    raw_client_alter(&client, RAW_SYNC_ID + call_id, 0);
    CHECK(raw_receive(&client.peer, client.pdu));
    if (client.pdu[RAW_TYPE] == RAW_FAULT)
      break;
    CHECK_EQ(client.pdu[RAW_TYPE], RAW_ALTER_CONTEXT_RESP);
  }
  CHECK_EQ(client.pdu[RAW_TYPE], RAW_FAULT);
  CHECK_EQ(raw_get32(client.pdu, RAW_STATUS), SERVER_TOO_BUSY);
  CHECK_EQ(sync_add(server.binding, 40, 2), 42);
  raw_close(&client.peer);
  /* What it had is there again, when the server has noticed. */
  while (echo(server.binding, MIB / 4))
    Sleep(20);
  server_stop(&server);
}

/* ---- answers that are not read ---- */

#define ECHO_SIZE  4096
#define ECHOES     16384
#define SMALL      200000
#define NO_OPNUM   1000
#define NO_CONTEXT 77
#define CONTEXT_ID 20 /* offset in a request */

struct flood {
  struct raw_client client;
  unsigned context;
  unsigned opnum;
  size_t size; /* of the stub data */
  unsigned count;
  unsigned answer;
  long long held; /* no more than that is */
  LONG sent;
};

/* false: the connection has ended. */
static bool send_requests(struct flood *flood)
{
  static BYTE batch[2 * RAW_PDU_ROOM], stub[8 + ECHO_SIZE];
  size_t gathered = 0;
  *(LONG *)stub = *(LONG *)(stub + 4) = ECHO_SIZE;
  for (unsigned i = 0; i < flood->count; i++) {
    BYTE *pdu = batch + gathered;
    gathered += raw_make_request(pdu, 2 + i, flood->opnum, stub, flood->size);
    raw_put16(pdu, CONTEXT_ID, flood->context);
    pdu[RAW_FLAGS] |= RAW_MULTIPLEX;
    if (i + 1 < flood->count && gathered + RAW_PDU_ROOM < sizeof(batch))
      continue;
    if (!raw_send(&flood->client.peer, batch, gathered))
      return false;
    gathered = 0;
    InterlockedExchange(&flood->sent, i + 1);
  }
  return true;
}

static DWORD WINAPI run_flood(void *context)
{
  send_requests(context);
  return 0;
}

/* Until no more gets through for a while; whether it is held up for good is not asked. */
static void wait_until_quiet(struct flood *flood)
{
  LONG before = -1;
  for (int quiet = 0; quiet < 20;) {
    LONG now = InterlockedCompareExchange(&flood->sent, 0, 0);
    quiet = now == before ? quiet + 1 : 0;
    before = now;
    Sleep(50);
  }
}

/* Few of the answers are held, and they come once the client reads. */
static void flood_and_read(enum wire wire, struct flood *flood, unsigned to_read)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct server server;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  connect_and_bind(&flood->client, wire, server.endpoint);
  CHECK_EQ(sync_add(server.binding, 40, 2), 42);
  long long before = usage_private_bytes();
  HANDLE thread = CreateThread(NULL, 0, run_flood, flood, 0, NULL);
  CHECK(thread);
  wait_until_quiet(flood);
  CHECK(usage_private_bytes() - before < flood->held);
  CHECK(InterlockedCompareExchange(&flood->sent, 0, 0) < (LONG)flood->count);
  CHECK_EQ(sync_add(server.binding, 40, 2), 42);
  for (unsigned i = 0; i < to_read; i++) {
    CHECK(raw_receive(&flood->client.peer, pdu));
    CHECK_EQ(pdu[RAW_TYPE], flood->answer);
  }
  if (to_read == flood->count)
    CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  server_stop(&server);
}

/* 64 MiB of requests, and as much of responses. */
ON_EACH_WIRE(a_client_that_reads_no_responses_is_not_read)
{
  static struct flood flood = {.opnum = OP_ECHO,
                               .size = 8 + ECHO_SIZE,
                               .count = ECHOES,
                               .answer = RAW_RESPONSE,
                               .held = 40 * MIB};
  flood_and_read(wire, &flood, ECHOES);
}

/* Calls that end as soon as they are dispatched, and before: 40 MiB of faults and what holds
 * them. (A socket keeps more of those itself than can be sent here.) */
TEST_WITHIN(a_client_that_reads_no_faults_is_not_read, 60000)
{
  static struct flood flood = {
      .opnum = NO_OPNUM, .count = SMALL, .answer = RAW_FAULT, .held = 16 * MIB};
  flood_and_read(WIRE_LOCAL, &flood, 1000);
}

TEST_WITHIN(a_client_that_reads_no_refusals_is_not_read, 60000)
{
  static struct flood flood = {
      .context = NO_CONTEXT, .count = SMALL, .answer = RAW_FAULT, .held = 16 * MIB};
  flood_and_read(WIRE_LOCAL, &flood, 1000);
}

/* It gets no more turns, but it is read for as long as there is room for its calls. */
TEST(cancels_are_read_while_answers_are_not)
{
  static struct flood flood = {.opnum = OP_ECHO, .size = 8 + ECHO_SIZE, .count = 1000};
  struct server server;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  connect_and_bind(&flood.client, WIRE_LOCAL, server.endpoint);
  raw_client_request(&flood.client, 1, OP_HOLD, 7);
  server_wait_held(&server, 1);
  CHECK(send_requests(&flood));
  raw_client_send(&flood.client, RAW_CO_CANCEL, 1);
  server_wait_cancelled(&server, 7);
  CHECK_EQ(server_release(&server, 7, 42), RPC_S_OK);
  for (unsigned i = 0; i < 1 + flood.count; i++) {
    CHECK(raw_receive(&flood.client.peer, flood.client.pdu));
    CHECK_EQ(flood.client.pdu[RAW_TYPE], RAW_RESPONSE);
  }
  raw_close(&flood.client.peer);
  server_stop(&server);
}

#define HELD 7

/* One call that the server holds, and then requests until no more get through; the answers are
 * not read. */
static void hold_and_flood(enum wire wire, const char *endpoint)
{
  static struct flood flood = {.opnum = OP_ECHO, .size = 8 + ECHO_SIZE, .count = ECHOES};
  DWORD timeout = 1000;
  connect_and_bind(&flood.client, wire, endpoint);
  if (wire == WIRE_TCP)
    CHECK_EQ(setsockopt(flood.client.peer.socket, SOL_SOCKET, SO_SNDTIMEO, (char *)&timeout,
                        sizeof(timeout)),
             0);
  raw_client_request(&flood.client, 1, OP_HOLD, HELD);
  helper_ready("");
  CHECK(!send_requests(&flood));
  raw_close(&flood.client.peer);
}

/* flooder WIRE ENDPOINT: on a pipe, until it is killed; on TCP, where Wine may leave the
 * connection of a process that is killed while it sends, until nothing gets through for a
 * second. */
HELPER(flooder)
{
  CHECK_EQ(argc, 2);
  hold_and_flood(atoi(argv[0]), argv[1]);
  helper_wait_for_stop();
}

/* Its connection ends with it, though nobody reads it at that moment: the call that is held is
 * told so. */
ON_EACH_WIRE(a_client_that_does_not_read_can_go)
{
  struct server server;
  struct helper flooder;
  char arguments[80];
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  snprintf(arguments, sizeof(arguments), "%d %s", wire, server.endpoint);
  helper_start(&flooder, "flooder", arguments, RUNTIME_SHIM);
  server_wait_held(&server, 1);
  if (wire == WIRE_LOCAL) {
    Sleep(500); /* most likely it is held up by then; if not, the test is only easier */
    helper_kill(&flooder);
  }
  server_wait_cancelled(&server, HELD);
  server_abort(&server, HELD, 5);
  CHECK_EQ(sync_add(server.binding, 40, 2), 42);
  if (wire == WIRE_TCP)
    helper_stop(&flooder);
  server_stop(&server);
}

/* ---- clients that never pause ---- */

#define CHATTERERS   4
#define CANCELS_SIZE 65536

static struct chatterer {
  struct raw_client client;
  LONG stop;
} chatterers[CHATTERERS];

/* Cancels of calls that there are not: nothing to answer, and always more to read. */
static DWORD WINAPI run_chatterer(void *context)
{
  struct chatterer *chatterer = context;
  BYTE *cancels = malloc(CANCELS_SIZE);
  CHECK(cancels);
  for (size_t at = 0; at < CANCELS_SIZE; at += 16)
    raw_make_cancel(cancels + at, RAW_CO_CANCEL, 7);
  while (!InterlockedCompareExchange(&chatterer->stop, 0, 0))
    CHECK(raw_send(&chatterer->client.peer, cancels, CANCELS_SIZE));
  free(cancels);
  return 0;
}

/* As many as there are workers, and more: none of these stays with one of them. */
ON_EACH_WIRE(clients_that_never_pause_do_not_starve_others)
{
  HANDLE threads[CHATTERERS];
  struct server server;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  for (int i = 0; i < CHATTERERS; i++) {
    connect_and_bind(&chatterers[i].client, wire, server.endpoint);
    threads[i] = CreateThread(NULL, 0, run_chatterer, &chatterers[i], 0, NULL);
    CHECK(threads[i]);
  }
  for (int i = 0; i < 20; i++) {
    CHECK_EQ(sync_add(server.binding, 40, 2), 42);
    Sleep(20); /* until they have all workers that they can get */
  }
  for (int i = 0; i < CHATTERERS; i++) {
    InterlockedExchange(&chatterers[i].stop, 1);
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
    raw_close(&chatterers[i].client.peer);
  }
  server_stop(&server);
}

/* ---- connections that say nothing ---- */

/* Waits for the server to close it. */
static void check_closed(struct raw_client *client)
{
  while (raw_receive(&client->peer, client->pdu))
    ;
  raw_close(&client->peer);
}

/* 2 s to bind, 20 s for the rest of anything. */
static void say_half_of_something(enum wire wire)
{
  static struct raw_client silent, half_bind, half_fragment, half_request, idle;
  struct server server;
  set_limit("ASYNCSHIM_PEER_TIMEOUT", 20);
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  raw_connect(&silent.peer, wire, server.endpoint);
  raw_connect(&half_bind.peer, wire, server.endpoint);
  size_t length = raw_make_bind(half_bind.pdu, &raw_calls_interface);
  CHECK(raw_send(&half_bind.peer, half_bind.pdu, length / 2));
  connect_and_bind(&idle, wire, server.endpoint);
  connect_and_bind(&half_fragment, wire, server.endpoint);
  raw_make_request(half_fragment.pdu, 2, OP_ADD, "abcdefgh", 8);
  CHECK(raw_send(&half_fragment.peer, half_fragment.pdu, 30));
  connect_and_bind(&half_request, wire, server.endpoint);
  send_fragment(&half_request, 2, RAW_FIRST, 0, "abcd", 4);
  check_closed(&silent);
  check_closed(&half_bind);
  check_closed(&half_fragment);
  check_closed(&half_request);
  check_add(&idle, 2);
  raw_close(&idle.peer);
  server_stop(&server);
}

TEST_WITHIN(connections_that_say_half_of_something_end_local, 60000)
{
  say_half_of_something(WIRE_LOCAL);
}

TEST_WITHIN(connections_that_say_half_of_something_end_tcp, 60000)
{
  say_half_of_something(WIRE_TCP);
}

/* A sixteenth of 64 may be unbound: the oldest go. */
ON_EACH_WIRE(the_oldest_unbound_connections_go_first)
{
  static struct raw_client silent[20];
  struct server server;
  set_limit("ASYNCSHIM_PEER_CONNECTIONS", 64);
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  for (int i = 0; i < 20; i++)
    raw_connect(&silent[i].peer, wire, server.endpoint);
  CHECK_EQ(sync_add(server.binding, 40, 2), 42);
  for (int i = 0; i < 15; i++)
    check_closed(&silent[i]);
  raw_client_bind(&silent[19], 0);
  check_add(&silent[19], 2);
  for (int i = 15; i < 20; i++)
    raw_close(&silent[i].peer);
  server_stop(&server);
}

/* other_client WIRE ENDPOINT: calls it. */
HELPER(other_client)
{
  CHECK_EQ(argc, 2);
  RPC_BINDING_HANDLE binding = endpoint_bind(atoi(argv[0]), argv[1]);
  CHECK_EQ(sync_add(binding, 40, 2), 42);
  helper_ready("");
  helper_wait_for_stop();
}

/* One client gets half of 64 connections; on a pipe another process is another client. */
TEST(one_client_does_not_get_all_connections)
{
  static struct raw_client clients[64];
  struct server server;
  struct helper other;
  char arguments[80];
  int bound = 0;
  set_limit("ASYNCSHIM_PEER_CONNECTIONS", 64);
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  for (; bound < 64; bound++) {
    raw_connect(&clients[bound].peer, WIRE_LOCAL, server.endpoint);
    size_t length = raw_make_bind(clients[bound].pdu, &raw_calls_interface);
    CHECK(raw_send(&clients[bound].peer, clients[bound].pdu, length));
    CHECK(raw_receive(&clients[bound].peer, clients[bound].pdu));
    if (clients[bound].pdu[RAW_TYPE] == RAW_BIND_NAK)
      break;
    CHECK_EQ(clients[bound].pdu[RAW_TYPE], RAW_BIND_ACK);
  }
  CHECK_EQ(bound, 32);
  snprintf(arguments, sizeof(arguments), "%d %s", WIRE_LOCAL, server.endpoint);
  helper_start(&other, "other_client", arguments, RUNTIME_SHIM);
  helper_stop(&other);
  for (int i = 0; i <= bound; i++)
    raw_close(&clients[i].peer);
  server_stop(&server);
}

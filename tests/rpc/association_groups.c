/*
 * Association groups: ids that cannot be guessed, joined by the same client only, on the same
 * endpoint, as long as there is a connection; and a client whose group has gone when it wants
 * to join it.
 */
#include <winsock2.h>

#include "async_call.h"
#include "raw_client.h"
#include "raw_server.h"

#include <stdlib.h>

#define GROUP_ID 20 /* offset in bind and bind_ack */
#define OP_ADD   0

/* Binds; the group that the server says, or 0 with *reason: it has refused, and closed. */
static unsigned bind_to(struct raw_client *client, unsigned group_id, unsigned *reason)
{
  size_t length = raw_make_bind(client->pdu, &raw_calls_interface);
  raw_put32(client->pdu, GROUP_ID, group_id);
  CHECK(raw_send(&client->peer, client->pdu, length));
  CHECK(raw_receive(&client->peer, client->pdu));
  if (client->pdu[RAW_TYPE] == RAW_BIND_NAK) {
    *reason = raw_get16(client->pdu, 16);
    CHECK(!raw_receive(&client->peer, client->pdu));
    return 0;
  }
  CHECK_EQ(client->pdu[RAW_TYPE], RAW_BIND_ACK);
  return raw_get32(client->pdu, GROUP_ID);
}

static unsigned connect_to(struct raw_client *client, enum wire wire, const char *endpoint,
                           unsigned group_id)
{
  unsigned reason = 99, group;
  memset(client, 0, sizeof(*client));
  raw_connect(&client->peer, wire, endpoint);
  group = bind_to(client, group_id, &reason);
  CHECK(group || reason == 0);
  return group;
}

static void check_add(struct raw_client *client)
{
  raw_client_request(client, 2, OP_ADD, 42);
  raw_client_receive(client, RAW_RESPONSE, 2);
}

static void with_server(enum wire wire, void (*test)(struct server *server))
{
  struct server server;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  test(&server);
  server_stop(&server);
}

static void check_ids(struct server *server)
{
  static struct raw_client clients[8];
  unsigned groups[8];
  unsigned close = 0;
  for (int i = 0; i < 8; i++) {
    groups[i] = connect_to(&clients[i], server->wire, server->endpoint, 0);
    CHECK(groups[i]);
    for (int j = 0; j < i; j++) {
      CHECK(groups[i] != groups[j]);
      close += groups[i] - groups[j] < 1000 || groups[j] - groups[i] < 1000;
    }
  }
  CHECK(close <= 1); /* of 28 pairs, by chance: once in 70,000 runs, twice never */
  for (int i = 0; i < 8; i++)
    raw_close(&clients[i].peer);
}

ON_EACH_WIRE(ids_cannot_be_guessed)
{
  with_server(wire, check_ids);
}

static void check_join(struct server *server)
{
  static struct raw_client first, second, third;
  unsigned group = connect_to(&first, server->wire, server->endpoint, 0);
  CHECK_EQ(connect_to(&second, server->wire, server->endpoint, group), group);
  check_add(&first);
  check_add(&second);
  raw_close(&first.peer);
  check_add(&second);
  CHECK_EQ(connect_to(&third, server->wire, server->endpoint, group), group);
  check_add(&third);
  raw_close(&second.peer);
  raw_close(&third.peer);
}

ON_EACH_WIRE(a_group_is_joined_by_its_client)
{
  with_server(wire, check_join);
}

static void check_unknown(struct server *server)
{
  static struct raw_client client;
  CHECK_EQ(connect_to(&client, server->wire, server->endpoint, 1), 0);
  raw_close(&client.peer);
}

ON_EACH_WIRE(an_unknown_group_is_refused)
{
  with_server(wire, check_unknown);
}

static void check_end(struct server *server)
{
  static struct raw_client first, second;
  unsigned group = connect_to(&first, server->wire, server->endpoint, 0);
  raw_close(&first.peer);
  /* The server takes its time to notice. */
  while (connect_to(&second, server->wire, server->endpoint, group))
    raw_close(&second.peer);
  raw_close(&second.peer);
}

ON_EACH_WIRE(a_group_ends_with_its_last_connection)
{
  with_server(wire, check_end);
}

static void check_other_endpoint(struct server *server)
{
  static struct raw_client first, second;
  char other[64];
  endpoint_choose(WIRE_TCP, other, sizeof(other));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(WIRE_TCP),
                                  RPC_C_LISTEN_MAX_CALLS_DEFAULT, (RPC_CSTR)other, NULL),
           RPC_S_OK);
  unsigned group = connect_to(&first, server->wire, server->endpoint, 0);
  CHECK_EQ(connect_to(&second, WIRE_TCP, other, group), 0);
  check_add(&first);
  raw_close(&first.peer);
  raw_close(&second.peer);
}

ON_EACH_WIRE(a_group_of_another_endpoint_is_refused)
{
  with_server(wire, check_other_endpoint);
}

/* joiner WIRE ENDPOINT GROUP: another process; says which group it got. */
HELPER(joiner)
{
  static struct raw_client client;
  char text[16];
  CHECK_EQ(argc, 3);
  unsigned group = connect_to(&client, atoi(argv[0]), argv[1], strtoul(argv[2], NULL, 10));
  snprintf(text, sizeof(text), "%u", group);
  helper_ready(text);
  helper_wait_for_stop();
}

static void check_other_process(struct server *server)
{
  static struct raw_client first, second;
  struct helper joiner;
  char arguments[96];
  unsigned group = connect_to(&first, server->wire, server->endpoint, 0);
  snprintf(arguments, sizeof(arguments), "%d %s %u", server->wire, server->endpoint, group);
  helper_start(&joiner, "joiner", arguments, RUNTIME_SHIM);
  CHECK_EQ(strtoul(joiner.text, NULL, 10), 0);
  helper_stop(&joiner);
  CHECK_EQ(connect_to(&second, server->wire, server->endpoint, group), group);
  raw_close(&first.peer);
  raw_close(&second.peer);
}

TEST(a_group_of_another_process_is_refused_on_pipes)
{
  with_server(WIRE_LOCAL, check_other_process);
}

/* From another address of this machine. */
static void connect_from(struct raw_client *client, const char *address, const char *endpoint)
{
  struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
  memset(client, 0, sizeof(*client));
  client->peer.wire = WIRE_TCP;
  client->peer.socket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  from.sin_addr.s_addr = inet_addr(address);
  to.sin_addr.s_addr = inet_addr("127.0.0.1");
  to.sin_port = htons((u_short)atoi(endpoint));
  CHECK_EQ(bind(client->peer.socket, (struct sockaddr *)&from, sizeof(from)), 0);
  CHECK_EQ(connect(client->peer.socket, (struct sockaddr *)&to, sizeof(to)), 0);
}

static void check_other_address(struct server *server)
{
  static struct raw_client first, second;
  unsigned reason = 99, group = connect_to(&first, server->wire, server->endpoint, 0);
  connect_from(&second, "127.0.0.2", server->endpoint);
  CHECK_EQ(bind_to(&second, group, &reason), 0);
  CHECK_EQ(reason, 0);
  raw_close(&first.peer);
  raw_close(&second.peer);
}

TEST(a_group_of_another_address_is_refused_on_tcp)
{
  with_server(WIRE_TCP, check_other_address);
}

/* ---- our own client ---- */

/* The group of its connections goes each time, and comes again. */
static void check_client(struct server *server)
{
  for (int round = 0; round < 50; round++) {
    struct async_call call;
    LONG sum = 0;
    RPC_BINDING_HANDLE binding = endpoint_bind(server->wire, server->endpoint);
    CHECK_EQ(sync_add(binding, 40, 2), 42);
    async_call_init(&call);
    async_add(&call.state, binding, round, 1);
    CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
    CHECK_EQ(sum, round + 1);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  }
}

ON_EACH_WIRE(a_client_comes_and_goes)
{
  with_server(wire, check_client);
}

/* server_at WIRE ENDPOINT */
HELPER(server_at)
{
  CHECK_EQ(argc, 2);
  server_listen_here(atoi(argv[0]), argv[1], MANAGERS_ASYNC);
  helper_ready("");
  helper_wait_for_stop();
}

static LONG add_asynchronously(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  async_add(&call.state, binding, 40, 2);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  return sum;
}

/* An idle connection to a server that has just died fails a call; one that Wine leaves open
 * (README, "Limits") ends it by its time-out. */
static LONG add_synchronously(RPC_BINDING_HANDLE binding)
{
  DWORD raised = RAISED(sync_add, binding, 40, 2);
  if (raised == RPC_S_CALL_FAILED || raised == RPC_S_CALL_CANCELLED)
    raised = RAISED(sync_add, binding, 40, 2);
  CHECK_EQ(raised, 0);
  return RETURNED();
}

/* It names its group to a server that does not know it, and then asks for a new one. */
ON_EACH_WIRE(a_client_makes_a_new_group_where_the_server_is_new)
{
  char endpoint[64], arguments[80];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE binding = endpoint_bind(wire, endpoint);
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 15000), RPC_S_OK);
  snprintf(arguments, sizeof(arguments), "%d %s", wire, endpoint);
  for (int round = 0; round < 3; round++) {
    struct helper server;
    helper_start(&server, "server_at", arguments, RUNTIME_SHIM);
    CHECK_EQ(add_synchronously(binding), 42);
    CHECK_EQ(add_asynchronously(binding), 42);
    helper_kill(&server);
  }
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static size_t make_bind_nak(BYTE *pdu, unsigned call_id)
{
  static const BYTE reason_and_versions[] = {0, 0, 1, 5, 0}; /* not specified */
  raw_make_bind_ack(pdu, call_id, 0, 0);
  pdu[RAW_TYPE] = RAW_BIND_NAK;
  memcpy(pdu + 16, reason_and_versions, sizeof(reason_and_versions));
  raw_put16(pdu, RAW_FRAGMENT_LENGTH, 24);
  return 24;
}

/* Accepts the next connection; the group that it names. */
static unsigned accept_bind(struct raw_peer *peer, BYTE *pdu)
{
  raw_accept(peer);
  CHECK(raw_receive(peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_BIND);
  return raw_get32(pdu, GROUP_ID);
}

/* On a thread: does not know the group of the second connection, serves the third. */
static DWORD WINAPI be_another_server(void *context)
{
  struct raw_server *first = context;
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer peer = {.wire = WIRE_TCP, .listener = first->peer.listener};
  LONG sum = 42;
  CHECK(accept_bind(&peer, pdu) != 0);
  CHECK(raw_send(&peer, pdu, make_bind_nak(pdu, raw_get32(pdu, RAW_CALL_ID))));
  raw_close(&peer);
  CHECK_EQ(accept_bind(&peer, pdu), 0);
  CHECK(raw_send(&peer, pdu, raw_make_bind_ack(pdu, raw_get32(pdu, RAW_CALL_ID), 0, 0)));
  CHECK(raw_receive(&peer, pdu));
  CHECK(raw_send(&peer, pdu,
                 raw_make_response(pdu, raw_get32(pdu, RAW_CALL_ID), &sum, sizeof(sum))));
  CHECK(!raw_receive(&peer, pdu)); /* until the binding is freed */
  raw_close(&peer);
  return 0;
}

/* The end of a connection need not have come when another one tells that the server is new. */
TEST(calls_of_a_group_that_the_server_has_lost_end)
{
  static struct raw_server server;
  struct async_call call;
  LONG sum = 0;
  raw_server_prepare(&server, WIRE_TCP);
  async_call_init(&call);
  async_add(&call.state, server.binding, 1, 2);
  raw_server_take_over(&server);
  raw_server_receive_first(&server, OP_ADD);
  HANDLE thread = CreateThread(NULL, 0, be_another_server, &server, 0, NULL);
  CHECK(thread);
  CHECK_EQ(RAISED(sync_add, server.other, 40, 2), 0);
  CHECK_EQ((LONG)RETURNED(), 42);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_CALL_FAILED);
  raw_server_end(&server);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
}

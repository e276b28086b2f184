/*
 * Peers that break the protocol, each while a good client goes on calling: the fault, refusal
 * or end of the connection that the protocol asks for, and nothing else disturbed.
 */
#include "held_calls.h"
#include "raw_peer.h"

#include <stdlib.h>

#define OP_ADD     0
#define OP_HOLD    1
#define OP_SQUARES 8
#define OP_NONE    1000

#define NCA_OP_RANGE_ERROR 0x1c010002
#define NCA_UNKNOWN_IF     0x1c010003
#define NCA_PROTOCOL_ERROR 0x1c01000b

/* A client that calls and calls, until it is told to stop. */
struct good_client {
  RPC_BINDING_HANDLE binding;
  LONG stop;
  LONG calls;
  HANDLE thread;
};

static DWORD WINAPI call_until_stopped(void *context)
{
  struct good_client *client = context;
  for (LONG i = 0; !InterlockedCompareExchange(&client->stop, 0, 0); i++) {
    CHECK_EQ(sync_add(client->binding, i, 5), i + 5);
    InterlockedIncrement(&client->calls);
  }
  return 0;
}

/* Returns when it has made one call from start to end since now. */
static void wait_for_a_good_call(struct good_client *client)
{
  LONG before = client->calls;
  while (InterlockedCompareExchange(&client->calls, 0, 0) < before + 2)
    SwitchToThread();
}

static void with_good_client(enum wire wire, void (*test)(enum wire wire, const char *endpoint))
{
  struct server server;
  struct good_client client = {0};
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  client.binding = server.binding;
  client.thread = CreateThread(NULL, 0, call_until_stopped, &client, 0, NULL);
  CHECK(client.thread);
  wait_for_a_good_call(&client);
  test(wire, server.endpoint);
  wait_for_a_good_call(&client);
  InterlockedExchange(&client.stop, 1);
  CHECK_SIGNALLED(client.thread);
  CloseHandle(client.thread);
  server_stop(&server);
}

#define ON_BOTH_WIRES(name)                                                                    \
  static void name##_on(enum wire wire, const char *endpoint);                                 \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    with_good_client(WIRE_LOCAL, name##_on);                                                   \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    with_good_client(WIRE_TCP, name##_on);                                                     \
  }                                                                                            \
  static void name##_on(enum wire wire, const char *endpoint)

static BYTE pdu[RAW_PDU_ROOM + 64];

static void connect_and_bind(struct raw_peer *peer, enum wire wire, const char *endpoint)
{
  raw_connect(peer, wire, endpoint);
  CHECK(raw_send(peer, pdu, raw_make_bind(pdu, &raw_calls_interface)));
  CHECK(raw_receive(peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_BIND_ACK);
}

/* The raw client can call, too: the tests below break what is known to work. */
static void check_add(struct raw_peer *peer, unsigned call_id)
{
  static const LONG numbers[2] = {30, 12};
  CHECK(raw_send(peer, pdu, raw_make_request(pdu, call_id, OP_ADD, numbers, sizeof(numbers))));
  CHECK(raw_receive(peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_RESPONSE);
  CHECK_EQ(raw_get32(pdu, RAW_CALL_ID), call_id);
  CHECK_EQ(raw_get32(pdu, 24), 42);
}

static void check_fault(struct raw_peer *peer, unsigned call_id, unsigned status)
{
  CHECK(raw_receive(peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_FAULT);
  CHECK_EQ(raw_get32(pdu, RAW_CALL_ID), call_id);
  CHECK_EQ(raw_get32(pdu, RAW_STATUS), status);
}

/* Whatever is answered, the connection ends. */
static void check_closed(struct raw_peer *peer)
{
  while (raw_receive(peer, pdu))
    CHECK(pdu[RAW_TYPE] == RAW_FAULT || pdu[RAW_TYPE] == RAW_BIND_NAK);
  raw_close(peer);
}

ON_BOTH_WIRES(well_formed_pdus_work)
{
  struct raw_peer peer;
  connect_and_bind(&peer, wire, endpoint);
  check_add(&peer, 7);
  check_add(&peer, 8);
  raw_close(&peer);
}

ON_BOTH_WIRES(unknown_interface_is_rejected)
{
  struct raw_peer peer;
  UUID unknown = raw_calls_interface;
  unknown.Data1 ^= 1;
  raw_connect(&peer, wire, endpoint);
  CHECK(raw_send(&peer, pdu, raw_make_bind(pdu, &unknown)));
  size_t length = raw_receive(&peer, pdu);
  CHECK_EQ(pdu[RAW_TYPE], RAW_BIND_ACK);
  /* The one result ends the PDU: provider rejection, abstract syntax not supported. */
  CHECK_EQ(raw_get16(pdu, length - 24), 2);
  CHECK_EQ(raw_get16(pdu, length - 22), 1);
  raw_close(&peer);
}

ON_BOTH_WIRES(unknown_transfer_syntax_is_rejected)
{
  struct raw_peer peer;
  raw_connect(&peer, wire, endpoint);
  size_t length = raw_make_bind(pdu, &raw_calls_interface);
  pdu[52] ^= 1;
  CHECK(raw_send(&peer, pdu, length));
  length = raw_receive(&peer, pdu);
  CHECK_EQ(pdu[RAW_TYPE], RAW_BIND_ACK);
  CHECK_EQ(raw_get16(pdu, length - 24), 2);
  CHECK_EQ(raw_get16(pdu, length - 22), 2);
  raw_close(&peer);
}

ON_BOTH_WIRES(opnum_out_of_range_is_a_fault)
{
  struct raw_peer peer;
  connect_and_bind(&peer, wire, endpoint);
  CHECK(raw_send(&peer, pdu, raw_make_request(pdu, 3, OP_NONE, "abcd", 4)));
  check_fault(&peer, 3, NCA_OP_RANGE_ERROR);
  check_add(&peer, 4);
  raw_close(&peer);
}

/* The stub data is not what the procedure wants: that call fails, no other. */
ON_BOTH_WIRES(short_stub_data_is_a_fault)
{
  struct raw_peer peer;
  connect_and_bind(&peer, wire, endpoint);
  CHECK(raw_send(&peer, pdu, raw_make_request(pdu, 3, OP_ADD, "abcd", 4)));
  CHECK(raw_receive(&peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_FAULT);
  CHECK(raw_send(&peer, pdu, raw_make_request(pdu, 4, OP_ADD, "", 0)));
  CHECK(raw_receive(&peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_FAULT);
  check_add(&peer, 5);
  raw_close(&peer);
}

/* An array that says it has two thousand million elements, and brings two. */
ON_BOTH_WIRES(lying_array_count_is_a_fault)
{
  struct raw_peer peer;
  static const LONG stub[] = {0x7fffffff, 0x7fffffff, 1, 2};
  connect_and_bind(&peer, wire, endpoint);
  CHECK(raw_send(&peer, pdu, raw_make_request(pdu, 3, OP_SQUARES, stub, sizeof(stub))));
  CHECK(raw_receive(&peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_FAULT);
  check_add(&peer, 5);
  raw_close(&peer);
}

ON_BOTH_WIRES(alloc_hint_is_only_a_hint)
{
  struct raw_peer peer;
  static const LONG numbers[2] = {30, 12};
  connect_and_bind(&peer, wire, endpoint);
  size_t length = raw_make_request(pdu, 3, OP_ADD, numbers, sizeof(numbers));
  raw_put32(pdu, RAW_ALLOC_HINT, 0xfffffff0);
  CHECK(raw_send(&peer, pdu, length));
  CHECK(raw_receive(&peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_RESPONSE);
  CHECK_EQ(raw_get32(pdu, 24), 42);
  raw_close(&peer);
}

ON_BOTH_WIRES(request_before_bind_ends_the_connection)
{
  struct raw_peer peer;
  raw_connect(&peer, wire, endpoint);
  CHECK(raw_send(&peer, pdu, raw_make_request(pdu, 3, OP_ADD, "abcdefgh", 8)));
  check_closed(&peer);
}

ON_BOTH_WIRES(request_on_an_unknown_context_is_refused)
{
  struct raw_peer peer;
  connect_and_bind(&peer, wire, endpoint);
  size_t length = raw_make_request(pdu, 3, OP_ADD, "abcdefgh", 8);
  raw_put16(pdu, 20, 77);
  CHECK(raw_send(&peer, pdu, length));
  if (raw_receive(&peer, pdu)) {
    CHECK_EQ(pdu[RAW_TYPE], RAW_FAULT);
    unsigned status = raw_get32(pdu, RAW_STATUS);
    CHECK(status == NCA_UNKNOWN_IF || status == NCA_PROTOCOL_ERROR);
  }
  raw_close(&peer);
}

ON_BOTH_WIRES(wrong_version_is_refused)
{
  struct raw_peer peer;
  raw_connect(&peer, wire, endpoint);
  size_t length = raw_make_bind(pdu, &raw_calls_interface);
  pdu[RAW_VERSION] = 4;
  CHECK(raw_send(&peer, pdu, length));
  check_closed(&peer);
}

ON_BOTH_WIRES(absurd_fragment_lengths_end_the_connection)
{
  static const unsigned lengths[] = {0, 1, 15, 16, 23, 65535};
  for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
    struct raw_peer peer;
    connect_and_bind(&peer, wire, endpoint);
    memset(pdu, 0, sizeof(pdu));
    raw_make_request(pdu, 3, OP_ADD, "abcdefgh", 8);
    raw_put16(pdu, RAW_FRAGMENT_LENGTH, lengths[i]);
    raw_send(&peer, pdu, RAW_PDU_ROOM);
    check_closed(&peer);
  }
}

/* What a server says, said to a server; and what does not exist. */
ON_BOTH_WIRES(pdus_of_the_wrong_kind_end_the_connection)
{
  static const BYTE types[] = {RAW_RESPONSE, RAW_FAULT, RAW_BIND_ACK, RAW_BIND_NAK, 1, 99, 255};
  for (size_t i = 0; i < sizeof(types); i++) {
    struct raw_peer peer;
    connect_and_bind(&peer, wire, endpoint);
    size_t length = raw_make_request(pdu, 3, OP_ADD, "abcdefgh12345678", 16);
    pdu[RAW_TYPE] = types[i];
    CHECK(raw_send(&peer, pdu, length));
    check_closed(&peer);
  }
}

/* co_cancel and orphaned of calls that are not there are none of the server's business. */
/* The connection ends with what has broken it, not with its calls. */
ON_BOTH_WIRES(garbage_ends_the_connection_while_a_manager_is_inside_of_a_call)
{
  static const LONG number = 7;
  struct raw_peer peer;
  connect_and_bind(&peer, wire, endpoint);
  CHECK(raw_send(&peer, pdu, raw_make_request(pdu, 2, OP_HOLD, &number, sizeof(number))));
  held_calls_wait(1);
  memset(pdu, 0xee, 24);
  CHECK(raw_send(&peer, pdu, 24));
  check_closed(&peer);
  CHECK_EQ(held_calls_test_cancel(number), RPC_S_OK);
  CHECK_EQ(held_calls_release(number, 1), RPC_S_OK);
}

ON_BOTH_WIRES(cancel_of_no_call_is_ignored)
{
  struct raw_peer peer;
  connect_and_bind(&peer, wire, endpoint);
  for (BYTE type = 18; type <= 19; type++) {
    raw_make_request(pdu, 99, 0, "", 0);
    pdu[RAW_TYPE] = type;
    raw_put16(pdu, RAW_FRAGMENT_LENGTH, 16);
    CHECK(raw_send(&peer, pdu, 16));
  }
  check_add(&peer, 5);
  raw_close(&peer);
}

/* A peer that goes in the middle of whatever it was saying, after each number of bytes. */
ON_BOTH_WIRES(vanishing_inside_a_pdu_is_nothing)
{
  BYTE bind[RAW_PDU_ROOM], request[RAW_PDU_ROOM];
  size_t bind_length = raw_make_bind(bind, &raw_calls_interface);
  size_t length = raw_make_request(request, 3, OP_ADD, "abcdefgh", 8);
  for (size_t cut = 1; cut < bind_length; cut += 7) {
    struct raw_peer peer;
    raw_connect(&peer, wire, endpoint);
    raw_send(&peer, bind, cut);
    raw_close(&peer);
  }
  for (size_t cut = 1; cut < length; cut += 3) {
    struct raw_peer peer;
    connect_and_bind(&peer, wire, endpoint);
    raw_send(&peer, request, cut);
    raw_close(&peer);
  }
}

/* A first fragment whose others never come; a second one that has no first. */
ON_BOTH_WIRES(fragments_without_their_others_are_nothing)
{
  struct raw_peer peer;
  connect_and_bind(&peer, wire, endpoint);
  size_t length = raw_make_request(pdu, 3, OP_ADD, "abcd", 4);
  pdu[RAW_FLAGS] = 1;
  CHECK(raw_send(&peer, pdu, length));
  raw_close(&peer);

  connect_and_bind(&peer, wire, endpoint);
  length = raw_make_request(pdu, 3, OP_ADD, "abcd", 4);
  pdu[RAW_FLAGS] = 2;
  CHECK(raw_send(&peer, pdu, length));
  check_closed(&peer);
}

static unsigned next_random(unsigned *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

ON_BOTH_WIRES(noise_is_nothing)
{
  unsigned seed = 1;
  for (int round = 0; round < 50; round++) {
    struct raw_peer peer;
    raw_connect(&peer, wire, endpoint);
    for (size_t i = 0; i < 600; i++)
      pdu[i] = (BYTE)next_random(&seed);
    raw_send(&peer, pdu, 600);
    raw_close(&peer);
  }
}

/*
 * Sound PDUs with a few bytes changed: whatever comes of it, comes of it for this connection
 * only.
 */
ON_BOTH_WIRES(damaged_pdus_are_nothing)
{
  static const LONG stub[] = {3, 3, 10, 20, 30};
  unsigned seed = 2;
  for (int round = 0; round < 200; round++) {
    struct raw_peer peer;
    raw_connect(&peer, wire, endpoint);
    size_t length = raw_make_bind(pdu, &raw_calls_interface);
    size_t bind_length = length;
    length += raw_make_request(pdu + length, 2, OP_SQUARES, stub, sizeof(stub));
    size_t first = round % 2 ? bind_length : 0;
    for (int i = 0; i < 3; i++)
      pdu[first + next_random(&seed) % (length - first)] = (BYTE)next_random(&seed);
    raw_send(&peer, pdu, length);
    raw_close(&peer);
  }
}

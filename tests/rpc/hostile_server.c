/*
 * Servers that break the protocol: each call to one ends with a status, soon, and the client
 * lives on to call a good one. The fake server runs on a thread of its own and answers what the
 * test tells it to.
 */
#include "async_call.h"
#include "fake_server.h"
#include "raw_server.h"
#include "usage.h"

#include <stdlib.h>

/* One synchronous call against that server: what it raised. */
static DWORD call_fake(enum wire wire, make_answer to_bind, make_answer to_request)
{
  struct fake_server fake = {.to_bind = to_bind, .to_request = to_request};
  RPC_BINDING_HANDLE binding = fake_server_start(&fake, wire);
  DWORD raised = RAISED(sync_add, binding, 40, 2);
  fake_server_stop(&fake, binding);
  return raised;
}

static size_t answer_sum(BYTE *pdu, unsigned call_id)
{
  LONG sum = 42;
  return raw_make_response(pdu, call_id, &sum, sizeof(sum));
}

/* The fake is good enough for a good call. */
ON_EACH_WIRE(well_formed_answers_work)
{
  CHECK_EQ(call_fake(wire, fake_server_accept_bind, answer_sum), 0);
  CHECK_EQ(RETURNED(), 42);
}

ON_EACH_WIRE(server_that_hangs_up_at_once)
{
  CHECK(call_fake(wire, NULL, NULL) != 0);
}

ON_EACH_WIRE(server_that_hangs_up_after_the_request)
{
  DWORD raised = call_fake(wire, fake_server_accept_bind, NULL);
  CHECK(raised == RPC_S_CALL_FAILED || raised == RPC_S_CALL_FAILED_DNE);
}

static size_t reject_interface(BYTE *pdu, unsigned call_id)
{
  return raw_make_bind_ack(pdu, call_id, 2, 1);
}

ON_EACH_WIRE(interface_is_rejected)
{
  CHECK_EQ(call_fake(wire, reject_interface, NULL), RPC_S_UNKNOWN_IF);
}

static size_t fault_range(BYTE *pdu, unsigned call_id)
{
  return raw_make_fault(pdu, call_id, 0x1c010002);
}

ON_EACH_WIRE(fault_is_raised_as_its_status)
{
  CHECK_EQ(call_fake(wire, fake_server_accept_bind, fault_range), RPC_S_PROCNUM_OUT_OF_RANGE);
}

static size_t answer_short(BYTE *pdu, unsigned call_id)
{
  return raw_make_response(pdu, call_id, "ab", 2);
}

ON_EACH_WIRE(short_answer_is_bad_stub_data)
{
  CHECK_EQ(call_fake(wire, fake_server_accept_bind, answer_short), RPC_X_BAD_STUB_DATA);
}

static size_t answer_noise(BYTE *pdu, unsigned call_id)
{
  (void)call_id;
  memset(pdu, 0xee, 200);
  return 200;
}

static size_t answer_with_length_of(BYTE *pdu, unsigned call_id, unsigned length)
{
  size_t sent = answer_sum(pdu, call_id);
  raw_put16(pdu, RAW_FRAGMENT_LENGTH, length);
  return sent;
}

static size_t answer_length_zero(BYTE *pdu, unsigned call_id)
{
  return answer_with_length_of(pdu, call_id, 0);
}

static size_t answer_length_small(BYTE *pdu, unsigned call_id)
{
  return answer_with_length_of(pdu, call_id, 20);
}

static size_t answer_bind_again(BYTE *pdu, unsigned call_id)
{
  return raw_make_bind(pdu, &raw_calls_interface) + 0 * call_id;
}

static size_t answer_version(BYTE *pdu, unsigned call_id)
{
  size_t length = answer_sum(pdu, call_id);
  pdu[RAW_VERSION] = 77;
  return length;
}

static size_t answer_second_fragment(BYTE *pdu, unsigned call_id)
{
  size_t length = answer_sum(pdu, call_id);
  pdu[RAW_FLAGS] = 2;
  return length;
}

ON_EACH_WIRE(broken_answers_to_the_request_fail_the_call)
{
  static const make_answer answers[] = {answer_noise,        answer_length_zero,
                                        answer_length_small, answer_bind_again,
                                        answer_version,      answer_second_fragment};
  for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
    DWORD raised = call_fake(wire, fake_server_accept_bind, answers[i]);
    if (!raised || raised == EXCEPTION_ACCESS_VIOLATION)
      check_failed(__FILE__, __LINE__, "answer %zu: raised %lu", i, raised);
  }
}

static size_t bind_ack_truncated(BYTE *pdu, unsigned call_id)
{
  fake_server_accept_bind(pdu, call_id);
  raw_put16(pdu, RAW_FRAGMENT_LENGTH, 30);
  return 30;
}

static size_t bind_ack_of_many(BYTE *pdu, unsigned call_id)
{
  size_t length = fake_server_accept_bind(pdu, call_id);
  pdu[28] = 200; /* results, of which one is there */
  return length;
}

static size_t bind_ack_long_address(BYTE *pdu, unsigned call_id)
{
  size_t length = fake_server_accept_bind(pdu, call_id);
  raw_put16(pdu, 24, 0xfff0);
  return length;
}

static size_t bind_ack_tiny_fragments(BYTE *pdu, unsigned call_id)
{
  size_t length = fake_server_accept_bind(pdu, call_id);
  raw_put16(pdu, 16, 1);
  raw_put16(pdu, 18, 1);
  return length;
}

ON_EACH_WIRE(broken_answers_to_the_bind_fail_the_call)
{
  static const make_answer answers[] = {answer_noise,           answer_sum,
                                        answer_length_zero,     bind_ack_truncated,
                                        bind_ack_of_many,       bind_ack_long_address,
                                        bind_ack_tiny_fragments};
  for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
    DWORD raised = call_fake(wire, answers[i], NULL);
    if (!raised || raised == EXCEPTION_ACCESS_VIOLATION)
      check_failed(__FILE__, __LINE__, "answer %zu: raised %lu", i, raised);
  }
}

static void serve_bind(struct raw_peer *peer, BYTE *pdu)
{
  raw_accept(peer);
  CHECK(raw_receive(peer, pdu));
  size_t length = fake_server_accept_bind(pdu, raw_get32(pdu, RAW_CALL_ID));
  pdu[RAW_FLAGS] |= RAW_MULTIPLEX;
  CHECK(raw_send(peer, pdu, length));
}

/* Answers the first call, and in the same breath the one that may follow; then serves another
 * connection. */
static DWORD WINAPI answer_before_it_is_asked(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer *peer = context;
  LONG wrong = 13;
  serve_bind(peer, pdu);
  CHECK(raw_receive(peer, pdu));
  unsigned call_id = raw_get32(pdu, RAW_CALL_ID);
  size_t length = answer_sum(pdu, call_id);
  length += raw_make_response(pdu + length, call_id + 1, &wrong, sizeof(wrong));
  CHECK(raw_send(peer, pdu, length));
  CHECK(!raw_receive(peer, pdu)); /* the client has hung up */
  raw_close(peer);
  serve_bind(peer, pdu);
  CHECK(raw_receive(peer, pdu));
  CHECK(raw_send(peer, pdu, answer_sum(pdu, raw_get32(pdu, RAW_CALL_ID))));
  CHECK(!raw_receive(peer, pdu));
  raw_close(peer);
  return 0;
}

ON_EACH_WIRE(an_answer_that_comes_early_is_not_the_next_calls)
{
  struct raw_peer peer;
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(&peer, wire, endpoint);
  HANDLE thread = CreateThread(NULL, 0, answer_before_it_is_asked, &peer, 0, NULL);
  CHECK(thread);
  RPC_BINDING_HANDLE binding = endpoint_bind(wire, endpoint);
  for (int call = 0; call < 2; call++) {
    CHECK_EQ(RAISED(sync_add, binding, 40, 2), 0);
    CHECK_EQ((LONG)RETURNED(), 42);
  }
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  raw_stop_listening(&peer);
}

/* The same for an asynchronous call: it ends, and says so. */
ON_EACH_WIRE(broken_answers_end_an_asynchronous_call)
{
  static const make_answer answers[] = {NULL, answer_noise, answer_length_zero, answer_version};
  for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
    struct fake_server fake = {.to_bind = fake_server_accept_bind, .to_request = answers[i]};
    struct async_call call;
    LONG sum = 0;
    RPC_BINDING_HANDLE binding = fake_server_start(&fake, wire);
    async_call_init(&call);
    if (!RAISED(async_add, &call.state, binding, 40, 2)) {
      RPC_STATUS status = async_call_finish(&call, &sum);
      if (status == RPC_S_OK || status == RPC_S_ASYNC_CALL_PENDING)
        check_failed(__FILE__, __LINE__, "answer %zu: status %ld", i, status);
    }
    fake_server_stop(&fake, binding);
  }
}

/* The application has still to complete its call: that is nothing to a server that is done
 * with. */
ON_EACH_WIRE(garbage_ends_the_connection_before_the_call_is_completed)
{
  static struct raw_server server;
  struct async_call call;
  LONG sum;
  raw_server_prepare(&server, wire);
  async_call_init(&call);
  async_add(&call.state, server.binding, 40, 2);
  raw_server_take_over(&server);
  raw_server_receive(&server);
  CHECK(raw_send(&server.peer, server.pdu, answer_noise(server.pdu, 0)));
  CHECK(!raw_receive(&server.peer, server.pdu));
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_PROTOCOL_ERROR);
  raw_server_end(&server);
}

/* ---- replies without end ---- */

#define MIB  (1 << 20)
#define PART 4096

/* Answers the bind and every request by fragments until the client has had enough of it. */
static DWORD WINAPI answer_for_ever(void *context)
{
  static const BYTE part[PART];
  struct raw_server *server = context;
  unsigned call_id;
  raw_server_take_over(server);
  call_id = raw_server_receive(server);
  for (int i = 0;; i++) {
    size_t length = raw_make_response(server->pdu, call_id, part, sizeof(part));
    server->pdu[RAW_FLAGS] = (BYTE)(RAW_MULTIPLEX | (i ? 0 : RAW_FIRST));
    raw_put32(server->pdu, RAW_ALLOC_HINT, 0x3fffffff);
    if (i == 64 * MIB / PART || !raw_send(&server->peer, server->pdu, length))
      break;
  }
  raw_interrupt(&server->peer);
  return 0;
}

static void check_endless_reply(enum wire wire, void (*call)(RPC_BINDING_HANDLE binding))
{
  static struct raw_server server;
  CHECK(SetEnvironmentVariableA("ASYNCSHIM_PEER_MEMORY", "16"));
  raw_server_prepare(&server, wire);
  HANDLE thread = CreateThread(NULL, 0, answer_for_ever, &server, 0, NULL);
  CHECK(thread);
  long long before = usage_private_bytes();
  call(server.binding);
  CHECK(usage_private_bytes() - before < 24 * MIB);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  raw_server_end(&server);
}

static void call_synchronously(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RAISED(sync_add, binding, 40, 2), RPC_S_OUT_OF_MEMORY);
}

static void call_asynchronously(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  LONG sum;
  async_call_init(&call);
  async_add(&call.state, binding, 40, 2);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OUT_OF_MEMORY);
}

ON_EACH_WIRE(a_reply_without_end_fails_a_synchronous_call)
{
  check_endless_reply(wire, call_synchronously);
}

ON_EACH_WIRE(a_reply_without_end_fails_an_asynchronous_call)
{
  check_endless_reply(wire, call_asynchronously);
}

/* ---- servers that never pause ---- */

#define CHATTERERS 4
#define CHATTER    65536

static struct chatterer {
  struct raw_server server;
  struct async_call call;
  HANDLE thread;
  LONG stop;
  LONG break_off; /* by noise */
} chatterers[CHATTERERS];

/* Replies to calls that there are not: always more to read. */
static DWORD WINAPI chatter(void *context)
{
  struct chatterer *chatterer = context;
  BYTE *replies = calloc(1, CHATTER);
  size_t length = 0;
  CHECK(replies);
  while (length + 64 < CHATTER)
    length += raw_make_response(replies + length, 1234567, "abcd", 4);
  while (!InterlockedCompareExchange(&chatterer->stop, 0, 0))
    CHECK(raw_send(&chatterer->server.peer, replies, length));
  if (chatterer->break_off) {
    memset(replies, 0xee, CHATTER);
    while (raw_send(&chatterer->server.peer, replies, CHATTER))
      ;
  }
  free(replies);
  return 0;
}

static void start_chatter(struct chatterer *chatterer, enum wire wire)
{
  chatterer->stop = chatterer->break_off = 0;
  raw_server_prepare(&chatterer->server, wire);
  async_call_init(&chatterer->call);
  async_add(&chatterer->call.state, chatterer->server.binding, 40, 2);
  raw_server_take_over(&chatterer->server);
  raw_server_receive(&chatterer->server);
  chatterer->thread = CreateThread(NULL, 0, chatter, chatterer, 0, NULL);
  CHECK(chatterer->thread);
}

static void stop_chatter(struct chatterer *chatterer, bool by_noise)
{
  LONG sum;
  chatterer->break_off = by_noise;
  InterlockedExchange(&chatterer->stop, 1);
  CHECK_SIGNALLED(chatterer->thread);
  CloseHandle(chatterer->thread);
  raw_interrupt(&chatterer->server.peer);
  CHECK(async_call_finish(&chatterer->call, &sum) != RPC_S_OK);
  raw_server_end(&chatterer->server);
}

static void make_good_calls(struct server *server, int count)
{
  for (int i = 0; i < count; i++) {
    struct async_call call;
    LONG sum;
    async_call_init(&call);
    async_add(&call.state, server->binding, 40, 2);
    CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
    CHECK_EQ(sum, 42);
    Sleep(20); /* until they have all workers that they can get */
  }
}

/* As many as there are workers, and more: none of these stays with one of them. */
ON_EACH_WIRE(servers_that_never_pause_do_not_starve_other_calls)
{
  struct server server;
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  for (int i = 0; i < CHATTERERS; i++)
    start_chatter(&chatterers[i], wire);
  make_good_calls(&server, 20);
  for (int i = 0; i < CHATTERERS; i++)
    stop_chatter(&chatterers[i], false);
  server_stop(&server);
}

/* Half of them go on with noise, and none of them reads: they write until they are hung up on.
 */
ON_EACH_WIRE(servers_that_never_pause_are_hung_up_on_for_noise)
{
  struct server server;
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  for (int i = 0; i < CHATTERERS; i++)
    start_chatter(&chatterers[i], wire);
  for (int i = 0; i < CHATTERERS; i++) {
    make_good_calls(&server, 2);
    stop_chatter(&chatterers[i], i < CHATTERERS / 2);
  }
  server_stop(&server);
}

/*
 * Cancels as a client puts them on the wire, read byte by byte by a raw server.
 *
 * The server reads nothing before the test says so: what is larger than pipes and sockets hold
 * is then still being sent, and what comes behind it has not been begun. All calls of these
 * tests come from one thread and so travel on one connection; those on `binding` keep their
 * order, those on `other` pass by.
 */
#include "async_call.h"
#include "raw_peer.h"

#include <stdlib.h>

#define OP_ADD  0
#define OP_ECHO 14

#define LARGE (16 << 20)
#define SMALL 20000 /* in more than one fragment */

struct raw_server {
  struct raw_peer peer;
  RPC_BINDING_HANDLE binding;
  RPC_BINDING_HANDLE other; /* to the same server */
  HANDLE thread;
  BYTE pdu[RAW_PDU_ROOM];
};

/* A call of echo; its data does not matter. */
struct echo {
  struct async_call call;
  unsigned call_id; /* known once its first fragment has been read */
  LONG count;
  byte *reply;
};

static DWORD WINAPI accept_and_bind(void *context)
{
  struct raw_server *server = context;
  raw_accept(&server->peer);
  CHECK(raw_receive(&server->peer, server->pdu));
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_BIND);
  size_t length = raw_make_bind_ack(server->pdu, raw_get32(server->pdu, RAW_CALL_ID), 0, 0);
  server->pdu[RAW_FLAGS] |= RAW_MULTIPLEX;
  CHECK(raw_send(&server->peer, server->pdu, length));
  return 0;
}

static void server_prepare(struct raw_server *server, enum wire wire)
{
  char endpoint[64];
  memset(server, 0, sizeof(*server));
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(&server->peer, wire, endpoint);
  server->binding = endpoint_bind(wire, endpoint);
  server->other = endpoint_bind(wire, endpoint);
  server->thread = CreateThread(NULL, 0, accept_and_bind, server, 0, NULL);
  CHECK(server->thread);
}

/* After the first call has been made: from now on the test is the server. */
static void server_take_over(struct raw_server *server)
{
  CHECK_SIGNALLED(server->thread);
  CloseHandle(server->thread);
}

static void server_end(struct raw_server *server)
{
  CHECK_EQ(RpcBindingFree(&server->binding), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&server->other), RPC_S_OK);
  raw_close(&server->peer);
  raw_stop_listening(&server->peer);
}

static void echo_start(struct echo *echo, RPC_BINDING_HANDLE binding, LONG size)
{
  byte *data = calloc(1, size);
  CHECK(data);
  memset(echo, 0, sizeof(*echo));
  async_call_init(&echo->call);
  async_echo(&echo->call.state, binding, size, data, &echo->count, &echo->reply);
  free(data);
}

static unsigned server_receive(struct raw_server *server)
{
  CHECK(raw_receive(&server->peer, server->pdu));
  return raw_get32(server->pdu, RAW_CALL_ID);
}

static bool is_first(const struct raw_server *server)
{
  return server->pdu[RAW_TYPE] == RAW_REQUEST && server->pdu[RAW_FLAGS] & RAW_FIRST;
}

static bool is_last(const struct raw_server *server)
{
  return server->pdu[RAW_TYPE] == RAW_REQUEST && server->pdu[RAW_FLAGS] & RAW_LAST;
}

static bool is_flagged(const struct raw_server *server)
{
  return server->pdu[RAW_FLAGS] & RAW_PENDING_CANCEL;
}

/* The next PDU is the first fragment of a call of that procedure; its call id. */
static unsigned server_receive_first(struct raw_server *server, unsigned opnum)
{
  unsigned call_id = server_receive(server);
  CHECK(is_first(server));
  CHECK_EQ(raw_get16(server->pdu, RAW_OPNUM), opnum);
  return call_id;
}

/* What is left of that request, and nothing else. */
static void server_receive_rest(struct raw_server *server, unsigned call_id)
{
  while (!is_last(server)) {
    CHECK_EQ(server_receive(server), call_id);
    CHECK_EQ(server->pdu[RAW_TYPE], RAW_REQUEST);
    CHECK(!is_flagged(server));
  }
}

static void server_answer(struct raw_server *server, unsigned call_id, unsigned flags)
{
  LONG sum = 42;
  size_t length = raw_make_response(server->pdu, call_id, &sum, sizeof(sum));
  server->pdu[RAW_FLAGS] |= (BYTE)flags;
  CHECK(raw_send(&server->peer, server->pdu, length));
}

/* The reply to echo with no bytes: their count, and the pointer to an array of none. */
static void server_answer_echo(struct raw_server *server, unsigned call_id)
{
  static const LONG nothing[3] = {0, 0x20000, 0};
  CHECK(raw_send(&server->peer, server->pdu,
                 raw_make_response(server->pdu, call_id, nothing, sizeof(nothing))));
}

static void echo_finish(struct echo *echo)
{
  CHECK_EQ(async_call_finish(&echo->call, NULL), RPC_S_OK);
  CHECK_EQ(echo->count, 0);
  midl_user_free(echo->reply);
}

/* A call that has been sent and not been read yet is answered. */
static void finish_add(struct raw_server *server, struct async_call *call)
{
  LONG sum = 0;
  unsigned call_id = server_receive_first(server, OP_ADD);
  CHECK(!is_flagged(server));
  server_answer(server, call_id, 0);
  CHECK_EQ(async_call_finish(call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
}

static void add_start(struct async_call *call, RPC_BINDING_HANDLE binding)
{
  async_call_init(call);
  async_add(&call->state, binding, 40, 2);
}

static void check_cancelled_at_once(struct async_call *call)
{
  CHECK(async_call_is_notified(call));
  CHECK_EQ(RpcAsyncCompleteCall(&call->state, NULL), RPC_S_CALL_CANCELLED);
  async_call_close(call);
}

#define TO_A_RAW_SERVER(name)                                                                  \
  static void name##_to(struct raw_server *server);                                            \
  static void name##_on(enum wire wire)                                                        \
  {                                                                                            \
    static struct raw_server server;                                                           \
    server_prepare(&server, wire);                                                             \
    name##_to(&server);                                                                        \
    server_end(&server);                                                                       \
  }                                                                                            \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    name##_on(WIRE_LOCAL);                                                                     \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    name##_on(WIRE_TCP);                                                                       \
  }                                                                                            \
  static void name##_to(struct raw_server *server)

/* ---- nothing of the request has left ---- */

TO_A_RAW_SERVER(cancel_of_an_unsent_request_is_the_flag_of_its_first_fragment)
{
  struct echo large, small;
  struct async_call last;
  echo_start(&large, server->binding, LARGE);
  server_take_over(server);
  echo_start(&small, server->binding, SMALL);
  CHECK_EQ(RpcAsyncCancelCall(&small.call.state, FALSE), RPC_S_OK);
  add_start(&last, server->binding);

  large.call_id = server_receive_first(server, OP_ECHO);
  CHECK(!is_flagged(server));
  server_receive_rest(server, large.call_id);
  small.call_id = server_receive_first(server, OP_ECHO);
  CHECK(is_flagged(server));
  CHECK(!is_last(server));
  server_receive_rest(server, small.call_id);
  /* No co_cancel: the next PDU is the next request. */
  finish_add(server, &last);
  /* The call has only been asked to end. */
  CHECK_EQ(RpcAsyncGetCallStatus(&small.call.state), RPC_S_ASYNC_CALL_PENDING);
  server_answer_echo(server, small.call_id);
  echo_finish(&small);
  server_answer_echo(server, large.call_id);
  echo_finish(&large);
}

TO_A_RAW_SERVER(abortive_cancel_of_an_unsent_request_leaves_nothing_on_the_wire)
{
  struct echo large, small;
  struct async_call last;
  echo_start(&large, server->binding, LARGE);
  server_take_over(server);
  echo_start(&small, server->binding, SMALL);
  add_start(&last, server->binding);
  CHECK_EQ(RpcAsyncCancelCall(&small.call.state, TRUE), RPC_S_OK);
  check_cancelled_at_once(&small.call);

  large.call_id = server_receive_first(server, OP_ECHO);
  server_receive_rest(server, large.call_id);
  finish_add(server, &last);
  server_answer_echo(server, large.call_id);
  echo_finish(&large);
}

/* ---- some of it has ---- */

TO_A_RAW_SERVER(cancel_of_a_request_in_fragments_goes_between_them)
{
  struct echo large, beside;
  struct async_call behind;
  int cancels = 0;
  echo_start(&large, server->binding, LARGE);
  server_take_over(server);
  large.call_id = server_receive_first(server, OP_ECHO);
  echo_start(&beside, server->other, LARGE);
  add_start(&behind, server->binding);
  CHECK_EQ(RpcAsyncCancelCall(&large.call.state, FALSE), RPC_S_OK);

  for (unsigned call_id = large.call_id; call_id != large.call_id || !is_last(server);) {
    call_id = server_receive(server);
    if (server->pdu[RAW_TYPE] == RAW_CO_CANCEL) {
      CHECK_EQ(call_id, large.call_id);
      cancels++;
    } else {
      CHECK_EQ(server->pdu[RAW_TYPE], RAW_REQUEST);
      CHECK(!is_flagged(server));
      if (call_id != large.call_id)
        beside.call_id = call_id;
      /* It has passed what was submitted before it: neither has come to its end. */
      if (is_last(server))
        CHECK_EQ(cancels, 1);
    }
  }
  CHECK_EQ(cancels, 1);
  RpcAsyncCancelCall(&beside.call.state, TRUE);
  check_cancelled_at_once(&beside.call);
  RpcAsyncCancelCall(&behind.state, TRUE);
  check_cancelled_at_once(&behind);
  server_answer_echo(server, large.call_id);
  echo_finish(&large);
}

TO_A_RAW_SERVER(abortive_cancel_of_a_request_in_fragments_sends_orphaned_and_not_the_rest)
{
  struct echo large;
  struct async_call next;
  echo_start(&large, server->binding, LARGE);
  server_take_over(server);
  large.call_id = server_receive_first(server, OP_ECHO);
  CHECK_EQ(RpcAsyncCancelCall(&large.call.state, TRUE), RPC_S_OK);
  check_cancelled_at_once(&large.call);
  add_start(&next, server->binding);

  do {
    CHECK_EQ(server_receive(server), large.call_id);
    CHECK(!is_last(server));
  } while (server->pdu[RAW_TYPE] == RAW_REQUEST);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_ORPHANED);
  /* The connection lives on. A late reply is dropped. */
  server_answer_echo(server, large.call_id);
  finish_add(server, &next);
}

/* The server has refused it: the rest would be for nothing. */
TO_A_RAW_SERVER(fault_in_the_middle_of_a_request_stops_it)
{
  struct echo large;
  struct async_call next;
  echo_start(&large, server->binding, LARGE);
  server_take_over(server);
  large.call_id = server_receive_first(server, OP_ECHO);
  CHECK(raw_send(&server->peer, server->pdu,
                 raw_make_fault(server->pdu, large.call_id, 0x1c010003)));
  CHECK_EQ(async_call_finish(&large.call, NULL), RPC_S_UNKNOWN_IF);
  add_start(&next, server->binding);
  do {
    CHECK_EQ(server_receive(server), large.call_id);
    CHECK(!is_last(server));
  } while (server->pdu[RAW_TYPE] == RAW_REQUEST);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_ORPHANED);
  finish_add(server, &next);
}

/* ---- all of it has ---- */

TO_A_RAW_SERVER(cancel_of_a_sent_request_is_a_co_cancel)
{
  struct async_call call;
  LONG sum = 0;
  add_start(&call, server->binding);
  server_take_over(server);
  unsigned call_id = server_receive_first(server, OP_ADD);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  CHECK_EQ(server_receive(server), call_id);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_CO_CANCEL);
  server_answer(server, call_id, 0);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
}

TO_A_RAW_SERVER(abortive_cancel_of_a_sent_request_is_an_orphaned)
{
  struct async_call call, next;
  add_start(&call, server->binding);
  server_take_over(server);
  unsigned call_id = server_receive_first(server, OP_ADD);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  check_cancelled_at_once(&call);
  CHECK_EQ(server_receive(server), call_id);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_ORPHANED);
  server_answer(server, call_id, 0);
  add_start(&next, server->binding);
  finish_add(server, &next);
}

TO_A_RAW_SERVER(cancel_after_the_reply_sends_nothing)
{
  struct async_call call, next;
  LONG sum = 0;
  add_start(&call, server->binding);
  server_take_over(server);
  server_answer(server, server_receive_first(server, OP_ADD), 0);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
  async_call_close(&call);
  add_start(&next, server->binding);
  finish_add(server, &next);
}

/* ---- what the server says ---- */

TO_A_RAW_SERVER(responses_and_faults_may_carry_the_pending_cancel_flag)
{
  struct async_call call;
  LONG sum = 0;
  add_start(&call, server->binding);
  server_take_over(server);
  server_answer(server, server_receive_first(server, OP_ADD), RAW_PENDING_CANCEL);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);

  add_start(&call, server->binding);
  raw_make_fault(server->pdu, server_receive_first(server, OP_ADD), 0x1c010002);
  server->pdu[RAW_FLAGS] |= RAW_PENDING_CANCEL;
  CHECK(raw_send(&server->peer, server->pdu, 32));
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_PROCNUM_OUT_OF_RANGE);
}

/*
 * Cancels as a client puts them on the wire, read byte by byte by a raw server.
 *
 * The server reads nothing before the test says so: what is larger than pipes and sockets hold
 * is then still being sent, and what comes behind it has not been begun. All calls of these
 * tests come from one thread and so travel on one connection; those on `binding` keep their
 * order, those on `other` pass by.
 */
#include "async_call.h"
#include "raw_server.h"

#include <stdlib.h>

#define OP_ADD  0
#define OP_ECHO 14

#define LARGE (16 << 20)
#define SMALL 20000 /* in more than one fragment */

/* A call of echo; its data does not matter. */
struct echo {
  struct async_call call;
  unsigned call_id; /* known once its first fragment has been read */
  LONG count;
  byte *reply;
};

static void echo_start(struct echo *echo, RPC_BINDING_HANDLE binding, LONG size)
{
  byte *data = calloc(1, size);
  CHECK(data);
  memset(echo, 0, sizeof(*echo));
  async_call_init(&echo->call);
  async_echo(&echo->call.state, binding, size, data, &echo->count, &echo->reply);
  free(data);
}

/* What is left of that request, and nothing else. */
static void server_receive_rest(struct raw_server *server, unsigned call_id)
{
  while (!raw_server_is_last(server)) {
    CHECK_EQ(raw_server_receive(server), call_id);
    CHECK_EQ(server->pdu[RAW_TYPE], RAW_REQUEST);
    CHECK(!raw_server_is_flagged(server));
  }
}

/* The reply to echo with no bytes: their count, and the pointer to an array of none. */
static void answer_echo(struct raw_server *server, unsigned call_id)
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
  unsigned call_id = raw_server_receive_first(server, OP_ADD);
  CHECK(!raw_server_is_flagged(server));
  raw_server_answer(server, call_id, 0);
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

/* ---- nothing of the request has left ---- */

TO_A_RAW_SERVER(cancel_of_an_unsent_request_is_the_flag_of_its_first_fragment)
{
  struct echo large, small;
  struct async_call last;
  echo_start(&large, server->binding, LARGE);
  raw_server_take_over(server);
  echo_start(&small, server->binding, SMALL);
  CHECK_EQ(RpcAsyncCancelCall(&small.call.state, FALSE), RPC_S_OK);
  add_start(&last, server->binding);

  large.call_id = raw_server_receive_first(server, OP_ECHO);
  CHECK(!raw_server_is_flagged(server));
  server_receive_rest(server, large.call_id);
  small.call_id = raw_server_receive_first(server, OP_ECHO);
  CHECK(raw_server_is_flagged(server));
  CHECK(!raw_server_is_last(server));
  server_receive_rest(server, small.call_id);
  /* No co_cancel: the next PDU is the next request. */
  finish_add(server, &last);
  /* The call has only been asked to end. */
  CHECK_EQ(RpcAsyncGetCallStatus(&small.call.state), RPC_S_ASYNC_CALL_PENDING);
  answer_echo(server, small.call_id);
  echo_finish(&small);
  answer_echo(server, large.call_id);
  echo_finish(&large);
}

TO_A_RAW_SERVER(abortive_cancel_of_an_unsent_request_leaves_nothing_on_the_wire)
{
  struct echo large, small;
  struct async_call last;
  echo_start(&large, server->binding, LARGE);
  raw_server_take_over(server);
  echo_start(&small, server->binding, SMALL);
  add_start(&last, server->binding);
  CHECK_EQ(RpcAsyncCancelCall(&small.call.state, TRUE), RPC_S_OK);
  check_cancelled_at_once(&small.call);

  large.call_id = raw_server_receive_first(server, OP_ECHO);
  server_receive_rest(server, large.call_id);
  finish_add(server, &last);
  answer_echo(server, large.call_id);
  echo_finish(&large);
}

/* ---- the call is still being made: its thread waits for the bind ---- */

static void cancel_call(void *call)
{
  CHECK_EQ(RpcAsyncCancelCall(&((struct async_call *)call)->state, FALSE), RPC_S_OK);
}

static void abandon_call(void *call)
{
  CHECK_EQ(RpcAsyncCancelCall(&((struct async_call *)call)->state, TRUE), RPC_S_OK);
}

TO_A_RAW_SERVER(cancel_of_a_call_that_is_being_made_is_told_once_it_is)
{
  struct async_call call;
  LONG sum = 0;
  server->asked_to_bind = cancel_call;
  server->context = &call;
  add_start(&call, server->binding);
  raw_server_take_over(server);
  unsigned call_id = raw_server_receive_first(server, OP_ADD);
  if (!raw_server_is_flagged(server)) {
    CHECK_EQ(raw_server_receive(server), call_id);
    CHECK_EQ(server->pdu[RAW_TYPE], RAW_CO_CANCEL);
  }
  raw_server_answer(server, call_id, 0);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
}

TO_A_RAW_SERVER(abortive_cancel_of_a_call_that_is_being_made_ends_it_once_it_is)
{
  struct async_call call, next;
  LONG sum = 0;
  server->asked_to_bind = abandon_call;
  server->context = &call;
  add_start(&call, server->binding);
  check_cancelled_at_once(&call);
  raw_server_take_over(server);
  add_start(&next, server->binding);
  unsigned call_id = raw_server_receive_first(server, OP_ADD);
  CHECK_EQ(raw_server_receive(server), call_id);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_ORPHANED);
  call_id = raw_server_receive_first(server, OP_ADD);
  raw_server_answer(server, call_id, 0);
  CHECK_EQ(async_call_finish(&next, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
}

/* ---- some of it has ---- */

TO_A_RAW_SERVER(cancel_of_a_request_in_fragments_goes_between_them)
{
  struct echo large, beside;
  struct async_call behind;
  int cancels = 0;
  echo_start(&large, server->binding, LARGE);
  raw_server_take_over(server);
  large.call_id = raw_server_receive_first(server, OP_ECHO);
  echo_start(&beside, server->other, LARGE);
  add_start(&behind, server->binding);
  CHECK_EQ(RpcAsyncCancelCall(&large.call.state, FALSE), RPC_S_OK);

  for (unsigned call_id = large.call_id;
       call_id != large.call_id || !raw_server_is_last(server);) {
    call_id = raw_server_receive(server);
    if (server->pdu[RAW_TYPE] == RAW_CO_CANCEL) {
      CHECK_EQ(call_id, large.call_id);
      cancels++;
    } else {
      CHECK_EQ(server->pdu[RAW_TYPE], RAW_REQUEST);
      CHECK(!raw_server_is_flagged(server));
      if (call_id != large.call_id)
        beside.call_id = call_id;
      /* It has passed what was submitted before it: neither has come to its end. */
      if (raw_server_is_last(server))
        CHECK_EQ(cancels, 1);
    }
  }
  CHECK_EQ(cancels, 1);
  RpcAsyncCancelCall(&beside.call.state, TRUE);
  check_cancelled_at_once(&beside.call);
  RpcAsyncCancelCall(&behind.state, TRUE);
  check_cancelled_at_once(&behind);
  answer_echo(server, large.call_id);
  echo_finish(&large);
}

TO_A_RAW_SERVER(abortive_cancel_of_a_request_in_fragments_sends_orphaned_and_not_the_rest)
{
  struct echo large;
  struct async_call next;
  echo_start(&large, server->binding, LARGE);
  raw_server_take_over(server);
  large.call_id = raw_server_receive_first(server, OP_ECHO);
  CHECK_EQ(RpcAsyncCancelCall(&large.call.state, TRUE), RPC_S_OK);
  check_cancelled_at_once(&large.call);
  add_start(&next, server->binding);

  do {
    CHECK_EQ(raw_server_receive(server), large.call_id);
    CHECK(!raw_server_is_last(server));
  } while (server->pdu[RAW_TYPE] == RAW_REQUEST);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_ORPHANED);
  /* The connection lives on. A late reply is dropped. */
  answer_echo(server, large.call_id);
  finish_add(server, &next);
}

/* The server has refused it: the rest would be for nothing. */
TO_A_RAW_SERVER(fault_in_the_middle_of_a_request_stops_it)
{
  struct echo large;
  struct async_call next;
  echo_start(&large, server->binding, LARGE);
  raw_server_take_over(server);
  large.call_id = raw_server_receive_first(server, OP_ECHO);
  CHECK(raw_send(&server->peer, server->pdu,
                 raw_make_fault(server->pdu, large.call_id, 0x1c010003)));
  CHECK_EQ(async_call_finish(&large.call, NULL), RPC_S_UNKNOWN_IF);
  add_start(&next, server->binding);
  do {
    CHECK_EQ(raw_server_receive(server), large.call_id);
    CHECK(!raw_server_is_last(server));
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
  raw_server_take_over(server);
  unsigned call_id = raw_server_receive_first(server, OP_ADD);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  CHECK_EQ(raw_server_receive(server), call_id);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_CO_CANCEL);
  raw_server_answer(server, call_id, 0);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
}

TO_A_RAW_SERVER(abortive_cancel_of_a_sent_request_is_an_orphaned)
{
  struct async_call call, next;
  add_start(&call, server->binding);
  raw_server_take_over(server);
  unsigned call_id = raw_server_receive_first(server, OP_ADD);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  check_cancelled_at_once(&call);
  CHECK_EQ(raw_server_receive(server), call_id);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_ORPHANED);
  raw_server_answer(server, call_id, 0);
  add_start(&next, server->binding);
  finish_add(server, &next);
}

TO_A_RAW_SERVER(cancel_after_the_reply_sends_nothing)
{
  struct async_call call, next;
  LONG sum = 0;
  add_start(&call, server->binding);
  raw_server_take_over(server);
  raw_server_answer(server, raw_server_receive_first(server, OP_ADD), 0);
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
  raw_server_take_over(server);
  raw_server_answer(server, raw_server_receive_first(server, OP_ADD), RAW_PENDING_CANCEL);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);

  add_start(&call, server->binding);
  raw_make_fault(server->pdu, raw_server_receive_first(server, OP_ADD), 0x1c010002);
  server->pdu[RAW_FLAGS] |= RAW_PENDING_CANCEL;
  CHECK(raw_send(&server->peer, server->pdu, 32));
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_PROCNUM_OUT_OF_RANGE);
}

/* ---- synchronous calls: RpcCancelThread ---- */

/* A thread that makes one call, when it is told to. */
struct synchronous {
  RPC_BINDING_HANDLE binding;
  LONG size; /* 0: add */
  HANDLE start;
  HANDLE thread;
  LONG count; /* of echo's reply */
  LONG sum;
};

static DWORD WINAPI call_synchronously(void *context)
{
  struct synchronous *synchronous = context;
  CHECK_SIGNALLED(synchronous->start);
  if (!synchronous->size) {
    synchronous->sum = sync_add(synchronous->binding, 40, 2);
    return 0;
  }
  byte *reply, *data = calloc(1, synchronous->size);
  CHECK(data);
  sync_echo(synchronous->binding, synchronous->size, data, &synchronous->count, &reply);
  midl_user_free(reply);
  free(data);
  return 0;
}

static void synchronous_prepare(struct synchronous *synchronous, struct raw_server *server,
                                LONG size)
{
  memset(synchronous, 0, sizeof(*synchronous));
  synchronous->binding = server->binding;
  synchronous->size = size;
  synchronous->count = -1;
  synchronous->start = CreateEventW(NULL, TRUE, FALSE, NULL);
  synchronous->thread = CreateThread(NULL, 0, call_synchronously, synchronous, 0, NULL);
  CHECK(synchronous->start && synchronous->thread);
}

static void synchronous_finish(struct synchronous *synchronous)
{
  CHECK_SIGNALLED(synchronous->thread);
  CloseHandle(synchronous->thread);
  CloseHandle(synchronous->start);
}

TO_A_RAW_SERVER(cancel_asked_for_before_a_synchronous_call_is_the_flag_of_its_request)
{
  struct synchronous synchronous;
  synchronous_prepare(&synchronous, server, 0);
  CHECK_EQ(RpcCancelThread(synchronous.thread), RPC_S_OK);
  SetEvent(synchronous.start);
  raw_server_take_over(server);
  unsigned call_id = raw_server_receive_first(server, OP_ADD);
  CHECK(raw_server_is_flagged(server));
  raw_server_answer(server, call_id, 0);
  synchronous_finish(&synchronous);
  CHECK_EQ(synchronous.sum, 42);
}

TO_A_RAW_SERVER(cancel_of_a_synchronous_request_in_fragments_goes_between_them)
{
  struct synchronous synchronous;
  int cancels = 0;
  synchronous_prepare(&synchronous, server, LARGE);
  SetEvent(synchronous.start);
  raw_server_take_over(server);
  unsigned call_id = raw_server_receive_first(server, OP_ECHO);
  CHECK_EQ(RpcCancelThread(synchronous.thread), RPC_S_OK);
  while (!raw_server_is_last(server)) {
    CHECK_EQ(raw_server_receive(server), call_id);
    if (server->pdu[RAW_TYPE] == RAW_CO_CANCEL)
      cancels++;
    else
      CHECK(server->pdu[RAW_TYPE] == RAW_REQUEST && !raw_server_is_flagged(server));
  }
  CHECK_EQ(cancels, 1);
  answer_echo(server, call_id);
  synchronous_finish(&synchronous);
  CHECK_EQ(synchronous.count, 0);
}

TO_A_RAW_SERVER(cancel_of_a_sent_synchronous_request_is_one_co_cancel)
{
  struct synchronous synchronous;
  synchronous_prepare(&synchronous, server, 0);
  SetEvent(synchronous.start);
  raw_server_take_over(server);
  unsigned call_id = raw_server_receive_first(server, OP_ADD);
  CHECK(!raw_server_is_flagged(server));
  CHECK_EQ(RpcCancelThread(synchronous.thread), RPC_S_OK);
  CHECK_EQ(raw_server_receive(server), call_id);
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_CO_CANCEL);
  raw_server_answer(server, call_id, 0);
  synchronous_finish(&synchronous);
  CHECK_EQ(synchronous.sum, 42);
  /* Its connection is good for the next call, and nothing else was said on it. */
  synchronous_prepare(&synchronous, server, 0);
  SetEvent(synchronous.start);
  call_id = raw_server_receive_first(server, OP_ADD);
  CHECK(!raw_server_is_flagged(server));
  raw_server_answer(server, call_id, 0);
  synchronous_finish(&synchronous);
}

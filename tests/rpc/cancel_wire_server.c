/*
 * Cancels as the server gets them on the wire, from a raw client: for a call in each of its
 * states, by the flag of a request, co_cancel and orphaned.
 *
 * The server reads a connection in order, also while a manager routine runs. So when it has
 * answered an alter_context, it has seen all that was sent before: nothing here waits for a
 * cancel to arrive.
 */
#include "async_call.h"
#include "held_calls.h"
#include "procedures.h"
#include "raw_client.h"

#define OP_ASK         0 /* in place of add: returns when it has been cancelled */
#define OP_HOLD        1
#define OP_HOLD_MEMORY 3
#define OP_BLOCK       5 /* in place of nothing: its routine returns when the test lets it */
#define OPNUMS         32

static HANDLE entered;       /* set by `ask` */
static HANDLE unblock;       /* what `block` waits for */
static RPC_STATUS completed; /* what `ask` got for completing its call */
static HANDLE asked;         /* set when it has */

static void ask(PRPC_ASYNC_STATE state, handle_t binding, LONG a, LONG b)
{
  (void)binding, (void)a, (void)b;
  LONG status;
  SetEvent(entered);
  while ((status = RpcServerTestCancel(NULL)) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
  completed = RpcAsyncCompleteCall(state, &status);
  SetEvent(asked);
}

static void block(PRPC_ASYNC_STATE state, handle_t binding)
{
  (void)binding;
  CHECK_SIGNALLED(unblock);
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
}

/* The connection is as good as new: a held call comes and is answered, and nothing else is. */
static void check_usable(struct raw_client *client, unsigned call_id)
{
  raw_client_request(client, call_id, OP_HOLD, 77);
  CHECK_EQ(held_calls_test_cancel(77), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(held_calls_release(77, 5), RPC_S_OK);
  raw_client_receive(client, RAW_RESPONSE, call_id);
  CHECK_EQ(raw_get32(client->pdu, 24), 5);
}

static void release_and_receive(struct raw_client *client, unsigned call_id, LONG number)
{
  CHECK_EQ(held_calls_release(number, number + 1), RPC_S_OK);
  raw_client_receive(client, RAW_RESPONSE, call_id);
  CHECK_EQ(raw_get32(client->pdu, 24), number + 1);
}

static void with_raw_client(enum wire wire, void (*test)(struct raw_client *client))
{
  static void *vector[OPNUMS] = {
      [OP_ASK] = ask,
      [OP_HOLD] = async_server_hold,
      [OP_HOLD_MEMORY] = async_server_hold_memory,
      [OP_BLOCK] = block,
  };
  static struct raw_client client;
  char endpoint[64];
  unblock = CreateEventW(NULL, TRUE, FALSE, NULL);
  entered = CreateEventW(NULL, TRUE, FALSE, NULL);
  asked = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(unblock && entered && asked);
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  raw_connect(&client.peer, wire, endpoint);
  test(&client);
  raw_close(&client.peer);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

#define FROM_A_RAW_CLIENT(name)                                                                \
  static void name##_from(struct raw_client *client);                                          \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    with_raw_client(WIRE_LOCAL, name##_from);                                                  \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    with_raw_client(WIRE_TCP, name##_from);                                                    \
  }                                                                                            \
  static void name##_from(struct raw_client *client)

/* ---- a cancel marks the call, whatever its state ---- */

FROM_A_RAW_CLIENT(pending_cancel_flag_cancels_before_the_manager_is_entered)
{
  LONG number = 1;
  raw_client_bind(client, 0);
  raw_client_request_part(client, 2, OP_HOLD, RAW_FIRST | RAW_LAST | RAW_PENDING_CANCEL,
                          &number, sizeof(number));
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_OK);
  release_and_receive(client, 2, 1);
  check_usable(client, 3);
}

FROM_A_RAW_CLIENT(pending_cancel_flag_counts_in_any_fragment)
{
  for (unsigned flagged = 0; flagged < 3; flagged++) {
    static const unsigned flags[] = {RAW_FIRST, 0, RAW_LAST};
    LONG number = 10 + flagged;
    if (!flagged)
      raw_client_bind(client, 0);
    for (unsigned i = 0; i < 3; i++)
      raw_client_request_part(client, 2, OP_HOLD,
                              flags[i] | (i == flagged ? RAW_PENDING_CANCEL : 0),
                              (BYTE *)&number + i, i < 2 ? 1 : 2);
    CHECK_EQ(held_calls_test_cancel(number), RPC_S_OK);
    release_and_receive(client, 2, number);
  }
}

FROM_A_RAW_CLIENT(co_cancel_of_a_call_still_in_fragments_cancels_it)
{
  LONG number = 1;
  raw_client_bind(client, 0);
  raw_client_request_part(client, 2, OP_HOLD, RAW_FIRST, &number, 1);
  raw_client_send(client, RAW_CO_CANCEL, 2);
  raw_client_request_part(client, 2, OP_HOLD, RAW_LAST, (BYTE *)&number + 1, 3);
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_OK);
  release_and_receive(client, 2, 1);
}

FROM_A_RAW_CLIENT(co_cancel_of_a_call_queued_but_not_dispatched_cancels_it)
{
  raw_client_bind(client, 0);
  raw_client_gather(client);
  raw_client_request(client, 2, OP_BLOCK, 0);
  raw_client_request(client, 3, OP_HOLD, 1);
  raw_client_request(client, 4, OP_HOLD, 2);
  raw_client_send(client, RAW_CO_CANCEL, 3);
  raw_client_flush(client);
  raw_client_sync(client);
  SetEvent(unblock);
  raw_client_receive(client, RAW_RESPONSE, 2);
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_OK);
  CHECK_EQ(held_calls_test_cancel(2), RPC_S_CALL_IN_PROGRESS);
  release_and_receive(client, 3, 1);
  release_and_receive(client, 4, 2);
}

FROM_A_RAW_CLIENT(co_cancel_reaches_a_running_manager_routine)
{
  raw_client_bind(client, 0);
  raw_client_request(client, 2, OP_ASK, 0);
  CHECK_SIGNALLED(entered);
  raw_client_send(client, RAW_CO_CANCEL, 2);
  raw_client_receive(client, RAW_RESPONSE, 2);
  CHECK_EQ(raw_get32(client->pdu, 24), RPC_S_OK);
  CHECK_EQ(client->pdu[22], 1); /* cancel_count */
  check_usable(client, 3);
}

FROM_A_RAW_CLIENT(co_cancel_of_a_detached_call_cancels_it)
{
  raw_client_bind(client, 0);
  raw_client_request(client, 2, OP_HOLD, 1);
  held_calls_wait(1);
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_CALL_IN_PROGRESS);
  raw_client_send(client, RAW_CO_CANCEL, 2);
  raw_client_sync(client);
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_OK);
  release_and_receive(client, 2, 1);
}

FROM_A_RAW_CLIENT(cancel_after_the_reply_is_nothing)
{
  raw_client_bind(client, 0);
  raw_client_request(client, 2, OP_HOLD, 1);
  release_and_receive(client, 2, 1);
  raw_client_send(client, RAW_CO_CANCEL, 2);
  raw_client_send(client, RAW_ORPHANED, 2);
  check_usable(client, 2);
}

/* In bind and alter_context the same bit asks for header signing. */
FROM_A_RAW_CLIENT(flag_of_bind_and_alter_context_is_no_cancel)
{
  raw_client_bind(client, RAW_PENDING_CANCEL);
  raw_client_request(client, 1, OP_HOLD, 1);
  held_calls_wait(1);
  raw_client_alter(client, 1, RAW_PENDING_CANCEL);
  raw_client_receive(client, RAW_ALTER_CONTEXT_RESP, 1);
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_CALL_IN_PROGRESS);
  release_and_receive(client, 1, 1);
}

/* ---- orphaned: nobody waits for an answer ---- */

FROM_A_RAW_CLIENT(orphaned_call_still_in_fragments_is_dropped)
{
  LONG number = 1;
  raw_client_bind(client, 0);
  raw_client_request_part(client, 2, OP_HOLD, RAW_FIRST, &number, 1);
  raw_client_send(client, RAW_ORPHANED, 2);
  raw_client_sync(client);
  check_usable(client, 2); /* its call id is free again */
}

FROM_A_RAW_CLIENT(orphaned_call_queued_but_not_dispatched_is_dropped)
{
  raw_client_bind(client, 0);
  raw_client_gather(client);
  raw_client_request(client, 2, OP_BLOCK, 0);
  raw_client_request(client, 3, OP_HOLD, 1);
  raw_client_request(client, 4, OP_HOLD, 2);
  raw_client_send(client, RAW_ORPHANED, 3);
  raw_client_flush(client);
  raw_client_sync(client);
  SetEvent(unblock);
  raw_client_receive(client, RAW_RESPONSE, 2);
  /* The one behind it is there: it has been passed over. */
  release_and_receive(client, 4, 2);
  check_usable(client, 3);
  CHECK_EQ(held_calls_release_all(1), 0);
}

FROM_A_RAW_CLIENT(orphaned_reaches_a_running_manager_routine_and_is_not_answered)
{
  raw_client_bind(client, 0);
  raw_client_request(client, 2, OP_ASK, 0);
  CHECK_SIGNALLED(entered);
  raw_client_send(client, RAW_ORPHANED, 2);
  check_usable(client, 3);
  CHECK_SIGNALLED(asked);
  CHECK_EQ(completed, RPC_S_CALL_FAILED);
}

FROM_A_RAW_CLIENT(orphaned_detached_call_is_not_answered)
{
  raw_client_bind(client, 0);
  raw_client_request(client, 2, OP_HOLD, 1);
  held_calls_wait(1);
  raw_client_send(client, RAW_ORPHANED, 2);
  raw_client_sync(client);
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_OK);
  CHECK_EQ(held_calls_release(1, 5), RPC_S_CALL_FAILED);
  check_usable(client, 3);
}

#define REPLY_SIZE (16 << 20) /* more than pipes and sockets hold */
#define PART       1024

/* Nothing has been read of a large response when it is orphaned: its end never comes. */
FROM_A_RAW_CLIENT(orphaned_response_under_way_stops)
{
  /* number, no list, count, the array's size, its bytes */
  LONG stub[4 + PART / 4] = {1, 0, PART, PART};
  raw_client_bind(client, 0);
  raw_client_request_part(client, 2, OP_HOLD_MEMORY, RAW_FIRST | RAW_LAST, stub, sizeof(stub));
  CHECK_EQ(held_calls_release(1, REPLY_SIZE / PART), RPC_S_OK);
  raw_client_send(client, RAW_ORPHANED, 2);
  raw_client_alter(client, RAW_SYNC_ID, 0);
  do {
    CHECK(raw_receive(&client->peer, client->pdu));
    if (client->pdu[RAW_TYPE] == RAW_RESPONSE)
      CHECK(!(client->pdu[RAW_FLAGS] & RAW_LAST));
  } while (client->pdu[RAW_TYPE] != RAW_ALTER_CONTEXT_RESP);
  check_usable(client, 2);
}

/* ---- connections that end with calls on them ---- */

/* The client hears of it though nobody has completed the call. */
FROM_A_RAW_CLIENT(garbage_ends_the_connection_and_cancels_the_call_that_is_pending)
{
  static const BYTE garbage[24] = {0xee};
  raw_client_bind(client, 0);
  raw_client_request(client, 2, OP_HOLD, 1);
  held_calls_wait(1);
  CHECK(raw_send(&client->peer, garbage, sizeof(garbage)));
  while (raw_receive(&client->peer, client->pdu))
    CHECK_EQ(client->pdu[RAW_TYPE], RAW_FAULT);
  CHECK_EQ(held_calls_test_cancel(1), RPC_S_OK);
  CHECK_EQ(held_calls_release(1, 2), RPC_S_CALL_FAILED);
}

/* ---- what else mixed fragments ask for ---- */

/* Each is refused once, and the rest of each is dropped, however they are mixed. */
FROM_A_RAW_CLIENT(rests_of_refused_requests_are_dropped)
{
  LONG number = 1;
  raw_client_bind(client, 0);
  for (unsigned call_id = 2; call_id < 6; call_id++) {
    raw_make_request(client->pdu, call_id, OP_HOLD, &number, sizeof(number));
    client->pdu[RAW_FLAGS] = RAW_FIRST | RAW_MULTIPLEX;
    raw_put16(client->pdu, 20, 77); /* a context that is not there */
    CHECK(raw_send(&client->peer, client->pdu, 24 + sizeof(number)));
    raw_client_receive(client, RAW_FAULT, call_id);
  }
  raw_client_request_part(client, 2, OP_HOLD, 0, &number, sizeof(number));
  raw_client_request_part(client, 3, OP_HOLD, RAW_LAST, &number, sizeof(number));
  raw_client_send(client, RAW_ORPHANED, 4);
  raw_client_request_part(client, 5, OP_HOLD, RAW_LAST, &number, sizeof(number));
  raw_client_request_part(client, 2, OP_HOLD, RAW_LAST, &number, sizeof(number));
  check_usable(client, 4);
  check_usable(client, 2);
  /* With the last fragment the permission has ended. */
  raw_client_request_part(client, 5, OP_HOLD, RAW_LAST, &number, sizeof(number));
  CHECK(!raw_receive(&client->peer, client->pdu));
}

/* Small requests get into their manager routines while a large one is still coming. */
FROM_A_RAW_CLIENT(small_requests_pass_by_one_in_fragments)
{
  LONG number = 1;
  raw_client_bind(client, 0);
  raw_client_request_part(client, 2, OP_HOLD, RAW_FIRST, &number, 1);
  for (LONG i = 0; i < 3; i++) {
    check_usable(client, 10 + i);
    raw_client_request_part(client, 2, OP_HOLD, i == 2 ? RAW_LAST : 0, (BYTE *)&number + 1 + i,
                            1);
  }
  release_and_receive(client, 2, 1);
}

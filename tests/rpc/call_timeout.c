/*
 * RPC_C_OPT_CALL_TIMEOUT: a call to a server that keeps silent ends by itself with
 * RPC_S_CALL_CANCELLED, wherever it stands, synchronous and asynchronous.
 * Before there is a connection: connecting.c.
 */
#include <winsock2.h>

#include "async_call.h"
#include "held_calls.h"
#include "time_out.h"

#include <stdlib.h>

#define RAW_ORPHANED 19
#define CONC_MPX     0x10

static void check_ends_cancelled(struct async_call *call)
{
  CHECK_SIGNALLED(call->event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), RPC_S_CALL_CANCELLED);
  CHECK_EQ(RpcAsyncCompleteCall(&call->state, NULL), RPC_S_CALL_CANCELLED);
  CHECK(!async_call_is_notified(call));
  async_call_close(call);
}

static void check_add_works(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  LONG sum = 0;
  set_timeout(binding, 0);
  async_call_init(&call);
  async_add(&call.state, binding, 20, 3);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
  CHECK_EQ(sync_add(binding, 20, 4), 24);
}

/* ---- waiting for the reply ---- */

/* A call that the server must have got by then, on a connection that is there already. */
#define DISPATCHED_MS 1000

ON_EACH_SERVER(asynchronous_call_ends_at_its_time_out_and_the_server_is_told)
{
  struct async_call call;
  LONG answer = 5;
  check_add_works(server->binding);
  ULONGLONG start = GetTickCount64();
  set_timeout(server->binding, DISPATCHED_MS);
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &answer);
  check_ends_cancelled(&call);
  CHECK(GetTickCount64() - start >= DISPATCHED_MS - CLOCK_MS);
  server_wait_cancelled(server, 1);
  server_release(server, 1, 6); /* the late reply goes nowhere */
  check_add_works(server->binding);
  CHECK_EQ(answer, 5);
}

ON_LOCAL_AND_REMOTE(synchronous_call_ends_at_its_time_out_and_the_server_is_told)
{
  LONG answer = 5;
  check_add_works(server->binding);
  ULONGLONG start = GetTickCount64();
  set_timeout(server->binding, DISPATCHED_MS);
  CHECK_EQ(RAISED(sync_hold, server->binding, 1, &answer), RPC_S_CALL_CANCELLED);
  CHECK(GetTickCount64() - start >= DISPATCHED_MS - CLOCK_MS);
  server_wait_cancelled(server, 1);
  server_release(server, 1, 6);
  check_add_works(server->binding);
  CHECK_EQ(answer, 5);
}

ON_LOCAL_AND_REMOTE(reply_in_time_disarms_the_time_out)
{
  struct async_call call;
  LONG answer = 0;
  check_add_works(server->binding);
  set_timeout(server->binding, 1000);
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &answer);
  server_wait_held(server, 1);
  CHECK_EQ(server_release(server, 1, 8), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  /* Nothing comes when the time is over, neither here nor for a call that was completed. */
  CHECK_EQ(WaitForSingleObject(call.event, 1100), WAIT_TIMEOUT);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, 8);
  async_call_close(&call);
}

ON_LOCAL_AND_REMOTE(cancelled_call_meets_no_time_out)
{
  struct async_call call;
  LONG answer = 0;
  check_add_works(server->binding);
  set_timeout(server->binding, 3 * SHORT_MS);
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &answer);
  server_wait_held(server, 1);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(WaitForSingleObject(call.event, 4 * SHORT_MS), WAIT_TIMEOUT);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_CALL_CANCELLED);
  async_call_close(&call);
  server_abort(server, 1, 1);
}

/* In the place of `add`: answers after `ms`, unless the client is gone by then. */
static void add_after(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG ms)
{
  (void)binding;
  Sleep(ms);
  RpcAsyncCompleteCall(state, &number);
}

static RPC_BINDING_HANDLE listen_with_delay(enum wire wire)
{
  static struct {
    void (*add)(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG ms);
    void *others[20];
  } vector = {.add = add_after};
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)&vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

/* The reply comes about when the time is over: one of the two it is, and once. */
ON_EACH_WIRE(reply_and_time_out_are_decided_once)
{
  RPC_BINDING_HANDLE binding = listen_with_delay(wire);
  int replies = 0, timeouts = 0;
  struct async_call call;
  LONG reply = 0;
  async_call_init(&call);
  async_add(&call.state, binding, 1, 0); /* connects */
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  set_timeout(binding, 30);
  for (int i = 0; i < 60; i++) {
    async_call_init(&call);
    reply = -1;
    async_add(&call.state, binding, i, i % 60);
    CHECK_SIGNALLED(call.event);
    RPC_STATUS seen = RpcAsyncGetCallStatus(&call.state);
    RPC_STATUS status = RpcAsyncCompleteCall(&call.state, &reply);
    CHECK_EQ(status, seen);
    CHECK(status == RPC_S_OK || status == RPC_S_CALL_CANCELLED);
    CHECK_EQ(reply, status == RPC_S_OK ? i : -1);
    CHECK(!async_call_is_notified(&call));
    async_call_close(&call);
    status == RPC_S_OK ? replies++ : timeouts++;
  }
  test_note("%d replies, %d time-outs", replies, timeouts);
  CHECK(replies && timeouts);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* All deadlines are kept, in whatever order they are made, and those of others left alone. */
ON_LOCAL_AND_REMOTE(many_time_outs_end_their_own_calls)
{
  enum { COUNT = 300 };
  static struct async_call calls[COUNT];
  static LONG answers[COUNT];
  struct async_call lasting;
  LONG lasting_answer = 0;
  set_timeout(server->binding, FOREVER_MS);
  async_call_init(&lasting);
  async_hold(&lasting.state, server->binding, COUNT, &lasting_answer);
  for (int i = 0; i < COUNT; i++) {
    set_timeout(server->binding, 1000 + i * 7919 % 400);
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, server->binding, i, &answers[i]);
  }
  for (int i = 0; i < COUNT; i++)
    check_ends_cancelled(&calls[i]);
  server_wait_held(server, COUNT + 1);
  for (int i = 0; i < COUNT; i++)
    server_abort(server, i, 1);
  CHECK_EQ(RpcAsyncGetCallStatus(&lasting.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(server_release(server, COUNT, 7), RPC_S_OK);
  CHECK_EQ(async_call_finish(&lasting, NULL), RPC_S_OK);
  CHECK_EQ(lasting_answer, 7);
}

TEST(time_out_of_0_and_infinite_is_none)
{
  struct server server;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  for (int i = 0; i < 2; i++) {
    struct async_call call;
    LONG answer = 0;
    set_timeout(server.binding, i ? INFINITE : 0);
    async_call_init(&call);
    async_hold(&call.state, server.binding, i, &answer);
    server_wait_held(&server, 1);
    CHECK_EQ(WaitForSingleObject(call.event, SHORT_MS), WAIT_TIMEOUT);
    CHECK_EQ(server_release(&server, i, 4), RPC_S_OK);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
    CHECK_EQ(sync_add(server.binding, 1, 2), 3);
  }
  server_stop(&server);
}

/* ---- servers that answer the bind, and then … ---- */

struct fake {
  struct raw_peer peer;
  HANDLE thread;
  HANDLE go_on;  /* … only then read on */
  unsigned last; /* type of the last PDU that came; 0xff: the client has closed */
};

/* Answers a bind; false: there was none. */
static bool answer_bind(struct fake *fake, BYTE *pdu)
{
  raw_accept(&fake->peer);
  if (!raw_receive(&fake->peer, pdu))
    return false;
  size_t length = raw_make_bind_ack(pdu, raw_get32(pdu, RAW_CALL_ID), 0, 0);
  pdu[RAW_FLAGS] |= CONC_MPX;
  return raw_send(&fake->peer, pdu, length);
}

/* … says nothing. */
static DWORD WINAPI never_reply(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct fake *fake = context;
  CHECK(answer_bind(fake, pdu));
  CHECK(raw_receive(&fake->peer, pdu) > 0);
  CHECK_EQ(pdu[RAW_TYPE], RAW_REQUEST);
  unsigned call_id = raw_get32(pdu, RAW_CALL_ID);
  fake->last = 0xff;
  if (raw_receive(&fake->peer, pdu)) {
    fake->last = pdu[RAW_TYPE];
    CHECK_EQ(raw_get32(pdu, RAW_CALL_ID), call_id);
  }
  return 0;
}

/* … reads nothing. */
static DWORD WINAPI never_read(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct fake *fake = context;
  CHECK(answer_bind(fake, pdu));
  CHECK_SIGNALLED(fake->go_on);
  return 0;
}

#define FRAGMENTS   4
#define FRAGMENT_MS 500 /* between two; all of them take longer than the time-out */
#define PATIENCE_MS 1700

/* … replies slowly, but never leaves the client without a word for long. */
static DWORD WINAPI reply_slowly(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  static const unsigned char stub[8] = {42};
  struct fake *fake = context;
  CHECK(answer_bind(fake, pdu));
  CHECK(raw_receive(&fake->peer, pdu) > 0);
  unsigned call_id = raw_get32(pdu, RAW_CALL_ID);
  for (int i = 0; i < FRAGMENTS; i++) {
    size_t length = raw_make_response(pdu, call_id, stub, i ? 0 : 4);
    pdu[RAW_FLAGS] = (BYTE)((i == 0) | (i == FRAGMENTS - 1) << 1);
    Sleep(FRAGMENT_MS);
    CHECK(raw_send(&fake->peer, pdu, length));
  }
  while (raw_receive(&fake->peer, pdu))
    ;
  return 0;
}

static RPC_BINDING_HANDLE fake_start(struct fake *fake, enum wire wire,
                                     LPTHREAD_START_ROUTINE serve)
{
  RPC_BINDING_HANDLE binding = listen_silently(&fake->peer, wire);
  fake->go_on = CreateEventW(NULL, TRUE, FALSE, NULL);
  fake->thread = CreateThread(NULL, 0, serve, fake, 0, NULL);
  CHECK(fake->go_on && fake->thread);
  return binding;
}

static void fake_stop(struct fake *fake, RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  SetEvent(fake->go_on);
  CHECK_SIGNALLED(fake->thread);
  CloseHandle(fake->thread);
  CloseHandle(fake->go_on);
  raw_close(&fake->peer);
  raw_stop_listening(&fake->peer);
}

ON_EACH_WIRE(asynchronous_time_out_says_orphaned_on_the_wire)
{
  struct fake fake;
  RPC_BINDING_HANDLE binding = fake_start(&fake, wire, never_reply);
  struct async_call call;
  set_timeout(binding, SHORT_MS);
  async_call_init(&call);
  async_add(&call.state, binding, 1, 2);
  check_ends_cancelled(&call);
  CHECK_SIGNALLED(fake.thread);
  CHECK_EQ(fake.last, RAW_ORPHANED);
  fake_stop(&fake, binding);
}

/* Nobody else uses that connection: closing it says the same. */
ON_EACH_WIRE(synchronous_time_out_closes_the_connection)
{
  struct fake fake;
  RPC_BINDING_HANDLE binding = fake_start(&fake, wire, never_reply);
  set_timeout(binding, SHORT_MS);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_CALL_CANCELLED);
  CHECK_SIGNALLED(fake.thread);
  CHECK_EQ(fake.last, 0xff);
  fake_stop(&fake, binding);
}

/* More than any buffer between the two takes. */
#define LARGE (48 << 20)

ON_EACH_WIRE(time_out_ends_a_call_that_is_still_being_sent)
{
  for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
    struct fake fake;
    RPC_BINDING_HANDLE binding = fake_start(&fake, wire, never_read);
    byte *data = calloc(1, LARGE), *reply = NULL;
    LONG count = 0;
    CHECK(data);
    set_timeout(binding, 500);
    if (asynchronous) {
      struct async_call call;
      async_call_init(&call);
      async_echo(&call.state, binding, LARGE, data, &count, &reply);
      check_ends_cancelled(&call);
    } else {
      CHECK_EQ(RAISED(sync_echo, binding, LARGE, data, &count, &reply), RPC_S_CALL_CANCELLED);
    }
    CHECK(!reply);
    free(data);
    fake_stop(&fake, binding);
  }
}

/* As Microsoft's page of RpcBindingSetOption has it: each packet begins the time anew. */
ON_EACH_WIRE(each_packet_begins_the_time_anew)
{
  for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
    struct fake fake;
    RPC_BINDING_HANDLE binding = fake_start(&fake, wire, reply_slowly);
    set_timeout(binding, PATIENCE_MS);
    if (asynchronous) {
      struct async_call call;
      LONG sum = 0;
      async_call_init(&call);
      async_add(&call.state, binding, 1, 2);
      CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
      CHECK_EQ(sum, 42);
    } else {
      CHECK_EQ(sync_add(binding, 1, 2), 42);
    }
    fake_stop(&fake, binding);
  }
}

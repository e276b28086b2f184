/*
 * How a call can end, and what says so: the notification, once; RpcAsyncGetCallStatus and
 * RpcAsyncCompleteCall, with the same status; and for a synchronous call the exception, with
 * that status too. A call that could not be made raises in the stub and notifies nobody.
 */
#include "async_call.h"
#include "held_calls.h"
#include "fake_server.h"

#include <stdlib.h>

/* The call was made, and ends so. */
static void check_outcome(struct async_call *call, RPC_STATUS expected)
{
  CHECK_SIGNALLED(call->event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), expected);
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), expected);
  LONG reply = -1;
  CHECK_EQ(RpcAsyncCompleteCall(&call->state, &reply), expected);
  CHECK_EQ(reply, -1);
  CHECK(!async_call_is_notified(call));
  /* It is over. */
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcAsyncCompleteCall(&call->state, &reply), RPC_S_INVALID_ASYNC_HANDLE);
  async_call_close(call);
}

/* Neither of the two stubs makes the call: both raise that. */
static void check_not_made(RPC_BINDING_HANDLE binding, DWORD expected)
{
  struct async_call call;
  LONG reply;
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), expected);
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, binding, 1, 2), expected);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, &reply), RPC_S_INVALID_ASYNC_HANDLE);
  async_call_close(&call);
}

/* Of `add`, on a server that answers it so. */
static void check_both_end(RPC_BINDING_HANDLE binding, DWORD expected)
{
  struct async_call call;
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), expected);
  async_call_init(&call);
  async_add(&call.state, binding, 1, 2);
  check_outcome(&call, expected);
}

static void start_held(struct server *server, struct async_call *call, LONG *answer)
{
  *answer = -1;
  async_call_init(call);
  async_hold(&call->state, server->binding, 1, answer);
  server_wait_held(server, 1);
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
}

struct caller {
  RPC_BINDING_HANDLE binding;
  LONG answer;
};

static DWORD WINAPI hold(void *context)
{
  struct caller *caller = context;
  return RAISED(sync_hold, caller->binding, 2, &caller->answer);
}

static HANDLE start_held_synchronously(struct server *server, struct caller *caller)
{
  caller->binding = server->binding;
  caller->answer = -1;
  HANDLE thread = CreateThread(NULL, 0, hold, caller, 0, NULL);
  CHECK(thread);
  return thread;
}

static void check_raised(HANDLE thread, DWORD expected)
{
  DWORD status;
  CHECK_SIGNALLED(thread);
  CHECK(GetExitCodeThread(thread, &status));
  CHECK_EQ(status, expected);
  CloseHandle(thread);
}

/* ---- the server says so ---- */

static const DWORD codes[] = {1, RPC_S_CALL_CANCELLED, 0x80070057, 0xe1234567, ERROR_NOACCESS};

ON_EACH_SERVER(outcome_of_an_abort_is_its_code)
{
  for (size_t i = 0; i < ARRAYSIZE(codes); i++) {
    struct async_call call;
    struct caller caller;
    LONG answer;
    start_held(server, &call, &answer);
    HANDLE thread = start_held_synchronously(server, &caller);
    server_wait_held(server, 2);
    CHECK_EQ(server_abort(server, 1, codes[i]), RPC_S_OK);
    check_outcome(&call, (RPC_STATUS)codes[i]);
    CHECK_EQ(answer, -1);
    CHECK_EQ(server_abort(server, 2, codes[i]), RPC_S_OK);
    check_raised(thread, codes[i]);
    CHECK_EQ(caller.answer, -1);
  }
}

ON_EACH_SERVER(outcome_of_an_exception_is_its_code)
{
  for (size_t i = 0; i < ARRAYSIZE(codes); i++) {
    struct async_call call;
    LONG never = -1;
    async_call_init(&call);
    async_fail(&call.state, server->binding, codes[i], &never);
    check_outcome(&call, (RPC_STATUS)codes[i]);
    CHECK_EQ(RAISED(sync_fail, server->binding, codes[i], &never), codes[i]);
    CHECK_EQ(never, -1);
  }
}

ON_EACH_SERVER(outcome_of_a_time_out_is_cancelled)
{
  struct async_call call;
  LONG answer = -1;
  CHECK_EQ(RpcBindingSetOption(server->binding, RPC_C_OPT_CALL_TIMEOUT, 500), RPC_S_OK);
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &answer);
  check_outcome(&call, RPC_S_CALL_CANCELLED);
  CHECK_EQ(RAISED(sync_hold, server->binding, 2, &answer), RPC_S_CALL_CANCELLED);
  CHECK_EQ(answer, -1);
  server_abort(server, 1, 1);
  server_abort(server, 2, 1);
}

static RPC_BINDING_HANDLE use_endpoint(enum wire wire)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

static void stop_here(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

/* The server does not know the interface when the client binds, … */
ON_EACH_WIRE(outcome_of_an_unknown_interface_at_the_bind_is_unknown_if)
{
  RPC_BINDING_HANDLE binding = use_endpoint(wire);
  CHECK_EQ(RpcServerRegisterIf(server_control_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  check_not_made(binding, RPC_S_UNKNOWN_IF);
  stop_here(binding);
}

/* … or knows it no longer when it calls. */
ON_EACH_WIRE(outcome_of_an_unregistered_interface_is_unknown_if)
{
  RPC_BINDING_HANDLE binding = use_endpoint(wire);
  struct async_call call;
  LONG sum = 0;
  CHECK_EQ(RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  async_call_init(&call);
  async_add(&call.state, binding, 1, 2);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(RpcServerUnregisterIf(async_server_calls_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
  check_both_end(binding, RPC_S_UNKNOWN_IF);
  stop_here(binding);
}

/* The server's interface has fewer procedures than the client's. */
ON_EACH_WIRE(outcome_of_a_procedure_that_is_not_there_is_procnum_out_of_range)
{
  RPC_SERVER_INTERFACE smaller = *(RPC_SERVER_INTERFACE *)async_server_calls_v1_0_s_ifspec;
  RPC_DISPATCH_TABLE table = *smaller.DispatchTable;
  RPC_BINDING_HANDLE binding = use_endpoint(wire);
  struct async_call call;
  LONG answer = -1;
  table.DispatchTableCount = 1; /* `add` */
  smaller.DispatchTable = &table;
  CHECK_EQ(RpcServerRegisterIf(&smaller, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  async_call_init(&call);
  async_hold(&call.state, binding, 1, &answer);
  check_outcome(&call, RPC_S_PROCNUM_OUT_OF_RANGE);
  CHECK_EQ(RAISED(sync_hold, binding, 1, &answer), RPC_S_PROCNUM_OUT_OF_RANGE);
  CHECK_EQ(answer, -1);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  stop_here(binding);
}

static RPC_STATUS RPC_ENTRY deny(RPC_IF_HANDLE interface_id, void *context)
{
  (void)interface_id, (void)context;
  return 4711;
}

ON_EACH_WIRE(outcome_of_a_denied_call_is_access_denied)
{
  RPC_BINDING_HANDLE binding = use_endpoint(wire);
  CHECK_EQ(RpcServerRegisterIfEx(async_server_calls_v1_0_s_ifspec, NULL, NULL, 0, 10, deny),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  check_both_end(binding, RPC_S_ACCESS_DENIED);
  stop_here(binding);
}

/* The server has stopped to listen, and only waits for a call to end. */
ON_EACH_WIRE(outcome_of_a_call_to_a_server_that_stops_is_too_busy)
{
  struct server server;
  struct async_call held;
  LONG answer;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  CHECK_EQ(sync_add(server.binding, 1, 2), 3); /* a connection for each kind of call is there */
  start_held(&server, &held, &answer);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  check_both_end(server.binding, RPC_S_SERVER_TOO_BUSY);
  CHECK_EQ(server_release(&server, 1, 5), RPC_S_OK);
  CHECK_EQ(async_call_finish(&held, NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

/* ---- the connection ---- */

ON_EACH_WIRE(outcome_of_a_refused_connection_is_server_unavailable)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE binding = endpoint_bind(wire, endpoint);
  check_not_made(binding, RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* The manager routines have the calls when the server's process ends. */
ON_EACH_WIRE(outcome_of_a_server_that_dies_is_call_failed)
{
  struct server server;
  struct async_call call;
  struct caller caller;
  LONG answer;
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  start_held(&server, &call, &answer);
  HANDLE thread = start_held_synchronously(&server, &caller);
  server_wait_held(&server, 2);
  server_kill(&server);
  check_outcome(&call, RPC_S_CALL_FAILED);
  check_raised(thread, RPC_S_CALL_FAILED);
  CHECK_EQ(answer, -1);
  CHECK_EQ(caller.answer, -1);
}

/* A call to such a server, of either kind, which is made and ends so. */
static void check_fake(enum wire wire, make_answer to_request, DWORD expected)
{
  for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
    struct fake_server fake = {.to_bind = fake_server_accept_bind, .to_request = to_request};
    RPC_BINDING_HANDLE binding = fake_server_start(&fake, wire);
    if (asynchronous) {
      struct async_call call;
      async_call_init(&call);
      async_add(&call.state, binding, 1, 2);
      check_outcome(&call, (RPC_STATUS)expected);
    } else {
      CHECK_EQ(RAISED(sync_add, binding, 1, 2), expected);
    }
    fake_server_stop(&fake, binding);
  }
}

/* The request has arrived, and no more is known of it. */
ON_EACH_WIRE(outcome_of_a_lost_connection_before_dispatch_is_call_failed)
{
  check_fake(wire, NULL, RPC_S_CALL_FAILED);
}

static size_t answer_noise(BYTE *pdu, unsigned call_id)
{
  (void)call_id;
  memset(pdu, 0xee, 200);
  return 200;
}

ON_EACH_WIRE(outcome_of_a_broken_answer_is_protocol_error)
{
  check_fake(wire, answer_noise, RPC_S_PROTOCOL_ERROR);
}

static size_t answer_busy(BYTE *pdu, unsigned call_id)
{
  return raw_make_fault(pdu, call_id, 0x1c010014); /* nca_s_server_too_busy */
}

ON_EACH_WIRE(outcome_of_a_busy_server_is_too_busy)
{
  check_fake(wire, answer_busy, RPC_S_SERVER_TOO_BUSY);
}

static size_t refuse_bind(BYTE *pdu, unsigned call_id)
{
  static const BYTE versions[] = {1, 5, 0};
  raw_make_bind_ack(pdu, call_id, 0, 0);
  pdu[RAW_TYPE] = RAW_BIND_NAK;
  raw_put16(pdu, 16, 1); /* temporary congestion */
  memcpy(pdu + 18, versions, sizeof(versions));
  raw_put16(pdu, RAW_FRAGMENT_LENGTH, 24);
  return 24;
}

ON_EACH_WIRE(outcome_of_a_bind_refused_for_the_moment_is_too_busy)
{
  for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
    struct fake_server fake = {.to_bind = refuse_bind};
    RPC_BINDING_HANDLE binding = fake_server_start(&fake, wire);
    struct async_call call;
    async_call_init(&call);
    CHECK_EQ(asynchronous ? RAISED(async_add, &call.state, binding, 1, 2)
                          : RAISED(sync_add, binding, 1, 2),
             RPC_S_SERVER_TOO_BUSY);
    CHECK(!async_call_is_notified(&call));
    async_call_close(&call);
    fake_server_stop(&fake, binding);
  }
}

/* A handle whose call could not be made serves the next one. */
TEST(handle_of_a_call_that_was_not_made_can_be_used)
{
  struct server server;
  struct async_call call;
  char endpoint[64];
  LONG sum = 0;
  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE nowhere = endpoint_bind(WIRE_LOCAL, endpoint);
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, nowhere, 1, 2), RPC_S_SERVER_UNAVAILABLE);
  async_add(&call.state, server.binding, 1, 2);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 3);
  CHECK_EQ(RpcBindingFree(&nowhere), RPC_S_OK);
  server_stop(&server);
}

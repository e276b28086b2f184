/*
 * RpcAsync*, function by function: what each says of a handle that is none, and what
 * RpcAsyncGetCallStatus and RpcAsyncCompleteCall say of a call that has failed.
 */
#include "async_call.h"
#include "server.h"

TEST(initialize_refuses_null)
{
  CHECK_EQ(RpcAsyncInitializeHandle(NULL, sizeof(RPC_ASYNC_STATE)), ERROR_INVALID_PARAMETER);
}

static void check_refused(RPC_ASYNC_STATE *state, RPC_STATUS expected)
{
  LONG reply = 5;
  CHECK_EQ(RpcAsyncGetCallStatus(state), expected);
  CHECK_EQ(RpcAsyncCompleteCall(state, &reply), expected);
  CHECK_EQ(RpcAsyncAbortCall(state, 1), expected);
  CHECK_EQ(RpcAsyncCancelCall(state, FALSE), expected);
  CHECK_EQ(RpcAsyncCancelCall(state, TRUE), expected);
  CHECK_EQ(RpcAsyncRegisterInfo(state), expected);
  CHECK_EQ(reply, 5);
}

TEST(null_is_an_invalid_handle_for_every_function)
{
  check_refused(NULL, RPC_S_INVALID_ASYNC_HANDLE);
}

TEST(bad_signature_is_an_invalid_handle_for_every_function)
{
  RPC_ASYNC_STATE state;
  memset(&state, 0xdd, sizeof(state)); /* as an allocator may fill what was freed */
  check_refused(&state, RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state)), RPC_S_OK);
  state.Signature ^= 1;
  check_refused(&state, RPC_S_INVALID_ASYNC_HANDLE);
}

TEST(bad_size_is_an_invalid_handle_for_every_function)
{
  RPC_ASYNC_STATE state;
  memset(&state, 0, sizeof(state));
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state)), RPC_S_OK);
  state.Size--;
  check_refused(&state, RPC_S_INVALID_ASYNC_HANDLE);
}

/* A sound handle whose RuntimeInfo is something else than a call, alive or not. */
TEST(handle_of_something_else_than_a_call_is_refused)
{
  struct server server;
  RPC_ASYNC_STATE state;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  void *wrong[] = {&state, server.binding, (void *)(ULONG_PTR)16, (void *)~(ULONG_PTR)0};
  for (size_t i = 0; i < ARRAYSIZE(wrong); i++) {
    LONG reply = 5;
    memset(&state, 0, sizeof(state));
    CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state)), RPC_S_OK);
    state.RuntimeInfo = wrong[i];
    CHECK_EQ(RpcAsyncGetCallStatus(&state), RPC_S_INVALID_BINDING);
    CHECK_EQ(RpcAsyncCompleteCall(&state, &reply), RPC_S_INVALID_ASYNC_HANDLE);
    CHECK_EQ(RpcAsyncAbortCall(&state, 1), RPC_S_INVALID_ASYNC_HANDLE);
    CHECK_EQ(RpcAsyncCancelCall(&state, TRUE), RPC_S_INVALID_ASYNC_HANDLE);
    CHECK_EQ(RpcAsyncRegisterInfo(&state), RPC_S_INVALID_ASYNC_HANDLE);
    CHECK_EQ(RAISED(async_add, &state, server.binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
    CHECK_EQ(reply, 5);
  }
  server_stop(&server);
}

/* ---- what a call that failed says ---- */

/* It has been notified: status and result agree, and [out] and reply are untouched. */
static void check_failed_call(struct async_call *call, const LONG *out, RPC_STATUS expected)
{
  LONG reply = 5;
  CHECK_SIGNALLED(call->event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), expected);
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), expected);
  CHECK_EQ(RpcAsyncCompleteCall(&call->state, &reply), expected);
  CHECK_EQ(RpcAsyncGetCallStatus(&call->state), RPC_S_INVALID_BINDING);
  CHECK(!async_call_is_notified(call));
  CHECK_EQ(reply, 5);
  CHECK_EQ(*out, 6);
  async_call_close(call);
}

ON_EACH_SERVER(status_and_result_after_a_fault)
{
  struct async_call call;
  LONG out = 6;
  async_call_init(&call);
  async_fail(&call.state, server->binding, RPC_S_COMM_FAILURE, &out);
  check_failed_call(&call, &out, RPC_S_COMM_FAILURE);
  async_call_init(&call);
  async_fail(&call.state, server->binding, ERROR_FILE_NOT_FOUND, &out);
  check_failed_call(&call, &out, ERROR_FILE_NOT_FOUND);
}

ON_EACH_SERVER(status_and_result_after_a_cancel)
{
  struct async_call call;
  LONG out = 6;
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &out);
  server_wait_held(server, 1);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  check_failed_call(&call, &out, RPC_S_CALL_CANCELLED);
  server_release(server, 1, 0);
}

static void lose_server(enum wire wire)
{
  struct server server;
  struct async_call call;
  LONG out = 6;
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  async_call_init(&call);
  async_hold(&call.state, server.binding, 1, &out);
  server_wait_held(&server, 1);
  server_kill(&server);
  check_failed_call(&call, &out, RPC_S_CALL_FAILED);
}

TEST(status_and_result_after_a_lost_connection_local)
{
  lose_server(WIRE_LOCAL);
}

TEST(status_and_result_after_a_lost_connection_tcp)
{
  lose_server(WIRE_TCP);
}

/* A connection that is refused is no call: the stub raises, and there is nothing to complete.
 */
TEST(no_status_after_a_refused_connection)
{
  for (enum wire wire = WIRE_LOCAL; wire <= WIRE_TCP; wire++) {
    struct async_call call;
    char endpoint[64];
    LONG reply = 5;
    endpoint_choose(wire, endpoint, sizeof(endpoint));
    RPC_BINDING_HANDLE nobody = endpoint_bind(wire, endpoint);
    async_call_init(&call);
    CHECK_EQ(RAISED(async_add, &call.state, nobody, 1, 2), RPC_S_SERVER_UNAVAILABLE);
    CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_INVALID_BINDING);
    CHECK_EQ(RpcAsyncCompleteCall(&call.state, &reply), RPC_S_INVALID_ASYNC_HANDLE);
    CHECK(!async_call_is_notified(&call));
    CHECK_EQ(reply, 5);
    async_call_close(&call);
    CHECK_EQ(RpcBindingFree(&nobody), RPC_S_OK);
  }
}

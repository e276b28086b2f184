/* RpcAsync*, function by function: what each says of a handle that is none. */
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

/* RPC_ASYNC_STATE: what is a sound handle, in which state it is, and what is refused. */
#include "async_call.h"
#include "held_calls.h"
#include "server.h"

TEST(initialize_sets_what_is_documented_and_nothing_else)
{
  RPC_ASYNC_STATE state;
  memset(&state, 0xcc, sizeof(state));
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state)), RPC_S_OK);
  CHECK_EQ(state.Size, sizeof(state));
  CHECK_EQ(state.Signature, 0x43595341);
  CHECK_EQ(state.Lock, 0);
  CHECK_EQ(state.Flags, 0);
  CHECK(!state.StubInfo);
  CHECK(!state.RuntimeInfo);
  for (int i = 0; i < 4; i++)
    CHECK_EQ(state.Reserved[i], 0);
  BYTE untouched[sizeof(void *)];
  memset(untouched, 0xcc, sizeof(untouched));
  CHECK(!memcmp(&state.UserInfo, untouched, sizeof(state.UserInfo)));
  CHECK(!memcmp(&state.Event, untouched, sizeof(state.Event)));
  CHECK(!memcmp(&state.NotificationType, untouched, sizeof(state.NotificationType)));
}

TEST(initialize_refuses_another_size)
{
  RPC_ASYNC_STATE state;
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state) - 1), ERROR_INVALID_PARAMETER);
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state) + 1), ERROR_INVALID_PARAMETER);
  CHECK_EQ(RpcAsyncInitializeHandle(&state, 0), ERROR_INVALID_PARAMETER);
  CHECK_EQ(RpcAsyncInitializeHandle(&state, ~0u), ERROR_INVALID_PARAMETER);
}

/* Recorded from Windows: a handle that no call was made with is no binding. */
TEST(status_of_a_handle_that_was_never_used)
{
  RPC_ASYNC_STATE state;
  memset(&state, 0, sizeof(state));
  CHECK_EQ(RpcAsyncGetCallStatus(&state), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state)), RPC_S_OK);
  CHECK_EQ(RpcAsyncGetCallStatus(&state), RPC_S_INVALID_BINDING);
}

ON_EACH_SERVER(status_goes_from_pending_to_ok)
{
  struct async_call call;
  LONG answer = 0;
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &answer);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  server_wait_held(server, 1);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(server_release(server, 1, 4), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  async_call_close(&call);
}

/* Every function on a handle with that signature gives that status. */
static void check_refused(RPC_ASYNC_STATE *state, RPC_STATUS expected)
{
  LONG reply = 0;
  CHECK_EQ(RpcAsyncCompleteCall(state, &reply), expected);
  CHECK_EQ(RpcAsyncAbortCall(state, 1), expected);
  CHECK_EQ(RpcAsyncCancelCall(state, FALSE), expected);
  CHECK_EQ(RpcAsyncCancelCall(state, TRUE), expected);
}

TEST(bad_signature_is_refused_by_all)
{
  RPC_ASYNC_STATE state;
  memset(&state, 0, sizeof(state));
  state.Size = sizeof(state);
  state.Signature = 0x12345678;
  check_refused(&state, RPC_S_INVALID_ASYNC_HANDLE);
  memset(&state, 0, sizeof(state));
  check_refused(&state, RPC_S_INVALID_ASYNC_HANDLE);
}

TEST(null_is_refused_by_all)
{
  CHECK(RpcAsyncGetCallStatus(NULL) != RPC_S_OK);
  check_refused(NULL, RPC_S_INVALID_ASYNC_HANDLE);
}

/* A client's call cannot be aborted, a server's cannot be cancelled. */
TEST(wrong_side_is_refused)
{
  struct server server;
  struct async_call call;
  LONG answer = 0;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  async_call_init(&call);
  async_hold(&call.state, server.binding, 1, &answer);
  CHECK_EQ(RpcAsyncAbortCall(&call.state, 1), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  RPC_ASYNC_STATE *serving = held_calls_take(1);
  CHECK_EQ(RpcAsyncCancelCall(serving, FALSE), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcAsyncCancelCall(serving, TRUE), RPC_S_INVALID_ASYNC_CALL);
  /* Neither has done any harm. */
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(RpcAsyncAbortCall(serving, 55), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), 55);
  server_stop(&server);
}

/* A call on a handle in use raises, and leaves the running call alone. */
ON_EACH_SERVER(second_call_on_a_handle_in_use_raises)
{
  struct async_call call;
  LONG answer = 0;
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &answer);
  server_wait_held(server, 1);
  CHECK(RAISED(async_add, &call.state, server->binding, 1, 2) != 0);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(server_release(server, 1, 4), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, 4);
}

ON_LOCAL_AND_REMOTE(call_on_a_used_handle_raises_until_it_is_initialized)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  async_add(&call.state, server->binding, 1, 2);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, &sum), RPC_S_OK);
  CHECK(RAISED(async_add, &call.state, server->binding, 1, 2) != 0);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
  async_call_init(&call);
  async_add(&call.state, server->binding, 3, 4);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 7);
}

TEST(call_on_a_handle_with_a_bad_signature_raises)
{
  struct server server;
  RPC_ASYNC_STATE state;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  memset(&state, 0, sizeof(state));
  state.NotificationType = RpcNotificationTypeNone;
  CHECK_EQ(RAISED(async_add, &state, server.binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RAISED(async_add, NULL, server.binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  server_stop(&server);
}

/* The notification can be changed while the call runs, by RpcAsyncRegisterInfo. */
ON_LOCAL_AND_REMOTE(register_info_changes_the_notification)
{
  struct async_call call;
  LONG answer = 0;
  HANDLE other = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(other);
  async_call_init(&call);
  async_hold(&call.state, server->binding, 1, &answer);
  server_wait_held(server, 1);
  call.state.u.hEvent = other;
  CHECK_EQ(RpcAsyncRegisterInfo(&call.state), RPC_S_OK);
  CHECK_EQ(server_release(server, 1, 4), RPC_S_OK);
  CHECK_SIGNALLED(other);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, 4);
  CloseHandle(other);
  async_call_close(&call);
}

/* The asynchronous interpreters, client against server in one process. */
#include "../../rpcshim/engine/engine.h"
#include "../harness/harness.h"
#include "../harness/raises.h"
#include "async_interpreter.h"
#include "async_interpreter_managers.h"
#include "loopback.h"

static RPC_ASYNC_STATE state;

static void initialize(RPC_ASYNC_STATE *handle)
{
  CHECK_EQ(RpcAsyncInitializeHandle(handle, sizeof(*handle)), RPC_S_OK);
}

static handle_t begin(void)
{
  loopback_serve(server_async_interpreter_v1_0_s_ifspec);
  initialize(&state);
  return loopback_binding();
}

static void end(void)
{
  loopback_disconnect();
  CHECK_EQ(loopback_live_buffers(), 0);
  CHECK_EQ(loopback_live_bindings(), 0);
  CHECK_EQ(loopback_live_memory(), 0);
}

TEST(completed_after_the_manager_returned)
{
  handle_t binding = begin();
  LONG sum = 0;

  client_add(&state, binding, 40, 2);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &sum), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(RpcAsyncCompleteCall(pending_call, &pending_sum), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
  CHECK(!state.StubInfo);
  end();
}

TEST(many_calls_in_any_order)
{
  enum { COUNT = 200 };
  static RPC_ASYNC_STATE states[COUNT];
  static RPC_ASYNC_STATE *calls[COUNT];
  handle_t binding = begin();

  for (LONG i = 0; i < COUNT; i++) {
    initialize(&states[i]);
    client_add(&states[i], binding, i, 1000);
    calls[i] = pending_call;
  }
  for (LONG i = 0; i < COUNT; i++) {
    LONG which = i * 77 % COUNT, result = which * 2;

    CHECK_EQ(RpcAsyncCompleteCall(calls[which], &result), RPC_S_OK);
  }
  for (LONG i = COUNT - 1; i >= 0; i--) {
    LONG result;

    CHECK_EQ(RpcAsyncCompleteCall(&states[i], &result), RPC_S_OK);
    CHECK_EQ(result, i * 2);
  }
  end();
}

TEST(floating_arguments_and_result)
{
  handle_t binding = begin();
  double sum = 0, result = 0;

  client_mixed_out(&state, binding, 1.5f, 2.25, 1LL << 40, -3, &sum);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &result), RPC_S_OK);
  CHECK(result == 1.5 * 2.25);
  CHECK(sum == 1.5 + 2.25 + 1099511627776.0 - 3);
  end();
}

TEST(out_arguments_arrive_with_completion_only)
{
  handle_t binding = begin();
  LONG values[3] = {3, 4, 5}, result = 0;
  hyper squares[3] = {-1, -1, -1};

  client_squares(&state, binding, 3, values, squares);
  memset(values, 0, sizeof(values)); /* the client's again */
  for (LONG i = 0; i < 3; i++)
    pending_squares[i] = pending_values[i] * pending_values[i];
  CHECK_EQ(RpcAsyncCompleteCall(pending_call, &pending_count), RPC_S_OK);
  CHECK_EQ(squares[0], -1);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &result), RPC_S_OK);
  CHECK_EQ(result, 3);
  CHECK_EQ(squares[0], 9);
  CHECK_EQ(squares[1], 16);
  CHECK_EQ(squares[2], 25);
  end();
}

TEST(pointers_in_both_directions)
{
  char one[] = "one", two[] = "two";
  node_t second = {2, two, NULL}, first = {1, one, &second}, *list = &first;
  handle_t binding = begin();
  text_t text = (text_t)0x1; /* [out]: whatever was there is not looked at */

  client_reverse(&state, binding, &list);
  CHECK_EQ(RpcAsyncCompleteCall(&state, NULL), RPC_S_OK);
  CHECK_EQ(list->key, 2);
  CHECK_EQ(list->next->key, 1);
  initialize(&state);
  client_upper(&state, binding, "shout");
  CHECK_EQ(RpcAsyncCompleteCall(&state, &text), RPC_S_OK);
  CHECK(strcmp(text, "SHOUT") == 0);
  midl_user_free(text);
  end();
}

static RPC_STATUS behave(enum behaviour how, LONG *result)
{
  node_t second = {2, NULL, NULL}, first = {1, "first", &second};

  initialize(&state);
  client_behave(&state, loopback_binding(), how, &first);
  return RpcAsyncCompleteCall(&state, result);
}

TEST(what_a_manager_may_do)
{
  LONG result = -1;

  begin();
  CHECK_EQ(behave(BEHAVE_COMPLETE, &result), RPC_S_OK);
  CHECK_EQ(result, BEHAVE_COMPLETE);
  CHECK_EQ(behave(BEHAVE_ABORT, &result), BEHAVE_CODE);
  CHECK_EQ(behave(BEHAVE_RAISE, &result), BEHAVE_CODE);
  CHECK_EQ(behave(BEHAVE_COMPLETE_THEN_RAISE, &result), RPC_S_OK);
  CHECK_EQ(result, BEHAVE_COMPLETE_THEN_RAISE);
  CHECK_EQ(behave(BEHAVE_ABORT_THEN_RAISE, &result), BEHAVE_CODE);
  CHECK_EQ(behave(BEHAVE_COMPLETE_ON_ANOTHER_THREAD, &result), RPC_S_OK);
  CHECK_EQ(result, 6);
  CHECK_EQ(behave(BEHAVE_FAULT, &result), (RPC_STATUS)EXCEPTION_ACCESS_VIOLATION);
  CHECK_EQ(result, 6);
  end();
}

TEST(aborted_after_the_manager_returned)
{
  LONG result = -1;

  begin();
  CHECK_EQ(behave(BEHAVE_RETURN, &result), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(RpcAsyncAbortCall(pending_call, ERROR_FILE_NOT_FOUND), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &result), ERROR_FILE_NOT_FOUND);
  CHECK_EQ(result, -1);
  end();
}

TEST(handles_in_use_or_not_initialized)
{
  handle_t binding = begin();
  RPC_ASYNC_STATE zeroed = {0};
  LONG sum = 0;

  CHECK_EQ(RAISED(client_add, NULL, binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RAISED(client_add, &zeroed, binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  client_add(&state, binding, 20, 3);
  CHECK_EQ(RAISED(client_add, &state, binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  /* The running call has not noticed. */
  CHECK_EQ(RpcAsyncCompleteCall(pending_call, &pending_sum), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
  end();
}

TEST(calls_that_are_not_issued)
{
  handle_t binding = begin();
  LONG sum = 0;

  CHECK_EQ(RAISED(client_add, &state, NULL, 1, 2), RPC_S_INVALID_BINDING);
  loopback_fail_next_buffer(RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(RAISED(client_add, &state, binding, 1, 2), RPC_S_SERVER_UNAVAILABLE);
  loopback_fail_next(RPC_S_CALL_FAILED_DNE);
  CHECK_EQ(RAISED(client_add, &state, binding, 1, 2), RPC_S_CALL_FAILED_DNE);
  CHECK_EQ(RAISED(client_squares, &state, binding, 3, NULL, &sum), RPC_X_NULL_REF_POINTER);
  CHECK(!state.StubInfo && !state.RuntimeInfo);
  /* The handle is as good as new. */
  client_add(&state, binding, 1, 2);
  CHECK_EQ(RpcAsyncCompleteCall(pending_call, &pending_sum), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &sum), RPC_S_OK);
  CHECK_EQ(sum, 3);
  end();
}

TEST(malformed_requests_do_not_reach_the_manager)
{
  begin();
  for (unsigned int cut = 1; cut < 40; cut++) {
    LONG result;

    loopback_corrupt(cut, 0, 0);
    pending_call = NULL;
    CHECK_EQ(behave(BEHAVE_COMPLETE, &result), RPC_X_BAD_STUB_DATA);
    CHECK(!pending_call);
  }
  end();
}

TEST(a_context_is_in_use_until_the_call_is_completed)
{
  handle_t binding = begin();
  session_t session = NULL;
  LONG result = 5, answer = 0;

  client_open(&state, binding, &session);
  CHECK_EQ(RpcAsyncCompleteCall(&state, NULL), RPC_S_OK);
  CHECK(session);
  initialize(&state);
  client_use(&state, session);
  loopback_disconnect();
  CHECK_EQ(sessions_run_down, 0);
  CHECK_EQ(RpcAsyncCompleteCall(pending_call, &result), RPC_S_OK);
  CHECK_EQ(sessions_run_down, 1);
  CHECK_EQ(RpcAsyncCompleteCall(&state, &answer), RPC_S_OK);
  CHECK_EQ(answer, 5);
  CHECK_EQ(RpcSmDestroyClientContext(&session), RPC_S_OK);
  end();
}

TEST(a_context_is_closed)
{
  handle_t binding = begin();
  session_t session = NULL;

  client_open(&state, binding, &session);
  CHECK_EQ(RpcAsyncCompleteCall(&state, NULL), RPC_S_OK);
  initialize(&state);
  client_close(&state, &session);
  CHECK_EQ(RpcAsyncCompleteCall(&state, NULL), RPC_S_OK);
  CHECK(!session);
  end();
  CHECK_EQ(sessions_run_down, 0);
}

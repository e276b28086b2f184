/* Cancelling a call, in both ways, and what the server finds out. */
#include "async_call.h"
#include "held_calls.h"
#include "server.h"

static void start_held(struct server *server, struct async_call *call, LONG *answer)
{
  async_call_init(call);
  async_hold(&call->state, server->binding, 1, answer);
  server_wait_held(server, 1);
}

/*
 * FALSE only asks: the server finds out, and the client waits until it has ended the call, in
 * whatever way.
 */
ON_EACH_SERVER(cancel_without_abort_tells_the_server)
{
  struct async_call call;
  LONG answer = 0;
  start_held(server, &call, &answer);
  CHECK_EQ(server_test_cancel(server, 1), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  server_wait_cancelled(server, 1);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(server_abort(server, 1, RPC_S_CALL_CANCELLED), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_CALL_CANCELLED);
}

ON_LOCAL_AND_REMOTE(server_may_complete_a_cancelled_call_all_the_same)
{
  struct async_call call;
  LONG answer = 0;
  start_held(server, &call, &answer);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  server_wait_cancelled(server, 1);
  CHECK_EQ(server_release(server, 1, 8), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, 8);
}

/* TRUE ends the call here and now; the server is told, and its late reply is dropped. */
ON_EACH_SERVER(cancel_with_abort_ends_the_call_at_once)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_CALL_CANCELLED);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_CALL_CANCELLED);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
  server_wait_cancelled(server, 1);
  server_release(server, 1, 6);
  /* The connection has survived, and the late reply went nowhere. */
  struct async_call next;
  LONG sum = 0;
  async_call_init(&next);
  async_add(&next.state, server->binding, 20, 3);
  CHECK_EQ(async_call_finish(&next, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
  CHECK_EQ(answer, 5);
}

/* A hundred replies that come too late, mixed with calls that are awaited. */
ON_LOCAL_AND_REMOTE(late_replies_are_dropped)
{
  for (int i = 0; i < 100; i++) {
    struct async_call cancelled, wanted;
    LONG nothing = 5, answer = 0;
    async_call_init(&cancelled);
    async_call_init(&wanted);
    async_hold(&cancelled.state, server->binding, 1, &nothing);
    async_hold(&wanted.state, server->binding, 2, &answer);
    server_wait_held(server, 2);
    CHECK_EQ(RpcAsyncCancelCall(&cancelled.state, TRUE), RPC_S_OK);
    CHECK_EQ(async_call_finish(&cancelled, NULL), RPC_S_CALL_CANCELLED);
    server_release(server, 1, 7);
    CHECK_EQ(server_release(server, 2, i), RPC_S_OK);
    CHECK_EQ(async_call_finish(&wanted, NULL), RPC_S_OK);
    CHECK_EQ(answer, i);
    CHECK_EQ(nothing, 5);
  }
}

/* Cancelling hurries what has ended already no further. */
ON_LOCAL_AND_REMOTE(cancel_of_a_complete_call_changes_nothing)
{
  for (int abort = 0; abort < 2; abort++) {
    struct async_call call;
    LONG answer = 0;
    start_held(server, &call, &answer);
    CHECK_EQ(server_release(server, 1, 8), RPC_S_OK);
    CHECK_SIGNALLED(call.event);
    CHECK_EQ(RpcAsyncCancelCall(&call.state, abort), RPC_S_OK);
    CHECK(!async_call_is_notified(&call));
    CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
    CHECK_EQ(answer, 8);
    async_call_close(&call);
  }
}

ON_LOCAL_AND_REMOTE(cancel_twice_is_one_cancel)
{
  struct async_call call;
  LONG answer = 0;
  start_held(server, &call, &answer);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_CALL_CANCELLED);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
  server_release(server, 1, 0);
}

/* The cancelled call is one; the others of its connection know nothing of it. */
ON_LOCAL_AND_REMOTE(cancel_reaches_the_right_call)
{
  struct async_call calls[4];
  LONG answers[4] = {0};
  for (int i = 0; i < 4; i++) {
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, server->binding, i, &answers[i]);
  }
  server_wait_held(server, 4);
  CHECK_EQ(RpcAsyncCancelCall(&calls[2].state, FALSE), RPC_S_OK);
  server_wait_cancelled(server, 2);
  for (int i = 0; i < 4; i++)
    CHECK_EQ(server_test_cancel(server, i), i == 2 ? RPC_S_OK : RPC_S_CALL_IN_PROGRESS);
  for (int i = 0; i < 4; i++) {
    CHECK_EQ(server_release(server, i, i), RPC_S_OK);
    CHECK_EQ(async_call_finish(&calls[i], NULL), RPC_S_OK);
  }
}

TEST(test_cancel_refuses_what_is_no_call)
{
  struct server server;
  CHECK_EQ(RpcServerTestCancel(NULL), RPC_S_NO_CALL_ACTIVE);
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  /* A client's binding handle names no call of a server. */
  RPC_STATUS status = RpcServerTestCancel(server.binding);
  CHECK(status == RPC_S_INVALID_BINDING || status == RPC_S_WRONG_KIND_OF_BINDING);
  CHECK_EQ(RpcServerTestCancel((RPC_BINDING_HANDLE)&server), RPC_S_INVALID_BINDING);
  server_stop(&server);
}

/*
 * A synchronous manager routine in place of `add`: asks for its own call, by the thread and by
 * the handle.
 */
static LONG ask_twice(handle_t binding, LONG a, LONG b)
{
  (void)a, (void)b;
  RPC_STATUS status = RpcServerTestCancel(NULL);
  CHECK_EQ(RpcServerTestCancel(binding), status);
  return status;
}

/* Returns when its client has cancelled. */
static LONG ask_until_cancelled(handle_t binding, LONG a, LONG b)
{
  (void)binding, (void)a, (void)b;
  RPC_STATUS status;
  while ((status = RpcServerTestCancel(NULL)) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
  return status;
}

static RPC_BINDING_HANDLE listen_with(LONG (*add)(handle_t binding, LONG a, LONG b))
{
  static struct {
    LONG (*add)(handle_t binding, LONG a, LONG b);
    void *others[20];
  } vector;
  char endpoint[64];
  vector.add = add;
  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)&vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  return endpoint_bind(WIRE_LOCAL, endpoint);
}

TEST(test_cancel_of_null_is_the_call_of_the_thread)
{
  RPC_BINDING_HANDLE binding = listen_with(ask_twice);
  CHECK_EQ(sync_add(binding, 0, 0), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(RpcServerTestCancel(NULL), RPC_S_NO_CALL_ACTIVE);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(cancel_reaches_a_synchronous_manager_routine)
{
  RPC_BINDING_HANDLE binding = listen_with(ask_until_cancelled);
  struct async_call call;
  LONG status = -1;
  async_call_init(&call);
  async_add(&call.state, binding, 0, 0);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, &status), RPC_S_OK);
  CHECK_EQ(status, RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

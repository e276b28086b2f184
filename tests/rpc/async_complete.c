/*
 * Ending a call: by the server, from the manager routine or later from any thread, well or not;
 * and by the client.
 */
#include "async_call.h"
#include "held_calls.h"
#include "procedures.h"
#include "server.h"

static void start_held(struct server *server, struct async_call *call, long number,
                       LONG *answer)
{
  async_call_init(call);
  async_hold(&call->state, server->binding, number, answer);
}

/* async_server_add completes its call before it returns. */
ON_EACH_SERVER(server_completes_inside_the_manager_routine)
{
  for (LONG i = 0; i < 50; i++) {
    struct async_call call;
    LONG sum = 0;
    async_call_init(&call);
    async_add(&call.state, server->binding, i, 1000);
    CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
    CHECK_EQ(sum, i + 1000);
  }
}

/* async_server_hold has returned long before: control_release runs on another thread. */
ON_EACH_SERVER(server_completes_after_the_manager_routine_has_returned)
{
  struct async_call call;
  LONG answer = 0;
  start_held(server, &call, 1, &answer);
  server_wait_held(server, 1);
  CHECK_EQ(server_release(server, 1, 99), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, 99);
}

#define MANY 100

ON_EACH_SERVER(calls_end_in_any_order_each_with_its_own_answer)
{
  struct async_call calls[MANY];
  LONG answers[MANY] = {0};
  for (long i = 0; i < MANY; i++)
    start_held(server, &calls[i], i, &answers[i]);
  server_wait_held(server, MANY);
  /* 37 and 100 have no common divisor: every number comes once. */
  for (long i = 0; i < MANY; i++)
    CHECK_EQ(server_release(server, i * 37 % MANY, held_answer(i * 37 % MANY)), RPC_S_OK);
  for (long i = 0; i < MANY; i++) {
    CHECK_EQ(async_call_finish(&calls[i], NULL), RPC_S_OK);
    CHECK_EQ(answers[i], held_answer(i));
  }
}

ON_EACH_SERVER(complete_says_pending_and_changes_nothing)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, 1, &answer);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_ASYNC_CALL_PENDING);
  server_wait_held(server, 1);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(answer, 5);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(server_release(server, 1, 6), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, 6);
}

/*
 * [out] memory is the client's own until it completes the call, even where the reply is there.
 */
ON_LOCAL_AND_REMOTE(out_parameters_are_set_by_complete_only)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, 1, &answer);
  CHECK_EQ(server_release(server, 1, 6), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(answer, 5);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, 6);
  async_call_close(&call);
}

ON_EACH_SERVER(void_calls_take_no_reply)
{
  struct async_call call;
  async_call_init(&call);
  async_hold_void(&call.state, server->binding, 3);
  CHECK_EQ(server_release(server, 3, 0), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
}

ON_EACH_SERVER(abort_passes_its_code_to_the_client)
{
  static const unsigned long codes[] = {ERROR_FILE_NOT_FOUND, 1234567, 0xe0001234, 0x80070005};
  for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
    struct async_call call;
    LONG answer = 5, reply = 0;
    start_held(server, &call, 1, &answer);
    CHECK_EQ(server_abort(server, 1, codes[i]), RPC_S_OK);
    CHECK_SIGNALLED(call.event);
    CHECK_EQ((unsigned long)RpcAsyncGetCallStatus(&call.state), codes[i]);
    CHECK_EQ((unsigned long)RpcAsyncCompleteCall(&call.state, &reply), codes[i]);
    async_call_close(&call);
    CHECK_EQ(answer, 5);
  }
}

ON_EACH_SERVER(exception_of_the_manager_routine_is_the_status)
{
  struct async_call call;
  LONG never = 5, reply = 6;
  async_call_init(&call);
  async_fail(&call.state, server->binding, 4321, &never);
  CHECK_EQ(async_call_finish(&call, &reply), 4321);
  CHECK_EQ(never, 5);
  CHECK_EQ(reply, 6);
  /* Nothing is broken by it. */
  async_call_init(&call);
  async_add(&call.state, server->binding, 1, 1);
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  CHECK_EQ(reply, 2);
}

/* The handle of a completed call can be initialized and used for the next. */
ON_LOCAL_AND_REMOTE(handle_can_be_used_again)
{
  struct async_call call;
  LONG sum;
  HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
  for (LONG i = 0; i < 20; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&call.state, sizeof(call.state)), RPC_S_OK);
    call.state.NotificationType = RpcNotificationTypeEvent;
    call.state.u.hEvent = event;
    async_add(&call.state, server->binding, i, i);
    CHECK_SIGNALLED(event);
    CHECK_EQ(RpcAsyncCompleteCall(&call.state, &sum), RPC_S_OK);
    CHECK_EQ(sum, 2 * i);
  }
  CloseHandle(event);
}

/*
 * RpcAsyncCompleteCall of the server marshals before it returns: what it was given may go right
 * after. And whatever the stub allocated for the call is freed with it.
 */
TEST(server_memory_is_marshalled_and_freed_when_complete_returns)
{
  struct server server;
  struct async_call call;
  byte data[100], *reply = NULL;
  node_t second = {2, COLOR_RED, NULL, NULL}, list = {1, COLOR_BLUE, NULL, &second};
  LONG count = 0, result = 0, blocks = midl_blocks();
  memset(data, 0x11, sizeof(data));
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  async_call_init(&call);
  async_hold_memory(&call.state, server.binding, 1, &list, sizeof(data), data, &count, &reply);
  /* The [in] memory is the client's again: the server has a copy. */
  server_wait_held(&server, 1);
  memset(data, 0x22, sizeof(data));
  CHECK(midl_blocks() > blocks);
  CHECK_EQ(server_release(&server, 1, 2), RPC_S_OK);
  CHECK_EQ(midl_blocks(), blocks);
  CHECK_EQ(async_call_finish(&call, &result), RPC_S_OK);
  CHECK_EQ(result, 2);
  CHECK_EQ(count, 200);
  for (LONG i = 0; i < count; i++)
    CHECK_EQ(reply[i], 0x11 ^ HELD_MEMORY_XOR);
  midl_user_free(reply);
  server_stop(&server);
}

TEST(server_memory_is_freed_when_abort_returns)
{
  struct server server;
  struct async_call call;
  byte data[100] = {0}, *reply = NULL;
  node_t second = {2, COLOR_RED, NULL, NULL}, list = {1, COLOR_BLUE, NULL, &second};
  LONG count = 0, result = 0, blocks = midl_blocks();
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  async_call_init(&call);
  async_hold_memory(&call.state, server.binding, 1, &list, sizeof(data), data, &count, &reply);
  server_wait_held(&server, 1);
  CHECK(midl_blocks() > blocks);
  CHECK_EQ(server_abort(&server, 1, 77), RPC_S_OK);
  CHECK_EQ(midl_blocks(), blocks);
  CHECK_EQ(async_call_finish(&call, &result), 77);
  CHECK(!reply && !count);
  server_stop(&server);
}

/* Only one of many threads gets to end a call. */
struct race {
  RPC_ASYNC_STATE *state;
  LONG *go;
  RPC_STATUS status;
};

static DWORD WINAPI complete_when_told(void *context)
{
  struct race *race = context;
  while (!InterlockedCompareExchange(race->go, 0, 0))
    SwitchToThread();
  race->status = RpcAsyncCompleteCall(race->state, NULL);
  return 0;
}

TEST(client_call_is_completed_once_by_two_threads)
{
  struct server server;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  for (int round = 0; round < 50; round++) {
    struct async_call call;
    LONG answer = 0, go = 0;
    start_held(&server, &call, 1, &answer);
    CHECK_EQ(server_release(&server, 1, 3), RPC_S_OK);
    CHECK_SIGNALLED(call.event);
    struct race races[2] = {{&call.state, &go, 0}, {&call.state, &go, 0}};
    HANDLE threads[2];
    for (int i = 0; i < 2; i++) {
      threads[i] = CreateThread(NULL, 0, complete_when_told, &races[i], 0, NULL);
      CHECK(threads[i]);
    }
    InterlockedExchange(&go, 1);
    for (int i = 0; i < 2; i++) {
      CHECK_SIGNALLED(threads[i]);
      CloseHandle(threads[i]);
    }
    CHECK_EQ((races[0].status == RPC_S_OK) + (races[1].status == RPC_S_OK), 1);
    CHECK_EQ(answer, 3);
    async_call_close(&call);
  }
  server_stop(&server);
}

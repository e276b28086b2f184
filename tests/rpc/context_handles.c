/*
 * Context handles in asynchronous calls, shared with synchronous ones of the same client: what
 * opens and closes them, who may use them when, and what becomes of them when calls fail and
 * clients die.
 */
#include "async_call.h"
#include "context_handles.h"
#include "held_calls.h"
#include "server.h"
#include "strict_contexts.h"
#include "usage.h"

#include <stdlib.h>

/* Both wires, in this process: the test is the server as well. */
#define WITH_CONTEXTS(name)                                                                    \
  static void name##_with(struct server *server);                                              \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    run(name##_with, WIRE_LOCAL);                                                              \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    run(name##_with, WIRE_TCP);                                                                \
  }                                                                                            \
  static void name##_with(struct server *server)

static void run(void (*body)(struct server *server), enum wire wire)
{
  struct server server;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  CHECK_EQ(RpcServerRegisterIf(server_contexts_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(server_guests_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(server_strangers_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  body(&server);
  CHECK_EQ(contexts_alive(), 0);
  server_stop(&server);
}

static context_t open_async(struct server *server, LONG id)
{
  struct async_call call;
  context_t context = NULL;
  async_call_init(&call);
  async_context_open(&call.state, server->binding, id, &context);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK(context);
  return context;
}

static void close_async(context_t *context)
{
  struct async_call call;
  async_call_init(&call);
  async_context_close(&call.state, context);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK(!*context);
}

/* Status of an asynchronous context_use. */
static RPC_STATUS use_async(context_t context, LONG *uses)
{
  struct async_call call;
  async_call_init(&call);
  async_context_use(&call.state, context);
  return async_call_finish(&call, uses);
}

static void start_hold(struct async_call *call, context_t context, LONG number, LONG *answer)
{
  async_call_init(call);
  async_context_hold(&call->state, context, number, answer);
}

/* Ends a held call that uses the context. */
static void end_hold(struct async_call *call, LONG id, LONG number)
{
  context_leave(id);
  CHECK_EQ(held_calls_release(number, number), RPC_S_OK);
  CHECK_EQ(async_call_finish(call, NULL), RPC_S_OK);
}

WITH_CONTEXTS(asynchronous_and_synchronous_calls_share_a_context_handle)
{
  LONG uses = 0;
  context_t first = open_async(server, 1), second = NULL;
  CHECK_EQ(sync_context_use(first), 1);
  CHECK_EQ(use_async(first, &uses), RPC_S_OK);
  CHECK_EQ(uses, 2);
  sync_context_open(server->binding, 2, &second);
  CHECK_EQ(use_async(second, &uses), RPC_S_OK);
  CHECK_EQ(uses, 1);
  CHECK_EQ(sync_context_use(first), 3);
  sync_context_close(&first);
  CHECK(!first);
  close_async(&second);
}

/* It is one of those that may end the waiting. */
WITH_CONTEXTS(call_that_waits_for_a_context_handle_does_not_hold_up_later_calls)
{
  struct async_call holds, waits, later;
  LONG answer = 0, uses = 0, sum = 0;
  context_t context = open_async(server, 1);
  start_hold(&holds, context, 1, &answer);
  held_calls_wait(1);
  async_call_init(&waits);
  async_context_use(&waits.state, context);
  async_call_init(&later);
  async_add(&later.state, server->binding, 1, 2);
  CHECK_EQ(async_call_finish(&later, &sum), RPC_S_OK);
  CHECK_EQ(sum, 3);
  CHECK_EQ(RpcAsyncGetCallStatus(&waits.state), RPC_S_ASYNC_CALL_PENDING);
  end_hold(&holds, 1, 1);
  CHECK_EQ(async_call_finish(&waits, &uses), RPC_S_OK);
  close_async(&context);
}

WITH_CONTEXTS(context_handle_in_and_out_may_begin_as_null)
{
  struct async_call call;
  context_t context = NULL;
  LONG uses = 0;
  for (LONG i = 1; i <= 3; i++) {
    async_call_init(&call);
    async_context_open_if_null(&call.state, server->binding, &context, 5);
    CHECK_EQ(async_call_finish(&call, &uses), RPC_S_OK);
    CHECK(context);
    CHECK_EQ(uses, i);
  }
  CHECK_EQ(sync_context_use(context), 4);
  close_async(&context);
}

/* Only the reply tells the client, and there was none. */
WITH_CONTEXTS(context_handle_of_a_call_that_fails_is_not_set)
{
  struct async_call call;
  context_t context = (context_t)0x1;
  async_call_init(&call);
  async_context_open_fails(&call.state, server->binding, 1, 4711, &context);
  CHECK_EQ(async_call_finish(&call, NULL), 4711);
  CHECK(context == (context_t)0x1);
  context = open_async(server, 1);
  async_call_init(&call);
  async_context_fail(&call.state, &context, 815);
  CHECK_EQ(async_call_finish(&call, NULL), 815);
  CHECK_EQ(sync_context_use(context), 2);
  close_async(&context);
}

/* The server has closed it; that the call failed does not bring it back. */
WITH_CONTEXTS(context_handle_that_the_server_nulls_is_closed_even_where_the_call_fails)
{
  struct async_call call;
  LONG uses;
  context_t context = open_async(server, 1);
  async_call_init(&call);
  async_context_close_fails(&call.state, &context, 4711);
  CHECK_EQ(async_call_finish(&call, NULL), 4711);
  CHECK(context);
  CHECK_EQ(use_async(context, &uses), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RpcSmDestroyClientContext(&context), RPC_S_OK);
}

WITH_CONTEXTS(one_call_closes_one_context_handle_and_opens_another)
{
  struct async_call call;
  context_t old = open_async(server, 1), fresh = NULL;
  async_call_init(&call);
  async_context_replace(&call.state, &old, 2, &fresh);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK(!old && fresh);
  CHECK_EQ(sync_context_use(fresh), 1);
  old = fresh;
  sync_context_replace(&old, 3, &fresh);
  CHECK(!old && fresh);
  CHECK_EQ(sync_context_use(fresh), 1);
  close_async(&fresh);
}

/* The binding handle is the application's, and may go while the call is pending. */
WITH_CONTEXTS(context_handle_outlives_the_binding_handle_that_opened_it)
{
  struct async_call call;
  context_t context = NULL;
  RPC_BINDING_HANDLE binding = endpoint_bind(server->wire, server->endpoint);
  async_call_init(&call);
  async_context_open_held(&call.state, binding, 1, 7, &context);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(held_calls_release(7, 0), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK(context);
  CHECK_EQ(sync_context_use(context), 1);
  close_async(&context);
}

/* The client forgets its handle while a call that uses it is pending. */
WITH_CONTEXTS(context_handle_may_be_destroyed_while_a_call_is_pending)
{
  struct async_call call;
  LONG answer = 0;
  context_t context = open_async(server, 1);
  start_hold(&call, context, 7, &answer);
  server_wait_held(server, 1);
  CHECK_EQ(RpcSmDestroyClientContext(&context), RPC_S_OK);
  CHECK(!context);
  end_hold(&call, 1, 7);
  CHECK_EQ(answer, 7);
  /* With the last binding handle for the server the client's connections go. */
  CHECK_EQ(RpcBindingFree(&server->binding), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&server->control), RPC_S_OK);
  while (contexts_alive())
    SwitchToThread();
  CHECK_EQ(contexts_run_down(), 1);
  server->binding = endpoint_bind(server->wire, server->endpoint);
  server->control = endpoint_bind(server->wire, server->endpoint);
}

/* ---- handles that are none ---- */

/* A second handle of the client for what the first one stands for on the wire, `changed` in one
 * byte. */
static context_t forge(struct server *server, context_t context, int at, unsigned char change)
{
  unsigned char wire[20];
  context_t forged = NULL;
  NDRCContextMarshall(context, wire);
  wire[at] ^= change;
  NDRCContextUnmarshall(&forged, server->binding, wire, 0x10);
  CHECK(forged);
  return forged;
}

WITH_CONTEXTS(stale_context_handle_is_refused_with_context_mismatch)
{
  LONG uses = 0;
  context_t context = open_async(server, 1), stale = forge(server, context, 0, 0);
  CHECK_EQ(use_async(stale, &uses), RPC_S_OK);
  close_async(&context);
  CHECK_EQ(use_async(stale, &uses), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RAISED(sync_context_use, stale), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RpcSmDestroyClientContext(&stale), RPC_S_OK);
  /* One that the client itself knows to be none does not get as far. */
  struct async_call call;
  async_call_init(&call);
  CHECK_EQ(RAISED(async_context_use, &call.state, &uses), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RAISED(async_context_use, &call.state, NULL), RPC_X_SS_IN_NULL_CONTEXT);
  async_call_close(&call);
}

WITH_CONTEXTS(wrong_context_handle_is_refused_with_context_mismatch)
{
  LONG uses = 0;
  context_t context = open_async(server, 1);
  for (int at = 0; at < 20; at++) {
    context_t wrong = forge(server, context, at, 0x80);
    CHECK_EQ(use_async(wrong, &uses), RPC_X_SS_CONTEXT_MISMATCH);
    CHECK_EQ(RpcSmDestroyClientContext(&wrong), RPC_S_OK);
  }
  /* Together with a good one, which is free again afterwards. */
  context_t wrong = forge(server, context, 12, 1);
  CHECK_EQ(RAISED(sync_context_use_two, context, wrong), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RAISED(sync_context_use_two, wrong, context), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RpcSmDestroyClientContext(&wrong), RPC_S_OK);
  CHECK_EQ(sync_context_use(context), 1);
  close_async(&context);
}

/* context_thief WIRE ENDPOINT HANDLE: uses a context handle that it has not opened. */
HELPER(context_thief)
{
  unsigned char wire[20];
  context_t stolen = NULL;
  LONG uses = 0;
  char text[32];
  CHECK_EQ(argc, 3);
  RPC_BINDING_HANDLE binding = endpoint_bind(atoi(argv[0]), argv[1]);
  for (int i = 0; i < 20; i++)
    CHECK_EQ(sscanf(argv[2] + 2 * i, "%2hhx", &wire[i]), 1);
  NDRCContextUnmarshall(&stolen, binding, wire, 0x10);
  snprintf(text, sizeof(text), "%ld", use_async(stolen, &uses));
  helper_ready(text);
  helper_wait_for_stop();
}

WITH_CONTEXTS(context_handle_of_another_client_is_refused_with_context_mismatch)
{
  unsigned char wire[20];
  char arguments[160];
  struct helper thief;
  context_t context = open_async(server, 1);
  NDRCContextMarshall(context, wire);
  int length = snprintf(arguments, sizeof(arguments), "%d %s ", server->wire, server->endpoint);
  for (int i = 0; i < 20; i++)
    length += snprintf(arguments + length, sizeof(arguments) - length, "%02x", wire[i]);
  helper_start(&thief, "context_thief", arguments, RUNTIME_SHIM);
  CHECK_EQ(atoi(thief.text), RPC_X_SS_CONTEXT_MISMATCH);
  helper_stop(&thief);
  CHECK_EQ(sync_context_use(context), 1);
  close_async(&context);
}

WITH_CONTEXTS(strict_context_handle_is_known_to_its_own_interface_only)
{
  LONG uses = 0;
  context_t context = open_async(server, 1);
  stranger_t strict = NULL;
  CHECK_EQ(client_guest_use(context), 1); /* not strict: any interface of the server */
  client_stranger_open(server->binding, &strict);
  CHECK_EQ(client_stranger_use(strict), 1);
  CHECK_EQ(use_async(strict, &uses), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RAISED(client_guest_use, strict), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RAISED(client_stranger_use, context), RPC_X_SS_CONTEXT_MISMATCH);
  client_stranger_close(&strict);
  close_async(&context);
}

/* ---- one call at a time ---- */

struct caller {
  HANDLE thread;
  context_t one, two;
  LONG rounds;
  bool async;
  RPC_STATUS status;
};

static DWORD WINAPI use_in_thread(void *argument)
{
  struct caller *caller = argument;
  caller->status = RAISED(sync_context_use, caller->one);
  return 0;
}

static void caller_start(struct caller *caller, LPTHREAD_START_ROUTINE routine)
{
  caller->thread = CreateThread(NULL, 0, routine, caller, 0, NULL);
  CHECK(caller->thread);
}

static void caller_join(struct caller *caller)
{
  CHECK_SIGNALLED(caller->thread);
  CloseHandle(caller->thread);
}

/* The context state itself checks that nobody else is in; that they get in is seen here. */
WITH_CONTEXTS(calls_on_one_context_handle_are_serialized_until_completed)
{
  struct async_call calls[4];
  LONG answers[4] = {0};
  context_t context = open_async(server, 1);
  struct caller caller = {.one = context};
  for (LONG i = 0; i < 4; i++)
    start_hold(&calls[i], context, i, &answers[i]);
  caller_start(&caller, use_in_thread);
  /* All of this client's calls get their turn, whatever the order. */
  CHECK_EQ(sync_add(server->binding, 1, 2), 3);
  for (LONG i = 0; i < 4; i++) {
    held_calls_wait(1);
    end_hold(&calls[i], 1, i);
  }
  caller_join(&caller);
  CHECK_EQ(caller.status, 0);
  CHECK_EQ(context_states[1].uses, 5);
  close_async(&context);
}

WITH_CONTEXTS(pending_call_does_not_hold_up_another_context_handle)
{
  struct async_call call;
  LONG answer = 0, uses = 0;
  context_t busy = open_async(server, 1), idle = open_async(server, 2);
  start_hold(&call, busy, 7, &answer);
  server_wait_held(server, 1);
  CHECK_EQ(use_async(idle, &uses), RPC_S_OK);
  CHECK_EQ(sync_context_use(idle), 2);
  close_async(&idle);
  end_hold(&call, 1, 7);
  close_async(&busy);
}

WITH_CONTEXTS(pending_call_may_share_its_context_handle)
{
  struct async_call calls[2];
  LONG answers[2] = {0};
  context_t context = open_async(server, 1);
  for (LONG i = 0; i < 2; i++) {
    async_call_init(&calls[i]);
    async_context_hold_shared(&calls[i].state, context, i, &answers[i]);
    held_calls_wait(1);
    /* The next one asks for it alone, and has to wait for this one. */
    end_hold(&calls[i], 1, i);
  }
  close_async(&context);
}

WITH_CONTEXTS(call_that_waits_for_a_context_handle_being_closed_is_refused)
{
  struct async_call closing, waiting;
  LONG uses = 0;
  context_t context = open_async(server, 1), same = forge(server, context, 0, 0);
  async_call_init(&closing);
  async_context_close_held(&closing.state, &context, 7);
  server_wait_held(server, 1);
  async_call_init(&waiting);
  async_context_use(&waiting.state, same);
  CHECK_EQ(held_calls_release(7, 0), RPC_S_OK);
  CHECK_EQ(async_call_finish(&waiting, &uses), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(async_call_finish(&closing, NULL), RPC_S_OK);
  CHECK(!context);
  CHECK_EQ(RpcSmDestroyClientContext(&same), RPC_S_OK);
}

#define CROWD 2400

/* Threads of the test itself, of the runtime on either side, and some to spare. */
#define CROWD_THREADS 40

static struct async_call *start_crowd(context_t context)
{
  struct async_call *crowd = calloc(CROWD, sizeof(*crowd));
  CHECK(crowd);
  for (int i = 0; i < CROWD; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&crowd[i].state, sizeof(crowd[i].state)), RPC_S_OK);
    crowd[i].state.NotificationType = RpcNotificationTypeNone;
    async_context_use(&crowd[i].state, context);
  }
  return crowd;
}

/* They are served in the order made, each for itself. */
WITH_CONTEXTS(calls_that_wait_for_a_context_handle_take_no_threads)
{
  struct async_call holds;
  LONG answer = 0, uses = 0;
  context_t context = open_async(server, 1), other = open_async(server, 2);
  start_hold(&holds, context, 1, &answer);
  held_calls_wait(1);
  struct async_call *crowd = start_crowd(context);
  /* Behind them on their connection, and on another one. */
  CHECK_EQ(use_async(other, &uses), RPC_S_OK);
  CHECK_EQ(sync_context_use(other), 2);
  CHECK_AT_MOST(usage_threads(), CROWD_THREADS);
  end_hold(&holds, 1, 1);
  for (int i = 0; i < CROWD; i++) {
    RPC_STATUS status;
    while ((status = RpcAsyncCompleteCall(&crowd[i].state, &uses)) == RPC_S_ASYNC_CALL_PENDING)
      Sleep(1);
    CHECK_EQ(status, RPC_S_OK);
    CHECK_EQ(uses, i + 2);
  }
  CHECK_AT_MOST(usage_threads(), CROWD_THREADS);
  free(crowd);
  close_async(&context);
  close_async(&other);
}

static DWORD WINAPI guest_use_in_thread(void *argument)
{
  struct caller *caller = argument;
  caller->status = RAISED(client_guest_use, caller->one);
  return 0;
}

/* A synchronous manager routine: its stub stops and goes on, too. */
WITH_CONTEXTS(synchronous_calls_wait_for_a_context_handle_likewise)
{
  enum { CALLERS = 60 };
  static struct caller callers[CALLERS];
  struct async_call holds;
  LONG answer = 0;
  context_t context = open_async(server, 1);
  start_hold(&holds, context, 1, &answer);
  held_calls_wait(1);
  for (int i = 0; i < CALLERS; i++) {
    callers[i] = (struct caller){.one = context};
    caller_start(&callers[i], guest_use_in_thread);
  }
  CHECK_EQ(sync_add(server->binding, 1, 2), 3);
  CHECK_AT_MOST(usage_threads(), CALLERS + CROWD_THREADS);
  end_hold(&holds, 1, 1);
  for (int i = 0; i < CALLERS; i++) {
    caller_join(&callers[i]);
    CHECK_EQ(callers[i].status, 0);
  }
  CHECK_EQ(context_states[1].uses, CALLERS + 1);
  close_async(&context);
}

static DWORD WINAPI use_two_often(void *argument)
{
  struct caller *caller = argument;
  for (LONG i = 0; i < caller->rounds; i++) {
    struct async_call call;
    if (!caller->async) {
      sync_context_use_two(caller->one, caller->two);
      continue;
    }
    async_call_init(&call);
    async_context_use_two(&call.state, caller->one, caller->two);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  }
  return 0;
}

WITH_CONTEXTS(calls_with_two_context_handles_in_opposite_order_do_not_deadlock)
{
  enum { CALLERS = 8 };
  struct caller callers[CALLERS];
  context_t one = open_async(server, 1), two = open_async(server, 2);
  for (int i = 0; i < CALLERS; i++) {
    callers[i] =
        (struct caller){.one = i % 2 ? one : two, .two = i % 2 ? two : one, .rounds = 60};
    callers[i].async = i & 2;
    caller_start(&callers[i], use_two_often);
  }
  for (int i = 0; i < CALLERS; i++)
    caller_join(&callers[i]);
  CHECK_EQ(context_states[1].uses, CALLERS * 60);
  CHECK_EQ(context_states[2].uses, CALLERS * 60);
  close_async(&one);
  close_async(&two);
}

/* While it waits for the second, the first is free. */
WITH_CONTEXTS(call_that_waits_for_one_context_handle_does_not_hold_another)
{
  struct async_call busy, both;
  LONG answer = 0, answers = 0;
  context_t one = open_async(server, 1), two = open_async(server, 2);
  start_hold(&busy, two, 7, &answer);
  server_wait_held(server, 1);
  async_call_init(&both);
  async_context_hold_two(&both.state, one, two, 8, &answers);
  for (int i = 0; i < 20; i++)
    sync_context_use(one);
  end_hold(&busy, 2, 7);
  held_calls_wait(1);
  context_leave(1);
  end_hold(&both, 2, 8);
  CHECK_EQ(answers, 8);
  close_async(&one);
  close_async(&two);
}

/* ---- rundown ---- */

/* context_client WIRE ENDPOINT: three contexts, of which a pending call uses one, another two.
 */
HELPER(context_client)
{
  static struct async_call one, two;
  static LONG answers[2];
  static context_t contexts[3];
  CHECK_EQ(argc, 2);
  RPC_BINDING_HANDLE binding = endpoint_bind(atoi(argv[0]), argv[1]);
  for (LONG i = 0; i < 3; i++)
    sync_context_open(binding, i, &contexts[i]);
  start_hold(&one, contexts[0], 1, &answers[0]);
  async_call_init(&two);
  async_context_hold_two(&two.state, contexts[1], contexts[2], 2, &answers[1]);
  helper_ready("calls are pending");
  helper_wait_for_stop();
}

WITH_CONTEXTS(client_dies_and_its_contexts_are_run_down_once_and_after_its_pending_calls)
{
  struct helper client;
  char arguments[80];
  snprintf(arguments, sizeof(arguments), "%d %s", server->wire, server->endpoint);
  for (LONG round = 1; round <= 3; round++) {
    helper_start(&client, "context_client", arguments, RUNTIME_SHIM);
    server_wait_held(server, 2);
    helper_kill(&client);
    server_wait_cancelled(server, 1);
    server_wait_cancelled(server, 2);
    CHECK_EQ(contexts_alive(), 3);
    context_leave(0);
    held_calls_release(1, 0);
    /* The other one still uses two of them; nothing of it is run down (context_handles_managers
     * checks that, too). */
    CHECK(!context_states[1].run_down && !context_states[2].run_down);
    context_leave(1);
    context_leave(2);
    held_calls_abort(2, 5);
    while (contexts_alive())
      SwitchToThread();
    CHECK_EQ(contexts_run_down(), 3 * round);
  }
}

/* context_crowd WIRE ENDPOINT: holds a context, and has a crowd of calls that wait for it. */
HELPER(context_crowd)
{
  static struct async_call holds;
  static context_t context;
  static LONG answer;
  CHECK_EQ(argc, 2);
  RPC_BINDING_HANDLE binding = endpoint_bind(atoi(argv[0]), argv[1]);
  sync_context_open(binding, 0, &context);
  start_hold(&holds, context, 1, &answer);
  start_crowd(context);
  helper_ready("all are on their way");
  helper_wait_for_stop();
}

/* None of them is left: their client's context is run down. */
WITH_CONTEXTS(client_dies_whose_calls_wait_for_a_context_handle)
{
  struct helper client;
  char arguments[80];
  LONG uses = 0;
  context_t context = open_async(server, 5);
  snprintf(arguments, sizeof(arguments), "%d %s", server->wire, server->endpoint);
  helper_start(&client, "context_crowd", arguments, RUNTIME_SHIM);
  server_wait_held(server, 1);
  CHECK_EQ(use_async(context, &uses), RPC_S_OK);
  helper_kill(&client);
  server_wait_cancelled(server, 1);
  context_leave(0);
  held_calls_release(1, 0);
  while (contexts_alive() > 1)
    SwitchToThread();
  CHECK_EQ(contexts_run_down(), 1);
  CHECK_AT_MOST(usage_threads(), CROWD_THREADS);
  close_async(&context);
}

/* context_reply_lost WIRE ENDPOINT: dies before the reply that brings it a context handle. */
HELPER(context_opener)
{
  static struct async_call call;
  static context_t context;
  CHECK_EQ(argc, 2);
  async_call_init(&call);
  async_context_open_held(&call.state, endpoint_bind(atoi(argv[0]), argv[1]), 4, 7, &context);
  helper_ready("call is pending");
  helper_wait_for_stop();
}

WITH_CONTEXTS(context_that_the_client_did_not_live_to_know_is_run_down_once)
{
  struct helper client;
  char arguments[80];
  snprintf(arguments, sizeof(arguments), "%d %s", server->wire, server->endpoint);
  helper_start(&client, "context_opener", arguments, RUNTIME_SHIM);
  server_wait_held(server, 1);
  helper_kill(&client);
  server_wait_cancelled(server, 7);
  CHECK_EQ(contexts_alive(), 1);
  held_calls_release(7, 0);
  while (contexts_alive())
    SwitchToThread();
  CHECK_EQ(contexts_run_down(), 1);
}

/*
 * The client's states of an asynchronous call (Microsoft, "Asynchronous Call State"): each
 * arrow of the table, and each move that is none: it is refused, and the running call does not
 * notice.
 */
#include "async_call.h"
#include "held_calls.h"
#include "raw_peer.h"
#include "server.h"

#include <stdlib.h>

#define NUMBER 7
#define ANSWER 4711

static void start_held(struct server *server, struct async_call *call, LONG *answer)
{
  async_call_init(call);
  async_hold(&call->state, server->binding, NUMBER, answer);
  server_wait_held(server, 1);
}

/* What there is to do with a handle, but for the status: nothing, where no call belongs to it.
 */
static void check_no_call(RPC_ASYNC_STATE *state)
{
  LONG reply = 5;
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcAsyncCompleteCall(state, &reply), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCancelCall(state, FALSE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCancelCall(state, TRUE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncAbortCall(state, 1), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(reply, 5);
}

static void check_add(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  async_add(&call.state, binding, 20, 3);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
}

/* ---- C, WComp, Comp, End ---- */

ON_EACH_SERVER(make_wait_complete_end)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
  check_no_call(&call.state);
  CHECK_EQ(RpcAsyncRegisterInfo(&call.state), RPC_S_INVALID_ASYNC_HANDLE);
  /* Once, and that was all. */
  check_add(server->binding);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
}

ON_EACH_SERVER(make_wait_complete_end_of_a_call_that_fails)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  CHECK_EQ(server_abort(server, NUMBER, 1234), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), 1234);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), 1234);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), 1234);
  CHECK_EQ(answer, 5);
  check_no_call(&call.state);
  check_add(server->binding);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
}

ON_EACH_SERVER(cancelled_call_still_has_to_be_completed)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_CALL_CANCELLED);
  CHECK(RAISED(async_add, &call.state, server->binding, 1, 2) != 0);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_CALL_CANCELLED);
  check_no_call(&call.state);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
  server_release(server, NUMBER, 0);
  check_add(server->binding);
  CHECK_EQ(answer, 5);
}

/* ---- C: the stub raises, End ---- */

/* The call of `stub` raises `expected`, is never notified, and leaves the handle as it was. */
#define CHECK_STUB_RAISES(server, expected, call, stub, ...)                                   \
  do {                                                                                         \
    CHECK_EQ(RAISED(stub, &(call)->state, __VA_ARGS__), expected);                             \
    check_no_call(&(call)->state);                                                             \
    CHECK_EQ((call)->state.Signature, 0x43595341);                                             \
    CHECK((call)->state.UserInfo == (call));                                                   \
    check_add((server)->binding);                                                              \
    CHECK(!async_call_is_notified(call));                                                      \
  } while (0)

ON_LOCAL_AND_REMOTE(exception_of_the_stub_is_the_end_without_a_notification)
{
  struct async_call call;
  char endpoint[64];
  LONG answer = 5, sum = 0;
  async_call_init(&call);
  CHECK_STUB_RAISES(server, RPC_S_INVALID_BINDING, &call, async_add, NULL, 1, 2);
  CHECK_STUB_RAISES(server, RPC_X_NULL_REF_POINTER, &call, async_hold, server->binding, 1,
                    NULL);
  CHECK_STUB_RAISES(server, RPC_X_SS_IN_NULL_CONTEXT, &call, async_session_add, NULL, 1);
  endpoint_choose(server->wire, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE nobody = endpoint_bind(server->wire, endpoint);
  CHECK_STUB_RAISES(server, RPC_S_SERVER_UNAVAILABLE, &call, async_hold, nobody, 1, &answer);
  CHECK_EQ(RpcBindingFree(&nobody), RPC_S_OK);
  call.state.NotificationType = 99;
  CHECK_STUB_RAISES(server, RPC_S_INVALID_ARG, &call, async_hold, server->binding, 1, &answer);
  CHECK_EQ(answer, 5);
  /* Initialized, it is as good as new. */
  CHECK_EQ(RpcAsyncInitializeHandle(&call.state, sizeof(call.state)), RPC_S_OK);
  call.state.NotificationType = RpcNotificationTypeEvent;
  async_add(&call.state, server->binding, 3, 4);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 7);
}

/* ---- moves before the call ---- */

ON_LOCAL_AND_REMOTE(complete_cancel_and_abort_before_the_call_are_refused)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  check_no_call(&call.state);
  /* There is nothing to register yet: the call itself will. */
  CHECK_EQ(RpcAsyncRegisterInfo(&call.state), RPC_S_OK);
  async_add(&call.state, server->binding, 3, 4);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 7);
}

/* ---- moves while it is pending ---- */

ON_EACH_SERVER(abort_by_the_client_is_refused_and_harms_nothing)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  CHECK_EQ(RpcAsyncAbortCall(&call.state, 1), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(server_test_cancel(server, NUMBER), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncAbortCall(&call.state, 1), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
  async_call_close(&call);
}

struct second_call {
  RPC_ASYNC_STATE *state;
  RPC_BINDING_HANDLE binding;
  LONG *go;
  DWORD raised;
};

static DWORD WINAPI call_when_told(void *context)
{
  struct second_call *second = context;
  while (!InterlockedCompareExchange(second->go, 0, 0))
    SwitchToThread();
  second->raised = RAISED(async_add, second->state, second->binding, 20, 3);
  return 0;
}

/* Of two threads that make a call with one handle at one time, one makes it. */
ON_LOCAL_AND_REMOTE(two_calls_at_once_on_one_handle_are_one_call)
{
  for (int round = 0; round < 50; round++) {
    struct async_call call;
    LONG go = 0, sum = 0;
    async_call_init(&call);
    struct second_call calls[2] = {{&call.state, server->binding, &go, 0},
                                   {&call.state, server->binding, &go, 0}};
    HANDLE threads[2];
    for (int i = 0; i < 2; i++) {
      threads[i] = CreateThread(NULL, 0, call_when_told, &calls[i], 0, NULL);
      CHECK(threads[i]);
    }
    InterlockedExchange(&go, 1);
    for (int i = 0; i < 2; i++) {
      CHECK_SIGNALLED(threads[i]);
      CloseHandle(threads[i]);
    }
    CHECK_EQ(!calls[0].raised + !calls[1].raised, 1);
    CHECK_EQ(calls[0].raised + calls[1].raised, RPC_S_INVALID_ASYNC_HANDLE);
    CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
    CHECK_EQ(sum, 23);
  }
}

/* A binding that shares no connection with any other. */
static RPC_BINDING_HANDLE bind_alone(const struct server *server)
{
  RPC_BINDING_HANDLE binding = endpoint_bind(server->wire, server->endpoint);
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_UNIQUE_BINDING, TRUE), RPC_S_OK);
  return binding;
}

struct lone_call {
  struct async_call call;
  RPC_BINDING_HANDLE binding;
};

static DWORD WINAPI call_and_end(void *context)
{
  struct lone_call *lone = context;
  async_add(&lone->call.state, lone->binding, 20, 3);
  return 0;
}

/* Each on a connection of its own, which the thread has opened. */
ON_EACH_SERVER(thread_that_made_the_call_may_end_before_the_reply)
{
  for (int round = 0; round < 100; round++) {
    struct lone_call lone = {.binding = bind_alone(server)};
    LONG sum = 0;
    async_call_init(&lone.call);
    HANDLE thread = CreateThread(NULL, 0, call_and_end, &lone, 0, NULL);
    CHECK(thread);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
    CHECK_EQ(async_call_finish(&lone.call, &sum), RPC_S_OK);
    CHECK_EQ(sum, 23);
    CHECK_EQ(RpcBindingFree(&lone.binding), RPC_S_OK);
  }
}

#define LARGE 0x100000

struct large_call {
  struct async_call call;
  RPC_BINDING_HANDLE binding;
  LONG count;
  byte *reply;
};

static byte large[LARGE];

static DWORD WINAPI send_much_and_end(void *context)
{
  struct large_call *call = context;
  async_echo(&call->call.state, call->binding, LARGE, large, &call->count, &call->reply);
  return 0;
}

ON_EACH_SERVER(thread_that_made_the_call_may_end_before_all_is_sent)
{
  for (int i = 0; i < LARGE; i++)
    large[i] = (byte)(i * 31 + i / 4096);
  for (int round = 0; round < 20; round++) {
    struct large_call call = {.binding = bind_alone(server)};
    async_call_init(&call.call);
    HANDLE thread = CreateThread(NULL, 0, send_much_and_end, &call, 0, NULL);
    CHECK(thread);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
    CHECK_EQ(async_call_finish(&call.call, NULL), RPC_S_OK);
    CHECK_EQ(call.count, LARGE);
    CHECK(!memcmp(call.reply, large, LARGE));
    midl_user_free(call.reply);
    CHECK_EQ(RpcBindingFree(&call.binding), RPC_S_OK);
  }
}

#define ABANDONED 100

static HANDLE hung_up;

/* A server that takes calls and never answers; it says when a client has hung up. */
static DWORD WINAPI never_answer(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer *peer = context;
  for (int i = 0; i < ABANDONED; i++) {
    raw_accept(peer);
    CHECK(raw_receive(peer, pdu));
    size_t length = raw_make_bind_ack(pdu, raw_get32(pdu, RAW_CALL_ID), 0, 0);
    pdu[RAW_FLAGS] |= 0x10; /* multiplexed: told of cancels */
    CHECK(raw_send(peer, pdu, length));
    while (raw_receive(peer, pdu))
      ;
    raw_close(peer);
    SetEvent(hung_up);
  }
  return 0;
}

static void abandon_calls(enum wire wire)
{
  struct server server = {.wire = wire};
  struct raw_peer peer;
  endpoint_choose(wire, server.endpoint, sizeof(server.endpoint));
  raw_listen(&peer, wire, server.endpoint);
  hung_up = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(hung_up);
  HANDLE thread = CreateThread(NULL, 0, never_answer, &peer, 0, NULL);
  CHECK(thread);
  for (int i = 0; i < ABANDONED; i++) {
    RPC_BINDING_HANDLE binding = bind_alone(&server);
    struct async_call call;
    LONG answer = 5;
    async_call_init(&call);
    async_hold(&call.state, binding, NUMBER, &answer);
    CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_CALL_CANCELLED);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
    CHECK_SIGNALLED(hung_up);
  }
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  CloseHandle(hung_up);
  raw_stop_listening(&peer);
}

/* The connection goes with its binding, also where its reading has hardly begun. */
TEST(abandoned_call_leaves_no_connection_local)
{
  abandon_calls(WIRE_LOCAL);
}

TEST(abandoned_call_leaves_no_connection_tcp)
{
  abandon_calls(WIRE_TCP);
}

ON_LOCAL_AND_REMOTE(register_info_with_an_unknown_kind_changes_nothing)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  call.state.NotificationType = 99;
  CHECK_EQ(RpcAsyncRegisterInfo(&call.state), RPC_S_INVALID_ARG);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  /* Too late for it to matter. */
  CHECK_EQ(RpcAsyncRegisterInfo(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
  async_call_close(&call);
}

/* ---- moves while it waits to be completed ---- */

ON_EACH_SERVER(second_call_before_complete_raises_and_the_reply_stays)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RAISED(async_add, &call.state, server->binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
  async_call_close(&call);
}

/* ---- moves after the end ---- */

ON_LOCAL_AND_REMOTE(complete_twice_is_refused_though_other_calls_were_made_since)
{
  struct async_call call, other;
  LONG answer = 5, other_answer = 5;
  start_held(server, &call, &answer);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  /* As they are freed and made, one may lie where the ended one was. */
  for (int i = 0; i < 20; i++) {
    start_held(server, &other, &other_answer);
    check_no_call(&call.state);
    CHECK_EQ(RpcAsyncGetCallStatus(&other.state), RPC_S_ASYNC_CALL_PENDING);
    CHECK_EQ(server_release(server, NUMBER, i), RPC_S_OK);
    check_no_call(&call.state);
    CHECK_EQ(async_call_finish(&other, NULL), RPC_S_OK);
    CHECK_EQ(other_answer, i);
  }
}

/*
 * A copy that somebody made of a handle while its call was pending is as dead as the handle
 * itself, and does not get hold of later calls.
 */
ON_LOCAL_AND_REMOTE(copy_of_an_ended_handle_is_no_handle_of_later_calls)
{
  struct async_call call, other;
  LONG answer = 5, other_answer = 5;
  start_held(server, &call, &answer);
  RPC_ASYNC_STATE copy = call.state;
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  for (int i = 0; i < 20; i++) {
    start_held(server, &other, &other_answer);
    check_no_call(&copy);
    CHECK_EQ(server_release(server, NUMBER, i), RPC_S_OK);
    CHECK_SIGNALLED(other.event);
    check_no_call(&copy);
    CHECK_EQ(RpcAsyncCompleteCall(&other.state, NULL), RPC_S_OK);
    async_call_close(&other);
  }
}

/* ---- handles that were lost or broken while their call was pending ---- */

/* The call is refused by all that looks at the handle, until it is what it was. */
static void check_broken(RPC_ASYNC_STATE *state, RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCancelCall(state, FALSE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCancelCall(state, TRUE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncAbortCall(state, 1), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncRegisterInfo(state), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RAISED(async_add, state, binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
}

ON_EACH_SERVER(bad_signature_or_size_of_a_pending_handle_is_refused_and_harms_nothing)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  call.state.Signature++;
  check_broken(&call.state, server->binding);
  call.state.Signature--;
  call.state.Size++;
  check_broken(&call.state, server->binding);
  call.state.Size = 0;
  check_broken(&call.state, server->binding);
  call.state.Size = sizeof(call.state);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(server_test_cancel(server, NUMBER), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
}

ON_EACH_SERVER(zeroed_pending_handle_is_no_handle_and_its_call_goes_on)
{
  struct async_call call;
  LONG answer = 5;
  start_held(server, &call, &answer);
  RPC_ASYNC_STATE was = call.state;
  memset(&call.state, 0, sizeof(call.state));
  check_no_call(&call.state);
  CHECK_EQ(RAISED(async_add, &call.state, server->binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(server_test_cancel(server, NUMBER), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  /* What was agreed when the call was made is what happens. */
  CHECK_SIGNALLED(call.event);
  check_no_call(&call.state);
  CHECK_EQ(answer, 5);
  call.state = was;
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
  async_call_close(&call);
}

ON_LOCAL_AND_REMOTE(initialized_pending_handle_makes_another_call)
{
  struct async_call first, second;
  LONG answer = 5, sum = 0;
  start_held(server, &first, &answer);
  second = first;
  async_call_init(&second);
  first.state = second.state;
  check_no_call(&first.state);
  async_add(&first.state, server->binding, 20, 3);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(first.event);
  CHECK_SIGNALLED(second.event);
  CHECK_EQ(RpcAsyncCompleteCall(&first.state, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
  CHECK_EQ(answer, 5);
  async_call_close(&first);
  async_call_close(&second);
}

static HANDLE told;

static void RPC_ENTRY tell(RPC_ASYNC_STATE *state, void *context, RPC_ASYNC_EVENT event)
{
  (void)state;
  if (!context && event == RpcCallComplete)
    SetEvent(told);
}

/* Each kind of notification of a call whose handle is memory of nobody by the time it comes. */
static void lose_handle(struct server *server, RPC_NOTIFICATION_TYPES type)
{
  static LONG answer;
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  RPC_ASYNC_STATE *state =
      VirtualAlloc(NULL, sizeof(*state), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  CHECK(state && port);
  CHECK_EQ(RpcAsyncInitializeHandle(state, sizeof(*state)), RPC_S_OK);
  state->NotificationType = type;
  if (type == RpcNotificationTypeEvent) {
    state->u.hEvent = told;
  } else if (type == RpcNotificationTypeApc) {
    state->u.APC.NotificationRoutine = tell;
    state->u.APC.hThread = NULL;
  } else if (type == RpcNotificationTypeCallback) {
    state->u.NotificationRoutine = tell;
  } else {
    state->u.IOC.hIOPort = port;
    state->u.IOC.dwNumberOfBytesTransferred = 1;
    state->u.IOC.dwCompletionKey = 2;
    state->u.IOC.lpOverlapped = NULL;
  }
  async_hold(state, server->binding, NUMBER, &answer);
  server_wait_held(server, 1);
  CHECK(VirtualFree(state, 0, MEM_RELEASE));
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  if (type == RpcNotificationTypeIoc) {
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE));
    CHECK_EQ(bytes, 1);
    CHECK_EQ(key, 2);
  } else {
    while (WaitForSingleObjectEx(told, INFINITE, TRUE) == WAIT_IO_COMPLETION)
      ;
  }
  CloseHandle(port);
}

ON_EACH_SERVER(reply_for_a_freed_handle_is_notified_and_touches_nothing)
{
  static const RPC_NOTIFICATION_TYPES types[] = {
      RpcNotificationTypeEvent, RpcNotificationTypeApc, RpcNotificationTypeCallback,
      RpcNotificationTypeIoc};
  told = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(told);
  for (size_t i = 0; i < ARRAYSIZE(types); i++) {
    lose_handle(server, types[i]);
    check_add(server->binding);
  }
  CloseHandle(told);
}

/* ---- the other side's moves on a client's handle ---- */

/* Both handles of one call, in one process; returns the server's. */
static RPC_ASYNC_STATE *start_here(struct server *server, struct async_call *call, LONG *answer)
{
  server_start(server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  start_held(server, call, answer);
  return held_calls_take(NUMBER);
}

/* In one process, a server can meet a client's handle: it is a client's for it, too. */
TEST(server_cannot_end_a_client_handle)
{
  struct server server;
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *serving = start_here(&server, &call, &answer);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(RpcAsyncAbortCall(&call.state, 3), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcAsyncGetCallStatus(serving), RPC_S_ASYNC_CALL_PENDING);
  CHECK(RAISED(async_add, serving, server.binding, 1, 2) != 0);
  CHECK_EQ(RpcAsyncAbortCall(serving, 77), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), 77);
  server_stop(&server);
}

/*
 * Where the memory of a client's ended call has become a server's, the handle that still has
 * that address is none of it. (RuntimeInfo is set here to what such a reuse makes of it.)
 */
TEST(stale_handle_is_no_handle_of_a_server_call_at_its_address)
{
  struct server server;
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *serving = start_here(&server, &call, &answer);
  RPC_ASYNC_STATE stale = call.state;
  stale.RuntimeInfo = serving->RuntimeInfo;
  check_no_call(&stale);
  CHECK_EQ(I_RpcAsyncAbortCall(&stale, 3), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncAbortCall(serving, 77), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), 77);
  server_stop(&server);
}

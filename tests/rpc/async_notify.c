/*
 * The six ways in which the runtime tells a client that its call is complete; each exactly
 * once, and not before.
 */
#include "async_call.h"
#include "server.h"

#define NUMBER 7
#define ANSWER 4711

/* Checks that `state` is a call which has ended well, and frees what the runtime holds. */
static void complete_held(RPC_ASYNC_STATE *state, LONG *answer)
{
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
  CHECK_EQ(*answer, ANSWER);
}

static void start_held(struct server *server, RPC_ASYNC_STATE *state, LONG *answer)
{
  async_hold(state, server->binding, NUMBER, answer);
  server_wait_held(server, 1);
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
}

static void initialize(RPC_ASYNC_STATE *state, RPC_NOTIFICATION_TYPES type)
{
  memset(state, 0, sizeof(*state));
  CHECK_EQ(RpcAsyncInitializeHandle(state, sizeof(*state)), RPC_S_OK);
  state->NotificationType = type;
}

ON_EACH_SERVER(none_is_found_by_polling)
{
  RPC_ASYNC_STATE state;
  LONG answer = 0;
  initialize(&state, RpcNotificationTypeNone);
  start_held(server, &state, &answer);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  RPC_STATUS status;
  while ((status = RpcAsyncGetCallStatus(&state)) == RPC_S_ASYNC_CALL_PENDING)
    SwitchToThread();
  CHECK_EQ(status, RPC_S_OK);
  complete_held(&state, &answer);
}

ON_EACH_SERVER(event_is_set)
{
  struct async_call call;
  LONG answer = 0;
  async_call_init(&call);
  start_held(server, &call.state, &answer);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  complete_held(&call.state, &answer);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
}

/* Routines that the runtime calls get nothing but the state: UserInfo leads to this. */
struct notified {
  LONG count;
  DWORD thread;
  void *context;
  RPC_ASYNC_EVENT event;
  HANDLE done;
};

static void RPC_ENTRY note_notification(RPC_ASYNC_STATE *state, void *context,
                                        RPC_ASYNC_EVENT event)
{
  struct notified *notified = state->UserInfo;
  notified->thread = GetCurrentThreadId();
  notified->context = context;
  notified->event = event;
  InterlockedIncrement(&notified->count);
  SetEvent(notified->done);
}

static void notified_init(struct notified *notified, RPC_ASYNC_STATE *state)
{
  memset(notified, 0, sizeof(*notified));
  notified->context = notified;
  notified->event = RpcReceiveComplete;
  notified->done = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(notified->done);
  state->UserInfo = notified;
}

static void check_notified(struct notified *notified)
{
  CHECK_EQ(notified->count, 1);
  CHECK(!notified->context);
  CHECK_EQ(notified->event, RpcCallComplete);
  CloseHandle(notified->done);
}

ON_EACH_SERVER(apc_runs_on_the_thread_that_made_the_call)
{
  RPC_ASYNC_STATE state;
  struct notified notified;
  LONG answer = 0;
  initialize(&state, RpcNotificationTypeApc);
  notified_init(&notified, &state);
  state.u.APC.NotificationRoutine = note_notification;
  state.u.APC.hThread = NULL;
  start_held(server, &state, &answer);
  CHECK_EQ(notified.count, 0);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  while (!notified.count)
    CHECK_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  CHECK_EQ(notified.thread, GetCurrentThreadId());
  complete_held(&state, &answer);
  /* Nothing more is queued. */
  CHECK_EQ(SleepEx(0, TRUE), 0);
  check_notified(&notified);
}

static DWORD WINAPI sleep_alertably(void *stop)
{
  while (WaitForSingleObjectEx(stop, INFINITE, TRUE) == WAIT_IO_COMPLETION)
    ;
  return 0;
}

ON_LOCAL_AND_REMOTE(apc_runs_on_the_thread_that_was_named)
{
  RPC_ASYNC_STATE state;
  struct notified notified;
  LONG answer = 0;
  DWORD id;
  HANDLE stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  HANDLE thread = CreateThread(NULL, 0, sleep_alertably, stop, 0, &id);
  CHECK(stop && thread);
  initialize(&state, RpcNotificationTypeApc);
  notified_init(&notified, &state);
  state.u.APC.NotificationRoutine = note_notification;
  state.u.APC.hThread = thread;
  start_held(server, &state, &answer);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(notified.done);
  CHECK_EQ(notified.thread, id);
  complete_held(&state, &answer);
  SetEvent(stop);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  CloseHandle(stop);
  check_notified(&notified);
}

ON_EACH_SERVER(ioc_gets_the_three_values)
{
  RPC_ASYNC_STATE state;
  OVERLAPPED mine, *overlapped = NULL;
  DWORD bytes = 0;
  ULONG_PTR key = 0;
  LONG answer = 0;
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  CHECK(port);
  initialize(&state, RpcNotificationTypeIoc);
  state.u.IOC.hIOPort = port;
  state.u.IOC.dwNumberOfBytesTransferred = 12345;
  state.u.IOC.dwCompletionKey = (DWORD_PTR)&key;
  state.u.IOC.lpOverlapped = &mine;
  start_held(server, &state, &answer);
  CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
  CHECK_EQ(GetLastError(), WAIT_TIMEOUT);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE));
  CHECK_EQ(bytes, 12345);
  CHECK(key == (ULONG_PTR)&key);
  CHECK(overlapped == &mine);
  complete_held(&state, &answer);
  CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
  CloseHandle(port);
}

ON_EACH_SERVER(hwnd_gets_the_message)
{
  RPC_ASYNC_STATE state;
  LONG answer = 0;
  MSG message;
  HWND window =
      CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
  CHECK(window);
  initialize(&state, RpcNotificationTypeHwnd);
  state.u.HWND.hWnd = window;
  state.u.HWND.Msg = WM_APP + 3;
  start_held(server, &state, &answer);
  CHECK(!PeekMessageW(&message, window, WM_APP, 0xbfff, PM_NOREMOVE));
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_EQ(GetMessageW(&message, window, WM_APP, 0xbfff), 1);
  CHECK_EQ(message.message, WM_APP + 3);
  complete_held(&state, &answer);
  CHECK(!PeekMessageW(&message, window, WM_APP, 0xbfff, PM_NOREMOVE));
  DestroyWindow(window);
}

ON_EACH_SERVER(callback_is_called_on_another_thread)
{
  RPC_ASYNC_STATE state;
  struct notified notified;
  LONG answer = 0;
  initialize(&state, RpcNotificationTypeCallback);
  notified_init(&notified, &state);
  state.u.NotificationRoutine = note_notification;
  start_held(server, &state, &answer);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(notified.done);
  CHECK(notified.thread != GetCurrentThreadId());
  complete_held(&state, &answer);
  check_notified(&notified);
}

struct completing {
  HANDLE done;
  LONG *answer;
  RPC_STATUS status;
};

static void RPC_ENTRY complete_inside(RPC_ASYNC_STATE *state, void *context,
                                      RPC_ASYNC_EVENT event)
{
  struct completing *completing = state->UserInfo;
  (void)context, (void)event;
  completing->status = RpcAsyncCompleteCall(state, NULL);
  SetEvent(completing->done);
}

/* What most programs do there. */
ON_LOCAL_AND_REMOTE(callback_may_complete_the_call)
{
  RPC_ASYNC_STATE state;
  LONG answer = 0;
  struct completing completing = {CreateEventW(NULL, TRUE, FALSE, NULL), &answer, ~0u};
  initialize(&state, RpcNotificationTypeCallback);
  state.UserInfo = &completing;
  state.u.NotificationRoutine = complete_inside;
  start_held(server, &state, &answer);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(completing.done);
  CHECK_EQ(completing.status, RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
  CloseHandle(completing.done);
}

/* A failure is told in the same way. */
ON_LOCAL_AND_REMOTE(event_is_set_for_an_aborted_call)
{
  struct async_call call;
  LONG answer = 0;
  async_call_init(&call);
  start_held(server, &call.state, &answer);
  CHECK_EQ(server_abort(server, NUMBER, 4444), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), 4444);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), 4444);
  CHECK_EQ(answer, 0);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
}

/* An exception of the stub is the end of the call: no notification ever comes for it. */
TEST(nothing_is_notified_where_the_stub_raised)
{
  struct async_call call;
  LONG answer = 0;
  char endpoint[64];
  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE nobody = endpoint_bind(WIRE_LOCAL, endpoint);
  async_call_init(&call);
  DWORD raised = RAISED(async_hold, &call.state, nobody, NUMBER, &answer);
  if (!raised) {
    /* The runtime may also find out later: then it is the call that fails. */
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_SERVER_UNAVAILABLE);
  } else {
    CHECK_EQ(raised, RPC_S_SERVER_UNAVAILABLE);
    CHECK(!async_call_is_notified(&call));
    async_call_close(&call);
  }
  CHECK_EQ(RpcBindingFree(&nobody), RPC_S_OK);
}

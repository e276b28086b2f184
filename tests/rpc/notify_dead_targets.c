/*
 * Notifications that cannot be delivered, and callbacks that misbehave: the call ends all the
 * same, can be polled and completed, and no other call knows of it.
 */
#include "async_call.h"
#include "server.h"

#define NUMBER 7
#define ANSWER 4711

static void initialize(RPC_ASYNC_STATE *state, RPC_NOTIFICATION_TYPES type)
{
  memset(state, 0, sizeof(*state));
  CHECK_EQ(RpcAsyncInitializeHandle(state, sizeof(*state)), RPC_S_OK);
  state->NotificationType = type;
}

static void start_held(struct server *server, RPC_ASYNC_STATE *state, LONG *answer)
{
  *answer = 0;
  async_hold(state, server->binding, NUMBER, answer);
  server_wait_held(server, 1);
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
}

/* Nobody tells: the call is found complete by asking, and is then completed. */
static void poll_and_complete(RPC_ASYNC_STATE *state, LONG *answer)
{
  RPC_STATUS status;
  while ((status = RpcAsyncGetCallStatus(state)) == RPC_S_ASYNC_CALL_PENDING)
    SwitchToThread();
  CHECK_EQ(status, RPC_S_OK);
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
  CHECK_EQ(*answer, ANSWER);
}

/* The call ends although nobody can be told, and the next one of that binding is sound. */
static void end_untold(struct server *server, RPC_ASYNC_STATE *state, LONG *answer)
{
  struct async_call next;
  LONG sum = 0;
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  poll_and_complete(state, answer);
  async_call_init(&next);
  async_add(&next.state, server->binding, 20, 3);
  CHECK_EQ(async_call_finish(&next, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
}

static void RPC_ENTRY never_called(RPC_ASYNC_STATE *state, void *context, RPC_ASYNC_EVENT event)
{
  (void)state, (void)context, (void)event;
  check_failed(__FILE__, __LINE__, "a routine ran that should not");
}

static LONG answer;
static RPC_ASYNC_STATE state;

/* ---- threads ---- */

struct waiting_thread {
  HANDLE started, stop, thread;
};

static DWORD WINAPI wait_for_stop(void *context)
{
  struct waiting_thread *waiting = context;
  SetEvent(waiting->started);
  WaitForSingleObject(waiting->stop, INFINITE);
  return 0;
}

/* Takes no APC: a thread does when it begins, but that is over. */
static void waiting_thread_start(struct waiting_thread *waiting)
{
  waiting->started = CreateEventW(NULL, TRUE, FALSE, NULL);
  waiting->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(waiting->started && waiting->stop);
  waiting->thread = CreateThread(NULL, 0, wait_for_stop, waiting, 0, NULL);
  CHECK(waiting->thread);
  CHECK_SIGNALLED(waiting->started);
}

static void waiting_thread_stop(struct waiting_thread *waiting)
{
  SetEvent(waiting->stop);
  CHECK_SIGNALLED(waiting->thread);
}

static void waiting_thread_close(struct waiting_thread *waiting)
{
  CloseHandle(waiting->thread);
  CloseHandle(waiting->started);
  CloseHandle(waiting->stop);
}

ON_LOCAL_AND_REMOTE(apc_for_a_thread_that_ends_while_the_call_is_pending)
{
  struct waiting_thread waiting;
  waiting_thread_start(&waiting);
  initialize(&state, RpcNotificationTypeApc);
  state.u.APC.NotificationRoutine = never_called;
  state.u.APC.hThread = waiting.thread;
  start_held(server, &state, &answer);
  waiting_thread_stop(&waiting);
  end_untold(server, &state, &answer);
  waiting_thread_close(&waiting);
}

ON_LOCAL_AND_REMOTE(apc_for_a_thread_that_has_ended_before_the_call)
{
  struct waiting_thread waiting;
  waiting_thread_start(&waiting);
  waiting_thread_stop(&waiting);
  initialize(&state, RpcNotificationTypeApc);
  state.u.APC.NotificationRoutine = never_called;
  state.u.APC.hThread = waiting.thread;
  start_held(server, &state, &answer);
  end_untold(server, &state, &answer);
  waiting_thread_close(&waiting);
}

static DWORD WINAPI call_and_end(void *context)
{
  start_held(context, &state, &answer);
  return 0;
}

ON_LOCAL_AND_REMOTE(apc_for_the_caller_that_has_ended)
{
  initialize(&state, RpcNotificationTypeApc);
  state.u.APC.NotificationRoutine = never_called;
  state.u.APC.hThread = NULL;
  HANDLE thread = CreateThread(NULL, 0, call_and_end, server, 0, NULL);
  CHECK(thread);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  end_untold(server, &state, &answer);
}

/* Queued, and the thread ends without ever having been alertable. */
ON_LOCAL_AND_REMOTE(apc_that_its_thread_never_takes)
{
  struct waiting_thread waiting;
  waiting_thread_start(&waiting);
  initialize(&state, RpcNotificationTypeApc);
  state.u.APC.NotificationRoutine = never_called;
  state.u.APC.hThread = waiting.thread;
  start_held(server, &state, &answer);
  end_untold(server, &state, &answer);
  waiting_thread_stop(&waiting);
  waiting_thread_close(&waiting);
}

static void RPC_ENTRY count_call(RPC_ASYNC_STATE *told, void *context, RPC_ASYNC_EVENT event)
{
  CHECK(told == &state && !context);
  CHECK_EQ(event, RpcCallComplete);
  ++*(LONG *)told->UserInfo;
}

/*
 * The routine is the one that was named when the call was made, whatever the application has
 * done to its memory before the thread takes the APC.
 */
ON_LOCAL_AND_REMOTE(apc_runs_the_routine_named_when_the_call_was_made)
{
  LONG count = 0;
  initialize(&state, RpcNotificationTypeApc);
  state.UserInfo = &count;
  state.u.APC.NotificationRoutine = count_call;
  state.u.APC.hThread = NULL;
  start_held(server, &state, &answer);
  end_untold(server, &state, &answer);
  state.u.APC.NotificationRoutine = never_called;
  CHECK_EQ(count, 0);
  CHECK_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  CHECK_EQ(count, 1);
  CHECK_EQ(SleepEx(0, TRUE), 0);
}

/* ---- events and ports ---- */

ON_LOCAL_AND_REMOTE(event_that_has_been_closed)
{
  HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(event);
  initialize(&state, RpcNotificationTypeEvent);
  state.u.hEvent = event;
  start_held(server, &state, &answer);
  CloseHandle(event);
  end_untold(server, &state, &answer);
}

/* Makes objects of another kind until one has the handle that `closed` was. */
static HANDLE reuse(HANDLE closed)
{
  HANDLE made[64] = {NULL};
  HANDLE found = NULL;
  for (int i = 0; i < 64 && !found; i++) {
    made[i] = CreateMutexW(NULL, FALSE, NULL);
    CHECK(made[i]);
    if (made[i] == closed)
      found = made[i];
  }
  for (int i = 0; i < 64; i++)
    if (made[i] && made[i] != found)
      CloseHandle(made[i]);
  return found;
}

/* false: somebody else was faster to get that handle, and nothing can be said. */
static bool target_becomes_a_mutex(struct server *server, HANDLE target)
{
  start_held(server, &state, &answer);
  CloseHandle(target);
  HANDLE mutex = reuse(target);
  end_untold(server, &state, &answer);
  if (!mutex)
    return false;
  /* It is still what it was made as. */
  CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
  CHECK(ReleaseMutex(mutex));
  CloseHandle(mutex);
  return true;
}

ON_LOCAL_AND_REMOTE(event_whose_handle_is_something_else_now)
{
  HANDLE event;
  do {
    event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(event);
    initialize(&state, RpcNotificationTypeEvent);
    state.u.hEvent = event;
  } while (!target_becomes_a_mutex(server, event));
}

static HANDLE aim_at_port(void)
{
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  CHECK(port);
  initialize(&state, RpcNotificationTypeIoc);
  state.u.IOC.hIOPort = port;
  return port;
}

ON_LOCAL_AND_REMOTE(port_whose_handle_is_something_else_now)
{
  while (!target_becomes_a_mutex(server, aim_at_port()))
    ;
}

ON_LOCAL_AND_REMOTE(port_that_has_been_closed)
{
  HANDLE port = aim_at_port();
  start_held(server, &state, &answer);
  CloseHandle(port);
  end_untold(server, &state, &answer);
}

#define PACKETS 20000

/* Nobody takes anything from the port. */
ON_LOCAL_AND_REMOTE(port_that_is_full)
{
  HANDLE port = aim_at_port();
  DWORD bytes;
  ULONG_PTR key;
  OVERLAPPED *overlapped;
  LONG posted = 0;
  while (posted < PACKETS && PostQueuedCompletionStatus(port, 0, 1, NULL))
    posted++;
  start_held(server, &state, &answer);
  end_untold(server, &state, &answer);
  for (LONG i = 0; i < posted; i++)
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0) && key == 1);
  CloseHandle(port);
}

ON_LOCAL_AND_REMOTE(targets_that_are_null)
{
  static const RPC_NOTIFICATION_TYPES types[] = {
      RpcNotificationTypeEvent, RpcNotificationTypeApc, RpcNotificationTypeIoc,
      RpcNotificationTypeHwnd, RpcNotificationTypeCallback};
  for (size_t i = 0; i < ARRAYSIZE(types); i++) {
    initialize(&state, types[i]);
    start_held(server, &state, &answer);
    end_untold(server, &state, &answer);
    CHECK_EQ(SleepEx(0, TRUE), 0); /* no APC without a routine */
  }
}

/* ---- windows ---- */

static HWND aim_at_window(void)
{
  HWND window =
      CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
  CHECK(window);
  initialize(&state, RpcNotificationTypeHwnd);
  state.u.HWND.hWnd = window;
  state.u.HWND.Msg = WM_APP + 3;
  return window;
}

ON_LOCAL_AND_REMOTE(window_that_has_been_destroyed)
{
  HWND window = aim_at_window();
  start_held(server, &state, &answer);
  CHECK(DestroyWindow(window));
  end_untold(server, &state, &answer);
}

#define MESSAGES 10000 /* as many as a queue of Windows takes */

ON_LOCAL_AND_REMOTE(window_whose_queue_is_full)
{
  MSG message;
  HWND window = aim_at_window();
  LONG posted = 0;
  while (posted < MESSAGES && PostMessageW(window, WM_APP, 0, 0))
    posted++;
  start_held(server, &state, &answer);
  end_untold(server, &state, &answer);
  for (LONG i = 0; i < posted; i++)
    CHECK(PeekMessageW(&message, window, WM_APP, WM_APP, PM_REMOVE));
  CHECK(DestroyWindow(window));
}

/* ---- callbacks ---- */

static LONG callbacks;
static LONG inside;
static HANDLE entered;
static HANDLE go_on;

static void callbacks_begin(void)
{
  callbacks = inside = 0;
  entered = CreateEventW(NULL, TRUE, FALSE, NULL);
  go_on = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(entered && go_on);
}

static void callbacks_end(void)
{
  CloseHandle(entered);
  CloseHandle(go_on);
}

static void RPC_ENTRY raise(RPC_ASYNC_STATE *told, void *context, RPC_ASYNC_EVENT event)
{
  (void)told, (void)context, (void)event;
  InterlockedIncrement(&callbacks);
  SetEvent(entered);
  RaiseException(0xe0001234, 0, 0, NULL);
}

static LONG WINAPI fail_on_unhandled(EXCEPTION_POINTERS *pointers)
{
  check_failed(__FILE__, __LINE__, "exception 0x%lx came out of the callback",
               pointers->ExceptionRecord->ExceptionCode);
}

ON_LOCAL_AND_REMOTE(callback_that_raises_an_exception)
{
  callbacks_begin();
  SetUnhandledExceptionFilter(fail_on_unhandled);
  for (int i = 0; i < 10; i++) {
    initialize(&state, RpcNotificationTypeCallback);
    state.u.NotificationRoutine = raise;
    start_held(server, &state, &answer);
    ResetEvent(entered);
    end_untold(server, &state, &answer);
    CHECK_SIGNALLED(entered);
    CHECK_EQ(callbacks, i + 1);
  }
  callbacks_end();
}

#define BLOCKING 20

static void RPC_ENTRY block(RPC_ASYNC_STATE *told, void *context, RPC_ASYNC_EVENT event)
{
  (void)context, (void)event;
  CHECK_EQ(RpcAsyncCompleteCall(told, NULL), RPC_S_OK);
  if (InterlockedIncrement(&inside) == BLOCKING)
    SetEvent(entered);
  CHECK_SIGNALLED(go_on);
  if (InterlockedIncrement(&callbacks) == BLOCKING)
    SetEvent(entered);
}

/* Each of them is inside, although none of the others has come back. */
ON_LOCAL_AND_REMOTE(callbacks_that_block_hold_up_nobody)
{
  static RPC_ASYNC_STATE states[BLOCKING];
  LONG answers[BLOCKING] = {0};
  callbacks_begin();
  for (int i = 0; i < BLOCKING; i++) {
    initialize(&states[i], RpcNotificationTypeCallback);
    states[i].u.NotificationRoutine = block;
    async_hold(&states[i], server->binding, i, &answers[i]);
  }
  server_wait_held(server, BLOCKING);
  for (int i = 0; i < BLOCKING; i++)
    CHECK_EQ(server_release(server, i, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(entered);
  CHECK_EQ(inside, BLOCKING);
  CHECK_EQ(callbacks, 0);
  /* Other calls of that binding come and go. */
  initialize(&state, RpcNotificationTypeNone);
  start_held(server, &state, &answer);
  end_untold(server, &state, &answer);
  ResetEvent(entered);
  SetEvent(go_on);
  CHECK_SIGNALLED(entered);
  callbacks_end();
  for (int i = 0; i < BLOCKING; i++)
    CHECK_EQ(answers[i], ANSWER);
}

/* Completes its call, and makes a synchronous one and waits for another. */
static void RPC_ENTRY call_further(RPC_ASYNC_STATE *told, void *context, RPC_ASYNC_EVENT event)
{
  RPC_BINDING_HANDLE binding = told->UserInfo;
  struct async_call other;
  LONG sum = 0;
  (void)context, (void)event;
  CHECK_EQ(RpcAsyncCompleteCall(told, NULL), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  async_call_init(&other);
  async_add(&other.state, binding, 3, 4);
  CHECK_EQ(async_call_finish(&other, &sum), RPC_S_OK);
  CHECK_EQ(sum, 7);
  InterlockedIncrement(&callbacks);
  SetEvent(entered);
}

ON_EACH_SERVER(callback_that_makes_further_calls)
{
  callbacks_begin();
  initialize(&state, RpcNotificationTypeCallback);
  state.UserInfo = server->binding;
  state.u.NotificationRoutine = call_further;
  start_held(server, &state, &answer);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(entered);
  CHECK_EQ(callbacks, 1);
  CHECK_EQ(answer, ANSWER);
  callbacks_end();
}

/* ---- late and changed notifications ---- */

#define POLLED 500

/*
 * Who polls may close the event as soon as the call is completed: it has been set by then, and
 * is not set later on, when the handle may be somebody else's.
 */
ON_LOCAL_AND_REMOTE(event_is_set_when_a_polled_call_has_been_completed)
{
  for (LONG i = 0; i < POLLED; i++) {
    struct async_call call;
    LONG sum = 0;
    async_call_init(&call);
    async_add(&call.state, server->binding, i, 1);
    while (RpcAsyncCompleteCall(&call.state, &sum) == RPC_S_ASYNC_CALL_PENDING)
      YieldProcessor();
    CHECK_EQ(sum, i + 1);
    CHECK(async_call_is_notified(&call));
    async_call_close(&call);
  }
}

ON_LOCAL_AND_REMOTE(register_info_changes_how_a_pending_call_is_told)
{
  struct async_call call;
  LONG count = 0;
  HANDLE other = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(other);
  async_call_init(&call);
  start_held(server, &call.state, &answer);
  /* Without it, what the state says is of no account. */
  call.state.u.hEvent = other;
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  poll_and_complete(&call.state, &answer);
  CHECK_EQ(WaitForSingleObject(other, 0), WAIT_TIMEOUT);
  async_call_close(&call);

  /* From one event to the other. */
  async_call_init(&call);
  start_held(server, &call.state, &answer);
  call.state.u.hEvent = other;
  CHECK_EQ(RpcAsyncRegisterInfo(&call.state), RPC_S_OK);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(other);
  poll_and_complete(&call.state, &answer);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);

  /* From none to an APC of the thread that says so. */
  initialize(&state, RpcNotificationTypeNone);
  start_held(server, &state, &answer);
  state.NotificationType = RpcNotificationTypeApc;
  state.UserInfo = &count;
  state.u.APC.NotificationRoutine = count_call;
  state.u.APC.hThread = NULL;
  CHECK_EQ(RpcAsyncRegisterInfo(&state), RPC_S_OK);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  poll_and_complete(&state, &answer);
  CHECK_EQ(count, 1);

  /* A kind that is none is refused, and the old one stands. */
  async_call_init(&call);
  start_held(server, &call.state, &answer);
  call.state.NotificationType = (RPC_NOTIFICATION_TYPES)99;
  CHECK_EQ(RpcAsyncRegisterInfo(&call.state), RPC_S_INVALID_ARG);
  CHECK_EQ(server_release(server, NUMBER, ANSWER), RPC_S_OK);
  CHECK_SIGNALLED(call.event);
  poll_and_complete(&call.state, &answer);
  async_call_close(&call);
  CloseHandle(other);
}

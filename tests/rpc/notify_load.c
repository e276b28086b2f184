/*
 * Each of the six kinds of notification under load: many calls, dozens of them in flight, and
 * each is told once.
 *
 * A call has a slot. Whoever learns that the call is complete takes its answer and makes the
 * next call in that slot, until all have been made.
 */
#include "async_call.h"
#include "server.h"

#define CALLS    2000
#define SLOTS    64
#define MESSAGES (WM_APP + 100) /* one per slot: a message says nothing else */

struct load;

struct slot {
  RPC_ASYNC_STATE state;
  struct load *load;
  LONG number;          /* of the call in it */
  volatile LONG awaits; /* the call has been made, and not been told yet */
  HANDLE event;         /* for events */
};

struct load {
  RPC_BINDING_HANDLE binding;
  void (*aim)(struct slot *slot); /* says in the state how it is to be told */
  struct slot slots[SLOTS];
  HANDLE port;
  HANDLE thread;
  HWND window;
  volatile LONG made;
  volatile LONG finished;
  HANDLE done; /* set when all are */
};

/* Makes the next call in that slot, where there is one. */
static void make_call(struct slot *slot)
{
  LONG number = InterlockedIncrement(&slot->load->made);
  if (number > CALLS)
    return;
  CHECK_EQ(RpcAsyncInitializeHandle(&slot->state, sizeof(slot->state)), RPC_S_OK);
  slot->state.UserInfo = slot;
  slot->load->aim(slot);
  slot->number = number;
  CHECK_EQ(InterlockedExchange(&slot->awaits, 1), 0);
  async_add(&slot->state, slot->load->binding, number, 1);
}

/* The call of that slot has been told: exactly once. */
static void finish_call(struct slot *slot)
{
  struct load *load = slot->load;
  LONG sum = 0;
  CHECK_EQ(InterlockedExchange(&slot->awaits, 0), 1);
  CHECK_EQ(RpcAsyncCompleteCall(&slot->state, &sum), RPC_S_OK);
  CHECK_EQ(sum, slot->number + 1);
  make_call(slot);
  if (InterlockedIncrement(&load->finished) == CALLS)
    SetEvent(load->done);
}

static void load_start(struct load *load, struct server *server, void (*aim)(struct slot *slot))
{
  load->binding = server->binding;
  load->aim = aim;
  load->done = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(load->done);
  for (int i = 0; i < SLOTS; i++) {
    load->slots[i].load = load;
    make_call(&load->slots[i]);
  }
}

static void load_end(struct load *load)
{
  CHECK_SIGNALLED(load->done);
  CHECK_EQ(load->finished, CALLS);
  for (int i = 0; i < SLOTS; i++)
    CHECK_EQ(load->slots[i].awaits, 0);
  CloseHandle(load->done);
}

#define ON_BOTH_WIRES(name)                                                                    \
  static void name##_with(struct server *server);                                              \
  SERVER_TEST(name, _local, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC)                       \
  SERVER_TEST(name, _tcp, WIRE_TCP, IN_THIS_PROCESS, MANAGERS_ASYNC)                           \
  static void name##_with(struct server *server)

/* ---- none ---- */

static void aim_nowhere(struct slot *slot)
{
  slot->state.NotificationType = RpcNotificationTypeNone;
}

ON_BOTH_WIRES(none_under_load)
{
  static struct load load;
  load_start(&load, server, aim_nowhere);
  while (load.finished < CALLS) {
    for (int i = 0; i < SLOTS; i++) {
      struct slot *slot = &load.slots[i];
      if (slot->awaits && RpcAsyncGetCallStatus(&slot->state) != RPC_S_ASYNC_CALL_PENDING)
        finish_call(slot);
    }
  }
  load_end(&load);
}

/* ---- event ---- */

static void aim_at_event(struct slot *slot)
{
  slot->state.NotificationType = RpcNotificationTypeEvent;
  slot->state.u.hEvent = slot->event;
}

ON_BOTH_WIRES(event_under_load)
{
  static struct load load;
  HANDLE events[SLOTS];
  for (int i = 0; i < SLOTS; i++) {
    load.slots[i].event = events[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(events[i]);
  }
  load_start(&load, server, aim_at_event);
  while (load.finished < CALLS) {
    DWORD signalled = WaitForMultipleObjects(SLOTS, events, FALSE, INFINITE);
    CHECK(signalled < WAIT_OBJECT_0 + SLOTS);
    finish_call(&load.slots[signalled - WAIT_OBJECT_0]);
  }
  load_end(&load);
  for (int i = 0; i < SLOTS; i++) {
    CHECK_EQ(WaitForSingleObject(events[i], 0), WAIT_TIMEOUT);
    CloseHandle(events[i]);
  }
}

/* ---- APC ---- */

static void RPC_ENTRY finish_told(RPC_ASYNC_STATE *state, void *context, RPC_ASYNC_EVENT event)
{
  CHECK(!context);
  CHECK_EQ(event, RpcCallComplete);
  finish_call(state->UserInfo);
}

/* To the thread that makes the call: the first calls are the main thread's, and so are the
 * APCs, which make the others. */
static void aim_at_this_thread(struct slot *slot)
{
  slot->state.NotificationType = RpcNotificationTypeApc;
  slot->state.u.APC.NotificationRoutine = finish_told;
  slot->state.u.APC.hThread = NULL;
}

ON_BOTH_WIRES(apc_to_the_caller_under_load)
{
  static struct load load;
  load_start(&load, server, aim_at_this_thread);
  while (load.finished < CALLS)
    CHECK_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  load_end(&load);
  CHECK_EQ(SleepEx(0, TRUE), 0);
}

static void aim_at_thread(struct slot *slot)
{
  slot->state.NotificationType = RpcNotificationTypeApc;
  slot->state.u.APC.NotificationRoutine = finish_told;
  slot->state.u.APC.hThread = slot->load->thread;
}

static DWORD WINAPI sleep_alertably(void *stop)
{
  while (WaitForSingleObjectEx(stop, INFINITE, TRUE) == WAIT_IO_COMPLETION)
    ;
  return 0;
}

ON_BOTH_WIRES(apc_to_another_thread_under_load)
{
  static struct load load;
  HANDLE stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  load.thread = CreateThread(NULL, 0, sleep_alertably, stop, 0, NULL);
  CHECK(stop && load.thread);
  load_start(&load, server, aim_at_thread);
  load_end(&load);
  SetEvent(stop);
  CHECK_SIGNALLED(load.thread);
  CloseHandle(load.thread);
  CloseHandle(stop);
}

/* ---- I/O completion port ---- */

static void aim_at_port(struct slot *slot)
{
  slot->state.NotificationType = RpcNotificationTypeIoc;
  slot->state.u.IOC.hIOPort = slot->load->port;
  slot->state.u.IOC.dwNumberOfBytesTransferred = (DWORD)slot->load->made;
  slot->state.u.IOC.dwCompletionKey = (DWORD_PTR)slot;
  slot->state.u.IOC.lpOverlapped = NULL;
}

ON_BOTH_WIRES(ioc_under_load)
{
  static struct load load;
  DWORD bytes;
  ULONG_PTR key;
  OVERLAPPED *overlapped;
  load.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  CHECK(load.port);
  load_start(&load, server, aim_at_port);
  while (load.finished < CALLS) {
    CHECK(GetQueuedCompletionStatus(load.port, &bytes, &key, &overlapped, INFINITE));
    CHECK_EQ(bytes, ((struct slot *)key)->state.u.IOC.dwNumberOfBytesTransferred);
    finish_call((struct slot *)key);
  }
  load_end(&load);
  CHECK(!GetQueuedCompletionStatus(load.port, &bytes, &key, &overlapped, 0));
  CHECK_EQ(GetLastError(), WAIT_TIMEOUT);
  CloseHandle(load.port);
}

/* ---- window ---- */

static void aim_at_window(struct slot *slot)
{
  slot->state.NotificationType = RpcNotificationTypeHwnd;
  slot->state.u.HWND.hWnd = slot->load->window;
  slot->state.u.HWND.Msg = MESSAGES + (UINT)(slot - slot->load->slots);
}

ON_BOTH_WIRES(hwnd_under_load)
{
  static struct load load;
  MSG message;
  load.window =
      CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
  CHECK(load.window);
  load_start(&load, server, aim_at_window);
  while (load.finished < CALLS) {
    CHECK_EQ(GetMessageW(&message, load.window, MESSAGES, MESSAGES + SLOTS - 1), 1);
    finish_call(&load.slots[message.message - MESSAGES]);
  }
  load_end(&load);
  CHECK(!PeekMessageW(&message, load.window, WM_APP, 0xbfff, PM_NOREMOVE));
  DestroyWindow(load.window);
}

/* ---- callback ---- */

static void aim_at_callback(struct slot *slot)
{
  slot->state.NotificationType = RpcNotificationTypeCallback;
  slot->state.u.NotificationRoutine = finish_told;
}

ON_BOTH_WIRES(callback_under_load)
{
  static struct load load;
  load_start(&load, server, aim_at_callback);
  load_end(&load);
}

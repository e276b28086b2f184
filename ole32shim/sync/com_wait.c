#include "com_wait.h"

#include <stdbool.h>

#include "../original/original.h"

#define ALL_FLAGS                                                                              \
  (COWAIT_WAITALL | COWAIT_ALERTABLE | COWAIT_INPUTAVAILABLE | COWAIT_DISPATCH_CALLS |         \
   COWAIT_DISPATCH_WINDOW_MESSAGES)
/* What Wine's own wait knows. */
#define PLAIN_FLAGS (COWAIT_WAITALL | COWAIT_ALERTABLE)

/* Messages in one go: a window that never validates its update region must not starve the wait.
 */
#define DISPATCH_LIMIT 100

struct wait {
  DWORD flags, start, milliseconds;
  ULONG count;
  HANDLE *handles;
  DWORD *index;
};

static bool is_sta(void)
{
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;

  return original.CoGetApartmentType(&type, &qualifier) == S_OK &&
         (type == APTTYPE_STA || type == APTTYPE_MAINSTA);
}

/* What `result` of a wait function means; RPC_S_CALLPENDING also for a message. */
static HRESULT wait_result(struct wait *wait, DWORD result)
{
  if (result == WAIT_FAILED)
    return HRESULT_FROM_WIN32(GetLastError());
  if (result == WAIT_TIMEOUT || result == WAIT_OBJECT_0 + wait->count)
    return RPC_S_CALLPENDING;
  *wait->index = result;
  return S_OK;
}

/*
 * Wine's wait gives up without a look at the handles when the clock ticks between its first two
 * lines, so that a short wait can miss what has been signalled long ago.
 */
static HRESULT plain_wait(struct wait *wait, DWORD milliseconds, bool sta)
{
  DWORD flags = wait->flags & PLAIN_FLAGS;
  HRESULT result = original.CoWaitForMultipleHandles(flags, milliseconds, wait->count,
                                                     wait->handles, wait->index);

  if (result != RPC_S_CALLPENDING || (sta && flags & COWAIT_WAITALL))
    return result;
  return wait_result(wait, WaitForMultipleObjectsEx(wait->count, wait->handles,
                                                    flags & COWAIT_WAITALL, 0, FALSE));
}

/* Returns true when it has taken WM_QUIT from the queue, which *quit_code then describes. */
static bool dispatch_messages(int *quit_code)
{
  MSG message;

  for (int i = 0; i < DISPATCH_LIMIT && PeekMessageW(&message, NULL, 0, 0, PM_REMOVE); i++) {
    if (message.message == WM_QUIT) {
      *quit_code = (int)message.wParam;
      return true;
    }
    TranslateMessage(&message);
    DispatchMessageW(&message);
  }
  return false;
}

enum queue { QUEUE_EMPTY, QUEUE_CALL, QUEUE_INPUT };

/* A call to the apartment is posted to a window that COM has made. */
static bool is_call(const MSG *message)
{
  static const WCHAR com_class[] = L"OleMainThreadWndClass";
  WCHAR name[sizeof(com_class) / sizeof(*com_class) + 1];

  return message->hwnd &&
         GetClassNameW(message->hwnd, name, sizeof(name) / sizeof(*name)) > 0 &&
         !wcscmp(name, com_class);
}

/*
 * What the next message is. A call has been dispatched: one that was looked at does not wake
 * Wine's own wait any more.
 */
static enum queue look_at_queue(void)
{
  MSG message;

  if (!PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE))
    return QUEUE_EMPTY;
  if (!is_call(&message))
    return QUEUE_INPUT;
  if (PeekMessageW(&message, message.hwnd, message.message, message.message, PM_REMOVE))
    DispatchMessageW(&message);
  return QUEUE_CALL;
}

static DWORD remaining_time(const struct wait *wait)
{
  DWORD passed = GetTickCount() - wait->start;

  if (wait->milliseconds == INFINITE)
    return INFINITE;
  return passed < wait->milliseconds ? wait->milliseconds - passed : 0;
}

/* Sleeps until something has happened. RPC_S_CALLPENDING: look at the messages. */
static HRESULT sleep_in_sta(struct wait *wait, DWORD milliseconds)
{
  DWORD flags = 0;

  if (wait->flags & COWAIT_WAITALL)
    flags |= MWMO_WAITALL;
  if (wait->flags & COWAIT_ALERTABLE)
    flags |= MWMO_ALERTABLE;
  return wait_result(wait, MsgWaitForMultipleObjectsEx(wait->count, wait->handles, milliseconds,
                                                       QS_ALLINPUT, flags));
}

/* Round by round: COM's own messages, then the thread's, then sleep. */
static HRESULT wait_in_sta(struct wait *wait)
{
  bool quit = false;
  int quit_code = 0;
  enum queue queue;
  HRESULT result;

  for (;;) {
    DWORD milliseconds = remaining_time(wait);

    result = plain_wait(wait, 0, true);
    if (result != RPC_S_CALLPENDING)
      break;
    if (wait->flags & COWAIT_DISPATCH_WINDOW_MESSAGES)
      quit |= dispatch_messages(&quit_code);
    queue = wait->flags & COWAIT_INPUTAVAILABLE ? look_at_queue() : QUEUE_EMPTY;
    if (queue == QUEUE_INPUT) {
      *wait->index = wait->count;
      result = S_OK;
      break;
    }
    if (queue == QUEUE_CALL && milliseconds)
      continue;
    result = sleep_in_sta(wait, milliseconds);
    if (result != RPC_S_CALLPENDING || !milliseconds)
      break;
  }
  /* For the loop that the application itself is in. */
  if (quit)
    PostQuitMessage(quit_code);
  return result;
}

HRESULT com_wait(DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles, DWORD *index)
{
  struct wait wait = {flags, GetTickCount(), milliseconds, count, handles, index};
  bool sta = is_sta();

  if (flags & ~(DWORD)ALL_FLAGS)
    return E_INVALIDARG;
  if (sta && index && handles && count &&
      flags & (COWAIT_INPUTAVAILABLE | COWAIT_DISPATCH_WINDOW_MESSAGES)) {
    *index = 0;
    return wait_in_sta(&wait);
  }
  return plain_wait(&wait, milliseconds, sta);
}

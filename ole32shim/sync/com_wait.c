#include "com_wait.h"

#include <stdbool.h>

#include <dde.h>

#include "../original/original.h"

#define ALL_FLAGS                                                                              \
  (COWAIT_WAITALL | COWAIT_ALERTABLE | COWAIT_INPUTAVAILABLE | COWAIT_DISPATCH_CALLS |         \
   COWAIT_DISPATCH_WINDOW_MESSAGES)
/* What Wine's own wait knows. */
#define PLAIN_FLAGS (COWAIT_WAITALL | COWAIT_ALERTABLE)

/* Of the window of an apartment, in Wine as in Windows. */
#define COM_WINDOW_CLASS L"OleMainThreadWndClass"

/* Messages in one go: a window that never validates its update region must not starve the wait.
 */
#define DISPATCH_LIMIT 100

struct wait {
  DWORD flags, start, milliseconds;
  ULONG count;
  HANDLE *handles;
  DWORD *index;
};

/* Of this thread; APTTYPE_CURRENT: it is in none. */
static APTTYPE apartment_type(void)
{
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;

  return original.CoGetApartmentType(&type, &qualifier) == S_OK ? type : APTTYPE_CURRENT;
}

static bool is_sta(void)
{
  APTTYPE type = apartment_type();

  return type == APTTYPE_STA || type == APTTYPE_MAINSTA;
}

enum com_wait_manner com_wait_manner(DWORD flags)
{
  if (flags & ~(DWORD)ALL_FLAGS || flags & PLAIN_FLAGS)
    return COM_WAIT_OTHER;
  if (is_sta())
    return COM_WAIT_DISPATCHES;
  return apartment_type() == APTTYPE_MTA ? COM_WAIT_BLOCKS : COM_WAIT_OTHER;
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

/* The window that calls to this apartment are posted to; NULL: it has none yet. */
static HWND apartment_window(void)
{
  DWORD process, thread;
  HWND window = NULL;

  do {
    window = FindWindowExW(HWND_MESSAGE, window, COM_WINDOW_CLASS, NULL);
    thread = window ? GetWindowThreadProcessId(window, &process) : 0;
  } while (window && (thread != GetCurrentThreadId() || process != GetCurrentProcessId()));
  return window;
}

/* false: there is WM_QUIT in the queue, which no filter keeps away; it is there again. */
static bool dispatch_filtered(HWND window, UINT first, UINT last)
{
  MSG message;

  for (int i = 0; i < DISPATCH_LIMIT; i++) {
    if (!PeekMessageW(&message, window, first, last, PM_REMOVE))
      break;
    if (message.message == WM_QUIT) {
      PostQuitMessage((int)message.wParam);
      return false;
    }
    DispatchMessageW(&message);
  }
  return true;
}

/*
 * Calls that came before the wait, and that somebody has already looked at (any PeekMessage or
 * GetMessage of the thread does that), wake nobody: Wine's wait would sleep on them. The same
 * goes for what else it dispatches.
 */
static void dispatch_calls(void)
{
  MSG message;
  HWND window;

  if (!PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE | PM_QS_POSTMESSAGE))
    return;
  window = apartment_window();
  if (!window || dispatch_filtered(window, 0, 0))
    dispatch_filtered(NULL, WM_DDE_FIRST, WM_DDE_LAST);
}

/* Whether it is over without waiting; RPC_S_CALLPENDING: no. */
static HRESULT look_at_handles(struct wait *wait)
{
  return wait_result(wait, WaitForMultipleObjectsEx(wait->count, wait->handles,
                                                    !!(wait->flags & COWAIT_WAITALL), 0,
                                                    !!(wait->flags & COWAIT_ALERTABLE)));
}

static HRESULT wines_wait(struct wait *wait, DWORD milliseconds)
{
  return original_wait(wait->flags & PLAIN_FLAGS, milliseconds, wait->count, wait->handles,
                       wait->index);
}

/*
 * Wine's own wait, with what it lacks before and after. Before: what is signalled ends the wait
 * before any message is dispatched, and calls that wait already are dispatched. After: it gives
 * up without a look at the handles when the clock ticks between its first two lines, so that a
 * short wait can miss what has been signalled long ago.
 */
static HRESULT plain_wait(struct wait *wait, DWORD milliseconds, bool sta)
{
  HRESULT result;

  /* It waits for new input as well, which a look at the queue would make old. */
  if (sta && wait->flags & COWAIT_WAITALL)
    return wines_wait(wait, milliseconds);
  if (sta) {
    result = look_at_handles(wait);
    if (result != RPC_S_CALLPENDING)
      return result;
    dispatch_calls();
  }
  result = wines_wait(wait, milliseconds);
  return result == RPC_S_CALLPENDING ? look_at_handles(wait) : result;
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

/* Whether there is a message in the queue that is no call to the apartment. */
static bool has_input(void)
{
  WCHAR name[sizeof(COM_WINDOW_CLASS) / sizeof(WCHAR) + 1];
  MSG message;

  if (!PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE))
    return false;
  return !message.hwnd || !GetClassNameW(message.hwnd, name, sizeof(name) / sizeof(WCHAR)) ||
         wcscmp(name, COM_WINDOW_CLASS);
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
  /* has_input() has looked at what has come since the last round: it is new all the same. */
  if (wait->flags & COWAIT_INPUTAVAILABLE)
    flags |= MWMO_INPUTAVAILABLE;
  return wait_result(wait, MsgWaitForMultipleObjectsEx(wait->count, wait->handles, milliseconds,
                                                       QS_ALLINPUT, flags));
}

/* Round by round: COM's own messages, then the thread's, then sleep. */
static HRESULT wait_in_sta(struct wait *wait)
{
  bool quit = false;
  int quit_code = 0;
  HRESULT result;

  for (;;) {
    DWORD milliseconds = remaining_time(wait);

    result = plain_wait(wait, 0, true);
    if (result != RPC_S_CALLPENDING)
      break;
    if (wait->flags & COWAIT_DISPATCH_WINDOW_MESSAGES)
      quit |= dispatch_messages(&quit_code);
    if (wait->flags & COWAIT_INPUTAVAILABLE && has_input()) {
      *wait->index = wait->count;
      result = S_OK;
      break;
    }
    result = sleep_in_sta(wait, milliseconds);
    if (result != RPC_S_CALLPENDING || !milliseconds)
      break;
  }
  /* For the loop that the application itself is in. */
  if (quit)
    PostQuitMessage(quit_code);
  return result;
}

/* Of an STA, whose message filter may be asked. */
static HRESULT wait_in_frame(struct wait *wait, struct wait_frame *frame)
{
  HRESULT result;

  wait_frame_enter(frame);
  result = wait->flags & (COWAIT_INPUTAVAILABLE | COWAIT_DISPATCH_WINDOW_MESSAGES)
               ? wait_in_sta(wait)
               : plain_wait(wait, wait->milliseconds, true);
  wait_frame_leave(frame);
  return result;
}

HRESULT com_wait(DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles, DWORD *index)
{
  struct wait wait = {flags, GetTickCount(), milliseconds, count, handles, index};
  struct wait_frame frame = {.cancel = NULL};

  if (!index)
    return E_INVALIDARG;
  *index = 0;
  if (!handles || flags & ~(DWORD)ALL_FLAGS)
    return E_INVALIDARG;
  if (!count)
    return RPC_E_NO_SYNC;
  return is_sta() ? wait_in_frame(&wait, &frame) : plain_wait(&wait, milliseconds, false);
}

HRESULT com_wait_for_call(HANDLE handle, DWORD milliseconds, struct wait_frame *frame)
{
  DWORD index;
  struct wait wait = {COWAIT_DEFAULT, GetTickCount(), milliseconds, 1, &handle, &index};
  HRESULT result;

  if (!is_sta())
    return plain_wait(&wait, milliseconds, false);
  result = wait_in_frame(&wait, frame);
  /* A filter's cancel, which Wine's wait reports when the handle is set. */
  return result == RPC_E_CALL_CANCELED ? S_OK : result;
}

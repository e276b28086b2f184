#include <string.h>

#include "../seh/guard.h"
#include "notification.h"

_Static_assert(sizeof(((RPC_ASYNC_STATE *)0)->u) == sizeof(RPC_ASYNC_NOTIFICATION_INFO),
               "the union of the state and its named type are one thing");

RPC_STATUS notification_capture(struct notification *notification, RPC_ASYNC_STATE *state)
{
  notification->state = state;
  notification->type = state->NotificationType;
  memcpy(&notification->info, &state->u, sizeof(notification->info));
  notification->own_thread = NULL;
  switch (notification->type) {
  case RpcNotificationTypeNone:
  case RpcNotificationTypeEvent:
  case RpcNotificationTypeIoc:
  case RpcNotificationTypeHwnd:
  case RpcNotificationTypeCallback:
    return RPC_S_OK;
  case RpcNotificationTypeApc:
    if (notification->info.APC.hThread)
      return RPC_S_OK;
    if (!DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(),
                         &notification->own_thread, 0, FALSE, DUPLICATE_SAME_ACCESS))
      return RPC_S_OUT_OF_RESOURCES;
    notification->info.APC.hThread = notification->own_thread;
    return RPC_S_OK;
  default:
    return RPC_S_INVALID_ARG;
  }
}

bool notification_calls_application(const struct notification *notification)
{
  return notification->type == RpcNotificationTypeCallback;
}

/*
 * The system's own call behind QueueUserAPC. It passes three arguments on, just those that a
 * notification routine has: so nothing has to be kept for a thread that may never take its APC,
 * and nothing is read from memory that the application has had back by then.
 */
LONG NTAPI NtQueueApcThread(HANDLE thread, RPCNOTIFICATION_ROUTINE *routine,
                            RPC_ASYNC_STATE *state, void *context, ULONG_PTR event);

/* user32 is loaded by whoever has a window; a program without it has nobody to tell. */
static void post_window_message(HWND window, UINT message)
{
  HMODULE user32 = GetModuleHandleW(L"user32.dll");
  BOOL(WINAPI * post)(HWND, UINT, WPARAM, LPARAM);

  if (!user32)
    return;
  post = (void *)GetProcAddress(user32, "PostMessageW");
  if (post)
    post(window, message, 0, 0);
}

static void run_routine(void *context)
{
  struct notification *notification = context;

  notification->info.NotificationRoutine(notification->state, NULL, RpcCallComplete);
}

void notification_fire(struct notification *notification)
{
  RPC_ASYNC_NOTIFICATION_INFO *info = &notification->info;
  DWORD code;

  switch (notification->type) {
  case RpcNotificationTypeEvent:
    SetEvent(info->hEvent);
    break;
  case RpcNotificationTypeApc:
    if (info->APC.NotificationRoutine)
      NtQueueApcThread(info->APC.hThread, info->APC.NotificationRoutine, notification->state,
                       NULL, RpcCallComplete);
    break;
  case RpcNotificationTypeIoc:
    PostQueuedCompletionStatus(info->IOC.hIOPort, info->IOC.dwNumberOfBytesTransferred,
                               info->IOC.dwCompletionKey, info->IOC.lpOverlapped);
    break;
  case RpcNotificationTypeHwnd:
    post_window_message(info->HWND.hWnd, info->HWND.Msg);
    break;
  case RpcNotificationTypeCallback:
    if (info->NotificationRoutine)
      guarded_call(run_routine, NULL, notification, &code);
    break;
  default:
    break;
  }
}

void notification_release(struct notification *notification)
{
  if (notification->own_thread)
    CloseHandle(notification->own_thread);
  notification->own_thread = NULL;
}

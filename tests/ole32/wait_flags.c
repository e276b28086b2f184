/* ISynchronize::Wait with each of the COWAIT_FLAGS, in each kind of apartment. */
#include "objects.h"

static const DWORD waiting_flags[] = {
    COWAIT_DEFAULT,
    COWAIT_ALERTABLE,
    COWAIT_DISPATCH_CALLS,
    COWAIT_DISPATCH_WINDOW_MESSAGES,
    COWAIT_ALERTABLE | COWAIT_DISPATCH_CALLS | COWAIT_DISPATCH_WINDOW_MESSAGES,
};
#define WAITING_FLAGS (sizeof(waiting_flags) / sizeof(waiting_flags[0]))

/* Long enough to see that a message is not dispatched; nothing depends on it otherwise. */
#define SHORT_WHILE 50

/* A window of this thread; its messages arrive here. */
static LONG dispatched;
static ISynchronize *signalled_by_message;

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam,
                                         LPARAM lparam)
{
  if (message != WM_APP)
    return DefWindowProcW(window, message, wparam, lparam);
  dispatched++;
  if (signalled_by_message)
    ISynchronize_Signal(signalled_by_message);
  return 0;
}

static HWND make_window(void)
{
  WNDCLASSW class = {.lpfnWndProc = window_procedure,
                     .hInstance = GetModuleHandleW(NULL),
                     .lpszClassName = L"asyncshim test"};
  RegisterClassW(&class);
  HWND window = CreateWindowW(class.lpszClassName, NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
                              class.hInstance, NULL);
  CHECK(window);
  return window;
}

IN_STA(an_sta_dispatches_calls_while_it_waits)
{
  for (size_t i = 0; i < WAITING_FLAGS; i++) {
    struct probe probe;
    struct apartment_thread caller;
    ISynchronize *event = new_event();
    probe_init(&probe, event);
    call_from_mta(&caller, &probe);
    CHECK_EQ(ISynchronize_Wait(event, waiting_flags[i], INFINITE), S_OK);
    CHECK_EQ(probe.signals, 1);
    CHECK_EQ(probe.thread, GetCurrentThreadId());
    apartment_join(&caller);
    CHECK_EQ(ISynchronize_Release(event), 0);
  }
}

/* Such a message wakes nobody any more: the wait has to look at the queue before it sleeps. */
IN_STA(an_sta_dispatches_a_call_that_came_before_the_wait)
{
  HWND window = make_window();
  for (size_t i = 0; i < WAITING_FLAGS; i++) {
    struct probe probe;
    struct apartment_thread caller;
    ISynchronize *event = new_event();
    MSG message;
    /* In front of it a message of the application, which is looked at as well. */
    CHECK(PostMessageW(window, WM_USER, 0, 0));
    CHECK(PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE));
    probe_init(&probe, event);
    call_from_mta(&caller, &probe);
    CHECK(WaitMessage());
    CHECK(PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE));
    CHECK_EQ(ISynchronize_Wait(event, waiting_flags[i], INFINITE), S_OK);
    CHECK_EQ(probe.thread, GetCurrentThreadId());
    apartment_join(&caller);
    ISynchronize_Release(event);
  }
}

static void signal_event(void *context)
{
  ISynchronize *event = context;
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
}

IN_EACH_APARTMENT(a_signal_from_another_thread_ends_the_wait)
{
  for (size_t i = 0; i < WAITING_FLAGS; i++) {
    struct apartment_thread signaller;
    ISynchronize *event = new_event();
    apartment_start(&signaller, MTA, signal_event, event);
    CHECK_EQ(ISynchronize_Wait(event, waiting_flags[i], INFINITE), S_OK);
    apartment_join(&signaller);
    ISynchronize_Release(event);
  }
}

IN_STA(an_sta_leaves_other_messages_in_the_queue)
{
  static const DWORD flags[] = {COWAIT_DEFAULT, COWAIT_ALERTABLE, COWAIT_DISPATCH_CALLS};
  ISynchronize *event = new_event();
  HWND window = make_window();
  MSG message;
  CHECK(PostMessageW(window, WM_APP, 1, 2));
  for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
    CHECK_EQ(ISynchronize_Wait(event, flags[i], SHORT_WHILE), RPC_S_CALLPENDING);
  CHECK_EQ(dispatched, 0);
  CHECK(PeekMessageW(&message, window, WM_APP, WM_APP, PM_REMOVE));
  CHECK_EQ(message.lParam, 2);
  ISynchronize_Release(event);
}

IN_STA(an_sta_dispatches_window_messages_when_asked_to)
{
  ISynchronize *event = signalled_by_message = new_event();
  CHECK(PostMessageW(make_window(), WM_APP, 0, 0));
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DISPATCH_WINDOW_MESSAGES, INFINITE), S_OK);
  CHECK_EQ(dispatched, 1);
  ISynchronize_Release(event);
}

/* The application's own message loop is the one that WM_QUIT is for. */
IN_STA(a_quit_message_is_there_again_after_the_wait)
{
  ISynchronize *event = new_event();
  MSG message;
  PostQuitMessage(42);
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DISPATCH_WINDOW_MESSAGES, SHORT_WHILE),
           RPC_S_CALLPENDING);
  CHECK_EQ(GetMessageW(&message, NULL, 0, 0), 0);
  CHECK_EQ(message.wParam, 42);
  ISynchronize_Release(event);
}

IN_MTA(the_mta_dispatches_no_messages)
{
  ISynchronize *event = new_event();
  CHECK(PostMessageW(make_window(), WM_APP, 0, 0));
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DISPATCH_WINDOW_MESSAGES | COWAIT_INPUTAVAILABLE,
                             SHORT_WHILE),
           RPC_S_CALLPENDING);
  CHECK_EQ(dispatched, 0);
  ISynchronize_Release(event);
}

/* Also input that has been looked at before, which does not wake a wait otherwise. */
IN_STA(input_ends_a_wait_that_asks_for_it)
{
  ISynchronize *event = new_event();
  HWND window = make_window();
  MSG message;
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_INPUTAVAILABLE, SHORT_WHILE), RPC_S_CALLPENDING);
  CHECK(PostMessageW(window, WM_APP, 0, 0));
  CHECK(PeekMessageW(&message, window, 0, 0, PM_NOREMOVE));
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, SHORT_WHILE), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_INPUTAVAILABLE, INFINITE), S_OK);
  CHECK(PeekMessageW(&message, window, WM_APP, WM_APP, PM_REMOVE));
  CHECK_EQ(dispatched, 0);
  ISynchronize_Release(event);
}

/* A call to the apartment is no input. */
IN_STA(calls_do_not_end_a_wait_for_input)
{
  struct probe probe;
  struct apartment_thread caller;
  ISynchronize *event = new_event();
  probe_init(&probe, NULL);
  call_from_mta(&caller, &probe);
  while (WaitForSingleObject(caller.thread, 0) != WAIT_OBJECT_0)
    CHECK_EQ(ISynchronize_Wait(event, COWAIT_INPUTAVAILABLE, 10), RPC_S_CALLPENDING);
  CHECK_EQ(probe.signals, 1);
  apartment_join(&caller);
  ISynchronize_Release(event);
}

static LONG apcs;

static void CALLBACK count_apc(ULONG_PTR unused)
{
  (void)unused;
  apcs++;
}

IN_EACH_APARTMENT(an_apc_ends_an_alertable_wait_and_no_other)
{
  static const DWORD alertable[] = {COWAIT_ALERTABLE, COWAIT_ALERTABLE | COWAIT_INPUTAVAILABLE,
                                    COWAIT_ALERTABLE | COWAIT_DISPATCH_CALLS |
                                        COWAIT_DISPATCH_WINDOW_MESSAGES};
  static const DWORD deaf[] = {COWAIT_DEFAULT, COWAIT_DISPATCH_WINDOW_MESSAGES};
  ISynchronize *event = new_event();
  for (int i = 0; i < 3; i++) {
    CHECK(QueueUserAPC(count_apc, GetCurrentThread(), 0));
    for (int j = 0; j < 2; j++)
      CHECK_EQ(ISynchronize_Wait(event, deaf[j], SHORT_WHILE), RPC_S_CALLPENDING);
    CHECK_EQ(apcs, i);
    CHECK_EQ(ISynchronize_Wait(event, alertable[i], INFINITE), S_OK);
    CHECK_EQ(apcs, i + 1);
  }
  ISynchronize_Release(event);
}

IN_STA(wait_all_in_an_sta_wants_input_as_well)
{
  ISynchronize *event = new_event();
  HWND window = make_window();
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_WAITALL, SHORT_WHILE), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_WAITALL, SHORT_WHILE), RPC_S_CALLPENDING);
  CHECK(PostMessageW(window, WM_APP, 0, 0));
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_WAITALL, INFINITE), S_OK);
  ISynchronize_Release(event);
}

IN_MTA(wait_all_in_the_mta_waits_for_the_event)
{
  ISynchronize *event = new_event();
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_WAITALL, SHORT_WHILE), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_WAITALL, INFINITE), S_OK);
  ISynchronize_Release(event);
}

IN_EACH_APARTMENT(an_unknown_flag_is_refused)
{
  ISynchronize *event = new_event();
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  CHECK_EQ(ISynchronize_Wait(event, 0x20, INFINITE), E_INVALIDARG);
  CHECK_EQ(ISynchronize_Wait(event, 0x80000000, INFINITE), E_INVALIDARG);
  ISynchronize_Release(event);
}

#include "apartment.h"

#include <stdlib.h>

#include "com_library.h"

/* Of the window of an apartment, in Wine as in Windows. */
#define COM_WINDOW_CLASS L"OleMainThreadWndClass"

struct apartment {
  LONG references;
  DWORD thread_id;
  HWND window;
  WNDPROC com_procedure; /* the window's own */
  SRWLOCK lock;
  bool gone;                    /* lock */
  struct apartment_task *first; /* lock */
  struct apartment_task **end;  /* lock */
};

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static DWORD slot = TLS_OUT_OF_INDEXES; /* the thread's apartment, while its window is there */
static UINT tasks_message;

static BOOL CALLBACK start(INIT_ONCE *unused, void *parameter, void **context)
{
  (void)unused;
  (void)parameter;
  (void)context;
  if (!com_library_load())
    return FALSE;
  tasks_message = com_library.RegisterWindowMessageW(L"asyncshim.apartment.tasks");
  if (!tasks_message)
    return FALSE;
  slot = TlsAlloc();
  return slot != TLS_OUT_OF_INDEXES;
}

void apartment_add_reference(struct apartment *apartment)
{
  InterlockedIncrement(&apartment->references);
}

void apartment_release(struct apartment *apartment)
{
  if (!InterlockedDecrement(&apartment->references))
    free(apartment);
}

/* *more: there are others. */
static struct apartment_task *take_task(struct apartment *apartment, bool *more)
{
  struct apartment_task *task;

  AcquireSRWLockExclusive(&apartment->lock);
  task = apartment->first;
  if (task) {
    apartment->first = task->next;
    if (!task->next)
      apartment->end = &apartment->first;
  }
  *more = apartment->first;
  ReleaseSRWLockExclusive(&apartment->lock);
  return task;
}

/*
 * One per message: a task may dispatch messages itself, and the next one goes on there then.
 * All of them where there is no room for a message.
 */
static void run_tasks(struct apartment *apartment)
{
  struct apartment_task *task;
  bool more;

  do {
    task = take_task(apartment, &more);
    if (more && com_library.PostMessageW(apartment->window, tasks_message, 0, 0))
      more = false;
    if (task)
      task->run(task, true);
  } while (more);
}

/* The window is being destroyed, on its thread. */
static void end(struct apartment *apartment)
{
  struct apartment_task *task;
  bool more;

  TlsSetValue(slot, NULL);
  AcquireSRWLockExclusive(&apartment->lock);
  apartment->gone = true;
  ReleaseSRWLockExclusive(&apartment->lock);
  while ((task = take_task(apartment, &more)))
    task->run(task, false);
}

static WNDPROC set_procedure(HWND window, WNDPROC procedure)
{
#ifdef _WIN64
  return (WNDPROC)com_library.SetWindowLongPtrW(window, GWLP_WNDPROC, (LONG_PTR)procedure);
#else
  return (WNDPROC)com_library.SetWindowLongW(window, GWL_WNDPROC, (LONG)procedure);
#endif
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
  struct apartment *apartment = TlsGetValue(slot);
  WNDPROC com_procedure = apartment->com_procedure;

  if (message == tasks_message) {
    apartment_add_reference(apartment);
    run_tasks(apartment);
    apartment_release(apartment);
    return 0;
  }
  if (message == WM_NCDESTROY) {
    set_procedure(window, com_procedure);
    end(apartment);
    apartment_release(apartment);
  }
  return com_library.CallWindowProcW(com_procedure, window, message, wparam, lparam);
}

/* The window that calls to this thread's apartment are posted to; NULL: there is none. */
static HWND find_window(void)
{
  DWORD process, thread;
  HWND window = NULL;

  do {
    window = com_library.FindWindowExW(HWND_MESSAGE, window, COM_WINDOW_CLASS, NULL);
    thread = window ? com_library.GetWindowThreadProcessId(window, &process) : 0;
  } while (window && (thread != GetCurrentThreadId() || process != GetCurrentProcessId()));
  return window;
}

static HRESULT create(struct apartment **result)
{
  HWND window = find_window();
  struct apartment *apartment;

  if (!window)
    return E_UNEXPECTED;
  apartment = calloc(1, sizeof(*apartment));
  if (!apartment || !TlsSetValue(slot, apartment)) {
    free(apartment);
    return E_OUTOFMEMORY;
  }
  apartment->references = 2;
  apartment->thread_id = GetCurrentThreadId();
  apartment->window = window;
  InitializeSRWLock(&apartment->lock);
  apartment->end = &apartment->first;
  apartment->com_procedure = set_procedure(window, procedure);
  *result = apartment;
  return S_OK;
}

static HRESULT current_type(APTTYPE *type)
{
  APTTYPEQUALIFIER qualifier;

  return com_library.CoGetApartmentType(type, &qualifier);
}

HRESULT apartment_current(struct apartment **result)
{
  APTTYPE type;

  *result = NULL;
  if (!InitOnceExecuteOnce(&once, start, NULL, NULL) || FAILED(current_type(&type)))
    return E_UNEXPECTED;
  if (type != APTTYPE_STA && type != APTTYPE_MAINSTA)
    return S_OK;
  *result = TlsGetValue(slot);
  if (!*result)
    return create(result);
  apartment_add_reference(*result);
  return S_OK;
}

static void CALLBACK run_in_pool(TP_CALLBACK_INSTANCE *instance, void *context)
{
  struct apartment_task *task = context;

  (void)instance;
  task->run(task, true);
}

/* A thread of the pool is in the MTA, which is there while it has objects. */
static void run_in_mta(struct apartment_task *task)
{
  APTTYPE type;

  if (SUCCEEDED(current_type(&type)) && type == APTTYPE_MTA)
    task->run(task, true);
  else if (!TrySubmitThreadpoolCallback(run_in_pool, task, NULL))
    task->run(task, false);
}

/*
 * false: the apartment is gone, or takes no messages. Where the list is not empty, one is under
 * way already.
 */
static bool add_task(struct apartment *apartment, struct apartment_task *task)
{
  bool added;

  task->next = NULL;
  AcquireSRWLockExclusive(&apartment->lock);
  added =
      !apartment->gone &&
      (apartment->first || com_library.PostMessageW(apartment->window, tasks_message, 0, 0));
  if (added) {
    *apartment->end = task;
    apartment->end = &task->next;
  }
  ReleaseSRWLockExclusive(&apartment->lock);
  return added;
}

void apartment_run(struct apartment *apartment, struct apartment_task *task)
{
  if (!apartment)
    run_in_mta(task);
  else if (TlsGetValue(slot) == apartment)
    task->run(task, true);
  else if (!add_task(apartment, task))
    task->run(task, false);
}

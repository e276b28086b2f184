#include "apartment.h"

#include <stdlib.h>

#include "../server/closing_apartment.h"
#include "com_library.h"

/* Of the window of an apartment, in Wine as in Windows. */
#define COM_WINDOW_CLASS L"OleMainThreadWndClass"

/* For calls that are still on their way in when the apartment ends; a call that ends it itself
 * does not come back before. */
#define CLOSING_MS 5000

struct apartment {
  LONG references;
  IInitializeSpy spy; /* counts as a user */
  ULARGE_INTEGER spy_cookie;
  struct closing_apartment closing;
  HWND window;
  WNDPROC com_procedure; /* the window's own */
  SRWLOCK lock;
  bool ending;                  /* lock: the tasks for the end have begun */
  bool gone;                    /* lock */
  struct apartment_task *first; /* lock */
  struct apartment_task **end;  /* lock */
  struct apartment_task *last;  /* lock: those for the end */
};

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static DWORD slot = TLS_OUT_OF_INDEXES; /* the thread's apartment, while its window is there */
static UINT tasks_message;

static BOOL CALLBACK start(INIT_ONCE *unused, void *parameter, void **context)
{
  (void)unused;
  (void)parameter;
  (void)context;
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

static void run_all_tasks(struct apartment *apartment)
{
  struct apartment_task *task;
  bool more;

  while ((task = take_task(apartment, &more)))
    task->run(task, true);
}

/* ---- tasks for the end ---- */

/* lock held */
static void unlist(struct apartment *apartment, struct apartment_task *task)
{
  if (task->next)
    task->next->previous = task->previous;
  if (task->previous)
    task->previous->next = task->next;
  else
    apartment->last = task->next;
  task->listed = false;
}

bool apartment_at_end(struct apartment *apartment, struct apartment_task *task)
{
  bool added;

  AcquireSRWLockExclusive(&apartment->lock);
  added = !apartment->ending;
  if (added) {
    task->previous = NULL;
    task->next = apartment->last;
    if (task->next)
      task->next->previous = task;
    apartment->last = task;
    task->listed = true;
  }
  ReleaseSRWLockExclusive(&apartment->lock);
  return added;
}

bool apartment_not_at_end(struct apartment *apartment, struct apartment_task *task)
{
  bool listed;

  AcquireSRWLockExclusive(&apartment->lock);
  listed = task->listed;
  if (listed)
    unlist(apartment, task);
  ReleaseSRWLockExclusive(&apartment->lock);
  return listed;
}

static struct apartment_task *take_last_task(struct apartment *apartment)
{
  struct apartment_task *task;

  AcquireSRWLockExclusive(&apartment->lock);
  task = apartment->last;
  if (task)
    unlist(apartment, task);
  ReleaseSRWLockExclusive(&apartment->lock);
  return task;
}

/* No more are taken: one of them could bring the next for ever. */
static void run_last_tasks(struct apartment *apartment, bool alive)
{
  struct apartment_task *task;

  AcquireSRWLockExclusive(&apartment->lock);
  apartment->ending = true;
  ReleaseSRWLockExclusive(&apartment->lock);
  while ((task = take_last_task(apartment)))
    task->run(task, alive);
}

/* ---- the window ---- */

static WNDPROC set_procedure(HWND window, WNDPROC procedure)
{
#ifdef _WIN64
  return (WNDPROC)com_library.SetWindowLongPtrW(window, GWLP_WNDPROC, (LONG_PTR)procedure);
#else
  return (WNDPROC)com_library.SetWindowLongW(window, GWL_WNDPROC, (LONG)procedure);
#endif
}

/* On its thread, once; `alive`: it is the thread's apartment still. */
static void end(struct apartment *apartment, bool alive)
{
  struct apartment_task *task;
  bool more;

  AcquireSRWLockExclusive(&apartment->lock);
  apartment->gone = true;
  ReleaseSRWLockExclusive(&apartment->lock);
  while ((task = take_task(apartment, &more)))
    task->run(task, alive);
  run_last_tasks(apartment, alive);
  set_procedure(apartment->window, apartment->com_procedure);
  TlsSetValue(slot, NULL);
  apartment_release(apartment);
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
  if (message == WM_NCDESTROY)
    end(apartment, false);
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

/* ---- the last CoUninitialize of the thread ---- */

static struct apartment *from_spy(IInitializeSpy *spy)
{
  return CONTAINING_RECORD(spy, struct apartment, spy);
}

static HRESULT STDMETHODCALLTYPE spy_query_interface(IInitializeSpy *spy, REFIID iid,
                                                     void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IInitializeSpy))
    return E_NOINTERFACE;
  apartment_add_reference(from_spy(spy));
  *object = spy;
  return S_OK;
}

static ULONG STDMETHODCALLTYPE spy_add_ref(IInitializeSpy *spy)
{
  return InterlockedIncrement(&from_spy(spy)->references);
}

static ULONG STDMETHODCALLTYPE spy_release(IInitializeSpy *spy)
{
  apartment_release(from_spy(spy));
  return 1;
}

static HRESULT STDMETHODCALLTYPE pre_initialize(IInitializeSpy *spy, DWORD model, DWORD count)
{
  (void)spy;
  (void)model;
  (void)count;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE post_initialize(IInitializeSpy *spy, HRESULT result,
                                                 DWORD model, DWORD count)
{
  (void)spy;
  (void)model;
  (void)count;
  return result;
}

/* What combase has posted, and what we have. */
static void dispatch_posted(HWND window)
{
  MSG message = {.message = WM_NULL};

  while (com_library.PeekMessageW(&message, window, 0, 0, PM_REMOVE) &&
         message.message != WM_QUIT)
    com_library.DispatchMessageW(&message);
  if (message.message == WM_QUIT)
    com_library.PostQuitMessage((int)message.wParam);
}

/* No call comes in any more; what is here already, signalled calls among it, is done. */
static HRESULT STDMETHODCALLTYPE pre_uninitialize(IInitializeSpy *spy, DWORD count)
{
  struct apartment *apartment = from_spy(spy);
  DWORD index;

  if (count != 1 || TlsGetValue(slot) != apartment)
    return S_OK;
  if (closing_apartment_begin(&apartment->closing, GetCurrentThreadId()))
    com_library.CoWaitForMultipleHandles(0, CLOSING_MS, 1, &apartment->closing.idle, &index);
  dispatch_posted(apartment->window);
  run_all_tasks(apartment);
  run_last_tasks(apartment, true);
  run_all_tasks(apartment);
  end(apartment, true);
  return S_OK;
}

/* The thread may enter another one, of the same number. */
static HRESULT STDMETHODCALLTYPE post_uninitialize(IInitializeSpy *spy, DWORD count)
{
  struct apartment *apartment = from_spy(spy);

  if (!count) {
    closing_apartment_end(&apartment->closing);
    com_library.CoRevokeInitializeSpy(apartment->spy_cookie);
  }
  return S_OK;
}

static IInitializeSpyVtbl spy_methods = {spy_query_interface, spy_add_ref,     spy_release,
                                         pre_initialize,      post_initialize, pre_uninitialize,
                                         post_uninitialize};

/* ---- the apartment of a thread ---- */

static HRESULT create(struct apartment **result)
{
  HWND window = find_window();
  struct apartment *apartment;

  if (!window)
    return E_UNEXPECTED;
  apartment = calloc(1, sizeof(*apartment));
  if (!apartment)
    return E_OUTOFMEMORY;
  apartment->references = 2;
  apartment->spy.lpVtbl = &spy_methods;
  apartment->window = window;
  InitializeSRWLock(&apartment->lock);
  apartment->end = &apartment->first;
  if (!TlsSetValue(slot, apartment) ||
      FAILED(com_library.CoRegisterInitializeSpy(&apartment->spy, &apartment->spy_cookie))) {
    TlsSetValue(slot, NULL);
    free(apartment);
    return E_OUTOFMEMORY;
  }
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
  /* Loading not inside of it: com_library.h. */
  if (!com_library_load() || !InitOnceExecuteOnce(&once, start, NULL, NULL) ||
      FAILED(current_type(&type)))
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

#include "filter_thread.h"

#include <dde.h>
#include <stdlib.h>

#include "message_filter.h"
#include "thread_slot.h"

#define WINDOW_CLASS L"asyncshim.MessageFilter"

/* Says that there are questions. It travels as it is (WM_DDE_ACK and others would not). */
#define QUESTIONS_MESSAGE WM_DDE_TERMINATE

/* A message that an application's own loop has taken without dispatching it is posted again. */
#define AGAIN_MS 1000

/* On the stack of the worker that waits for the answer. */
struct question {
  struct question *next;
  DWORD callee, ticks, type;
  HANDLE answered; /* an event */
  BOOL has_answer;
  DWORD answer;
};

static struct thread_slot slot;

static struct filter_thread *from_calls(struct call_filter *calls)
{
  return CONTAINING_RECORD(calls, struct filter_thread, calls);
}

/* ---- the thread's side ---- */

static struct question *take_question(struct filter_thread *thread)
{
  struct question *question;

  AcquireSRWLockExclusive(&thread->lock);
  question = thread->first;
  if (question)
    thread->first = question->next;
  ReleaseSRWLockExclusive(&thread->lock);
  return question;
}

/* The filter may dispatch messages, and further questions are answered there then. */
static void answer_questions(struct filter_thread *thread)
{
  struct question *question;

  while ((question = take_question(thread))) {
    question->has_answer = message_filter_retry(question->callee, question->ticks,
                                                question->type, &question->answer);
    SetEvent(question->answered);
  }
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
  struct filter_thread *thread = filter_thread_get();

  if (message != QUESTIONS_MESSAGE)
    return DefWindowProcW(window, message, wparam, lparam);
  if (thread)
    answer_questions(thread);
  return 0;
}

static HWND create_window(void)
{
  WNDCLASSW window_class = {.lpfnWndProc = procedure, .lpszClassName = WINDOW_CLASS};

  /* As one of this DLL, so that a program that has one of that name does not get in the way. */
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                         GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                     (const WCHAR *)(ULONG_PTR)procedure, &window_class.hInstance);
  RegisterClassW(&window_class); /* once; later it is there already */
  return CreateWindowExW(0, WINDOW_CLASS, NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
                         window_class.hInstance, NULL);
}

static void prepare(struct call_filter *calls)
{
  struct filter_thread *thread = from_calls(calls);

  if (!thread->window)
    thread->window = create_window();
}

bool filter_thread_is_asked(struct filter_thread *thread)
{
  bool asked;

  AcquireSRWLockShared(&thread->lock);
  asked = thread->first;
  ReleaseSRWLockShared(&thread->lock);
  return asked;
}

/* ---- the worker's side ---- */

static void add_question(struct filter_thread *thread, struct question *question)
{
  struct question **end = &thread->first;

  AcquireSRWLockExclusive(&thread->lock);
  while (*end)
    end = &(*end)->next;
  *end = question;
  ReleaseSRWLockExclusive(&thread->lock);
}

/* false: the thread has taken it, and will answer. */
static bool take_back(struct filter_thread *thread, struct question *question)
{
  struct question **entry = &thread->first;
  bool listed;

  AcquireSRWLockExclusive(&thread->lock);
  while (*entry && *entry != question)
    entry = &(*entry)->next;
  listed = *entry;
  if (listed)
    *entry = question->next;
  ReleaseSRWLockExclusive(&thread->lock);
  return listed;
}

/* Until it has been answered, or the thread is no more, or takes no messages. */
static void wait_for_answer(struct filter_thread *thread, struct question *question,
                            HANDLE thread_handle)
{
  HANDLE handles[] = {question->answered, thread_handle};

  do {
    if (filter_thread_is_asked(thread) &&
        !PostMessageW(thread->window, QUESTIONS_MESSAGE, 0, 0) && take_back(thread, question))
      return;
  } while (WaitForMultipleObjects(2, handles, FALSE, AGAIN_MS) == WAIT_TIMEOUT);
}

static void ask_from_here(struct filter_thread *thread, struct question *question)
{
  HANDLE thread_handle = OpenThread(SYNCHRONIZE, FALSE, thread->id);

  question->answered = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (thread->window && thread_handle && question->answered) {
    add_question(thread, question);
    wait_for_answer(thread, question, thread_handle);
  }
  if (question->answered)
    CloseHandle(question->answered);
  if (thread_handle)
    CloseHandle(thread_handle);
}

static BOOL ask(struct call_filter *calls, DWORD callee, DWORD ticks, DWORD type, DWORD *answer)
{
  struct filter_thread *thread = from_calls(calls);
  struct question question = {.callee = callee, .ticks = ticks, .type = type};

  if (thread->id == GetCurrentThreadId())
    return message_filter_retry(callee, ticks, type, answer);
  ask_from_here(thread, &question);
  *answer = question.answer;
  return question.has_answer;
}

/* ---- its life ---- */

static void add_reference(struct call_filter *calls)
{
  InterlockedIncrement(&from_calls(calls)->references);
}

static void release(struct call_filter *calls)
{
  struct filter_thread *thread = from_calls(calls);

  if (!InterlockedDecrement(&thread->references))
    free(thread);
}

void filter_thread_add_reference(struct filter_thread *thread)
{
  add_reference(&thread->calls);
}

void filter_thread_release(struct filter_thread *thread)
{
  release(&thread->calls);
}

struct filter_thread *filter_thread_get(void)
{
  return thread_slot_get(&slot);
}

struct filter_thread *filter_thread_need(void)
{
  struct filter_thread *thread = filter_thread_get();

  if (thread)
    return thread;
  thread = calloc(1, sizeof(*thread));
  if (!thread)
    return NULL;
  thread->calls = (struct call_filter){add_reference, release, prepare, ask};
  thread->references = 1;
  thread->id = GetCurrentThreadId();
  InitializeSRWLock(&thread->lock);
  if (thread_slot_set(&slot, thread))
    return thread;
  free(thread);
  return NULL;
}

void filter_thread_detach(void)
{
  struct filter_thread *thread = filter_thread_get();

  if (!thread)
    return;
  thread_slot_set(&slot, NULL);
  filter_thread_release(thread);
}

#include "timer.h"

#include <stdlib.h>

#define TIMER_IDLE_MS    5000
#define INITIAL_CAPACITY 64

static struct {
  SRWLOCK lock; /* guards all below, and `deadline` and `place` of all timers */
  CONDITION_VARIABLE earlier;
  struct timer **heap; /* the earliest first; entry i is not later than 2i + 1 and 2i + 2 */
  size_t count;
  size_t capacity;
  bool running;          /* the thread exists */
  ULONGLONG waits_until; /* it looks again then */
} timers;

/* ---- the heap; lock held ---- */

static void put(size_t index, struct timer *timer)
{
  timers.heap[index] = timer;
  timer->place = index + 1;
}

static void move_up(size_t index, struct timer *timer)
{
  while (index) {
    size_t parent = (index - 1) / 2;
    if (timers.heap[parent]->deadline <= timer->deadline)
      break;
    put(index, timers.heap[parent]);
    index = parent;
  }
  put(index, timer);
}

static void move_down(size_t index, struct timer *timer)
{
  for (;;) {
    size_t child = 2 * index + 1;
    if (child >= timers.count)
      break;
    if (child + 1 < timers.count &&
        timers.heap[child + 1]->deadline < timers.heap[child]->deadline)
      child++;
    if (timer->deadline <= timers.heap[child]->deadline)
      break;
    put(index, timers.heap[child]);
    index = child;
  }
  put(index, timer);
}

static bool reserve_one(void)
{
  size_t capacity = timers.capacity ? 2 * timers.capacity : INITIAL_CAPACITY;
  struct timer **heap;

  if (timers.count < timers.capacity)
    return true;
  heap = realloc(timers.heap, capacity * sizeof(*heap));
  if (!heap)
    return false;
  timers.heap = heap;
  timers.capacity = capacity;
  return true;
}

static void take_out(struct timer *timer)
{
  size_t index = timer->place - 1;
  struct timer *last = timers.heap[--timers.count];

  timer->place = 0;
  if (last == timer)
    return;
  if (index && last->deadline < timers.heap[(index - 1) / 2]->deadline)
    move_up(index, last);
  else
    move_down(index, last);
}

/* ---- the thread ---- */

/* Waits for the earliest deadline; false: there has been none for a long time. Lock held. */
static bool await_deadline(void)
{
  bool idle = !timers.count;

  timers.waits_until = idle ? deadline_after(TIMER_IDLE_MS) : timers.heap[0]->deadline;
  SleepConditionVariableSRW(&timers.earlier, &timers.lock, deadline_rest(timers.waits_until),
                            0);
  return !idle || timers.count || deadline_rest(timers.waits_until);
}

static DWORD WINAPI timer_main(void *module)
{
  AcquireSRWLockExclusive(&timers.lock);
  do {
    while (timers.count && !deadline_rest(timers.heap[0]->deadline)) {
      struct timer *timer = timers.heap[0];
      take_out(timer);
      ReleaseSRWLockExclusive(&timers.lock);
      timer->routine(timer);
      AcquireSRWLockExclusive(&timers.lock);
    }
  } while (await_deadline());
  timers.running = false;
  free(timers.heap);
  timers.heap = NULL;
  timers.capacity = 0;
  ReleaseSRWLockExclusive(&timers.lock);
  FreeLibraryAndExitThread(module, 0);
}

/* The thread holds the DLL that it runs in. Lock held. */
static DWORD start_thread(void)
{
  HMODULE module;
  HANDLE thread;

  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)timer_main,
                          &module))
    return GetLastError();
  thread = CreateThread(NULL, 0, timer_main, module, 0, NULL);
  if (!thread) {
    DWORD error = GetLastError();
    FreeLibrary(module);
    return error;
  }
  CloseHandle(thread);
  timers.running = true;
  timers.waits_until = 0; /* it has not looked yet */
  return 0;
}

/* ---- timers ---- */

void timer_init(struct timer *timer, timer_routine routine)
{
  timer->routine = routine;
  timer->deadline = DEADLINE_NEVER;
  timer->place = 0;
}

DWORD timer_arm(struct timer *timer, ULONGLONG deadline)
{
  DWORD error = 0;
  bool wake = false;

  AcquireSRWLockExclusive(&timers.lock);
  if (!reserve_one())
    error = ERROR_OUTOFMEMORY;
  else if (!timers.running)
    error = start_thread();
  if (!error) {
    timer->deadline = deadline;
    move_up(timers.count++, timer);
    wake = deadline < timers.waits_until;
    if (wake)
      timers.waits_until = deadline;
  }
  ReleaseSRWLockExclusive(&timers.lock);
  if (wake)
    WakeConditionVariable(&timers.earlier);
  return error;
}

bool timer_disarm(struct timer *timer)
{
  bool armed;

  AcquireSRWLockExclusive(&timers.lock);
  armed = timer->place != 0;
  if (armed)
    take_out(timer);
  ReleaseSRWLockExclusive(&timers.lock);
  return armed;
}

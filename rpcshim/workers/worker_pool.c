#include "worker_pool.h"

#include <stdlib.h>

#include "../seh/stack_guard.h"

#define WORKER_IDLE_MS  5000
#define WORKER_SWEEP_MS 1000
#define WORKERS_KEPT    2
#define DEATH_MS        5000 /* what a thread may take to end after DLL_THREAD_DETACH */
/* Of a worker's stack, for whoever handles its overflow. An exception's records and the search
 * for its handler take some 10 KiB. */
#define STACK_GUARANTEE 0x10000

struct worker {
  LONG references;
  struct worker *next;      /* lock */
  HANDLE thread;            /* lock */
  volatile bool waits;      /* it is counted in pool.waiting */
  struct worker_task *task; /* the innermost; read by others when it is dead */
  OVERLAPPED farewell;      /* comes to the port when it has left by ExitThread */
};

static struct {
  HANDLE port;
  worker_deliver deliver;
  DWORD slot;            /* TLS: the thread's worker */
  volatile LONG waiting; /* in GetQueuedCompletionStatus, or about to enter it */
  volatile LONG count;
  volatile LONGLONG swept; /* GetTickCount64() */
  SRWLOCK lock;
  struct worker *list; /* lock */
} pool = {.slot = TLS_OUT_OF_INDEXES, .lock = SRWLOCK_INIT};

static struct worker *current(void)
{
  return pool.slot == TLS_OUT_OF_INDEXES ? NULL : TlsGetValue(pool.slot);
}

static void release(struct worker *worker)
{
  if (!InterlockedDecrement(&worker->references))
    free(worker);
}

/* ---- the end of a worker ---- */

/* lock held. Its record is the caller's from now on. */
static void take_out(struct worker **link)
{
  struct worker *worker = *link;

  *link = worker->next;
  InterlockedDecrement(&pool.count);
  if (worker->waits)
    InterlockedDecrement(&pool.waiting);
}

static void leave(struct worker *worker)
{
  struct worker **link = &pool.list;

  AcquireSRWLockExclusive(&pool.lock);
  while (*link != worker)
    link = &(*link)->next;
  take_out(link);
  ReleaseSRWLockExclusive(&pool.lock);
}

/* Of a worker that is dead, or about to be, and out of the list. */
static void bury(struct worker *worker)
{
  struct worker_task *outer;

  if (worker->task)
    worker_expect_blocking(); /* what is given back may be the application's to free */
  WaitForSingleObject(worker->thread, DEATH_MS);
  for (struct worker_task *task = worker->task; task; task = outer) {
    outer = task->outer;
    task->abandoned(task, worker);
  }
  CloseHandle(worker->thread);
  release(worker);
}

/* Under the loader's lock: what is to be done is done by another one. */
void worker_thread_detach(void)
{
  struct worker *worker = current();

  if (!worker)
    return;
  TlsSetValue(pool.slot, NULL);
  leave(worker);
  if (!PostQueuedCompletionStatus(pool.port, 0, (ULONG_PTR)worker, &worker->farewell))
    release(worker); /* its tasks wait for ever */
}

/* Is any of them, of at most a wait's worth? lock held. */
static bool any_dead(struct worker *worker)
{
  HANDLE threads[MAXIMUM_WAIT_OBJECTS];
  DWORD count = 0;

  for (; worker && count < MAXIMUM_WAIT_OBJECTS; worker = worker->next)
    threads[count++] = worker->thread;
  return count && WaitForMultipleObjects(count, threads, FALSE, 0) != WAIT_TIMEOUT;
}

/* Takes out those of the dead that are among the next MAXIMUM_WAIT_OBJECTS; lock held. Where to
 * go on. */
static struct worker **take_out_dead(struct worker **link, struct worker **dead)
{
  bool look = any_dead(*link);

  for (int i = 0; *link && i < MAXIMUM_WAIT_OBJECTS; i++) {
    struct worker *worker = *link;

    if (!look || WaitForSingleObject(worker->thread, 0) == WAIT_TIMEOUT) {
      link = &worker->next;
      continue;
    }
    take_out(link);
    worker->next = *dead;
    *dead = worker;
  }
  return link;
}

static void sweep(void)
{
  struct worker *dead = NULL;
  struct worker **link = &pool.list;

  AcquireSRWLockExclusive(&pool.lock);
  while (*link)
    link = take_out_dead(link, &dead);
  ReleaseSRWLockExclusive(&pool.lock);
  while (dead) {
    struct worker *next = dead->next;
    bury(dead);
    dead = next;
  }
}

/* One worker in WORKER_SWEEP_MS does it. */
static void sweep_in_time(void)
{
  LONGLONG now = (LONGLONG)GetTickCount64();
  LONGLONG swept = pool.swept;

  if (now - swept >= WORKER_SWEEP_MS &&
      InterlockedCompareExchange64(&pool.swept, now, swept) == swept)
    sweep();
}

/* ---- its life ---- */

/* Waits until something comes; false: nothing has for so long that it may end. */
static bool await_one(struct worker *worker)
{
  OVERLAPPED *overlapped = NULL;
  ULONG_PTR key = 0;
  DWORD bytes = 0;
  DWORD error = 0;
  LONG others;

  /* It was counted as waiting by whoever made it, or below. */
  if (!GetQueuedCompletionStatus(pool.port, &bytes, &key, &overlapped, WORKER_IDLE_MS))
    error = GetLastError();
  worker->waits = false;
  others = InterlockedDecrement(&pool.waiting);
  sweep_in_time();
  if (key)
    bury((struct worker *)key);
  else if (overlapped)
    pool.deliver(overlapped, bytes, error);
  else if (worker->references == 1 && others >= WORKERS_KEPT)
    return false;
  InterlockedIncrement(&pool.waiting);
  worker->waits = true;
  return true;
}

static DWORD WINAPI worker_main(void *argument)
{
  struct worker *worker = argument;

  TlsSetValue(pool.slot, worker);
  stack_guard_guarantee(STACK_GUARANTEE);
  while (await_one(worker))
    ;
  TlsSetValue(pool.slot, NULL);
  leave(worker);
  CloseHandle(worker->thread);
  release(worker);
  return 0;
}

static DWORD start_worker(void)
{
  struct worker *worker = calloc(1, sizeof(*worker));
  DWORD error = 0;

  if (!worker)
    return ERROR_OUTOFMEMORY;
  worker->references = 1;
  worker->waits = true;
  InterlockedIncrement(&pool.count);
  InterlockedIncrement(&pool.waiting);
  AcquireSRWLockExclusive(&pool.lock);
  worker->thread = CreateThread(NULL, 0, worker_main, worker, 0, NULL);
  if (worker->thread) {
    worker->next = pool.list;
    pool.list = worker;
  } else {
    error = GetLastError();
    InterlockedDecrement(&pool.waiting);
    InterlockedDecrement(&pool.count);
    free(worker);
  }
  ReleaseSRWLockExclusive(&pool.lock);
  return error;
}

DWORD worker_pool_start(HANDLE port, worker_deliver deliver)
{
  DWORD error;

  pool.slot = TlsAlloc();
  if (pool.slot == TLS_OUT_OF_INDEXES)
    return GetLastError();
  pool.port = port;
  pool.deliver = deliver;
  error = start_worker();
  if (error) {
    TlsFree(pool.slot);
    pool.slot = TLS_OUT_OF_INDEXES;
  }
  return error;
}

struct worker *worker_operation_begin(void)
{
  struct worker *worker = current();

  if (worker)
    InterlockedIncrement(&worker->references);
  return worker;
}

void worker_operation_end(struct worker *worker)
{
  if (worker)
    release(worker);
}

bool worker_is_current_thread(void)
{
  return current() != NULL;
}

bool worker_expect_blocking(void)
{
  if (!current() || pool.waiting > 0)
    return true;
  return pool.count < WORKERS_LIMIT && !start_worker();
}

/* ---- tasks ---- */

void worker_task_begin(struct worker_task *task)
{
  struct worker *worker = current();

  if (!worker)
    return;
  task->outer = worker->task;
  worker->task = task;
}

void worker_task_end(struct worker_task *task)
{
  struct worker *worker = current();

  if (worker)
    worker->task = task->outer;
}

LONG worker_pool_count(void)
{
  return pool.count;
}

LONG worker_pool_waiting(void)
{
  return pool.waiting;
}

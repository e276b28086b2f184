/*
 * The threads that wait on the process's completion port: how many there are, and what becomes
 * of those that die.
 *
 * How many: one waits at any time, because a worker that is about to run code that is not ours
 * first sees to it that another one waits (worker_expect_blocking). What idles ends: a worker
 * that has found nothing to do for WORKER_IDLE_MS, where WORKERS_KEPT others wait. What counts
 * is how many *wait*, however many exist: those that are blocked in application code, or dead,
 * are no reason for a living one to go.
 *
 * Death: application code may end the thread that it is called on (ExitThread), any code may
 * end any thread (TerminateThread), and Wine ends a thread that has no stack left to handle an
 * exception. Of the first DLL_THREAD_DETACH tells (worker_thread_detach); the others are found
 * by their handles, which some worker looks at every WORKER_SWEEP_MS. Either way the dead is
 * counted no more, and what it was doing (struct worker_task) is told that it is abandoned, on
 * another worker. A stack has room for the handling of its overflow: STACK_GUARANTEE bytes of
 * it, so that only who overflows that, too, dies.
 *
 * Locking: one SRW lock guards the list of workers and their handles. `waiting` and `count` are
 * interlocked. No routine is called under the lock. A worker's record is counted: one reference
 * is the living worker's, then that of who has noticed its death; one is of each operation that
 * it has started.
 */
#ifndef ASYNCSHIM_WORKERS_WORKER_POOL_H
#define ASYNCSHIM_WORKERS_WORKER_POOL_H

#include <stdbool.h>
#include <windows.h>

#ifdef _WIN64
#define WORKERS_LIMIT 8192
#else
#define WORKERS_LIMIT 2048 /* their stacks share 2 GiB with all else */
#endif

/* Gets what comes to the port. Runs on a worker. */
typedef void (*worker_deliver)(OVERLAPPED *overlapped, DWORD bytes, DWORD error);

/* The first worker. Once, before anything else here. Win32 code. */
DWORD worker_pool_start(HANDLE port, worker_deliver deliver);

/*
 * An operation is pending that the calling worker has started: the worker stays until it has
 * ended. The worker, for the end of it, which comes on any thread; NULL: the thread is none.
 */
struct worker;
struct worker *worker_operation_begin(void);
/* NULL: nothing. The worker may be gone when this returns. */
void worker_operation_end(struct worker *worker);

bool worker_is_current_thread(void);

/*
 * The calling worker is going to run code that is not ours. true: another one waits, or this
 * thread is no worker. false: none does and none can be started: whoever goes on may be the
 * last one that would have read what peers send.
 */
bool worker_expect_blocking(void);

/*
 * What a worker does in code that is not ours, and may not come back from. `abandoned`: it has
 * not: the thread is dead; called once, on another worker. What `dead` has started (struct
 * completion) and is pending still may never end. Embedded into what outlives the
 * thread, never on its stack. Tasks nest. On a thread that is no worker neither does anything.
 */
struct worker_task {
  struct worker_task *outer;
  void (*abandoned)(struct worker_task *task, const struct worker *dead);
};

void worker_task_begin(struct worker_task *task);
void worker_task_end(struct worker_task *task);

/* DllMain: the calling thread ends. */
void worker_thread_detach(void);

/* For tests: those that exist, and that wait. */
LONG worker_pool_count(void);
LONG worker_pool_waiting(void);

#endif

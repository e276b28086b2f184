/*
 * The workers, and what becomes of those that code which is not ours ends: they are replaced,
 * counted no more, and what they were doing is told.
 */
#include "../../rpcshim/seh/guard.h"
#include "../../rpcshim/workers/completion_port.h"
#include "../../rpcshim/workers/worker_pool.h"
#include "../harness/harness.h"

#include <stdlib.h>

#define DEATHS 20
#define KEPT   2 /* workers that stay when there is nothing to do */

/* The runtime's DllMain does this. */
static void NTAPI thread_ends(void *module, DWORD reason, void *reserved)
{
  (void)module, (void)reserved;
  if (reason == DLL_THREAD_DETACH)
    worker_thread_detach();
}

__attribute__((section(".CRT$XLC"), used)) static PIMAGE_TLS_CALLBACK thread_callback =
    thread_ends;

struct job {
  struct completion completion;
  struct worker_task task;
  void (*run)(struct job *job);
  HANDLE gate;             /* for block() */
  volatile LONG began;     /* it may block: another worker waits */
  volatile LONG ended;     /* its routine has come back */
  volatile LONG abandoned; /* its worker is dead */
  DWORD caught;
};

static void wait_for(volatile LONG *counter, LONG value)
{
  while (InterlockedCompareExchange(counter, 0, 0) < value)
    Sleep(1);
}

static void abandon(struct worker_task *task, const struct worker *dead)
{
  CHECK(dead);
  InterlockedIncrement(&CONTAINING_RECORD(task, struct job, task)->abandoned);
}

static void run_job(struct completion *completion, DWORD bytes, DWORD error)
{
  struct job *job = CONTAINING_RECORD(completion, struct job, completion);

  (void)bytes, (void)error;
  CHECK(worker_expect_blocking());
  worker_task_begin(&job->task);
  InterlockedIncrement(&job->began);
  job->run(job);
  worker_task_end(&job->task);
  InterlockedIncrement(&job->ended);
}

static void post(struct job *job, void (*run)(struct job *job))
{
  job->completion.routine = run_job;
  job->task.abandoned = abandon;
  job->run = run;
  CHECK_EQ(completion_port_post(&job->completion), 0);
}

static void nothing(struct job *job)
{
  (void)job;
}

static void block(struct job *job)
{
  WaitForSingleObject(job->gate, INFINITE);
}

static void exit_thread(struct job *job)
{
  (void)job;
  ExitThread(0);
}

static void terminate_thread(struct job *job)
{
  (void)job;
  TerminateThread(GetCurrentThread(), 0);
}

static volatile LONG depth;

static __attribute__((noinline)) int recurse(volatile char *caller)
{
  volatile char frame[200];

  frame[0] = caller[0];
  depth++;
  return depth ? recurse(frame) + frame[0] : 0; /* always */
}

static void overflow_body(void *context)
{
  volatile char start = 0;

  (void)context;
  recurse(&start);
}

static void overflow(struct job *job)
{
  for (int i = 0; i < 5; i++) {
    job->caught = 0;
    depth = 0;
    guarded_call(overflow_body, NULL, NULL, &job->caught);
    if (job->caught != (DWORD)EXCEPTION_STACK_OVERFLOW || depth < 1000)
      return;
  }
}

static void check_served(void)
{
  static struct job jobs[8];

  for (int i = 0; i < 8; i++) {
    jobs[i] = (struct job){0};
    post(&jobs[i], nothing);
  }
  for (int i = 0; i < 8; i++)
    wait_for(&jobs[i].ended, 1);
}

static void wait_idle(void)
{
  while (worker_pool_count() != KEPT || worker_pool_waiting() != KEPT)
    Sleep(10);
}

/* Before it idles, after it has idled, and once more. */
static void die(void (*how)(struct job *job))
{
  static struct job jobs[2][DEATHS];

  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < DEATHS; i++)
      post(&jobs[round][i], how);
    check_served();
    for (int i = 0; i < DEATHS; i++)
      wait_for(&jobs[round][i].abandoned, 1);
    check_served();
    wait_idle();
    check_served();
  }
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < DEATHS; i++)
      CHECK(jobs[round][i].abandoned == 1 && !jobs[round][i].ended);
}

TEST_WITHIN(workers_that_leave_by_exit_thread_are_replaced, 60000)
{
  die(exit_thread);
}

TEST_WITHIN(workers_that_are_terminated_are_replaced, 60000)
{
  die(terminate_thread);
}

TEST(overflow_of_a_workers_stack_is_caught_again_and_again)
{
  static struct job job;

  post(&job, overflow);
  wait_for(&job.ended, 1);
  CHECK_EQ(job.caught, EXCEPTION_STACK_OVERFLOW);
  CHECK(depth >= 1000);
}

TEST_WITHIN(one_worker_waits_however_many_are_blocked, 60000)
{
  static struct job blocked[50];
  HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);

  CHECK(gate);
  for (int i = 0; i < 50; i++) {
    blocked[i].gate = gate;
    post(&blocked[i], block);
  }
  for (int i = 0; i < 50; i++)
    wait_for(&blocked[i].began, 1);
  check_served();
  /* Those that wait are not many after a while, nor none. */
  while (worker_pool_waiting() > KEPT)
    Sleep(10);
  check_served();
  CHECK(worker_pool_count() >= 51);
  SetEvent(gate);
  for (int i = 0; i < 50; i++)
    wait_for(&blocked[i].ended, 1);
  wait_idle();
  check_served();
}

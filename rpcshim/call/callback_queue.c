#include "callback_queue.h"

#include "../workers/worker_pool.h"

static void worker_comes(struct completion *completion, DWORD bytes, DWORD error);

static struct {
  SRWLOCK lock;
  struct due_callback *head;
  struct due_callback *tail;
  bool sent; /* `worker` is at the completion port */
  struct completion worker;
} queue = {.lock = SRWLOCK_INIT, .worker = {.routine = worker_comes}};

void callback_queue_add(struct due_callback *callback)
{
  callback->next = NULL;
  AcquireSRWLockExclusive(&queue.lock);
  if (queue.tail)
    queue.tail->next = callback;
  else
    queue.head = callback;
  queue.tail = callback;
  ReleaseSRWLockExclusive(&queue.lock);
}

static struct due_callback *take(void)
{
  struct due_callback *callback;

  AcquireSRWLockExclusive(&queue.lock);
  callback = queue.head;
  if (callback)
    queue.head = callback->next;
  if (!queue.head)
    queue.tail = NULL;
  ReleaseSRWLockExclusive(&queue.lock);
  return callback;
}

/* Another worker for what is left, unless one is on its way. Win32 code. */
static DWORD send_for_worker(void)
{
  bool send;
  DWORD error;

  AcquireSRWLockExclusive(&queue.lock);
  send = queue.head && !queue.sent;
  if (send)
    queue.sent = true;
  ReleaseSRWLockExclusive(&queue.lock);
  error = send ? completion_port_post(&queue.worker) : 0;
  if (error) {
    AcquireSRWLockExclusive(&queue.lock);
    queue.sent = false;
    ReleaseSRWLockExclusive(&queue.lock);
  }
  return error;
}

void callback_queue_run(void)
{
  struct due_callback *callback;

  worker_expect_blocking();
  while ((callback = take())) {
    send_for_worker(); /* where that fails the rest waits for this one, and is not lost */
    callback->run(callback);
  }
}

static void worker_comes(struct completion *completion, DWORD bytes, DWORD error)
{
  (void)completion, (void)bytes, (void)error;
  AcquireSRWLockExclusive(&queue.lock);
  queue.sent = false;
  ReleaseSRWLockExclusive(&queue.lock);
  callback_queue_run();
}

void callback_queue_send_for_worker(void)
{
  if (send_for_worker())
    callback_queue_run();
}

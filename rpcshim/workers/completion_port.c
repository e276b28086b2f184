#include "completion_port.h"

#define WORKER_IDLE_MS 5000
#define WORKERS_KEPT   2
#define WORKERS_LIMIT  2048 /* beyond it dispatching waits for a worker to come back */

static struct {
  INIT_ONCE once;
  HANDLE port;
  DWORD error;
  volatile LONG waiting; /* workers in GetQueuedCompletionStatus, or about to enter it */
  volatile LONG workers;
  DWORD worker_slot; /* TLS: on workers, their counter of operations pending */
} pool = {.once = INIT_ONCE_STATIC_INIT};

/* true: this worker may end. The last two stay. */
static bool worker_may_end(void)
{
  LONG workers = pool.workers;

  while (workers > WORKERS_KEPT) {
    LONG seen = InterlockedCompareExchange(&pool.workers, workers - 1, workers);
    if (seen == workers)
      return true;
    workers = seen;
  }
  return false;
}

void completion_begin(struct completion *completion)
{
  ZeroMemory(&completion->overlapped, sizeof(completion->overlapped));
  completion->overlapped.Internal = STATUS_PENDING; /* see stream_read_has_ended() */
  completion->started = pool.port ? TlsGetValue(pool.worker_slot) : NULL;
  if (completion->started)
    InterlockedIncrement(completion->started);
}

/* The worker may be gone when this returns. */
void completion_end(struct completion *completion)
{
  volatile LONG *started = completion->started;

  completion->started = NULL;
  if (started)
    InterlockedDecrement(started);
}

static DWORD WINAPI worker_main(void *argument)
{
  volatile LONG pending = 0; /* operations this worker has started */

  (void)argument;
  TlsSetValue(pool.worker_slot, (void *)&pending);
  for (;;) {
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key;
    DWORD bytes = 0;
    DWORD error = 0;

    /* `waiting` was counted up by whoever made this thread, or below. */
    if (!GetQueuedCompletionStatus(pool.port, &bytes, &key, &overlapped, WORKER_IDLE_MS))
      error = GetLastError();
    InterlockedDecrement(&pool.waiting);
    if (overlapped) {
      struct completion *completion =
          CONTAINING_RECORD(overlapped, struct completion, overlapped);
      completion_end(completion);
      completion->routine(completion, bytes, error);
    } else if (!pending && worker_may_end()) {
      return 0;
    }
    InterlockedIncrement(&pool.waiting);
  }
}

static DWORD start_worker(void)
{
  HANDLE thread;

  InterlockedIncrement(&pool.workers);
  InterlockedIncrement(&pool.waiting);
  thread = CreateThread(NULL, 0, worker_main, NULL, 0, NULL);
  if (!thread) {
    DWORD error = GetLastError();
    InterlockedDecrement(&pool.waiting);
    InterlockedDecrement(&pool.workers);
    return error;
  }
  CloseHandle(thread);
  return 0;
}

static BOOL CALLBACK start_pool(INIT_ONCE *once, void *parameter, void **context)
{
  HMODULE pinned;

  (void)once;
  (void)parameter;
  (void)context;
  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                              GET_MODULE_HANDLE_EX_FLAG_PIN,
                          (const WCHAR *)start_pool, &pinned))
    goto fail;
  pool.worker_slot = TlsAlloc();
  if (pool.worker_slot == TLS_OUT_OF_INDEXES)
    goto fail;
  pool.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  if (!pool.port)
    goto fail_slot;
  pool.error = start_worker();
  if (pool.error)
    goto fail_port;
  return TRUE;

fail_port:
  SetLastError(pool.error);
  CloseHandle(pool.port);
  pool.port = NULL;
fail_slot:
  TlsFree(pool.worker_slot);
fail:
  return FALSE;
}

static DWORD ensure_pool(void)
{
  /* A failed start is tried again by the next caller. */
  return InitOnceExecuteOnce(&pool.once, start_pool, NULL, NULL) ? 0 : GetLastError();
}

DWORD completion_port_attach(HANDLE handle)
{
  DWORD error = ensure_pool();

  if (error)
    return error;
  if (!CreateIoCompletionPort(handle, pool.port, 0, 0))
    return GetLastError();
  if (!SetFileCompletionNotificationModes(handle, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS))
    return GetLastError();
  return 0;
}

DWORD completion_port_post(struct completion *completion)
{
  DWORD error = ensure_pool();

  if (error)
    return error;
  return PostQueuedCompletionStatus(pool.port, 0, 0, &completion->overlapped) ? 0
                                                                              : GetLastError();
}

bool completion_port_is_worker(void)
{
  return pool.port && TlsGetValue(pool.worker_slot);
}

void completion_port_expect_blocking(void)
{
  if (!completion_port_is_worker())
    return;
  if (pool.waiting <= 0 && pool.workers < WORKERS_LIMIT)
    start_worker(); /* where that fails, the others carry on: slower, but nothing is lost */
}

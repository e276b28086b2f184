#include "completion_port.h"

#include "worker_pool.h"

static struct {
  INIT_ONCE once;
  HANDLE port;
} pool = {.once = INIT_ONCE_STATIC_INIT};

void completion_begin(struct completion *completion)
{
  ZeroMemory(&completion->overlapped, sizeof(completion->overlapped));
  completion->overlapped.Internal = STATUS_PENDING; /* see stream_read_has_ended() */
  completion->started = worker_operation_begin();
}

void completion_end(struct completion *completion)
{
  struct worker *started = completion->started;

  completion->started = NULL;
  worker_operation_end(started);
}

/* On a worker: what the port brings. */
static void deliver(OVERLAPPED *overlapped, DWORD bytes, DWORD error)
{
  struct completion *completion = CONTAINING_RECORD(overlapped, struct completion, overlapped);

  completion_end(completion);
  completion->routine(completion, bytes, error);
}

static BOOL CALLBACK start_pool(INIT_ONCE *once, void *parameter, void **context)
{
  HANDLE port;
  DWORD error;

  (void)once;
  (void)parameter;
  (void)context;
  port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  if (!port)
    return FALSE;
  error = worker_pool_start(port, deliver);
  if (error) {
    CloseHandle(port);
    SetLastError(error);
    return FALSE;
  }
  pool.port = port;
  return TRUE;
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
  return worker_is_current_thread();
}

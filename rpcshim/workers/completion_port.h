/*
 * The process's completion port and the workers that wait on it.
 *
 * Every overlapped operation of the runtime that is not waited for in place ends here, as do
 * closures posted with completion_port_post(). One port per process, made when first needed and
 * kept until the process ends: the DLL stays loaded (wine/dll/stay_loaded.h), and workers may
 * stand in its code.
 *
 * The workers: worker_pool.h.
 *
 * Operations survive the thread that started them: an operation bound to a port and without an
 * event is not cancelled when its thread ends (the same on Windows and Wine). But Wine loses
 * one whose data comes in the moment in which that thread is ending. So an operation that waits
 * for a peer is a worker's to start, between completion_begin() and completion_end(); and a
 * worker stays as long as what it has started is pending.
 */
#ifndef ASYNCSHIM_WORKERS_COMPLETION_PORT_H
#define ASYNCSHIM_WORKERS_COMPLETION_PORT_H

#include <stdbool.h>
#include <windows.h>

struct completion;

/* Runs on a worker. `error` is a Win32 code, 0 for success. */
typedef void (*completion_routine)(struct completion *completion, DWORD bytes, DWORD error);

/* Embedded into what an operation belongs to; one operation at a time. */
struct completion {
  OVERLAPPED overlapped;
  completion_routine routine;
  struct worker *started; /* that which has started what is pending; counted */
};

/* Before an operation is started with it; the operation is the calling thread's. */
void completion_begin(struct completion *completion);
/* The operation is over: called by the thread that has begun it where nothing will come to the
 * port (it has ended at once, or failed to start), else by the worker, before the routine. */
void completion_end(struct completion *completion);

/* Binds a handle to the port. Operations that succeed at once do not come to the port
 * afterwards. Win32 code. */
DWORD completion_port_attach(HANDLE handle);

/* Runs completion->routine(completion, 0, 0) on a worker. Win32 code. */
DWORD completion_port_post(struct completion *completion);

/* Is the calling thread a worker? */
bool completion_port_is_worker(void);

#endif

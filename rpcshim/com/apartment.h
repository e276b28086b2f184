/*
 * Where the server's side of asynchronous calls runs: in the object's own apartment, from
 * whatever thread it is asked for.
 *
 * An STA: its thread takes the tasks from a list, told by a message to the very window that COM
 * posts calls to. All COM waits dispatch that window's messages, and those of no window of
 * ours, so it is subclassed. One message is under way at a time, so a full message queue loses
 * none. The MTA (struct apartment * is NULL): the calling thread where it is in it, or else one
 * of the system's pool.
 *
 * An STA ends with the last CoUninitialize of its thread, which a spy of COM's tells: calls
 * that come from then on are refused (RPC_E_DISCONNECTED, server/closing_apartment.h), those
 * that have been posted to the window and the tasks in the list are done, and later tasks find
 * that it is gone. Combase alone would leave the thread with such calls undone, and their
 * clients would wait for good. A thread that ends without CoUninitialize: with its window.
 *
 * Reference counted: one for the thread, until the end, one for the spy, and one per user.
 * `lock` guards the lists and `gone`; no task runs under it.
 */
#ifndef ASYNCSHIM_COM_APARTMENT_H
#define ASYNCSHIM_COM_APARTMENT_H

#include <stdbool.h>
#include <windows.h>

struct apartment;

/* Belongs to whoever asks for it to be run, until it runs; once. */
struct apartment_task {
  struct apartment_task *next, *previous; /* `previous`: of those for the end */
  bool listed;                            /* likewise */
  /* `alive` false: the apartment is no more, or out of memory, and this is any thread. */
  void (*run)(struct apartment_task *task, bool alive);
};

/*
 * The apartment of this thread, with a reference; *apartment NULL: the MTA or the NTA. S_OK;
 * E_OUTOFMEMORY; E_UNEXPECTED: the thread is in none, or it is an STA that calls cannot come
 * to.
 */
HRESULT apartment_current(struct apartment **apartment);
void apartment_add_reference(struct apartment *apartment);
void apartment_release(struct apartment *apartment);

/* Runs it before returning, or later. NULL apartment: the MTA. Any thread. */
void apartment_run(struct apartment *apartment, struct apartment_task *task);

/*
 * Has it run when the STA ends, on its thread, after all that has been posted to it; where the
 * thread ends without CoUninitialize, `alive` is false. false: the apartment is gone, or has
 * begun with these tasks, and this one will not run. Any thread.
 */
bool apartment_at_end(struct apartment *apartment, struct apartment_task *task);
/* Takes that back. false: it has run, or is about to. Any thread. */
bool apartment_not_at_end(struct apartment *apartment, struct apartment_task *task);

#endif

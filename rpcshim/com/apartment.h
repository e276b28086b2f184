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
 * Reference counted: one for the window, while it is there, and one per user. `lock` guards the
 * list and `gone`; no task runs under it.
 */
#ifndef ASYNCSHIM_COM_APARTMENT_H
#define ASYNCSHIM_COM_APARTMENT_H

#include <stdbool.h>
#include <windows.h>

struct apartment;

/* Belongs to whoever asks for it to be run, until it runs; once. */
struct apartment_task {
  struct apartment_task *next;
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

#endif

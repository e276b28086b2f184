/*
 * A thread that has had a message filter: which one it has now, and the way to it for the
 * workers that send the thread's synchronous calls (struct call_filter, com_cancels.h).
 *
 * A worker that is told that the call was rejected puts a question on the thread's list and
 * posts a message to a window of the thread's, which is made with its first call. The thread
 * is waiting for the call, in combase. Of posted messages all COM waits dispatch those to the
 * window of the apartment, which a mere client has not, and those of DDE to any window: so it
 * is one of these. It says nothing but that there are questions, whoever sends it. A posted
 * message, because combase refuses calls out of sent ones, and a filter may make calls.
 *
 * Reference counted: one reference is the thread's, until it ends, others those of its filters
 * and of its calls. `lock` guards the list and `current`; no application code runs under it.
 * The window ends with the thread.
 */
#ifndef ASYNCSHIM_OLE32_FILTER_THREAD_H
#define ASYNCSHIM_OLE32_FILTER_THREAD_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

#include "../runtime/runtime.h"

struct message_filter;
struct question;

struct filter_thread {
  struct call_filter calls;
  LONG references;
  DWORD id;
  HWND window; /* written by the thread itself, before there can be questions */
  SRWLOCK lock;
  struct message_filter *current; /* lock; not counted: message_filter.c */
  struct question *first;         /* lock */
};

/* The calling thread's; it keeps it. need: NULL: out of memory; get: NULL: it has none. */
struct filter_thread *filter_thread_need(void);
struct filter_thread *filter_thread_get(void);

void filter_thread_add_reference(struct filter_thread *thread);
void filter_thread_release(struct filter_thread *thread);

/* Whether there are questions, of which its window will be told. */
bool filter_thread_is_asked(struct filter_thread *thread);

/* DllMain: the calling thread ends. */
void filter_thread_detach(void);

#endif

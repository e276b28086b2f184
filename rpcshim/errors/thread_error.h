/*
 * The error object (IErrorInfo) of a thread, which GetErrorInfo() gives and takes away: made of
 * what a server has sent (wire/error_info.h), for the client's thread that has its result.
 *
 * It is COM's: nothing is kept here. COM is above rpcrt4.dll and beside ole32.dll, which both
 * have this, so they say where its functions are. Any thread; each only its own.
 */
#ifndef ASYNCSHIM_ERRORS_THREAD_ERROR_H
#define ASYNCSHIM_ERRORS_THREAD_ERROR_H

#include <stdbool.h>
#include <windows.h>
#include <oleauto.h>

struct error_functions {
  __typeof__(&CreateErrorInfo) create;
  __typeof__(&GetErrorInfo) get;
  __typeof__(&SetErrorInfo) set;
};

/*
 * The object that the extension describes, one of COM's own, with a reference. NULL: there is
 * no extension (`data` is NULL), it is malformed, or memory ran out: a client that is told of a
 * failure without an explanation is what there is without error objects.
 */
IErrorInfo *thread_error_create(const struct error_functions *functions, const void *data,
                                size_t length);

/* The thread's object is `error` from now on (NULL: there is none), whose reference stays the
 * caller's. Returns what it was before, with a reference, or NULL. Calls no foreign code. */
IErrorInfo *thread_error_exchange(const struct error_functions *functions, IErrorInfo *error);

/* Both, for whoever may call foreign code: the former object is released. `data` NULL: the
 * thread has none from then on. */
void thread_error_receive(const struct error_functions *functions, const void *data,
                          size_t length);

/*
 * Whether calls of the interface leave the client's error object alone, because they are how a
 * client finds out whether it may ask for that: ISupportErrorInfo, and what becomes of
 * QueryInterface, AddRef and Release of a proxy.
 */
bool thread_error_is_kept(REFIID iid);

#endif

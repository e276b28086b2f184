/*
 * Error information in the calls that go through combase's channel: its channel hook for the
 * extension, one for the process.
 *
 * On a client's thread, which is the one that has called the proxy: when a call begins, what
 * error object the thread has is taken away; when it ends, what the reply brings is the
 * thread's. The calls by which a client finds out whether it may ask for it (QueryInterface,
 * AddRef and Release of a proxy, ISupportErrorInfo) leave it alone, unless they bring one.
 *
 * On a server's thread: while a stub has the channel make the buffer for its reply, what
 * error_hook_set_reply() has said goes into it.
 *
 * Combase has hooks called under a lock of its own, so no foreign code is called there: error
 * objects that are not COM's own are put aside, until the thread can let go of them
 * (call/thread_leftovers.h).
 */
#ifndef ASYNCSHIM_COM_ERROR_HOOK_H
#define ASYNCSHIM_COM_ERROR_HOOK_H

#include "error_reply.h"

/*
 * Before the first proxy or stub of a proxy DLL is made: when its class object is asked for.
 * Any thread, again and again; it is registered once, and stays as long as combase. Without COM
 * or memory calls go without error information.
 */
void error_hook_register(void);

/* The calling thread's reply from now on, NULL: none. Returns what it was before. */
const struct error_reply *error_hook_set_reply(const struct error_reply *reply);

#endif

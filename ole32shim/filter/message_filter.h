/*
 * Message filters [IMessageFilter]: what combase gets instead of the application's.
 *
 * Combase asks a server's filter before each call, and the filter of a client while that waits.
 * What it lacks is here: of SERVERCALL_RETRYLATER combase is told SERVERCALL_ISHANDLED, and the
 * stub that it goes on to fails the call (rpcshim/com/stub_invoke.h); PENDINGMSG_CANCELCALL
 * cancels what the thread is waiting for; and message_filter_retry() asks RetryRejectedCall.
 *
 * An IMessageFilter, counted: one reference is combase's, which it gives up when another one is
 * registered, and when the apartment ends (mostly, but not always, on its thread); short ones
 * are those of calls of the application's filter, so that this one may revoke itself. With the
 * last one it lets go of the application's. While combase has it, it is its thread's current
 * one (filter_thread.h).
 */
#ifndef ASYNCSHIM_OLE32_MESSAGE_FILTER_H
#define ASYNCSHIM_OLE32_MESSAGE_FILTER_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

/*
 * CoRegisterMessageFilter: the filter of the calling thread's STA from now on; NULL: none.
 * *former (where not NULL): the application's former one, with a reference, or NULL. S_OK,
 * CO_E_NOT_SUPPORTED (no STA), E_OUTOFMEMORY.
 */
HRESULT message_filter_register(IMessageFilter *application, IMessageFilter **former);

/* Whether the calling thread has one. */
bool message_filter_exists(void);

/*
 * RetryRejectedCall of the calling thread's filter; false: it has none. `callee`: thread of the
 * server; `ticks`: milliseconds since the call began; `type`: SERVERCALL_REJECTED,
 * SERVERCALL_RETRYLATER.
 */
bool message_filter_retry(DWORD callee, DWORD ticks, DWORD type, DWORD *answer);

#endif

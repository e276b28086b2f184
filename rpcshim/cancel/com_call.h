/*
 * Synchronous COM calls that can be cancelled, or that a message filter is asked about: what
 * CoCancelCall and filters need of a call, and for each thread the stack of those that it waits
 * for (com_cancels.h is the view that ole32.dll has).
 *
 * Combase has a worker send a call, and read its reply, that another thread waits for; whose
 * call it is, I_RpcGetBuffer knows, which is called on the thread itself. So the cancel is the
 * call's, not the thread's, as RpcCancelThread's is: it can hit no other. Only calls of threads
 * that have asked for it (CoEnableCallCancellation, CoRegisterMessageFilter) have a com_call;
 * all others cost nothing.
 *
 * A com_call is counted: one reference is the call's (client_call), short ones are those of who
 * cancels it. It is on its thread's stack from com_call_begin() until com_call_end(). One lock
 * guards all of it: it is held for moments, and application code never runs under it.
 */
#ifndef ASYNCSHIM_CANCEL_COM_CALL_H
#define ASYNCSHIM_CANCEL_COM_CALL_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>

#include "com_cancels.h"

/* DllMain. A thread that ends leaves its objects of CoSetCancelObject alone: it should have
 * taken them off, and here nothing may be called. */
bool com_call_startup(void);
void com_call_thread_detach(void);

/* Whether COM calls that this thread makes now can be cancelled, or have a filter. */
bool com_call_is_wanted(void);

/* A call of this thread to an object of the thread `callee` (0: the MTA) begins. *call: with a
 * reference, or NULL, where it is not wanted. false: out of memory. */
bool com_call_begin(DWORD callee, struct com_call **call);
/* It is over; `given_up`: because it was cancelled. Of several only the first counts. */
void com_call_end(struct com_call *call, bool given_up);
void com_call_release(struct com_call *call);

/* A cancel from now on sets the event, until it is NULL. */
void com_call_set_waiting(struct com_call *call, HANDLE event);
/* true: cancelled; *deadline: until when the server has time. */
bool com_call_is_cancelled(struct com_call *call, ULONGLONG *deadline);

/* Whether there is a filter to be asked, so that the request has to be kept. */
bool com_call_has_filter(const struct com_call *call);
/*
 * The server has said *status. true: it has rejected the call, and the filter wants it sent
 * again: now, the time that it asked for has passed. false: it is over with *status, which may
 * have changed: RPC_E_CALL_REJECTED, RPC_S_CALL_CANCELLED. On the thread that has sent it.
 */
bool com_call_is_sent_again(struct com_call *call, RPC_STATUS *status);

/* On a server's thread, at the head of Invoke, once: true: the filter has put the call off. */
bool com_call_is_put_off(ULONG method);

extern const struct com_cancels com_cancels;

#endif

/*
 * Waiting as COM does it: in an STA calls to the apartment are dispatched meanwhile (the modal
 * loop), on any other thread it blocks. Wine's own CoWaitForMultipleHandles does the waiting;
 * what is here adds the flags that it does not look at. Called by the synchronization objects
 * and, for Finish_, by call objects. Any thread; no lock is held while it waits.
 */
#ifndef ASYNCSHIM_OLE32_COM_WAIT_H
#define ASYNCSHIM_OLE32_COM_WAIT_H

#include <windows.h>
#include <objbase.h>

#include "../filter/wait_frame.h"

/* As many as fit beside the message queue of an STA. */
#define COM_WAIT_LIMIT (MAXIMUM_WAIT_OBJECTS - 1)

/*
 * Waits until one of `count` handles is signalled (COWAIT_WAITALL: all; in an STA there must be
 * input as well, as with MWMO_WAITALL), at most `milliseconds` or INFINITE.
 *
 * flags, of which all but the first two mean something in an STA only:
 *   - COWAIT_WAITALL
 *   - COWAIT_ALERTABLE: an APC of the thread ends the wait
 *   - COWAIT_INPUTAVAILABLE: input that is not COM's own ends the wait, also when it has been
 *     looked at before
 *   - COWAIT_DISPATCH_CALLS: an ASTA's; there is none under Wine
 *   - COWAIT_DISPATCH_WINDOW_MESSAGES: all messages of the thread are dispatched, not only
 *     COM's
 *
 * What is signalled already ends the wait before any message is dispatched. Order of checks and
 * the value of *index on failure (0) are those of Windows.
 *
 * S_OK: *index is the handle's, or WAIT_IO_COMPLETION after an APC, or `count` for input.
 * RPC_S_CALLPENDING: time-out. E_INVALIDARG: another flag, no array, no index. RPC_E_NO_SYNC:
 * count is 0. HRESULT_FROM_WIN32(...): the wait failed.
 */
HRESULT com_wait(DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles, DWORD *index);

/*
 * The same for one handle, COWAIT_DEFAULT, and a call to the thread frame->callee that a
 * message filter may cancel meanwhile, by frame->cancel (wait_frame.h), which is to set the
 * handle soon: the wait goes on until then. S_OK, RPC_S_CALLPENDING, HRESULT_FROM_WIN32.
 */
HRESULT com_wait_for_call(HANDLE handle, DWORD milliseconds, struct wait_frame *frame);

/*
 * For objects that have their state at hand, since every look at a handle costs a trip to the
 * Wine server. What com_wait() would do with these flags on this thread: COM_WAIT_BLOCKS, where
 * nothing but the object ends the wait; COM_WAIT_DISPATCHES, where what is signalled already
 * ends it at once, and else it is com_wait() that has to wait; COM_WAIT_OTHER: anything else,
 * errors included.
 */
enum com_wait_manner { COM_WAIT_BLOCKS, COM_WAIT_DISPATCHES, COM_WAIT_OTHER };
enum com_wait_manner com_wait_manner(DWORD flags);

#endif

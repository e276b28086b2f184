/*
 * CLSID_StdEvent: ISynchronize and ISynchronizeEvent over an event that each wait resets.
 *
 * What the object takes to be signalled is its event, from the first who needs it on: the one
 * that SetEventHandle has given it, or an auto-reset event of its own, not signalled at first.
 * The object closes either with its last release, and not before: others may wait for it.
 *
 * The object may be part of another one (aggregation): its interfaces then delegate IUnknown to
 * the controlling unknown, of which it holds no reference. Any thread, any apartment. `lock`
 * guards the change from no event to one; nothing is waited for under it.
 *
 * Microsoft's pages say that a wait that is satisfied resets the object, and that the handle
 * becomes the object's. They are silent about a handle where there is one already, which is
 * refused here: the former cannot be closed under those who wait for it. They name ISynchronize
 * and ISynchronizeHandle for CLSID_ManualResetEvent; it has no ISynchronizeEvent here.
 */
#ifndef ASYNCSHIM_OLE32_STD_EVENT_H
#define ASYNCSHIM_OLE32_STD_EVENT_H

#include <windows.h>
#include <objbase.h>

/*
 * A class_create (../classes/class_table.h).
 *
 * ISynchronize::Wait: as com_wait(). It takes the signal: one Signal releases one wait. A
 * manual-reset event that SetEventHandle has brought is reset by who has waited, so several may
 * be released. Signal, Reset: S_OK, or what the system said: the handle was closed by the
 * application, may not be set, or there was no event to be had.
 *
 * ISynchronizeEvent::GetHandle: S_OK, the handle stays the object's; E_INVALIDARG; what the
 * system said. SetEventHandle: S_OK, and the handle is the object's from then on; E_INVALIDARG:
 * NULL, no handle, or one of something else; E_FAIL: the object has its event, because a handle
 * has been set, or Wait, Signal or GetHandle was called.
 */
HRESULT std_event_create(IUnknown *outer, REFIID iid, void **object);

#endif

/*
 * CLSID_ManualResetEvent: ISynchronize and ISynchronizeHandle over a manual-reset event.
 *
 * The object may be part of another one (aggregation): its interfaces then delegate IUnknown to
 * the controlling unknown, of which it holds no reference. Any thread, any apartment.
 *
 * The state is a flag, and threads of the MTA wait for it without the system's help: trips to
 * the Wine server are most of what an asynchronous call costs. An event is made for the first
 * who needs a handle: a wait that dispatches or takes APCs, which others tell by the event
 * while it lasts, or GetHandle. From GetHandle on the event is the state, since the application
 * may set it; the last release closes it. `lock` guards all of that; nothing is waited for
 * under it but the flag.
 */
#ifndef ASYNCSHIM_OLE32_MANUAL_RESET_EVENT_H
#define ASYNCSHIM_OLE32_MANUAL_RESET_EVENT_H

#include <windows.h>
#include <objbase.h>

/*
 * A class_create (../classes/class_table.h); not signalled at first.
 *
 * Its methods: ISynchronize::Wait as com_wait(); Signal and Reset S_OK, or what the system said
 * where the application has closed the event; ISynchronizeHandle::GetHandle S_OK, E_INVALIDARG,
 * or that there was no event to be had; the handle stays the object's.
 */
HRESULT manual_reset_event_create(IUnknown *outer, REFIID iid, void **object);

#endif

/*
 * CLSID_ManualResetEvent: ISynchronize and ISynchronizeHandle over a manual-reset event.
 *
 * The object may be part of another one (aggregation): its interfaces then delegate IUnknown to
 * the controlling unknown, of which it holds no reference. It owns the event, which its last
 * release closes. Any thread, any apartment; no lock: the event is the only state.
 */
#ifndef ASYNCSHIM_OLE32_MANUAL_RESET_EVENT_H
#define ASYNCSHIM_OLE32_MANUAL_RESET_EVENT_H

#include <windows.h>
#include <objbase.h>

/*
 * A class_create (../classes/class_table.h); not signalled at first.
 *
 * Its methods: ISynchronize::Wait as com_wait(); Signal and Reset S_OK, or what the system said
 * where the application has closed the event; ISynchronizeHandle::GetHandle S_OK or
 * E_INVALIDARG, the handle stays the object's.
 */
HRESULT manual_reset_event_create(IUnknown *outer, REFIID iid, void **object);

#endif

/*
 * CLSID_SynchronizeContainer: waits for the first of up to 63 synchronization objects.
 *
 * The container holds a reference on each object that was added. The one that WaitMultiple
 * returns leaves the container, with its reference for the caller. Cannot be aggregated. Any
 * thread, any apartment: `lock` guards the list, and no method of an object is called under it;
 * several threads may wait, and each object is given to one of them.
 */
#ifndef ASYNCSHIM_OLE32_SYNCHRONIZE_CONTAINER_H
#define ASYNCSHIM_OLE32_SYNCHRONIZE_CONTAINER_H

#include <windows.h>
#include <objbase.h>

/*
 * A class_create (../classes/class_table.h). CLASS_E_NOAGGREGATION where `outer` is not NULL.
 *
 * AddSynchronize: S_OK; E_INVALIDARG for NULL; E_NOINTERFACE for an object without
 * ISynchronizeHandle; RPC_E_OUT_OF_RESOURCES when it is full.
 *
 * WaitMultiple: S_OK with a signalled object; RPC_S_CALLPENDING on time-out, and when an APC or
 * input has ended the wait before (com_wait.h); RPC_E_NO_SYNC when there is nothing to wait
 * for; E_INVALIDARG for no result pointer, COWAIT_WAITALL, or an unknown flag.
 */
HRESULT synchronize_container_create(IUnknown *outer, REFIID iid, void **object);

#endif

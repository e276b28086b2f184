/*
 * What stubs of IAdviseSink and IAdviseSink2 need beyond their description, and the server's
 * side of their twins: the methods return nothing, but the calls do (advise_sinks.idl). These
 * thunks call a method and make S_OK of that; MIDL's word for them (MIDL_SERVER_INFO,
 * rpcshim/com/async_interface.h). Proxies need none: their caller does not look at the result.
 *
 * By methods of the interface; IUnknown's have none. The second interface begins with the
 * methods of the first. No state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_ADVISE_SINK_H
#define ASYNCSHIM_OLE32_ADVISE_SINK_H

#include <windows.h>
#include <objbase.h>
#include <rpcproxy.h>

extern const STUB_THUNK advise_sink_thunks[], async_advise_sink_thunks[];

#endif

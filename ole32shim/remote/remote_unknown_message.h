/*
 * The bodies of requests to IRemUnknown and of its replies (MS-DCOM 3.1.1.5.6), in NDR: for
 * calls that combase's proxies could not make without waiting. Replies come from other
 * processes: nothing in them is believed unchecked. No state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_REMOTE_UNKNOWN_MESSAGE_H
#define ASYNCSHIM_OLE32_REMOTE_UNKNOWN_MESSAGE_H

#include <stddef.h>

#include "object_exporter.h"

/* RemQueryInterface; `count` is up to 0xffff. Buffers are multiples of 8. */
size_t remote_query_size(size_t count);
void remote_query_write(void *buffer, const GUID *ipid, uint32_t references, const IID *iids,
                        size_t count);
/*
 * S_OK: `results` has `count` results; what the method returned, where that is a failure;
 * RPC_E_INVALID_DATAPACKET: no such reply.
 */
HRESULT remote_query_read(const void *reply, size_t length, struct query_result *results,
                          size_t count);

/* RemRelease, up to 0xffff references. */
size_t remote_release_size(size_t count);
void remote_release_write(void *buffer, const struct interface_reference *references,
                          size_t count);
/* What the method returned; RPC_E_INVALID_DATAPACKET: no such reply. */
HRESULT remote_release_read(const void *reply, size_t length);

#endif

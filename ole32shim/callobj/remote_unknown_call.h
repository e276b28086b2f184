/*
 * Calls of an exporter's IRemUnknown that nobody waits for: on a call channel (call_channel.h),
 * past combase's proxies. A channel has one call at a time. Any thread.
 */
#ifndef ASYNCSHIM_OLE32_REMOTE_UNKNOWN_CALL_H
#define ASYNCSHIM_OLE32_REMOTE_UNKNOWN_CALL_H

#include <stddef.h>

#include "../remote/object_exporter.h"
#include "call_channel.h"

/* A channel to it, with one reference. S_OK; E_OUTOFMEMORY; what the runtime said. */
HRESULT remote_unknown_call_create(uint64_t oxid, struct call_channel **channel);

/* Asks the object that has the interface `ipid` for `count` (1 to 0xffff) others. S_OK, or what
 * the channel said. */
HRESULT remote_unknown_call_begin_query(struct call_channel *channel, const GUID *ipid,
                                        const IID *iids, size_t count);
/* Waits for its end, also of one that was complete at once. S_OK: the reply, and the call, are
 * this thread's, until it finishes; what became of the call. */
HRESULT remote_unknown_call_wait_query(struct call_channel *channel, RPCOLEMESSAGE *reply);
/* S_OK: there are `count` results (0 of a call that was complete at once); E_NOINTERFACE: none
 * is there; RPC_E_INVALID_DATAPACKET. */
HRESULT remote_unknown_call_finish_query(struct call_channel *channel, RPCOLEMESSAGE *reply,
                                         struct query_result *results, size_t count);

HRESULT remote_unknown_call_begin_release(struct call_channel *channel,
                                          const struct interface_reference *references,
                                          size_t count);
/* Waits for its end: what it came to. */
HRESULT remote_unknown_call_finish_release(struct call_channel *channel);

/* Gives references back. Nobody learns what comes of it: where the server is not there, nothing
 * has to. */
void remote_unknown_call_release(uint64_t oxid, const struct interface_reference *references,
                                 size_t count);

#endif

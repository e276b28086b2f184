/*
 * AsyncIUnknown and AsyncIMultiQI of a proxy: QueryInterface, AddRef and Release of a remote
 * object as asynchronous calls. It takes the place that an interface's asynchronous proxy has
 * in other call objects (call_object.h); its channel is one to the IRemUnknown of the object's
 * exporter.
 *
 * What the client can answer is no call: an interface that it has a proxy of, AddRef, and a
 * Release that is not the last. Such a call is complete at once, in the sense of
 * call_channel_complete(). Begin_Release gives up the reference that the caller has of the
 * proxy, whose last one makes combase give all the references of the object back to the server:
 * that is the call. The proxy is gone when Begin_Release returns, if nobody else has it.
 *
 * The call object holds a reference of the proxy manager's object, until a Release is the last
 * one but for that. What has been queried and is not fetched by Finish_ is given back.
 *
 * `begun` is the method that has been begun, and belongs to who changes it from NONE until it
 * is NONE again; what is kept for Finish_ belongs to the call. Any thread that may use the
 * proxy.
 */
#ifndef ASYNCSHIM_OLE32_ASYNC_UNKNOWN_H
#define ASYNCSHIM_OLE32_ASYNC_UNKNOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>
#include <objbase.h>

#include "call_channel.h"

struct async_unknown;

/* Where an object is, as the client knows it. */
struct object_place {
  uint64_t oxid;
  GUID ipid; /* any interface of the object */
};

/*
 * `remote` is the proxy manager's unknown, `outer` the controlling one of the call object, of
 * which it holds no reference. `spend` is called with `context` at the end of each
 * Finish_Release (spent_calls.h). NULL: out of memory.
 *
 * Begin_: S_OK; RPC_S_CALLPENDING; E_INVALIDARG; E_OUTOFMEMORY; CO_E_OBJNOTCONNECTED: the proxy
 * has been released; what the channel said. Finish_QueryInterface: S_OK, E_NOINTERFACE,
 * RPC_E_CALL_COMPLETE, what became of the call. Finish_AddRef, Finish_Release: how many
 * references of the proxy are left, 0 where there was no such call.
 * Finish_QueryMultipleInterfaces: S_OK: all, S_FALSE: some, E_NOINTERFACE: none;
 * RPC_E_CALL_COMPLETE; what became of the call.
 */
struct async_unknown *async_unknown_create(IUnknown *remote, const struct object_place *place,
                                           struct call_channel *channel, IUnknown *outer,
                                           void (*spend)(void *context), void *context);
/* Gives up the call object's reference of the proxy: no more calls. */
void async_unknown_let_go(struct async_unknown *unknown);
/* The call object ends. */
void async_unknown_free(struct async_unknown *unknown);

IUnknown *async_unknown_interface(struct async_unknown *unknown);
IUnknown *async_unknown_multiple_interface(struct async_unknown *unknown);

#endif

/*
 * Context handles of the client (C706): what an NDR_CCONTEXT points to.
 *
 * Made when a call returns a context handle of the server that the application did not have
 * yet, freed when the server closes it or the application destroys it. Holds a copy of the
 * binding handle, so that the handle outlives the application's own and keeps the association
 * with the server. Handles from outside are checked against the set of live ones: a NULL, stale
 * or foreign one is never followed. Any thread; the set has its lock, what is in a context
 * never changes but for its wire form, which `lock` of client_context.c guards.
 */
#ifndef ASYNCSHIM_NDR_CLIENT_CONTEXT_H
#define ASYNCSHIM_NDR_CLIENT_CONTEXT_H

#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

#include "../contexts/context_wire.h"

/*
 * The binding handle of a context: it belongs to the context. RPC_S_OK;
 * RPC_X_SS_CONTEXT_MISMATCH: not a live context.
 */
RPC_STATUS client_context_binding(NDR_CCONTEXT context, RPC_BINDING_HANDLE *binding);

/* Its form on the wire, all zeros for NULL. RPC_S_OK, RPC_X_SS_CONTEXT_MISMATCH. */
RPC_STATUS client_context_marshall(NDR_CCONTEXT context, unsigned char wire[CONTEXT_WIRE_SIZE]);

/*
 * What the server answered for *context: all zeros closes it and sets it to NULL; a new one is
 * made where *context is NULL. RPC_S_OK, RPC_X_SS_CONTEXT_MISMATCH, RPC_S_OUT_OF_MEMORY, or
 * what RpcBindingCopy says.
 */
RPC_STATUS client_context_unmarshall(NDR_CCONTEXT *context, RPC_BINDING_HANDLE binding,
                                     const unsigned char wire[CONTEXT_WIRE_SIZE]);

/*
 * Forgets *context without telling the server, and sets it to NULL. RPC_S_OK,
 * RPC_X_SS_CONTEXT_MISMATCH.
 */
RPC_STATUS client_context_destroy(NDR_CCONTEXT *context);

#endif

/*
 * Client of the endpoint mapper, C706 appendix O: what binds an interface to the endpoints of
 * its servers.
 *
 * Called by binding_resolve() and the exported RpcEp* functions. Calls the mapper by the stubs
 * of epm.idl, that is by our own runtime. The mapper of this machine is Wine's service RpcSs,
 * which is started when it is needed and not running. No state of its own; any thread; blocks.
 *
 * Statuses of all functions besides their own: RPC_S_SERVER_UNAVAILABLE and whatever a call may
 * fail with, EPT_S_CANT_PERFORM_OP, RPC_S_OUT_OF_MEMORY.
 */
#ifndef ASYNCSHIM_BINDING_ENDPOINT_MAPPER_H
#define ASYNCSHIM_BINDING_ENDPOINT_MAPPER_H

#include "../seh/guard.h"
#include "binding.h"

/*
 * An endpoint (malloc'ed) at which the host of `binding` offers the interface, for the
 * binding's object or else for any. Wine's mapper keeps the entries of servers that have died:
 * of several, the newest at which somebody is found. RPC_S_OK, EPT_S_NOT_REGISTERED (also
 * where all have died).
 */
RPC_STATUS endpoint_mapper_map(struct binding *binding,
                               const RPC_SYNTAX_IDENTIFIER *interface_id,
                               const RPC_SYNTAX_IDENTIFIER *transfer_syntax, WCHAR **endpoint);

/*
 * Registers every combination of `bindings` and `objects` (NULL: the nil object) for the
 * interface with this machine's mapper. `annotation`: NULL, or a text of which the first 63
 * bytes are kept. `replace`: instead of those registered before. RPC_S_OK, RPC_S_NO_BINDINGS,
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING.
 */
RPC_STATUS endpoint_mapper_register(const RPC_SERVER_INTERFACE *interface_spec,
                                    const RPC_BINDING_VECTOR *bindings,
                                    const UUID_VECTOR *objects, const char *annotation,
                                    bool replace);
/* Takes them out again: EPT_S_NOT_REGISTERED where none of them was there. */
RPC_STATUS endpoint_mapper_unregister(const RPC_SERVER_INTERFACE *interface_spec,
                                      const RPC_BINDING_VECTOR *bindings,
                                      const UUID_VECTOR *objects);

/* A connection to a mapper: the handle for the stubs of epm.idl. */
struct endpoint_mapper {
  struct binding *binding; /* owned */
  bool local;
};
/* The mapper of the host that `binding` names (NULL: of this machine). RPC_S_OK,
 * RPC_S_SERVER_UNAVAILABLE (ncalrpc to another one), RPC_S_OUT_OF_MEMORY. */
RPC_STATUS endpoint_mapper_open(struct endpoint_mapper *mapper, struct binding *binding);
void endpoint_mapper_close(struct endpoint_mapper *mapper);
/*
 * Runs `body`, which calls one stub, and returns the exception it raises as a status; where
 * that says that this machine's mapper is not there, starts it and runs `body` once more.
 */
RPC_STATUS endpoint_mapper_call(struct endpoint_mapper *mapper, guard_body body, void *context);
/* What a mapper answered (status codes of DCE or of Windows) as Windows has it. */
RPC_STATUS endpoint_mapper_status(ULONG answer);

/* endpoint_mapper_service.c: starts the service RpcSs and returns once it runs; false: it
 * cannot be had. */
bool endpoint_mapper_service_start(void);

#endif

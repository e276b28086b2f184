/*
 * Client associations, C706 9.3.3: what this process has going with one server address.
 *
 * All bindings to the same protocol sequence, address, endpoint and options share one
 * association (unless RPC_C_OPT_UNIQUE_BINDING). It owns the client connections
 * (client/client_connection.h), idle ones for a while after their last call. Context handles of
 * the server belong to the association: it, and at least one of its connections, live while a
 * binding or context handle refers to it.
 *
 * Synchronous calls take an idle connection each, or open one. Asynchronous calls share
 * connections with peers that multiplex: a thread's calls all travel on one of CAUSAL_LANES
 * connections, and those of one binding one after the other (transport/sender.h), so that the
 * server, which dispatches the requests of a connection in the order in which they are
 * complete, sees them in the order made. Calls that need no order spread over more connections,
 * as many as are busy, up to a limit. Peers that do not multiplex (Wine's own server) get a
 * connection per call in flight.
 *
 * Reference counted; found under the list lock of association.c, its own `lock` guards its
 * connection lists.
 */
#ifndef ASYNCSHIM_CLIENT_ASSOCIATION_H
#define ASYNCSHIM_CLIENT_ASSOCIATION_H

#include <stdint.h>

#include "../binding/binding.h"

struct association;
struct client_call;

/*
 * The association of a fully bound client binding, found or made, with a reference for the
 * caller; the binding keeps it as its route. RPC_S_OK, RPC_S_NO_ENDPOINT_FOUND (partially bound
 * and the mapper was not asked), RPC_S_OUT_OF_MEMORY, RPC_S_UNKNOWN_AUTHN_SERVICE
 * (authentication was asked for, and the runtime has none on this transport: a call in the
 * clear would be less than what the application relies on).
 */
RPC_STATUS association_of_binding(struct binding *binding, struct association **association);
void association_add_reference(struct association *association);
void association_release(struct association *association);

/* The call will travel by this association, whatever becomes of its binding: takes over the
 * caller's reference. Again, where it has not been made: by another one. */
void association_adopt_call(struct association *association, struct client_call *call);

/*
 * Gives a synchronous call a connection of its own (call->connection), idle or new.
 * client_connection_open()'s statuses. `fresh`: not an idle one.
 */
RPC_STATUS association_route_synchronous(struct client_call *call, bool fresh);
/* The call no longer needs its connection: kept for the next one where it is sound. */
void association_unroute_synchronous(struct client_call *call);

/*
 * Sends an asynchronous call on a connection chosen for it (call->connection). Calls of one
 * thread keep their order, unless `noncausal`. RPC_S_OK: PENDING, or complete already, and
 * `body` (malloc'ed) belongs to the runtime; else it was not made:
 * RPC_S_CALL_CANCELLED: there was no connection within the call's time-out; others.
 */
RPC_STATUS association_submit(struct client_call *call, uint8_t *body, size_t length,
                              bool noncausal);
/*
 * Tells the server of a cancel, see client_connection_cancel(), and where the call is
 * `given_up` completes it with RPC_S_CALL_CANCELLED. A call that is just being made is
 * cancelled when it has been. Any thread, any state of the call.
 */
void association_cancel(struct client_call *call, bool given_up);

#endif

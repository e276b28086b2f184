/*
 * What a client sends: fragments are taken apart, requests put together, cancels passed on.
 *
 * Requests that are complete are queued for their turn (turns.h). Fragments of different calls
 * may come mixed. A request has arrived when its last fragment has: small ones pass by a large
 * one, and a client that wants two in order sends the second after the first
 * (transport/sender.h).
 *
 * Cancels: the flag PFC_PENDING_CANCEL in any fragment of a request, or co_cancel, marks the
 * call, also before its manager routine is entered. orphaned also ends a call whose manager
 * routine has not been entered, and stops a response under way. Either is nothing for a call
 * that has been answered. In bind and alter_context the flag means something else.
 *
 * What a client has the process hold is bounded by bytes: calls, also those in progress, their
 * requests, complete or not, and their answers are charged to the connection's `memory`
 * (wire/peer_memory.h). A call beyond that is refused: RPC_S_SERVER_TOO_BUSY where there is no
 * room for the call, RPC_S_SERVER_OUT_OF_MEMORY for its data, RPC_S_ACCESS_DENIED beyond what
 * its interface takes (MaxRpcSize). The rest of it is dropped as it comes.
 *
 * Called by whoever is the connection's reader (reading.h).
 */
#ifndef ASYNCSHIM_SERVER_INTAKE_H
#define ASYNCSHIM_SERVER_INTAKE_H

#include <stdbool.h>

struct server_connection;

/* All that has been read. false: close the connection. */
bool server_connection_take_fragments(struct server_connection *connection);

#endif

/*
 * Server-side association groups, C706 9.3.3.2: the connections of one client with one
 * endpoint, and the context handles they share.
 *
 * Ids are random, and a group is joined by connections of its own client only: of the same
 * process on pipes, from the same address on TCP. Who presents an id that is not known, or not
 * its own, is refused, as by Windows.
 *
 * A group can be joined until its last connection has failed. Reference counted: one per
 * connection that has it, one per call in progress; when the last goes, the client's contexts
 * are run down. One list per process, guarded by one lock in server_association.c,
 * which is taken before those of the context tables.
 */
#ifndef ASYNCSHIM_SERVER_SERVER_ASSOCIATION_H
#define ASYNCSHIM_SERVER_SERVER_ASSOCIATION_H

#include <stdint.h>
#include <windows.h>
#include <rpc.h>

struct context_table; /* contexts/context_table.h */
struct server_endpoint;
struct server_interface;

/* Whose connection it is. */
struct client_key {
  const struct server_endpoint *endpoint; /* compared only */
  DWORD process;                          /* on pipes; 0: on TCP, or not known */
  const WCHAR *address;
};

struct server_association {
  struct server_association *next; /* lock; the members below, too */
  LONG references;
  LONG connections; /* that have not failed; 0: it cannot be joined, and is not in the list */
  uint32_t group_id;
  const struct server_endpoint *endpoint;
  DWORD process;
  WCHAR address[64];
  struct context_table *contexts;
};

/*
 * One more connection of that client: joins the group of that id, or makes a new one where
 * `group_id` is 0. RPC_S_OK: server_association_leave() has to follow when the connection
 * fails, and server_association_release() when it goes. RPC_S_INVALID_BINDING: there is no such
 * group of this client's at this endpoint. RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS server_association_join(const struct client_key *client, uint32_t group_id,
                                   struct server_association **association);
void server_association_leave(struct server_association *association);
void server_association_add_reference(struct server_association *association);
/* Runs the application's rundown routines where it was the last; call it without locks. */
void server_association_release(struct server_association *association);

/* Takes the contexts of an interface that is gone away from all clients, and runs down those
 * that no call uses where the interface allows it; call it without locks. */
void server_association_end_contexts(const struct server_interface *owner);

#endif

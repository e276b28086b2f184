/*
 * Server-side association groups, C706 9.3.3.2: the connections of one client with one
 * endpoint, and the context handles they share.
 *
 * Reference counted: one per connection of the group, one per call in progress. When the last
 * goes, the client's contexts are run down. One list per process, guarded by one lock in
 * server_association.c.
 */
#ifndef ASYNCSHIM_SERVER_SERVER_ASSOCIATION_H
#define ASYNCSHIM_SERVER_SERVER_ASSOCIATION_H

#include <stdint.h>
#include <windows.h>
#include <rpc.h>

struct context_table; /* contexts/context_table.h */
struct server_endpoint;

struct server_association {
  struct server_association *next;
  LONG references;
  uint32_t group_id;
  const struct server_endpoint *endpoint; /* compared only */
  struct context_table *contexts;
};

/*
 * The group of that id at that endpoint, or a new one where `group_id` is 0 or not known (any
 * more). One reference. NULL: out of memory.
 */
struct server_association *server_association_get(const struct server_endpoint *endpoint,
                                                  uint32_t group_id);
void server_association_add_reference(struct server_association *association);
/* Runs the application's rundown routines where it was the last; call it without locks. */
void server_association_release(struct server_association *association);

#endif

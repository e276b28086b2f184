/*
 * What association.c and association_asynchronous.c share: see association.h.
 */
#ifndef ASYNCSHIM_CLIENT_ASSOCIATION_INTERNAL_H
#define ASYNCSHIM_CLIENT_ASSOCIATION_INTERNAL_H

#include "association.h"
#include "client_connection.h"

struct opening_waiter; /* association.c */

struct association {
  struct binding_route route; /* first: what bindings hold */
  LONG references;            /* list_lock */
  struct association *next;   /* list_lock */
  const struct protocol_sequence *protocol;
  WCHAR *network_address;
  WCHAR *endpoint;
  WCHAR *network_options; /* NULL: none */
  bool unique;

  SRWLOCK lock;
  bool opening; /* lock: a connection is being opened that others would want too */
  struct opening_waiter *waiters;   /* lock: for the end of that */
  uint32_t group_id;                /* lock; 0 until the first bind */
  struct client_connection *idle;   /* lock: synchronous, last used first */
  struct client_connection *shared; /* lock: asynchronous, oldest first */
};

/*
 * One thread at a time opens a connection that others would want too. RPC_S_OK: it is this one,
 * until association_end_opening(); RPC_S_CALL_CANCELLED (the call's time-out, or its thread's
 * cancel), RPC_S_OUT_OF_RESOURCES.
 */
RPC_STATUS association_begin_opening(struct association *association, struct client_call *call);
void association_end_opening(struct association *association);
/* client_connection_open()'s statuses. */
RPC_STATUS association_open_connection(struct association *association,
                                       struct client_call *call,
                                       struct client_connection **connection);
/* The call travels by the connection, whose reference it takes over; NULL: by none. */
void association_set_connection(struct client_call *call, struct client_connection *connection);

#endif

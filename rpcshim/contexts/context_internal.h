/* What context_table.c and context_wait.c share: see context_table.h. */
#ifndef ASYNCSHIM_CONTEXTS_CONTEXT_INTERNAL_H
#define ASYNCSHIM_CONTEXTS_CONTEXT_INTERNAL_H

#include "context_table.h"

#define BUCKET_COUNT 128 /* power of two */

struct server_context {
  struct _NDR_SCONTEXT public; /* first: handed out as NDR_SCONTEXT */
  struct server_context *next; /* in its bucket */
  UUID uuid;
  const void *guard;
  NDR_RUNDOWN rundown;
  const struct context_host *host;
  void *owner;          /* the host's; NULL: none */
  bool in_table;        /* the client knows it and can name it */
  bool published;       /* has ever been in the table */
  bool upgrade_waits;   /* a shared user waits to become the exclusive one */
  unsigned int users;   /* uses of it, one a call */
  bool exclusive;       /* by the only user */
  unsigned int waiting; /* calls that hold a reference while they wait */
};

struct context_use {
  struct context_use *next; /* in its bucket, by call */
  RPC_BINDING_HANDLE call;
  struct server_context *context;
  unsigned int count; /* a call may name the same context in several parameters */
};

struct context_table {
  LONG references;
  const struct context_host *host;
  SRWLOCK lock;               /* guards the rest, and the contexts and uses */
  CONDITION_VARIABLE changed; /* somebody's waiting is over, or a use has ended */
  bool ended;
  struct context_wait *waits;      /* in the order of arrival; none of them can go on */
  struct context_wait **last_wait; /* the end of that list */
  unsigned int wait_count;
  unsigned int use_count;
  struct server_context *contexts[BUCKET_COUNT];
  struct context_use *uses[BUCKET_COUNT];
};

/* All of these under the table's lock, but for server_contexts_discard(). */

/* The context of that UUID that clients can name; NULL: none. */
struct server_context *context_table_find(struct context_table *table, const UUID *uuid);
/* The use that the call has of the context; NULL: none. */
struct context_use *context_table_find_use(struct context_table *table, RPC_BINDING_HANDLE call,
                                           const struct server_context *context);
/* The use is the table's now; it has been filled but for `next`. */
void context_table_insert_use(struct context_table *table, struct context_use *use,
                              bool exclusive);
/* Neither in the table, nor in use, nor waited for: to be discarded. */
bool server_context_is_unreferenced(const struct server_context *context);
/* Frees those, a list by `next`, and runs them down: with `run_down_new` also those that the
 * client never got to know. Without locks. */
void server_contexts_discard(struct server_context *discard, bool run_down_new);
/* After any change by which a call that waits may go on (context_wait.c). */
void context_table_serve_waits(struct context_table *table);

#endif

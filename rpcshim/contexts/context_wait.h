/*
 * Calls that wait for context handles. A call gets all its contexts at once or waits without
 * holding any, so that no two calls can wait for each other. Who waits is served in the order
 * of arrival, past those whose contexts are not all free: a shared use is not kept waiting by
 * an exclusive one that waits itself, because a pending asynchronous call may need the other to
 * end. A call waits without a thread: it is told when it has its contexts. (Stubs that marshal
 * for themselves ask for one context after the other, and hold what they have meanwhile, as on
 * Windows; and cannot be left in the middle, so that a thread waits. There are
 * CONTEXT_THREADS_MAX of those.) A call whose client is gone waits no longer
 * (context_wait_withdraw).
 *
 * A wait is the caller's memory, and in the table's list, under the table's lock, from
 * context_wait_begin() until it has its answer.
 */
#ifndef ASYNCSHIM_CONTEXTS_CONTEXT_WAIT_H
#define ASYNCSHIM_CONTEXTS_CONTEXT_WAIT_H

#include "context_table.h"

/* Threads of the process that wait for contexts, and calls of one table. Beyond them a call is
 * refused. */
#define CONTEXT_THREADS_MAX 64
#define CONTEXT_WAITS_MAX   16384

/* A context that the client sent. */
struct context_request {
  const unsigned char *wire; /* CONTEXT_WIRE_SIZE bytes */
  const void *guard;
  ULONG flags;                    /* RPC_CONTEXT_HANDLE_* */
  struct server_context *context; /* the answer */
};

/*
 * All the contexts that a call needs. Embedded into what asks, which lives until it has the
 * answer, and so does `requests`.
 */
struct context_wait {
  RPC_BINDING_HANDLE call;
  struct context_request *requests;
  unsigned int count;
  /* The answer is there: called once, under the table's lock, where the call had to wait. Must
   * only poke. NULL: a thread waits in context_wait_answer(). */
  void (*ready)(struct context_wait *wait);

  /* The table's, under its lock. */
  struct context_wait *next;
  struct context_use *spare;      /* one for each request, by `next` */
  struct server_context *discard; /* by `next`: to be run down by who takes the answer */
  RPC_STATUS status;              /* RPC_S_ASYNC_CALL_PENDING: still waiting */
};

/*
 * Asks for them; they are in use by the call from when it has them. RPC_S_OK;
 * RPC_S_ASYNC_CALL_PENDING: they are others' now, context_wait_answer() is to be called, after
 * `ready` where there is one; RPC_X_SS_CONTEXT_MISMATCH: one is unknown, closed while waiting,
 * malformed, or has another guard; RPC_S_SERVER_TOO_BUSY: too many wait; RPC_S_OUT_OF_MEMORY.
 * The call uses none of them but with RPC_S_OK.
 */
RPC_STATUS context_wait_begin(struct context_table *table, struct context_wait *wait);
/* The answer to a request that had to wait, or has to: the same statuses, and
 * RPC_S_CALL_CANCELLED. Runs contexts down that have lost their table meanwhile. */
RPC_STATUS context_wait_answer(struct context_table *table, struct context_wait *wait);
/* The call is not wanted any more: where it still waits, the answer is RPC_S_CALL_CANCELLED. */
void context_wait_withdraw(struct context_table *table, struct context_wait *wait);

/*
 * From now on, contexts whose format string does not say otherwise are shared. The whole
 * process, for good.
 */
void context_wait_dont_serialize(void);

#endif

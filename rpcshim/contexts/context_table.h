/*
 * Context handles of the server (C706): the states a server keeps for its clients.
 *
 * One table belongs to each association with a client (server/server_association.c): a handle
 * that one client got is unknown to every other one. A context is made for a call, gets its
 * UUID and its place in the table when it is first sent to the client with a value that is not
 * NULL, and leaves the table when the manager routine sets the value to NULL, or by rundown
 * when the association ends.
 *
 * Uses. While a call works with a context it holds a use of it: exclusive, or shared with other
 * calls where the format string, RpcSsDontSerializeContext or RpcSsContextLockShared says so. A
 * use belongs to the call, not to the thread: an asynchronous call keeps it until it is
 * completed. It ends when the context is marshalled or the call ends. A context in use is never
 * run down; the last use of it does that.
 *
 * Waiting for contexts that others use: context_wait.h.
 *
 * Interfaces. A context belongs to the interface whose call made it, and its rundown routine is
 * that interface's code. When the interface is unregistered for good its contexts are taken out
 * of all tables (context_table_take_out()); none is run down once context_host.begin_rundown()
 * says no.
 *
 * Ownership: the association holds the table until context_table_rundown_and_release(); every
 * use holds it too. Contexts are owned by the table and by their uses. Locking: one SRW lock
 * per table guards all of it; user_context belongs to the calls that use the context. No
 * routine of the application is called under the lock.
 */
#ifndef ASYNCSHIM_CONTEXTS_CONTEXT_TABLE_H
#define ASYNCSHIM_CONTEXTS_CONTEXT_TABLE_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

#include "context_wire.h"

struct context_table;

/*
 * What an NDR_SCONTEXT points to: it starts with the public structure, whose userContext is the
 * value.
 */
struct server_context;

/* What a table asks of the server above it. */
struct context_host {
  /* The call is about to wait in context_table_lock(). Under the table's lock. */
  void (*call_waits)(RPC_BINDING_HANDLE call);
  /* The interface of the call, which has one more context from now on; NULL: none. */
  void *(*add_context)(RPC_BINDING_HANDLE call);
  /* That context is no more. */
  void (*remove_context)(void *owner);
  /* Its rundown routine is to be called. false: no, that is code of an interface that is gone.
   * true: the interface stays until end_rundown(). */
  bool (*begin_rundown)(void *owner);
  void (*end_rundown)(void *owner);
};

/* A new, empty table with one reference, or NULL: out of memory. `host` is static data. */
struct context_table *context_table_create(const struct context_host *host);
void context_table_add_reference(struct context_table *table);
void context_table_release(struct context_table *table);

/*
 * The association has ended: calls the rundown routine of every context, each exactly once and
 * on this thread, but for those in use, whose last use does it, and gives up the caller's
 * reference. No new context gets into the table from now on.
 */
void context_table_rundown_and_release(struct context_table *table);

/*
 * Takes all contexts of the interface `owner` out of the table: no call finds them any more.
 * Those that nobody uses are put before *taken; the last use of each of the others discards it.
 */
void context_table_take_out(struct context_table *table, const void *owner,
                            struct server_context **taken);
/* Frees what was taken out, and runs it down. Without locks. */
void context_table_run_down(struct server_context *taken);

/*
 * The call has ended, however: ends all uses it still has; a context that the client knows and
 * whose value is NULL now is closed. Called by ndr/ for the procedures it interprets and by
 * server/ for every call (stubs that marshal for themselves); quick where there are none.
 * `run_down_new`: also calls the rundown routine of contexts that the client never got to know.
 * true where the manager routine had done its work and the reply could not be made; false where
 * it raised an exception, having cleaned up what it began (server/ does not know better:
 * false).
 */
void context_table_end_call(struct context_table *table, RPC_BINDING_HANDLE call,
                            bool run_down_new);

/*
 * A context for `call` with no value yet, in exclusive use. `guard`: what its every later use
 * has to present, or NULL. `rundown` may be NULL where it is told by marshalling only.
 * RPC_S_OK, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS context_table_new(struct context_table *table, RPC_BINDING_HANDLE call,
                             const void *guard, NDR_RUNDOWN rundown,
                             struct server_context **context);

/*
 * Writes the context for the client and ends one use of `call`. Its value decides: NULL closes
 * it, without rundown. RPC_S_OK; RPC_X_SS_CONTEXT_MISMATCH: not in use by this call, or wrong
 * guard.
 */
RPC_STATUS context_table_marshall(struct context_table *table, RPC_BINDING_HANDLE call,
                                  struct server_context *context, const void *guard,
                                  NDR_RUNDOWN rundown, unsigned char wire[CONTEXT_WIRE_SIZE]);

/*
 * Changes the use that `call` has of the context with that value. RPC_S_OK;
 * ERROR_INVALID_HANDLE: no such use, or the call has ended while it waited; to exclusive, while
 * another shared user of the context waits for the same: ERROR_MORE_WRITES. The caller keeps
 * the table, and the binding that `call` is.
 */
RPC_STATUS context_table_lock(struct context_table *table, RPC_BINDING_HANDLE call,
                              const void *user_context, bool exclusive);

/* The public face of a context and back. */
NDR_SCONTEXT server_context_handle(struct server_context *context);
struct server_context *server_context_from_handle(NDR_SCONTEXT handle);
/*
 * The context whose value is at that address, as context_argument_initialize() gave it to the
 * manager routine.
 */
struct server_context *server_context_from_value(void **value);

#endif

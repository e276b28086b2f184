/*
 * Server contexts as stubs use them: the table of the call's association (context_table.h),
 * with its failures raised.
 *
 * Called by context_argument.c and by the exports for stubs that marshal for themselves. All
 * raise RPC_S_INVALID_BINDING where `call` is no server call, and what the table returns.
 */
#ifndef ASYNCSHIM_NDR_SERVER_CONTEXT_H
#define ASYNCSHIM_NDR_SERVER_CONTEXT_H

#include "../contexts/context_table.h"
#include "format.h"

/* How an FC_BIND_CONTEXT, or the arguments of an export, want their context. */
struct context_terms {
  const void *guard;   /* what all its users have to present; NULL: nothing */
  ULONG access;        /* RPC_CONTEXT_HANDLE_* */
  NDR_RUNDOWN rundown; /* NULL: none, or known later */
};

struct context_terms context_terms_of(const MIDL_STUB_MESSAGE *message, PFORMAT_STRING format);
struct context_terms context_terms_make(void *guard, ULONG flags, NDR_RUNDOWN rundown);

/* The context for 20 bytes of the request, which the thread may have to wait for; for zeros, or
 * NULL, a new one without a value. */
struct server_context *server_context_unmarshall(RPC_BINDING_HANDLE call,
                                                 const unsigned char *wire,
                                                 const struct context_terms *terms);
void server_context_marshall(RPC_BINDING_HANDLE call, struct server_context *context,
                             const struct context_terms *terms,
                             unsigned char wire[CONTEXT_WIRE_SIZE]);

#endif

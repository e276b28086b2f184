#include "server_context.h"

#include <string.h>

#include "../contexts/context_wait.h"
#include "../server/running_call.h"
#include "raise.h"

struct context_terms context_terms_make(void *guard, ULONG flags, NDR_RUNDOWN rundown)
{
  struct context_terms terms = {guard, flags & RPC_CONTEXT_HANDLE_FLAGS, rundown};

  if (guard == RPC_CONTEXT_HANDLE_DEFAULT_GUARD)
    terms.guard = NULL;
  return terms;
}

struct context_terms context_terms_of(const MIDL_STUB_MESSAGE *message, PFORMAT_STRING format)
{
  RPC_SERVER_INTERFACE *specification = message->StubDesc->RpcInterfaceInformation;
  const NDR_RUNDOWN *rundowns = message->StubDesc->apfnNdrRundownRoutines;
  struct context_terms terms = {NULL, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS, NULL};

  if (format[1] & NDR_STRICT_CONTEXT_HANDLE) /* only the interface that made it may use it */
    terms.guard = &specification->InterfaceId;
  if (format[1] & NDR_CONTEXT_HANDLE_SERIALIZE)
    terms.access = RPC_CONTEXT_HANDLE_SERIALIZE;
  else if (format[1] & NDR_CONTEXT_HANDLE_NOSERIALIZE)
    terms.access = RPC_CONTEXT_HANDLE_DONT_SERIALIZE;
  if (rundowns)
    terms.rundown = rundowns[format[2]];
  return terms;
}

static struct context_table *table_of(RPC_BINDING_HANDLE call)
{
  struct context_table *table = server_context_table(call);

  if (!table)
    raise_status(RPC_S_INVALID_BINDING);
  return table;
}

struct server_context *server_context_unmarshall(RPC_BINDING_HANDLE call,
                                                 const unsigned char *wire,
                                                 const struct context_terms *terms)
{
  struct context_request request = {wire, terms->guard, terms->access, NULL};
  RPC_STATUS status;

  if (wire && !context_wire_is_nil(wire)) {
    status = server_call_find_contexts(call, &request, 1, NULL, NULL);
    if (status != RPC_S_OK)
      raise_status(status);
    return request.context;
  }
  status =
      context_table_new(table_of(call), call, terms->guard, terms->rundown, &request.context);
  if (status != RPC_S_OK)
    raise_status(status);
  return request.context;
}

void server_context_marshall(RPC_BINDING_HANDLE call, struct server_context *context,
                             const struct context_terms *terms,
                             unsigned char wire[CONTEXT_WIRE_SIZE])
{
  RPC_STATUS status =
      context_table_marshall(table_of(call), call, context, terms->guard, terms->rundown, wire);

  if (status != RPC_S_OK)
    raise_status(status);
}

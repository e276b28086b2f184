/*
 * Context handles of the client: for stubs that marshal for themselves, and for applications.
 */
#include "client_context.h"
#include "context_argument.h"
#include "raise.h"

static void check(RPC_STATUS status)
{
  if (status != RPC_S_OK)
    raise_status(status);
}

/* The binding handle belongs to the context. Raises RPC_X_SS_CONTEXT_MISMATCH. */
RPC_BINDING_HANDLE RPC_ENTRY NDRCContextBinding(NDR_CCONTEXT context)
{
  RPC_BINDING_HANDLE binding = NULL;

  check(client_context_binding(context, &binding));
  return binding;
}

/* Writes the 20 bytes of the wire. Raises RPC_X_SS_CONTEXT_MISMATCH. */
void RPC_ENTRY NDRCContextMarshall(NDR_CCONTEXT context, void *wire)
{
  check(client_context_marshall(context, wire));
}

/*
 * Makes, changes or (all zeros) closes *context. Raises RPC_X_SS_CONTEXT_MISMATCH,
 * RPC_S_OUT_OF_MEMORY, …
 */
void RPC_ENTRY NDRCContextUnmarshall(NDR_CCONTEXT *context, RPC_BINDING_HANDLE binding,
                                     void *wire, ULONG data_representation)
{
  (void)data_representation; /* the runtime lets nothing but little endian pass */
  check(client_context_unmarshall(context, binding, wire));
}

/* `refuse_null`: raises RPC_X_SS_IN_NULL_CONTEXT for NULL. */
void RPC_ENTRY NdrClientContextMarshall(MIDL_STUB_MESSAGE *message, NDR_CCONTEXT context,
                                        int refuse_null)
{
  if (!context && refuse_null)
    raise_status(RPC_X_SS_IN_NULL_CONTEXT);
  check(client_context_marshall(context, context_wire_to_write(message)));
}

void RPC_ENTRY NdrClientContextUnmarshall(MIDL_STUB_MESSAGE *message, NDR_CCONTEXT *context,
                                          RPC_BINDING_HANDLE binding)
{
  check(client_context_unmarshall(context, binding, context_wire_to_read(message)));
}

/* Forgets the context without telling the server. RPC_S_OK, RPC_X_SS_CONTEXT_MISMATCH. */
RPC_STATUS RPC_ENTRY RpcSmDestroyClientContext(void **context)
{
  return context ? client_context_destroy(context) : RPC_X_SS_CONTEXT_MISMATCH;
}

/* The same, raising. */
void RPC_ENTRY RpcSsDestroyClientContext(void **context)
{
  check(RpcSmDestroyClientContext(context));
}

/* *binding belongs to the context. RPC_S_OK, RPC_X_SS_CONTEXT_MISMATCH. */
RPC_STATUS RPC_ENTRY RpcSsGetContextBinding(void *context, RPC_BINDING_HANDLE *binding)
{
  return client_context_binding(context, binding);
}

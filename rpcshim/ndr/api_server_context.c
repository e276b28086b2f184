/*
 * Context handles of the server: for stubs that marshal for themselves, and for applications.
 *
 * A context that such a stub unmarshals is in use by its call until it is marshalled or the
 * call ends.
 */
#include "../server/running_call.h"
#include "context_argument.h"
#include "raise.h"
#include "server_context.h"

/*
 * Returns a new context for zeros or a NULL `wire`. Raises RPC_S_INVALID_BINDING,
 * RPC_X_SS_CONTEXT_MISMATCH, …
 */
NDR_SCONTEXT RPC_ENTRY NDRSContextUnmarshall2(RPC_BINDING_HANDLE call, void *wire,
                                              ULONG data_representation, void *guard,
                                              ULONG flags)
{
  struct context_terms terms = context_terms_make(guard, flags, NULL);

  (void)data_representation; /* the runtime lets nothing but little endian pass */
  return server_context_handle(server_context_unmarshall(call, wire, &terms));
}

NDR_SCONTEXT RPC_ENTRY NDRSContextUnmarshallEx(RPC_BINDING_HANDLE call, void *wire,
                                               ULONG data_representation)
{
  return NDRSContextUnmarshall2(call, wire, data_representation, NULL,
                                RPC_CONTEXT_HANDLE_DEFAULT_FLAGS);
}

NDR_SCONTEXT RPC_ENTRY NDRSContextUnmarshall(void *wire, ULONG data_representation)
{
  return NDRSContextUnmarshallEx(I_RpcGetCurrentCallHandle(), wire, data_representation);
}

/* Writes 20 bytes and ends the call's use of the context; one without a value is closed. */
void RPC_ENTRY NDRSContextMarshall2(RPC_BINDING_HANDLE call, NDR_SCONTEXT context, void *wire,
                                    NDR_RUNDOWN rundown, void *guard, ULONG flags)
{
  struct context_terms terms = context_terms_make(guard, flags, rundown);

  server_context_marshall(call, server_context_from_handle(context), &terms, wire);
}

void RPC_ENTRY NDRSContextMarshallEx(RPC_BINDING_HANDLE call, NDR_SCONTEXT context, void *wire,
                                     NDR_RUNDOWN rundown)
{
  NDRSContextMarshall2(call, context, wire, rundown, NULL, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS);
}

void RPC_ENTRY NDRSContextMarshall(NDR_SCONTEXT context, void *wire, NDR_RUNDOWN rundown)
{
  NDRSContextMarshallEx(I_RpcGetCurrentCallHandle(), context, wire, rundown);
}

static NDR_SCONTEXT context_from_wire(const MIDL_STUB_MESSAGE *message,
                                      const unsigned char *wire,
                                      const struct context_terms *terms)
{
  return server_context_handle(server_context_unmarshall(message->RpcMsg->Handle, wire, terms));
}

/* The same from and to the buffer of a stub message, with the terms of an FC_BIND_CONTEXT. */
NDR_SCONTEXT RPC_ENTRY NdrServerContextNewUnmarshall(MIDL_STUB_MESSAGE *message,
                                                     PFORMAT_STRING format)
{
  struct context_terms terms = context_terms_of(message, format);
  const unsigned char *wire = context_wire_to_read(message);

  if ((format[1] & NDR_CONTEXT_HANDLE_CANNOT_BE_NULL) && context_wire_is_nil(wire))
    raise_status(RPC_X_SS_IN_NULL_CONTEXT);
  return context_from_wire(message, wire, &terms);
}

void RPC_ENTRY NdrServerContextNewMarshall(MIDL_STUB_MESSAGE *message, NDR_SCONTEXT context,
                                           NDR_RUNDOWN rundown, PFORMAT_STRING format)
{
  struct context_terms terms = context_terms_of(message, format);

  terms.rundown = rundown;
  server_context_marshall(message->RpcMsg->Handle, server_context_from_handle(context), &terms,
                          context_wire_to_write(message));
}

/* Without terms. */
NDR_SCONTEXT RPC_ENTRY NdrServerContextUnmarshall(MIDL_STUB_MESSAGE *message)
{
  struct context_terms terms = context_terms_make(NULL, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS, NULL);

  return context_from_wire(message, context_wire_to_read(message), &terms);
}

void RPC_ENTRY NdrServerContextMarshall(MIDL_STUB_MESSAGE *message, NDR_SCONTEXT context,
                                        NDR_RUNDOWN rundown)
{
  struct context_terms terms =
      context_terms_make(NULL, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS, rundown);

  server_context_marshall(message->RpcMsg->Handle, server_context_from_handle(context), &terms,
                          context_wire_to_write(message));
}

/* A new context without a value, for an [out] parameter. */
NDR_SCONTEXT RPC_ENTRY NdrContextHandleInitialize(MIDL_STUB_MESSAGE *message,
                                                  PFORMAT_STRING format)
{
  struct context_terms terms = context_terms_of(message, format);

  return context_from_wire(message, NULL, &terms);
}

void RPC_ENTRY NdrContextHandleSize(MIDL_STUB_MESSAGE *message, unsigned char *memory,
                                    PFORMAT_STRING format)
{
  (void)memory;
  (void)format;
  context_argument_buffer_size(message);
}

/* From now on calls share contexts, unless their interface says [context_handle_serialize]. */
void RPC_ENTRY RpcSsDontSerializeContext(void)
{
  context_wait_dont_serialize();
}

void RPC_ENTRY I_RpcSsDontSerializeContext(void)
{
  context_wait_dont_serialize();
}

static RPC_STATUS lock_context(RPC_BINDING_HANDLE call, void *user_context, bool exclusive)
{
  return server_call_lock_context(call ? call : I_RpcGetCurrentCallHandle(), user_context,
                                  exclusive);
}

/*
 * Makes the context with that value the call's alone; waits for those who share it. `call`
 * NULL: the call of this thread. RPC_S_OK, ERROR_INVALID_HANDLE, ERROR_MORE_WRITES (another
 * call waits for the same), RPC_S_INVALID_BINDING.
 */
RPC_STATUS RPC_ENTRY RpcSsContextLockExclusive(RPC_BINDING_HANDLE call, PVOID user_context)
{
  return lock_context(call, user_context, true);
}

/* Lets other calls share it. RPC_S_OK, ERROR_INVALID_HANDLE, RPC_S_INVALID_BINDING. */
RPC_STATUS RPC_ENTRY RpcSsContextLockShared(RPC_BINDING_HANDLE call, PVOID user_context)
{
  return lock_context(call, user_context, false);
}

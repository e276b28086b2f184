#include "context_argument.h"

#include "base_type.h"
#include "client_context.h"
#include "raise.h"
#include "server_context.h"

#define WIRE_ALIGNMENT 4

static unsigned char *next_wire(MIDL_STUB_MESSAGE *message, const unsigned char *end)
{
  unsigned char *wire = (unsigned char *)(((ULONG_PTR)message->Buffer + WIRE_ALIGNMENT - 1) &
                                          ~(ULONG_PTR)(WIRE_ALIGNMENT - 1));

  if (wire > end || end - wire < CONTEXT_WIRE_SIZE)
    raise_status(RPC_X_BAD_STUB_DATA);
  return wire;
}

unsigned char *context_wire_to_write(MIDL_STUB_MESSAGE *message)
{
  unsigned char *wire = next_wire(message, buffer_write_end(message));

  memset(message->Buffer, 0, wire - message->Buffer);
  message->Buffer = wire + CONTEXT_WIRE_SIZE;
  return wire;
}

const unsigned char *context_wire_to_read(MIDL_STUB_MESSAGE *message)
{
  unsigned char *wire = next_wire(message, message->BufferEnd);

  message->Buffer = wire + CONTEXT_WIRE_SIZE;
  return wire;
}

void context_argument_buffer_size(MIDL_STUB_MESSAGE *message)
{
  ULONG start = (message->BufferLength + WIRE_ALIGNMENT - 1) & ~(WIRE_ALIGNMENT - 1);

  message->BufferLength = start + CONTEXT_WIRE_SIZE;
}

/* Client: where the application keeps the handle. */
static NDR_CCONTEXT *client_variable(unsigned char *slot, PFORMAT_STRING format)
{
  NDR_CCONTEXT *variable = (NDR_CCONTEXT *)slot;

  if (format[1] & HANDLE_PARAM_IS_VIA_PTR)
    variable = *(NDR_CCONTEXT **)slot;
  if (!variable)
    raise_status(RPC_X_NULL_REF_POINTER);
  return variable;
}

static void client_marshall(unsigned char *slot, PFORMAT_STRING format, unsigned char *wire)
{
  NDR_CCONTEXT handle = *client_variable(slot, format);
  RPC_STATUS status;

  if (!handle && (format[1] & NDR_CONTEXT_HANDLE_CANNOT_BE_NULL))
    raise_status(RPC_X_SS_IN_NULL_CONTEXT);
  status = client_context_marshall(handle, wire);
  if (status != RPC_S_OK)
    raise_status(status);
}

static void client_unmarshall(unsigned char *slot, PFORMAT_STRING format,
                              RPC_BINDING_HANDLE binding, const unsigned char *wire)
{
  NDR_CCONTEXT *variable = client_variable(slot, format);
  RPC_STATUS status;

  if (!(format[1] & HANDLE_PARAM_IS_IN))
    *variable = NULL; /* whatever the application had there, it is [out] */
  status = client_context_unmarshall(variable, binding, wire);
  if (status != RPC_S_OK)
    raise_status(status);
}

void context_argument_marshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                               PFORMAT_STRING format)
{
  unsigned char *wire = context_wire_to_write(message);
  struct context_terms terms;

  if (message->IsClient) {
    client_marshall(slot, format, wire);
    return;
  }
  terms = context_terms_of(message, format);
  server_context_marshall(message->RpcMsg->Handle, server_context_from_value(*(void ***)slot),
                          &terms, wire);
}

void context_argument_unmarshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                                 PFORMAT_STRING format)
{
  const unsigned char *wire = context_wire_to_read(message);

  if (message->IsClient)
    client_unmarshall(slot, format, message->RpcMsg->Handle, wire);
  else
    *(const unsigned char **)slot = wire;
}

bool context_argument_request(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                              PFORMAT_STRING format, struct context_request *request)
{
  const unsigned char *wire = *(const unsigned char **)slot;
  struct context_terms terms = context_terms_of(message, format);

  if (!context_wire_is_nil(wire)) {
    *request = (struct context_request){wire, terms.guard, terms.access, NULL};
    return true;
  }
  if (format[1] & NDR_CONTEXT_HANDLE_CANNOT_BE_NULL)
    raise_status(RPC_X_SS_IN_NULL_CONTEXT);
  if (format[1] & HANDLE_PARAM_IS_VIA_PTR)
    context_argument_initialize(message, slot, format);
  else
    *(void **)slot = NULL;
  return false;
}

void context_argument_store(unsigned char *slot, PFORMAT_STRING format,
                            struct server_context *context)
{
  void **value = NDRSContextValue(server_context_handle(context));

  *(void **)slot = format[1] & HANDLE_PARAM_IS_VIA_PTR ? (void *)value : *value;
}

void context_argument_initialize(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                                 PFORMAT_STRING format)
{
  struct context_terms terms = context_terms_of(message, format);
  struct server_context *context =
      server_context_unmarshall(message->RpcMsg->Handle, NULL, &terms);

  *(void **)slot = NDRSContextValue(server_context_handle(context));
}

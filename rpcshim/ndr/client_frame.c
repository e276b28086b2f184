#include "client_frame.h"

#include "argument.h"
#include "client_handle.h"
#include "engine.h"
#include "message_buffer.h"
#include "raise.h"
#include "stack_budget.h"
#include "stub_message.h"

#define RANGE_CORRELATION_INCREMENT 12

static void begin_message(struct client_frame *frame, ULONG flags)
{
  const struct procedure *procedure = &frame->procedure;

  memset(&frame->message, 0, sizeof(frame->message));
  memset(&frame->rpc, 0, sizeof(frame->rpc));
  engine.NdrClientInitializeNew(&frame->rpc, &frame->message, procedure->description,
                                procedure->number);
  frame->rpc.RpcFlags = procedure->rpc_flags | flags;
  frame->message.StackTop = frame->stack;
  if (procedure->extensions & EXTENSION_RANGE_ON_CONFORMANCE)
    stub_set_correlation_increment(&frame->message, RANGE_CORRELATION_INCREMENT);
  if (procedure->extensions & EXTENSION_NEW_CORRELATION)
    engine.NdrCorrelationInitialize(&frame->message, NULL, 0, 0); /* has no cache */
}

void client_frame_begin(struct client_frame *frame, unsigned char *stack, ULONG flags)
{
  frame->stack = stack;
  frame->handle = NULL;
  frame->context_binding = NULL;
  begin_message(frame, flags);
  if (frame->procedure.flags & PROCEDURE_FULL_POINTERS) {
    frame->message.FullPtrXlatTables = engine.NdrFullPointerXlatInit(0, XLAT_CLIENT);
    if (!frame->message.FullPtrXlatTables)
      raise_status(RPC_S_OUT_OF_MEMORY);
  }
  frame->handle = client_handle_bind(&frame->procedure, stack);
}

static bool returns_context(const struct parameter *parameter)
{
  return (parameter->flags & PARAMETER_IS_OUT) && argument_context_format(parameter);
}

void client_frame_marshall(struct client_frame *frame)
{
  MIDL_STUB_MESSAGE *message = &frame->message;
  struct parameter_iterator iterator;
  struct parameter parameter;
  bool context = false;
  RPC_STATUS status;

  message->BufferLength = 0;
  parameters_begin(&frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    unsigned char *slot = frame->stack + parameter.stack_offset;

    if ((parameter.flags & PARAMETER_IS_SIMPLE_REF) && !*(void **)slot)
      raise_status(RPC_X_NULL_REF_POINTER);
    if (parameter.flags & PARAMETER_IS_IN)
      argument_buffer_size(message, slot, &parameter);
    context = context || returns_context(&parameter);
  }

  message_get_buffer(message, message->BufferLength, frame->handle);
  if (context) { /* from here on the binding handle is fully bound */
    status = RpcBindingCopy(frame->handle, &frame->context_binding);
    if (status != RPC_S_OK)
      raise_status(status);
  }

  parameters_begin(&frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter))
    if (parameter.flags & PARAMETER_IS_IN)
      argument_marshall(message, frame->stack + parameter.stack_offset, &parameter);
}

struct client_reply {
  struct client_frame *frame;
  void *result;
};

static void unmarshall_out(void *context)
{
  struct client_reply *reply = context;
  struct client_frame *frame = reply->frame;
  union client_result unwanted = {0};
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(&frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    unsigned char *slot = frame->stack + parameter.stack_offset;

    if (parameter.flags & PARAMETER_IS_RETURN) {
      slot = reply->result ? reply->result : unwanted.bytes;
      /* A pointer there would be taken for memory to unmarshal into. */
      if (!(parameter.flags & (PARAMETER_IS_BASE_TYPE | PARAMETER_IS_BY_VALUE)))
        *(void **)slot = NULL;
    }
    if (parameter.flags & PARAMETER_IS_OUT)
      argument_unmarshall(&frame->message, slot, &parameter);
  }
}

void client_frame_unmarshall(struct client_frame *frame, void *result)
{
  struct client_reply reply = {frame, result};

  if (frame->context_binding)
    frame->rpc.Handle = frame->context_binding;
  stack_budget_call(&frame->message, unmarshall_out, &reply);
}

void client_frame_end(struct client_frame *frame)
{
  if (frame->procedure.extensions & EXTENSION_NEW_CORRELATION)
    engine.NdrCorrelationFree(&frame->message);
  if (frame->message.FullPtrXlatTables)
    engine.NdrFullPointerXlatFree(frame->message.FullPtrXlatTables);
  message_free_buffer(&frame->message);
  if (frame->context_binding)
    RpcBindingFree(&frame->context_binding);
  if (frame->handle)
    client_handle_unbind(&frame->procedure, frame->stack, frame->handle);
}

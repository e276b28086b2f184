#include "sync_client.h"

#include "comm_status.h"
#include "finally.h"
#include "guard.h"
#include "message_buffer.h"
#include "raise.h"

struct sync_call {
  unsigned char *stack;
  struct client_frame frame;
  union client_result result;
};

void client_arguments_demote(const struct procedure *procedure, unsigned char *stack)
{
#ifdef _WIN64
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    unsigned char *slot = stack + parameter.stack_offset;
    double promoted;
    float value;

    if ((parameter.flags & (PARAMETER_IS_BASE_TYPE | PARAMETER_IS_SIMPLE_REF |
                            PARAMETER_IS_RETURN)) != PARAMETER_IS_BASE_TYPE ||
        *parameter.format != FC_FLOAT)
      continue;
    memcpy(&promoted, slot, sizeof(promoted));
    value = (float)promoted;
    memcpy(slot, &value, sizeof(value));
  }
#else
  (void)procedure;
  (void)stack;
#endif
}

static void call_body(void *context)
{
  struct sync_call *call = context;
  struct client_frame *frame = &call->frame;

  client_frame_begin(frame, call->stack, 0);
  client_frame_marshall(frame);
  message_send_receive(&frame->message, frame->message.Buffer);
  client_frame_unmarshall(frame, &call->result);
}

static void call_cleanup(void *context, bool unwinding)
{
  struct sync_call *call = context;

  (void)unwinding;
  client_frame_end(&call->frame);
}

static void call_with_cleanup(void *context)
{
  finally_call(call_body, call_cleanup, context);
}

/* comm_status and fault_status: the failure becomes a value. */
static void call_with_status(struct sync_call *call)
{
  DWORD code;

  if (guarded_call(call_with_cleanup, comm_status_filter, call, &code))
    return;
  call->result.integer = 0;
  if (!comm_status_store(&call->frame.procedure, call->stack, &call->result, code))
    raise_status(code);
}

ULONGLONG sync_client_call(PMIDL_STUB_DESC description, PFORMAT_STRING format,
                           unsigned char *stack)
{
  struct sync_call call;

  call.stack = stack;
  call.result.integer = 0;
  procedure_parse(&call.frame.procedure, description, format);
  client_arguments_demote(&call.frame.procedure, stack);
  if (call.frame.procedure.flags & PROCEDURE_HAS_COMM_OR_FAULT)
    call_with_status(&call);
  else
    call_with_cleanup(&call);
  return call.result.integer;
}

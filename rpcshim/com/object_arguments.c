#include "object_arguments.h"

#include <stdlib.h>

#include "../ndr/manager_call.h"
#include "../ndr/server_frame.h"
#include "../ndr/unmarshall_guard.h"
#include "../seh/guard.h"

/* Behind the arguments of a thunk, which may be all of the stack. */
#define RESULT_SLOT_SIZE 8

struct object_arguments {
  RPC_MESSAGE message; /* a copy: COM goes on using its own */
  IRpcChannelBuffer *channel;
  struct procedure procedure;
  struct server_frame frame;
  unsigned char *method_stack; /* behind `stack` */
  _Alignas(8) unsigned char stack[];
};

static HRESULT result_of_exception(DWORD code)
{
  return FAILED((HRESULT)code) ? (HRESULT)code : HRESULT_FROM_WIN32(code);
}

struct parse {
  const struct async_interface *twins;
  ULONG method;
  struct procedure procedure;
};

static void parse_procedure(void *context)
{
  struct parse *parse = context;

  procedure_parse(&parse->procedure, parse->twins->description,
                  async_interface_procedure(parse->twins, parse->method));
}

static void unmarshall(void *context)
{
  struct object_arguments *arguments = context;
  struct server_frame *frame = &arguments->frame;

  server_frame_begin(frame, &arguments->procedure, &arguments->message, arguments->stack);
  frame->message.pRpcChannelBuffer = arguments->channel;
  IRpcChannelBuffer_GetDestCtx(arguments->channel, &frame->message.dwDestContext,
                               &frame->message.pvDestContext);
  unmarshall_guarded(frame, NULL, NULL); /* no context handles */
}

HRESULT object_arguments_create(const struct async_interface *twins,
                                const RPCOLEMESSAGE *message, RPC_BINDING_HANDLE handle,
                                IRpcChannelBuffer *channel, struct object_arguments **result)
{
  struct parse parse = {.twins = twins, .method = message->iMethod};
  struct object_arguments *arguments;
  size_t frame_size;
  DWORD code;

  if (!guarded_call(parse_procedure, NULL, &parse, &code))
    return result_of_exception(code);
  frame_size = (procedure_frame_size(&parse.procedure) + 7) & ~(size_t)7;
  arguments = calloc(1, sizeof(*arguments) + frame_size + parse.procedure.stack_size +
                            RESULT_SLOT_SIZE);
  if (!arguments)
    return E_OUTOFMEMORY;
  arguments->procedure = parse.procedure;
  arguments->method_stack = arguments->stack + frame_size;
  memcpy(&arguments->message, message, sizeof(arguments->message));
  arguments->message.Handle = handle;
  arguments->channel = channel;
  if (!guarded_call(unmarshall, NULL, arguments, &code)) {
    object_arguments_free(arguments);
    return result_of_exception(code);
  }
  arguments->frame.message.pRpcChannelBuffer = NULL;
  *result = arguments;
  return S_OK;
}

void object_arguments_free(struct object_arguments *arguments)
{
  if (arguments->frame.procedure)
    server_frame_end(&arguments->frame);
  free(arguments);
}

struct method_call {
  struct object_arguments *arguments;
  const struct object_method *method;
  enum parameter_flag direction;
  HRESULT result;
};

/* The slots of the method's own arguments, behind that of the object; returns their size. */
static size_t fill_stack(const struct method_call *call)
{
  const struct object_arguments *arguments = call->arguments;
  unsigned char *next = arguments->method_stack;
  struct parameter_iterator iterator;
  struct parameter parameter, following;
  bool more;

  *(void **)next = call->method->object;
  next += sizeof(void *);
  parameters_begin(&arguments->procedure, &iterator);
  for (more = parameter_next(&iterator, &parameter); more; parameter = following) {
    size_t end = arguments->procedure.stack_size;

    more = parameter_next(&iterator, &following);
    if (more)
      end = following.stack_offset;
    if (!(parameter.flags & call->direction) || (parameter.flags & PARAMETER_IS_RETURN))
      continue;
    memcpy(next, arguments->stack + parameter.stack_offset, end - parameter.stack_offset);
    next += end - parameter.stack_offset;
  }
  return next - arguments->method_stack;
}

/* A thunk takes the arguments from where a stub has them, and leaves the result behind them. */
static HRESULT call_thunk(STUB_THUNK thunk, unsigned char *stack, size_t size)
{
  MIDL_STUB_MESSAGE message = {.StackTop = stack};

  thunk(&message);
  return *(const HRESULT *)(stack + size);
}

static void call_method(void *context)
{
  struct method_call *call = context;
  const struct object_method *method = call->method;
  unsigned char *stack = call->arguments->method_stack;
  size_t size = fill_stack(call);
  struct manager_result result;

  if (method->thunk) {
    call->result = call_thunk(method->thunk, stack, size);
    return;
  }
  manager_call((*(void ***)method->object)[method->number], stack, size, false, &result);
  call->result = (HRESULT)result.integer;
}

static HRESULT call_guarded(struct method_call *call, HRESULT *result)
{
  if (!guarded_call(call_method, NULL, call, NULL))
    return RPC_E_SERVERFAULT;
  *result = call->result;
  return S_OK;
}

HRESULT object_arguments_begin(struct object_arguments *arguments,
                               const struct object_method *method, HRESULT *result)
{
  struct method_call call = {arguments, method, PARAMETER_IS_IN, S_OK};

  return call_guarded(&call, result);
}

HRESULT object_arguments_finish(struct object_arguments *arguments,
                                const struct object_method *method, HRESULT *result)
{
  struct method_call call = {arguments, method, PARAMETER_IS_OUT, S_OK};

  return call_guarded(&call, result);
}

static void measure(void *context)
{
  struct object_arguments *arguments = context;

  arguments->message.BufferLength = server_frame_reply_size(&arguments->frame);
}

HRESULT object_arguments_reply_size(struct object_arguments *arguments, HRESULT result,
                                    unsigned int *size)
{
  DWORD code;

  server_frame_set_result(&arguments->frame, &result);
  if (!guarded_call(measure, NULL, arguments, &code))
    return result_of_exception(code);
  *size = arguments->message.BufferLength;
  return S_OK;
}

static void write_reply(void *context)
{
  struct object_arguments *arguments = context;

  server_frame_write_reply(&arguments->frame);
}

HRESULT object_arguments_write(struct object_arguments *arguments, void *buffer,
                               unsigned int *length)
{
  DWORD code;

  arguments->message.Buffer = buffer;
  if (!guarded_call(write_reply, NULL, arguments, &code))
    return result_of_exception(code);
  *length = arguments->message.BufferLength;
  return S_OK;
}

#include "async_method.h"

#include <stdlib.h>

#include "../engine/engine.h"
#include "../ndr/argument.h"
#include "../ndr/argument_size.h"
#include "../ndr/message_buffer.h"
#include "../ndr/stack_budget.h"
#include "../ndr/stub_message.h"
#include "../seh/guard.h"
#include "../seh/raise.h"

#define RANGE_CORRELATION_INCREMENT 12

/* x86_64: arguments in registers, of which the first is the object. */
#define REGISTER_ARGUMENTS 4

struct async_method_call {
  const struct async_method *method;
  RPC_MESSAGE rpc;
  MIDL_STUB_MESSAGE message;
  IAsyncRpcChannelBuffer *channel; /* while a function of ours runs */
  /*
   * Of the memory of each [out] argument. Known to Begin_ alone, which has all [in] arguments
   * and what they point to.
   */
  size_t *out_sizes; /* behind `stack` */
  _Alignas(8) unsigned char stack[];
};

static HRESULT result_of_exception(DWORD code)
{
  return FAILED((HRESULT)code) ? (HRESULT)code : HRESULT_FROM_WIN32(code);
}

static RPCOLEMESSAGE *channel_message(RPC_MESSAGE *rpc)
{
  _Static_assert(sizeof(RPCOLEMESSAGE) == sizeof(RPC_MESSAGE), "the same, by two names");
  return (RPCOLEMESSAGE *)rpc;
}

/* The arguments of one direction, in turn: where each is in both stacks. */
struct argument_iterator {
  const struct procedure *procedure;
  enum parameter_flag direction;
  struct parameter_iterator parameters;
  struct parameter parameter, following;
  bool more;
  unsigned int size;         /* of the argument's slot */
  unsigned int index;        /* of the argument */
  unsigned int offset, next; /* of it and of the one behind it, among those of the direction */
};

static void arguments_begin(const struct procedure *procedure, enum parameter_flag direction,
                            struct argument_iterator *iterator)
{
  iterator->procedure = procedure;
  iterator->direction = direction;
  iterator->next = sizeof(void *);
  iterator->index = (unsigned int)-1;
  parameters_begin(procedure, &iterator->parameters);
  iterator->more = parameter_next(&iterator->parameters, &iterator->following);
}

/* false: there was none left. The return value is none. */
static bool argument_next(struct argument_iterator *iterator)
{
  while (iterator->more) {
    unsigned int end = iterator->procedure->stack_size;
    const struct parameter *parameter = &iterator->parameter;

    iterator->parameter = iterator->following;
    iterator->more = parameter_next(&iterator->parameters, &iterator->following);
    if (iterator->more)
      end = iterator->following.stack_offset;
    if (!(parameter->flags & iterator->direction) || (parameter->flags & PARAMETER_IS_RETURN))
      continue;
    if (end < parameter->stack_offset)
      raise_status(RPC_X_BAD_STUB_DATA);
    iterator->size = end - parameter->stack_offset;
    iterator->offset = iterator->next;
    iterator->next += iterator->size;
    iterator->index++;
    return true;
  }
  return false;
}

/* Returns how many there are, and *size with the object's. */
static unsigned int arguments_count(const struct procedure *procedure,
                                    enum parameter_flag direction, unsigned int *size)
{
  struct argument_iterator iterator;

  arguments_begin(procedure, direction, &iterator);
  while (argument_next(&iterator))
    ;
  *size = iterator.next;
  return iterator.index + 1;
}

struct parse {
  struct async_method *method;
  const struct async_interface *twins;
  unsigned int number;
};

static void parse_method(void *context)
{
  struct parse *parse = context;
  struct async_method *method = parse->method;

  procedure_parse(&method->procedure, parse->twins->description,
                  async_interface_procedure(parse->twins, parse->number));
  arguments_count(&method->procedure, PARAMETER_IS_IN, &method->begin_size);
  method->out_count =
      arguments_count(&method->procedure, PARAMETER_IS_OUT, &method->finish_size);
}

HRESULT async_method_parse(struct async_method *method, const struct async_interface *twins,
                           unsigned int number)
{
  struct parse parse = {method, twins, number};
  DWORD code;

  return guarded_call(parse_method, NULL, &parse, &code) ? S_OK : result_of_exception(code);
}

static bool is_floating(const struct parameter *parameter)
{
  return (parameter->flags & PARAMETER_IS_BASE_TYPE) &&
         !(parameter->flags & PARAMETER_IS_SIMPLE_REF) &&
         (*parameter->format == FC_FLOAT || *parameter->format == FC_DOUBLE);
}

struct async_method_call *async_method_call_create(const struct async_method *method,
                                                   const unsigned char *stack,
                                                   const unsigned char *floats)
{
  size_t stack_size = ((size_t)method->procedure.stack_size + 7) & ~(size_t)7;
  struct async_method_call *call =
      calloc(1, sizeof(*call) + stack_size + method->out_count * sizeof(call->out_sizes[0]));
  struct argument_iterator iterator;

  if (!call)
    return NULL;
  call->out_sizes = (size_t *)(call->stack + stack_size);
  call->method = method;
  arguments_begin(&method->procedure, PARAMETER_IS_IN, &iterator);
  while (argument_next(&iterator)) {
    const unsigned char *from = stack + iterator.offset;

    if (floats && is_floating(&iterator.parameter) &&
        iterator.offset < REGISTER_ARGUMENTS * sizeof(void *))
      from = floats + iterator.offset - sizeof(void *);
    memcpy(call->stack + iterator.parameter.stack_offset, from, iterator.size);
  }
  return call;
}

static void begin_message(struct async_method_call *call)
{
  const struct procedure *procedure = &call->method->procedure;
  MIDL_STUB_MESSAGE *message = &call->message;

  memset(message, 0, sizeof(*message));
  engine.NdrClientInitializeNew(&call->rpc, message, procedure->description, procedure->number);
  message->StackTop = call->stack;
  message->pRpcChannelBuffer = (IRpcChannelBuffer *)call->channel;
  IAsyncRpcChannelBuffer_GetDestCtx(call->channel, &message->dwDestContext,
                                    &message->pvDestContext);
  if (procedure->extensions & EXTENSION_RANGE_ON_CONFORMANCE)
    stub_set_correlation_increment(message, RANGE_CORRELATION_INCREMENT);
  if (procedure->extensions & EXTENSION_NEW_CORRELATION)
    engine.NdrCorrelationInitialize(message, NULL, 0, 0); /* has no cache */
  if (!(procedure->flags & PROCEDURE_FULL_POINTERS))
    return;
  message->FullPtrXlatTables = engine.NdrFullPointerXlatInit(0, XLAT_CLIENT);
  if (!message->FullPtrXlatTables)
    raise_status(RPC_S_OUT_OF_MEMORY);
}

/* Frees no buffer. Never raises. */
static void end_message(struct async_method_call *call)
{
  if (call->method->procedure.extensions & EXTENSION_NEW_CORRELATION)
    engine.NdrCorrelationFree(&call->message);
  if (call->message.FullPtrXlatTables)
    engine.NdrFullPointerXlatFree(call->message.FullPtrXlatTables);
  call->message.FullPtrXlatTables = NULL;
  call->channel = NULL;
}

static void measure_out(struct async_method_call *call)
{
  struct argument_iterator iterator;

  arguments_begin(&call->method->procedure, PARAMETER_IS_OUT, &iterator);
  while (argument_next(&iterator)) {
    if (!(iterator.parameter.flags & PARAMETER_IS_BASE_TYPE))
      call->out_sizes[iterator.index] =
          argument_size(&call->message, iterator.parameter.format);
  }
}

static void measure_request(void *context)
{
  struct async_method_call *call = context;
  struct argument_iterator iterator;

  begin_message(call);
  measure_out(call);
  call->message.BufferLength = 0;
  arguments_begin(&call->method->procedure, PARAMETER_IS_IN, &iterator);
  while (argument_next(&iterator)) {
    const struct parameter *parameter = &iterator.parameter;

    argument_buffer_size(&call->message, call->stack + parameter->stack_offset, parameter);
  }
}

HRESULT async_method_get_buffer(struct async_method_call *call, IAsyncRpcChannelBuffer *channel,
                                REFIID iid)
{
  HRESULT result;
  DWORD code;

  call->channel = channel;
  if (!guarded_call(measure_request, NULL, call, &code)) {
    result = result_of_exception(code);
  } else {
    call->rpc.BufferLength = call->message.BufferLength;
    call->rpc.RpcFlags = call->method->procedure.rpc_flags;
    result = IAsyncRpcChannelBuffer_GetBuffer(channel, channel_message(&call->rpc), iid);
  }
  if (FAILED(result))
    end_message(call);
  return result;
}

static void write_request(void *context)
{
  struct async_method_call *call = context;
  MIDL_STUB_MESSAGE *message = &call->message;
  struct argument_iterator iterator;

  message->Buffer = message->BufferStart = call->rpc.Buffer;
  message->BufferEnd = message->BufferStart + message->BufferLength;
  arguments_begin(&call->method->procedure, PARAMETER_IS_IN, &iterator);
  while (argument_next(&iterator)) {
    const struct parameter *parameter = &iterator.parameter;

    argument_marshall(message, call->stack + parameter->stack_offset, parameter);
  }
  call->rpc.BufferLength = (unsigned int)(message->Buffer - message->BufferStart);
}

HRESULT async_method_send(struct async_method_call *call, IAsyncRpcChannelBuffer *channel)
{
  RPC_MESSAGE rpc;
  ULONG status;
  DWORD code;

  if (!guarded_call(write_request, NULL, call, &code)) {
    end_message(call);
    rpc = call->rpc;
    IAsyncRpcChannelBuffer_FreeBuffer(channel, channel_message(&rpc));
    return result_of_exception(code);
  }
  end_message(call);
  /* From Send on another thread may finish the call and free it. */
  rpc = call->rpc;
  return IAsyncRpcChannelBuffer_Send(channel, channel_message(&rpc), NULL, &status);
}

/* A pointer to a pointer that the reply is to set. */
static bool sets_pointer(const struct parameter *parameter)
{
  static const unsigned char pointers[] = {FC_UP, FC_OP, FC_FP, FC_IP};
  PFORMAT_STRING format = parameter->format;

  if (parameter->flags & (PARAMETER_IS_BASE_TYPE | PARAMETER_IS_BY_VALUE))
    return false;
  if (!(parameter->flags & PARAMETER_IS_SIMPLE_REF)) {
    if (*format != FC_RP || !(format[1] & FC_POINTER_DEREF))
      return false;
    format = format_follow(format + 2);
  }
  return memchr(pointers, *format, sizeof(pointers));
}

static HRESULT clear_pointers(const struct async_method *method, const unsigned char *stack)
{
  struct argument_iterator iterator;

  arguments_begin(&method->procedure, PARAMETER_IS_OUT, &iterator);
  while (argument_next(&iterator)) {
    void **memory = *(void **const *)(stack + iterator.offset);

    if (!memory && ((iterator.parameter.flags & PARAMETER_IS_SIMPLE_REF) ||
                    *iterator.parameter.format == FC_RP))
      return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    if (sets_pointer(&iterator.parameter))
      *memory = NULL;
  }
  return S_OK;
}

HRESULT async_method_receive(const struct async_method *method, const unsigned char *stack,
                             IAsyncRpcChannelBuffer *channel, struct async_method_reply *reply)
{
  HRESULT result = clear_pointers(method, stack);
  ULONG status;

  if (FAILED(result))
    return result;
  memset(reply, 0, sizeof(*reply));
  reply->rpc.ProcNum = method->procedure.number;
  return IAsyncRpcChannelBuffer_Receive(channel, channel_message(&reply->rpc), &status);
}

/* Memory that the reply goes to must not look like what is there already. */
static void clear_memory(struct async_method_call *call,
                         const struct argument_iterator *iterator)
{
  void *memory = *(void **)(call->stack + iterator->parameter.stack_offset);

  if (memory)
    memset(memory, 0, call->out_sizes[iterator->index]);
}

struct unmarshalling {
  struct async_method_call *call;
  const unsigned char *stack;
  const RPC_MESSAGE *reply;
  HRESULT result;
};

static void read_arguments(void *context)
{
  struct unmarshalling *reading = context;
  struct async_method_call *call = reading->call;
  struct parameter_iterator parameters;
  struct parameter parameter;

  parameters_begin(&call->method->procedure, &parameters);
  while (parameter_next(&parameters, &parameter)) {
    unsigned char *slot = call->stack + parameter.stack_offset;

    if (parameter.flags & PARAMETER_IS_RETURN)
      slot = (unsigned char *)&reading->result;
    if (parameter.flags & PARAMETER_IS_OUT)
      argument_unmarshall(&call->message, slot, &parameter);
  }
}

static void read_reply(void *context)
{
  struct unmarshalling *reading = context;
  struct async_method_call *call = reading->call;
  struct argument_iterator iterator;

  begin_message(call);
  call->rpc.Buffer = reading->reply->Buffer;
  call->rpc.BufferLength = reading->reply->BufferLength;
  message_begin_reply(&call->message);
  arguments_begin(&call->method->procedure, PARAMETER_IS_OUT, &iterator);
  while (argument_next(&iterator)) {
    memcpy(call->stack + iterator.parameter.stack_offset, reading->stack + iterator.offset,
           iterator.size);
    clear_memory(call, &iterator);
  }
  stack_budget_call(&call->message, read_arguments, reading);
}

/* After a reply that cannot be read: what has been read goes. */
static void clear_out(struct async_method_call *call)
{
  struct argument_iterator iterator;

  engine_free_allocations(&call->message);
  arguments_begin(&call->method->procedure, PARAMETER_IS_OUT, &iterator);
  while (argument_next(&iterator))
    clear_memory(call, &iterator);
}

HRESULT async_method_unmarshall(struct async_method_call *call, const unsigned char *stack,
                                IAsyncRpcChannelBuffer *channel,
                                struct async_method_reply *reply)
{
  struct unmarshalling reading = {call, stack, &reply->rpc, S_OK};
  DWORD code;

  call->channel = channel;
  if (!guarded_call(read_reply, NULL, &reading, &code)) {
    reading.result = result_of_exception(code);
    clear_out(call);
  }
  end_message(call);
  /* From here on the call may be another thread's. */
  IAsyncRpcChannelBuffer_FreeBuffer(channel, channel_message(&reply->rpc));
  return reading.result;
}

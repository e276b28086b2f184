#include "server_frame.h"

#include <stdlib.h>

#include "../contexts/context_wait.h"
#include "../server/running_call.h"
#include "argument.h"
#include "argument_size.h"
#include "base_type.h"
#include "context_argument.h"
#include "engine.h"
#include "finally.h"
#include "guard.h"
#include "manager_call.h"
#include "raise.h"
#include "server_context.h"
#include "stub_message.h"

#define RANGE_CORRELATION_INCREMENT 12

static unsigned int procedure_number(const RPC_MESSAGE *rpc)
{
  return rpc->ProcNum & ~RPC_FLAGS_VALID_BIT;
}

const MIDL_SERVER_INFO *server_information(const RPC_MESSAGE *rpc)
{
  const RPC_SERVER_INTERFACE *specification = rpc->RpcInterfaceInformation;

  return specification->InterpreterInfo;
}

PFORMAT_STRING server_procedure_format(const RPC_MESSAGE *rpc)
{
  const MIDL_SERVER_INFO *information = server_information(rpc);

  return information->ProcString + information->FmtStringOffset[procedure_number(rpc)];
}

bool server_frame_may_wait(const struct procedure *procedure)
{
  struct parameter_iterator iterator;
  struct parameter parameter;

  if (!procedure->description->apfnNdrRundownRoutines)
    return false;
  parameters_begin(procedure, &iterator);
  while (parameter_next(&iterator, &parameter))
    if ((parameter.flags & PARAMETER_IS_IN) && argument_context_format(&parameter))
      return true;
  return false;
}

/* A handle_t parameter is not on the wire and, in -Oicf, not among the parameters either. */
static void store_explicit_handle(struct server_frame *frame)
{
  PFORMAT_STRING format = frame->procedure->handle_format;
  void **slot;

  if (frame->procedure->handle_type != 0 || *format != FC_BIND_PRIMITIVE)
    return;
  slot = (void **)(frame->stack + format_u16(format + 2));
  *slot = format[1] ? (void *)&frame->handle : frame->handle;
}

/* [out] parameters of known size get their memory behind the arguments. */
static void assign_frame_memory(struct server_frame *frame)
{
  size_t arguments_size = ((size_t)frame->procedure->stack_size + 7) & ~(size_t)7;
  unsigned char *next = frame->stack + arguments_size;
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    if (argument_context_format(&parameter))
      frame->context_count++;
    if (!parameter.server_allocation)
      continue;
    *(unsigned char **)(frame->stack + parameter.stack_offset) = next;
    next += parameter.server_allocation;
  }
}

void server_frame_begin(struct server_frame *frame, const struct procedure *procedure,
                        RPC_MESSAGE *rpc, void *memory)
{
  memset(frame, 0, sizeof(*frame));
  frame->procedure = procedure;
  frame->information = server_information(rpc);
  frame->handle = rpc->Handle;
  frame->stack = memory;
  if (procedure->flags & PROCEDURE_HAS_RPC_FLAGS)
    rpc->RpcFlags |= procedure->rpc_flags;
  engine.NdrServerInitializeNew(rpc, &frame->message, procedure->description);
  frame->message.StackTop = frame->stack;
  if (procedure->extensions & EXTENSION_RANGE_ON_CONFORMANCE)
    stub_set_correlation_increment(&frame->message, RANGE_CORRELATION_INCREMENT);
  if (procedure->extensions & EXTENSION_NEW_CORRELATION)
    engine.NdrCorrelationInitialize(&frame->message, NULL, 0, 0); /* has no cache */
  store_explicit_handle(frame);
  assign_frame_memory(frame);
  if (procedure->flags & PROCEDURE_FULL_POINTERS) {
    frame->message.FullPtrXlatTables = engine.NdrFullPointerXlatInit(0, XLAT_SERVER);
    if (!frame->message.FullPtrXlatTables)
      raise_status(RPC_S_OUT_OF_MEMORY);
  }
}

static void unmarshall_in(struct server_frame *frame)
{
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    unsigned char *slot = frame->stack + parameter.stack_offset;

    if (!(parameter.flags & PARAMETER_IS_IN))
      continue;
    if ((parameter.flags & PARAMETER_IS_BASE_TYPE) && *parameter.format == FC_IGNORE)
      *(RPC_BINDING_HANDLE *)slot = frame->handle;
    else
      argument_unmarshall(&frame->message, slot, &parameter);
  }
}

/* The call's [in] contexts, which are asked for together: see context_table.h. */
static void collect_contexts(struct server_frame *frame)
{
  struct parameter_iterator iterator;
  struct parameter parameter;

  frame->requests = calloc(frame->context_count, sizeof(*frame->requests));
  frame->requested = calloc(frame->context_count, sizeof(*frame->requested));
  if (!frame->requests || !frame->requested)
    raise_status(RPC_S_OUT_OF_MEMORY);
  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    PFORMAT_STRING format = argument_context_format(&parameter);

    if (!format || !(parameter.flags & PARAMETER_IS_IN))
      continue;
    if (context_argument_request(&frame->message, frame->stack + parameter.stack_offset, format,
                                 &frame->requests[frame->request_count]))
      frame->requested[frame->request_count++] = parameter;
  }
}

RPC_STATUS server_frame_find_contexts(struct server_frame *frame, server_call_resume resume,
                                      void *context)
{
  if (!frame->context_count)
    return RPC_S_OK;
  collect_contexts(frame);
  if (!frame->request_count)
    return RPC_S_OK;
  return server_call_find_contexts(frame->handle, frame->requests, frame->request_count, resume,
                                   context);
}

static void store_contexts(struct server_frame *frame)
{
  for (unsigned int i = 0; i < frame->request_count; i++)
    context_argument_store(frame->stack + frame->requested[i].stack_offset,
                           argument_context_format(&frame->requested[i]),
                           frame->requests[i].context);
}

/*
 * Memory for [out] only parameters whose size was not known to the compiler, and new context
 * handles.
 */
static void prepare_out(struct server_frame *frame)
{
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    void **slot = (void **)(frame->stack + parameter.stack_offset);
    PFORMAT_STRING context = argument_context_format(&parameter);
    size_t size;

    if ((parameter.flags & PARAMETER_IS_IN) || parameter.server_allocation)
      continue;
    if (context) {
      context_argument_initialize(&frame->message, (unsigned char *)slot, context);
      continue;
    }
    if (parameter.flags & (PARAMETER_IS_RETURN | PARAMETER_IS_BY_VALUE))
      continue;
    if (!(parameter.flags & PARAMETER_IS_BASE_TYPE))
      size = argument_size(&frame->message, parameter.format);
    else if (parameter.flags & PARAMETER_IS_SIMPLE_REF)
      size = base_type_memory_size(*parameter.format);
    else
      continue;
    /* An array without elements has an address, too: it is behind a reference pointer. */
    if (size < sizeof(void *))
      size = sizeof(void *);
    *slot = engine.NdrAllocate(&frame->message, size);
    memset(*slot, 0, size);
  }
}

void server_frame_unmarshall(struct server_frame *frame)
{
  frame->progress = SERVER_FRAME_UNMARSHALLING;
  unmarshall_in(frame);
  if (frame->message.Buffer > frame->message.BufferEnd)
    raise_status(RPC_X_BAD_STUB_DATA);
  trial_free(&frame->message, frame->procedure, frame->stack, &frame->unreachable);
}

void server_frame_prepare(struct server_frame *frame)
{
  store_contexts(frame);
  prepare_out(frame);
  frame->progress = SERVER_FRAME_READY;
}

static bool find_result(const struct server_frame *frame, struct parameter *parameter)
{
  struct parameter_iterator iterator;

  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, parameter))
    if (parameter->flags & PARAMETER_IS_RETURN)
      return true;
  return false;
}

/* The manager's own function, or the stub's thunk for it, which takes the stub message. */
static STUB_THUNK thunk_of(const struct server_frame *frame)
{
  const STUB_THUNK *thunks = frame->information->ThunkTable;

  return thunks ? thunks[procedure_number(frame->message.RpcMsg)] : NULL;
}

static void *function_of(const struct server_frame *frame)
{
  const RPC_MESSAGE *rpc = frame->message.RpcMsg;
  const SERVER_ROUTINE *functions = frame->information->DispatchTable;

  if (rpc->ManagerEpv) /* RpcServerRegisterIf with an entry point vector of the application's */
    functions = (const SERVER_ROUTINE *)rpc->ManagerEpv;
  return (void *)functions[procedure_number(rpc)];
}

/* Bytes of a return value in memory. */
static size_t result_size(const struct parameter *parameter)
{
  if (parameter->flags & PARAMETER_IS_BASE_TYPE)
    return base_type_memory_size(*parameter->format);
  if (!(parameter->flags & PARAMETER_IS_BY_VALUE))
    return sizeof(void *);
  if (*parameter->format == FC_RANGE)
    return base_type_memory_size(parameter->format[1] & 0x0f);
  return format_u16(parameter->format + (*parameter->format == FC_USER_MARSHAL ? 4 : 2));
}

void server_frame_set_result(struct server_frame *frame, const void *result)
{
  struct parameter parameter;
  unsigned char *slot;

  frame->progress = SERVER_FRAME_CALLED;
  if (!result || !find_result(frame, &parameter))
    return;
  slot = frame->stack + parameter.stack_offset;
  if (argument_context_format(&parameter))
    **(void ***)slot = *(void *const *)result; /* the slot has the address of the value */
  else
    memcpy(slot, result, result_size(&parameter));
}

static bool is_floating(const struct parameter *parameter, unsigned char type)
{
  return (parameter->flags & PARAMETER_IS_BASE_TYPE) && *parameter->format == type;
}

void server_frame_call(struct server_frame *frame)
{
  struct parameter parameter = {0};
  bool has_result = find_result(frame, &parameter);
  bool is_float = has_result && is_floating(&parameter, FC_FLOAT);
  bool is_double = has_result && is_floating(&parameter, FC_DOUBLE);
  STUB_THUNK thunk = thunk_of(frame);
  struct manager_result result;

  if (thunk) {
    thunk(&frame->message); /* stores the return value itself */
    frame->progress = SERVER_FRAME_CALLED;
    return;
  }
  manager_call(function_of(frame), frame->stack, frame->procedure->stack_size,
               is_float || is_double, &result);
#ifdef __i386__
  if (is_float) {
    float value = (float)result.floating;

    server_frame_set_result(frame, &value);
    return;
  }
#endif
  server_frame_set_result(frame, is_float || is_double ? (void *)&result.floating
                                                       : (void *)&result.integer);
}

void server_frame_call_and_forget(const struct server_frame *frame)
{
  STUB_THUNK thunk = thunk_of(frame);
  struct manager_result ignored;

  if (thunk)
    thunk((MIDL_STUB_MESSAGE *)&frame->message);
  else
    manager_call(function_of(frame), frame->stack, frame->procedure->stack_size, false,
                 &ignored);
}

static void size_out(void *context)
{
  struct server_frame *frame = context;
  struct parameter_iterator iterator;
  struct parameter parameter;

  frame->message.BufferLength = 0;
  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter))
    if (parameter.flags & PARAMETER_IS_OUT)
      argument_buffer_size(&frame->message, frame->stack + parameter.stack_offset, &parameter);
}

unsigned int server_frame_reply_size(struct server_frame *frame)
{
  size_out(frame);
  return frame->message.BufferLength;
}

/*
 * BufferStart and BufferEnd go on describing the request: they tell whose memory an argument
 * is.
 */
void server_frame_write_reply(struct server_frame *frame)
{
  MIDL_STUB_MESSAGE *message = &frame->message;
  RPC_MESSAGE *rpc = message->RpcMsg;
  struct parameter_iterator iterator;
  struct parameter parameter;

  message->Buffer = rpc->Buffer;
  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter))
    if (parameter.flags & PARAMETER_IS_OUT)
      argument_marshall(message, frame->stack + parameter.stack_offset, &parameter);
  rpc->BufferLength = (unsigned int)(message->Buffer - (unsigned char *)rpc->Buffer);
  frame->progress = SERVER_FRAME_REPLIED;
}

void server_frame_marshall(struct server_frame *frame)
{
  RPC_MESSAGE *rpc = frame->message.RpcMsg;
  RPC_STATUS status;

  rpc->BufferLength = server_frame_reply_size(frame);
  status = I_RpcGetBuffer(rpc);
  if (status != RPC_S_OK)
    raise_status(status);
  server_frame_write_reply(frame);
}

static void free_arguments(void *context)
{
  struct server_frame *frame = context;
  struct argument_frame memory = {frame->stack,
                                  frame->stack + procedure_frame_size(frame->procedure)};
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(frame->procedure, &iterator);
  while (parameter_next(&iterator, &parameter))
    argument_free(&frame->message, frame->stack + parameter.stack_offset, &parameter, &memory);
}

static void free_unfinished(void *context)
{
  struct server_frame *frame = context;

  engine_free_allocations(&frame->message);
}

static void free_unreachable(void *context)
{
  struct server_frame *frame = context;

  unreachable_blocks_free(&frame->message, &frame->unreachable);
}

static void notify(void *context)
{
  const struct server_frame *frame = context;
  const struct procedure *procedure = frame->procedure;
  NDR_NOTIFY_ROUTINE routine;

  if (!(procedure->extensions & (EXTENSION_NOTIFY | EXTENSION_NOTIFY2)))
    return;
  routine = procedure->description->NotifyRoutineTable[procedure->notify_index];
  if (procedure->extensions & EXTENSION_NOTIFY2)
    ((NDR_NOTIFY2_ROUTINE)(void *)routine)(frame->progress >= SERVER_FRAME_CALLED);
  else if (frame->progress >= SERVER_FRAME_CALLED)
    routine();
}

/*
 * The application's allocator and its free routines run here, and may raise anything: the rest
 * is given back all the same.
 */
void server_frame_end(struct server_frame *frame)
{
  const struct procedure *procedure = frame->procedure;

  /*
   * What a full pointer points to is freed only where the engine has met it. Those that the
   * manager routine set in a call without reply are met by sizing them.
   */
  if (frame->message.FullPtrXlatTables &&
      (frame->progress == SERVER_FRAME_READY || frame->progress == SERVER_FRAME_CALLED))
    guarded_call(size_out, NULL, frame, NULL);
  if (frame->progress == SERVER_FRAME_UNMARSHALLING)
    guarded_call(free_unfinished, NULL, frame, NULL);
  else if (frame->progress > SERVER_FRAME_UNMARSHALLING)
    guarded_call(free_arguments, NULL, frame, NULL);
  if (frame->unreachable.count && frame->progress > SERVER_FRAME_UNMARSHALLING)
    guarded_call(free_unreachable, NULL, frame, NULL);
  free(frame->unreachable.blocks);
  free(frame->requests);
  free(frame->requested);
  if (frame->context_count) {
    struct context_table *table = server_context_table(frame->handle);

    if (table)
      context_table_end_call(table, frame->handle, frame->progress == SERVER_FRAME_CALLED);
  }
  guarded_call(notify, NULL, frame, NULL);
  if (procedure->extensions & EXTENSION_NEW_CORRELATION)
    engine.NdrCorrelationFree(&frame->message);
  if (frame->message.FullPtrXlatTables)
    engine.NdrFullPointerXlatFree(frame->message.FullPtrXlatTables);
}

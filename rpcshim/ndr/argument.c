#include "argument.h"

#include <stddef.h>

#include "base_type.h"
#include "context_argument.h"
#include "engine.h"
#include "raise.h"
#include "stub_message.h"

typedef void(RPC_ENTRY *buffer_size_routine)(MIDL_STUB_MESSAGE *, unsigned char *,
                                             PFORMAT_STRING);
typedef unsigned char *(RPC_ENTRY *marshall_routine)(MIDL_STUB_MESSAGE *, unsigned char *,
                                                     PFORMAT_STRING);
typedef unsigned char *(RPC_ENTRY *unmarshall_routine)(MIDL_STUB_MESSAGE *, unsigned char **,
                                                       PFORMAT_STRING, unsigned char);
typedef void(RPC_ENTRY *free_routine)(MIDL_STUB_MESSAGE *, unsigned char *, PFORMAT_STRING);

/*
 * Offsets into `engine`, whose members are known at run time only; 0 for `free`: there is
 * nothing to free.
 */
struct type_routines {
  unsigned char type;
  unsigned short buffer_size;
  unsigned short marshall;
  unsigned short unmarshall;
  unsigned short free;
};

#define ENGINE_OFFSET(name) offsetof(struct engine, name)
#define TYPE_WITHOUT_FREE(type, name)                                                          \
  {                                                                                            \
    type, ENGINE_OFFSET(Ndr##name##BufferSize), ENGINE_OFFSET(Ndr##name##Marshall),            \
        ENGINE_OFFSET(Ndr##name##Unmarshall), 0                                                \
  }
#define TYPE(type, name)                                                                       \
  {                                                                                            \
    type, ENGINE_OFFSET(Ndr##name##BufferSize), ENGINE_OFFSET(Ndr##name##Marshall),            \
        ENGINE_OFFSET(Ndr##name##Unmarshall), ENGINE_OFFSET(Ndr##name##Free)                   \
  }

/* The engine's own first function is at offset 0: keep it out of the `free` column. */
_Static_assert(ENGINE_OFFSET(NdrPointerFree) != 0, "offset 0 means none");

static const struct type_routines types[] = {
    TYPE(FC_RP, Pointer),
    TYPE(FC_UP, Pointer),
    TYPE(FC_OP, Pointer),
    TYPE(FC_FP, Pointer),
    TYPE(FC_STRUCT, SimpleStruct),
    TYPE(FC_PSTRUCT, SimpleStruct),
    TYPE(FC_CSTRUCT, ConformantStruct),
    TYPE(FC_CPSTRUCT, ConformantStruct),
    TYPE(FC_CVSTRUCT, ConformantVaryingStruct),
    TYPE(FC_BOGUS_STRUCT, ComplexStruct),
    TYPE(FC_CARRAY, ConformantArray),
    TYPE(FC_CVARRAY, ConformantVaryingArray),
    TYPE(FC_SMFARRAY, FixedArray),
    TYPE(FC_LGFARRAY, FixedArray),
    TYPE(FC_SMVARRAY, VaryingArray),
    TYPE(FC_LGVARRAY, VaryingArray),
    TYPE(FC_BOGUS_ARRAY, ComplexArray),
    TYPE_WITHOUT_FREE(FC_C_CSTRING, ConformantString),
    TYPE_WITHOUT_FREE(FC_C_WSTRING, ConformantString),
    TYPE_WITHOUT_FREE(FC_CSTRING, NonConformantString),
    TYPE_WITHOUT_FREE(FC_WSTRING, NonConformantString),
    TYPE(FC_ENCAPSULATED_UNION, EncapsulatedUnion),
    TYPE(FC_NON_ENCAPSULATED_UNION, NonEncapsulatedUnion),
    TYPE(FC_BYTE_COUNT_POINTER, ByteCountPointer),
    TYPE(FC_TRANSMIT_AS, XmitOrRepAs),
    TYPE(FC_REPRESENT_AS, XmitOrRepAs),
    TYPE(FC_TRANSMIT_AS_PTR, XmitOrRepAs),
    TYPE(FC_REPRESENT_AS_PTR, XmitOrRepAs),
    TYPE(FC_IP, InterfacePointer),
    TYPE(FC_USER_MARSHAL, UserMarshal),
};

static const struct type_routines *routines_of(PFORMAT_STRING format)
{
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
    if (types[i].type == *format)
      return &types[i];
  raise_status(RPC_X_BAD_STUB_DATA);
}

#define ROUTINE(type, offset) (*(type const *)((const char *)&engine + (offset)))

static bool is_base_type(const struct parameter *parameter)
{
  return (parameter->flags & PARAMETER_IS_BASE_TYPE) || *parameter->format == FC_RANGE;
}

/* FC_RANGE: the base type in the low nibble of the second byte, the two bounds behind it. */
static unsigned char base_type_of(const struct parameter *parameter)
{
  return *parameter->format == FC_RANGE ? parameter->format[1] & 0x0f : *parameter->format;
}

/* Whether the slot holds the argument itself rather than its address. */
static bool is_in_slot(const struct parameter *parameter)
{
  if (parameter->flags & PARAMETER_IS_BASE_TYPE)
    return !(parameter->flags & PARAMETER_IS_SIMPLE_REF);
  return parameter->flags & PARAMETER_IS_BY_VALUE;
}

PFORMAT_STRING argument_context_format(const struct parameter *parameter)
{
  PFORMAT_STRING format = parameter->format;

  if (parameter->flags & PARAMETER_IS_BASE_TYPE)
    return NULL;
  if (*format == FC_RP && !(format[1] & FC_SIMPLE_POINTER))
    format = format_follow(format + 2);
  return *format == FC_BIND_CONTEXT ? format : NULL;
}

static unsigned char *memory_of(unsigned char *slot, const struct parameter *parameter)
{
  if (is_in_slot(parameter))
    return slot;
  slot = *(unsigned char **)slot;
  if (!slot && (parameter->flags & PARAMETER_IS_SIMPLE_REF))
    raise_status(RPC_X_NULL_REF_POINTER);
  return slot;
}

void argument_buffer_size(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                          const struct parameter *parameter)
{
  PFORMAT_STRING context = argument_context_format(parameter);
  buffer_size_routine buffer_size;
  unsigned char *memory;

  if (context) {
    context_argument_buffer_size(message);
    return;
  }
  memory = memory_of(slot, parameter);
  if (is_base_type(parameter)) {
    base_type_buffer_size(message, base_type_of(parameter));
    return;
  }
  buffer_size = ROUTINE(buffer_size_routine, routines_of(parameter->format)->buffer_size);
  buffer_size(message, memory, parameter->format);
}

void argument_marshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                       const struct parameter *parameter)
{
  PFORMAT_STRING context = argument_context_format(parameter);
  marshall_routine marshall;
  unsigned char *memory;

  if (context) {
    context_argument_marshall(message, slot, context);
    return;
  }
  memory = memory_of(slot, parameter);
  if (is_base_type(parameter)) {
    base_type_marshall(message, memory, base_type_of(parameter));
    return;
  }
  marshall = ROUTINE(marshall_routine, routines_of(parameter->format)->marshall);
  marshall(message, memory, parameter->format);
}

void argument_unmarshall(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                         const struct parameter *parameter)
{
  PFORMAT_STRING context = argument_context_format(parameter);
  unsigned char **memory = is_in_slot(parameter) ? &slot : (unsigned char **)slot;
  unmarshall_routine unmarshall;

  if (context) {
    context_argument_unmarshall(message, slot, context);
  } else if (parameter->flags & PARAMETER_IS_BASE_TYPE) {
    base_type_unmarshall(message, memory, *parameter->format);
  } else if (*parameter->format == FC_RANGE) {
    engine.NdrRangeUnmarshall(message, memory, parameter->format, FALSE);
  } else {
    unmarshall = ROUTINE(unmarshall_routine, routines_of(parameter->format)->unmarshall);
    unmarshall(message, memory, parameter->format, FALSE);
  }
}

/* Memory that nobody may free: the request itself, and the frame. */
static bool is_owned_elsewhere(const MIDL_STUB_MESSAGE *message, const unsigned char *memory,
                               const struct argument_frame *frame)
{
  return (memory >= message->BufferStart && memory <= message->BufferEnd) ||
         (memory >= frame->begin && memory < frame->end);
}

/*
 * Whether the free routine of the type has done with the top of the argument, too. The engine's
 * one for pointers frees what they point to, but not where that is meant to be the server's
 * stack; there it may have put memory of its own.
 */
static bool top_is_freed_by_type(const struct parameter *parameter)
{
  PFORMAT_STRING format = parameter->format;

  switch (*format) {
  case FC_RP:
  case FC_UP:
  case FC_OP:
    if (format[1] & FC_DONT_FREE)
      return true;
    return (parameter->flags & PARAMETER_MUST_FREE) && !(format[1] & FC_ALLOCED_ON_STACK);
  case FC_FP:
  case FC_IP:
  case FC_BYTE_COUNT_POINTER:
    return true;
  default:
    return false;
  }
}

void argument_free(MIDL_STUB_MESSAGE *message, unsigned char *slot,
                   const struct parameter *parameter, const struct argument_frame *frame)
{
  const struct type_routines *routines;
  unsigned char *memory;
  free_routine release;

  if (argument_context_format(parameter))
    return;
  memory = is_in_slot(parameter) ? slot : *(unsigned char **)slot;
  if (!memory)
    return;
  if (!is_base_type(parameter)) {
    routines = routines_of(parameter->format);
    if (routines->free && (parameter->flags & PARAMETER_MUST_FREE)) {
      release = ROUTINE(free_routine, routines->free);
      release(message, memory, parameter->format);
    }
    if (top_is_freed_by_type(parameter))
      return;
  }
  if (!is_in_slot(parameter) && !is_owned_elsewhere(message, memory, frame)) {
    message->pfnFree(memory);
    *(unsigned char **)slot = NULL;
  }
}

#include "procedure.h"

#include "base_type.h"
#include "raise.h"

/* Stub description versions from here on mean -Oicf format strings. */
#define STUB_VERSION_OICF 0x20000

#define HEADER_SIZE           6
#define RPC_FLAGS_SIZE        4
#define OIF_HEADER_SIZE       6
#define OIF_PARAMETER_SIZE    6
#define BIND_PRIMITIVE_SIZE   4
#define BIND_GENERIC_SIZE     6
#define BIND_CONTEXT_SIZE     6
#define LARGEST_SIMPLE_RETURN 8

static size_t handle_description_size(PFORMAT_STRING format)
{
  switch (*format) {
  case FC_BIND_PRIMITIVE:
    return BIND_PRIMITIVE_SIZE;
  case FC_BIND_GENERIC:
    return BIND_GENERIC_SIZE;
  case FC_BIND_CONTEXT:
    return BIND_CONTEXT_SIZE;
  default:
    raise_status(RPC_X_BAD_STUB_DATA);
  }
}

/* Size of a structure that is returned by value; 0: it cannot be. */
static unsigned int returned_size(PFORMAT_STRING format)
{
  switch (*format) {
  case FC_STRUCT:
  case FC_PSTRUCT:
  case FC_BOGUS_STRUCT:
    return format_u16(format + 2);
  case FC_USER_MARSHAL:
    return format_u16(format + 4);
  case FC_RANGE:
    return base_type_memory_size(format[1]);
  default:
    return 0;
  }
}

static void check_parameters(const struct procedure *procedure)
{
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(procedure, &iterator);
  while (parameter_next(&iterator, &parameter)) {
    if (parameter.flags & PARAMETER_IS_PIPE)
      raise_status(RPC_X_WRONG_STUB_VERSION);
    if (!(parameter.flags & PARAMETER_IS_RETURN) || (parameter.flags & PARAMETER_IS_BASE_TYPE))
      continue;
    if (parameter.flags & PARAMETER_IS_SIMPLE_REF)
      raise_status(RPC_X_WRONG_STUB_VERSION);
    if (parameter.flags & PARAMETER_IS_BY_VALUE) {
      unsigned int size = returned_size(parameter.format);

      if (size == 0 || size > LARGEST_SIMPLE_RETURN)
        raise_status(RPC_X_WRONG_STUB_VERSION);
    }
  }
}

static PFORMAT_STRING parse_oif_header(struct procedure *procedure, PFORMAT_STRING format)
{
  /* Two constant buffer sizes, which we compute for ourselves, come first. */
  procedure->interpreter = format[4];
  procedure->parameter_count = format[5];
  format += OIF_HEADER_SIZE;
  if (procedure->interpreter & INTERPRETER_HAS_EXTENSIONS) {
    /*
     * Size, flags, two hints for the correlation cache, index of the notify routine, more on 64
     * bits.
     */
    procedure->extensions = format[1];
    procedure->notify_index = format_u16(format + 6);
    format += format[0];
  }
  return format;
}

void procedure_parse(struct procedure *procedure, PMIDL_STUB_DESC description,
                     PFORMAT_STRING format)
{
  memset(procedure, 0, sizeof(*procedure));
  procedure->description = description;
  procedure->handle_type = format[0];
  procedure->flags = format[1];
  format += 2;
  if (procedure->flags & PROCEDURE_HAS_RPC_FLAGS) {
    procedure->rpc_flags = format_u32(format);
    format += RPC_FLAGS_SIZE;
  }
  procedure->number = format_u16(format);
  procedure->stack_size = format_u16(format + 2);
  format += HEADER_SIZE - 2;

  procedure->handle_format = format;
  switch (procedure->handle_type) {
  case 0:
    format += handle_description_size(format);
    break;
  case FC_BIND_GENERIC:
  case FC_BIND_PRIMITIVE:
  case FC_AUTO_HANDLE:
  case FC_CALLBACK_HANDLE:
    break;
  default:
    raise_status(RPC_X_BAD_STUB_DATA);
  }

  if (description->Version >= STUB_VERSION_OICF)
    format = parse_oif_header(procedure, format);
  else
    procedure->old_parameters = true;
  procedure->parameters = format;
  if (procedure->interpreter & INTERPRETER_HAS_PIPES)
    raise_status(RPC_X_WRONG_STUB_VERSION);
  check_parameters(procedure);
}

bool procedure_is_of_object(PFORMAT_STRING format)
{
  return format[1] & PROCEDURE_OF_OBJECT;
}

void parameters_begin(const struct procedure *procedure, struct parameter_iterator *iterator)
{
  iterator->procedure = procedure;
  iterator->next = procedure->parameters;
  iterator->index = 0;
  iterator->stack_offset = 0;
}

static bool is_passed_by_value(PFORMAT_STRING format)
{
  switch (*format) {
  case FC_STRUCT:
  case FC_PSTRUCT:
  case FC_CSTRUCT:
  case FC_CPSTRUCT:
  case FC_CVSTRUCT:
  case FC_BOGUS_STRUCT:
  case FC_ENCAPSULATED_UNION:
  case FC_NON_ENCAPSULATED_UNION:
  case FC_TRANSMIT_AS:
  case FC_REPRESENT_AS:
  case FC_USER_MARSHAL:
  case FC_RANGE:
    return true;
  default:
    return false;
  }
}

static unsigned short old_parameter_flags(unsigned char direction)
{
  switch (direction) {
  case FC_IN_PARAM_BASETYPE:
    return PARAMETER_IS_IN | PARAMETER_IS_BASE_TYPE;
  case FC_RETURN_PARAM_BASETYPE:
    return PARAMETER_IS_OUT | PARAMETER_IS_RETURN | PARAMETER_IS_BASE_TYPE;
  case FC_IN_PARAM:
    return PARAMETER_IS_IN | PARAMETER_MUST_FREE;
  case FC_IN_PARAM_NO_FREE_INST:
    return PARAMETER_IS_IN;
  case FC_IN_OUT_PARAM:
    return PARAMETER_IS_IN | PARAMETER_IS_OUT | PARAMETER_MUST_FREE;
  case FC_OUT_PARAM:
    return PARAMETER_IS_OUT | PARAMETER_MUST_FREE;
  case FC_RETURN_PARAM:
    return PARAMETER_IS_OUT | PARAMETER_IS_RETURN;
  default:
    raise_status(RPC_X_BAD_STUB_DATA);
  }
}

/*
 * Version 1 says neither where the arguments are nor how many there are: they fill the stack in
 * order.
 */
static bool old_parameter_next(struct parameter_iterator *iterator, struct parameter *parameter)
{
  PFORMAT_STRING format = iterator->next;

  if (iterator->stack_offset >= iterator->procedure->stack_size)
    return false;
  parameter->flags = old_parameter_flags(format[0]);
  parameter->stack_offset = (unsigned short)iterator->stack_offset;
  parameter->server_allocation = 0;
  if (parameter->flags & PARAMETER_IS_BASE_TYPE) {
    parameter->format = format + 1;
    iterator->stack_offset += base_type_stack_size(format[1]);
    iterator->next += 2;
  } else {
    parameter->format = iterator->procedure->description->pFormatTypes + format_u16(format + 2);
    if (is_passed_by_value(parameter->format))
      parameter->flags |= PARAMETER_IS_BY_VALUE;
    iterator->stack_offset += format[1] * sizeof(void *);
    iterator->next += 4;
  }
  iterator->index++;
  return true;
}

bool parameter_next(struct parameter_iterator *iterator, struct parameter *parameter)
{
  PFORMAT_STRING format = iterator->next;
  unsigned short attributes;

  if (iterator->procedure->old_parameters)
    return old_parameter_next(iterator, parameter);
  if (iterator->index >= iterator->procedure->parameter_count)
    return false;
  attributes = format_u16(format);
  parameter->flags = attributes & 0x1fff;
  parameter->server_allocation = (attributes >> 13) * 8;
  parameter->stack_offset = format_u16(format + 2);
  if (attributes & PARAMETER_IS_BASE_TYPE)
    parameter->format = format + 4;
  else
    parameter->format = iterator->procedure->description->pFormatTypes + format_u16(format + 4);
  iterator->next += OIF_PARAMETER_SIZE;
  iterator->index++;
  return true;
}

size_t procedure_frame_size(const struct procedure *procedure)
{
  size_t size = ((size_t)procedure->stack_size + 7) & ~(size_t)7;
  struct parameter_iterator iterator;
  struct parameter parameter;

  parameters_begin(procedure, &iterator);
  while (parameter_next(&iterator, &parameter))
    size += parameter.server_allocation;
  return size;
}

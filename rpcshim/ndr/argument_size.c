#include "argument_size.h"

#include <stdbool.h>

#include "base_type.h"
#include "raise.h"
#include "stub_message.h"

/* Correlation descriptors: where the number comes from, high nibble of the first byte. */
enum correlation_source {
  CORRELATION_IN_STRUCTURE = 0x00,
  CORRELATION_BEHIND_POINTER = 0x10,
  CORRELATION_IN_ARGUMENTS = 0x20,
  CORRELATION_CONSTANT = 0x40,
  CORRELATION_IN_ARGUMENTS_MULTIDIMENSIONAL = 0x80,
};
#define CORRELATION_SIZE 4
#define CORRELATION_NONE 0xffffffff

#define MAX_NESTING 32

static size_t type_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format,
                        unsigned int nesting);

static PFORMAT_STRING skip_correlation(const MIDL_STUB_MESSAGE *message, PFORMAT_STRING format)
{
  return format + CORRELATION_SIZE + stub_correlation_increment(message);
}

static size_t multiply(size_t a, size_t b)
{
  size_t product;

  if (__builtin_mul_overflow(a, b, &product) || product > MAXLONG)
    raise_status(RPC_X_NO_MEMORY);
  return product;
}

/*
 * The variable at `address`; sign extended, so that a negative count becomes one that
 * multiply() refuses.
 */
static LONG_PTR read_variable(const void *address, unsigned char type)
{
  switch (type) {
  case FC_CHAR:
  case FC_SMALL:
    return *(const signed char *)address;
  case FC_BYTE:
  case FC_USMALL:
    return *(const unsigned char *)address;
  case FC_SHORT:
    return *(const short *)address;
  case FC_WCHAR:
  case FC_USHORT:
    return *(const unsigned short *)address;
  case FC_LONG:
    return *(const LONG *)address;
  case FC_ULONG:
    return *(const ULONG *)address;
  case FC_HYPER:
    return (LONG_PTR) * (const LONGLONG *)address;
  default:
    raise_status(RPC_X_BAD_STUB_DATA);
  }
}

/* The application's own routine for an expression; it leaves the value in MaxCount. */
static size_t evaluate_callback(MIDL_STUB_MESSAGE *message, unsigned short index)
{
  ULONG_PTR saved = message->MaxCount, value;

  message->StubDesc->apfnExprEval[index](message);
  value = message->MaxCount;
  message->MaxCount = saved;
  return value;
}

/* [Microsoft, "Correlation descriptors"] */
static size_t correlation_value(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format)
{
  unsigned char operation = format[1];
  const unsigned char *variable;
  LONG_PTR value;

  switch (format[0] & 0xf0) {
  case CORRELATION_CONSTANT:
    return format_u16(format + 2) | (size_t)format[1] << 16;
  case CORRELATION_IN_ARGUMENTS:
  case CORRELATION_IN_ARGUMENTS_MULTIDIMENSIONAL:
    break;
  default: /* inside of the very structure that is to be allocated */
    raise_status(RPC_X_BAD_STUB_DATA);
  }
  if (operation == FC_CALLBACK)
    return evaluate_callback(message, format_u16(format + 2));

  variable = message->StackTop + format_s16(format + 2);
  if (operation == FC_DEREFERENCE) {
    variable = *(unsigned char *const *)variable;
    if (!variable)
      raise_status(RPC_X_NULL_REF_POINTER);
  }
  value = read_variable(variable, format[0] & 0x0f);
  switch (operation) {
  case FC_DIV_2:
    return value / 2;
  case FC_MULT_2:
    return multiply(value, 2);
  case FC_ADD_1:
    return value + 1;
  case FC_SUB_1:
    return value - 1;
  default:
    return value;
  }
}

static size_t align_to(size_t offset, size_t alignment)
{
  return (offset + alignment - 1) & ~(alignment - 1);
}

/* Size of the structure whose member layout starts at `format` and goes to FC_END. */
static size_t layout_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format,
                          unsigned int nesting)
{
  enum {
    POINTER = 0x36,
    ALIGN_2 = 0x37,
    ALIGN_4 = 0x38,
    ALIGN_8 = 0x39,
    STRUCT_PAD_1 = 0x3d,
    STRUCT_PAD_7 = 0x43,
    EMBEDDED_COMPLEX = 0x4c,
    END = 0x5b,
    PAD = 0x5c,
  };
  size_t size = 0;

  for (;;) {
    switch (*format) {
    case END:
      return size;
    case PAD:
      format++;
      break;
    case POINTER:
      size += sizeof(void *);
      format++;
      break;
    case FC_RP:
    case FC_UP:
    case FC_OP:
    case FC_FP:
    case FC_IP:
      size += sizeof(void *);
      format += 4;
      break;
    case ALIGN_2:
    case ALIGN_4:
    case ALIGN_8:
      size = align_to(size, (size_t)2 << (*format - ALIGN_2));
      format++;
      break;
    case EMBEDDED_COMPLEX:
      size += format[1];
      size += type_size(message, format_follow(format + 2), nesting + 1);
      format += 4;
      break;
    default:
      if (*format >= STRUCT_PAD_1 && *format <= STRUCT_PAD_7)
        size += *format - STRUCT_PAD_1 + 1;
      else
        size += base_type_memory_size(*format);
      format++;
      break;
    }
  }
}

static size_t complex_array_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format,
                                 unsigned int nesting)
{
  size_t count = format_u16(format + 2);
  PFORMAT_STRING conformance = format + 4;

  if (format_u32(conformance) != CORRELATION_NONE)
    count = correlation_value(message, conformance);
  format = skip_correlation(message, skip_correlation(message, conformance));
  return multiply(count, layout_size(message, format, nesting));
}

static size_t union_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format)
{
  PFORMAT_STRING arms;

  /* The union follows the switch, aligned as the high nibble says. */
  if (*format == FC_ENCAPSULATED_UNION)
    return format_u16(format + 2) + (format[1] >> 4);
  arms = skip_correlation(message, format + 2);
  return format_u16(format_follow(arms));
}

static size_t sized_string_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format, size_t unit)
{
  if (format[1] != FC_STRING_SIZED)
    return 0;
  return multiply(correlation_value(message, format + 2), unit);
}

static size_t type_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format, unsigned int nesting)
{
  if (nesting > MAX_NESTING)
    raise_status(RPC_X_BAD_STUB_DATA);
  switch (*format) {
  case FC_RP:
    if (format[1] & FC_SIMPLE_POINTER) /* to a base type or string, behind this byte */
      return *(format + 2) == FC_C_CSTRING || *(format + 2) == FC_C_WSTRING
                 ? type_size(message, format + 2, nesting + 1)
                 : base_type_memory_size(format[2]);
    return type_size(message, format_follow(format + 2), nesting + 1);
  case FC_UP:
  case FC_OP:
  case FC_FP:
  case FC_IP:
  case FC_BYTE_COUNT_POINTER:
    return sizeof(void *);
  case FC_STRUCT:
  case FC_PSTRUCT:
  case FC_CSTRUCT:
  case FC_CPSTRUCT:
  case FC_CVSTRUCT:
  case FC_BOGUS_STRUCT:
  case FC_SMFARRAY:
  case FC_SMVARRAY:
  case FC_CSTRING:
    return format_u16(format + 2);
  case FC_LGFARRAY:
  case FC_LGVARRAY:
    return format_u32(format + 2);
  case FC_CARRAY:
  case FC_CVARRAY:
    return multiply(format_u16(format + 2), correlation_value(message, format + 4));
  case FC_BOGUS_ARRAY:
    return complex_array_size(message, format, nesting);
  case FC_WSTRING:
    return multiply(format_u16(format + 2), sizeof(WCHAR));
  case FC_C_CSTRING:
    return sized_string_size(message, format, sizeof(char));
  case FC_C_WSTRING:
    return sized_string_size(message, format, sizeof(WCHAR));
  case FC_ENCAPSULATED_UNION:
  case FC_NON_ENCAPSULATED_UNION:
    return union_size(message, format);
  case FC_TRANSMIT_AS:
  case FC_REPRESENT_AS:
  case FC_USER_MARSHAL:
    return format_u16(format + 4);
  case FC_RANGE:
    return base_type_memory_size(format[1] & 0x0f);
  default:
    raise_status(RPC_X_BAD_STUB_DATA);
  }
}

size_t argument_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format)
{
  return type_size(message, format, 0);
}

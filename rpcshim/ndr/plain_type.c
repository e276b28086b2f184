#include "plain_type.h"

#include "stub_message.h"

#define CORRELATION_SIZE 4
#define TYPES_MAX        64

/* Layouts of structures, arrays and their pointers. [Microsoft, "RPC NDR format strings"] */
enum layout {
  LAYOUT_POINTER = 0x36,
  LAYOUT_ALIGN_2 = 0x37,
  LAYOUT_ALIGN_8 = 0x39,
  LAYOUT_PAD_1 = 0x3d,
  LAYOUT_PAD_7 = 0x43,
  LAYOUT_NO_REPEAT = 0x46,
  LAYOUT_FIXED_REPEAT = 0x47,
  LAYOUT_VARIABLE_REPEAT = 0x48,
  LAYOUT_POINTERS = 0x4b,
  LAYOUT_EMBEDDED_COMPLEX = 0x4c,
  LAYOUT_END = 0x5b,
  LAYOUT_PAD = 0x5c,
};

/* An entry of a pointer layout: two offsets and the pointer. */
#define POINTER_INSTANCE_SIZE 8

struct scan {
  const MIDL_STUB_MESSAGE *message;
  PFORMAT_STRING seen[TYPES_MAX]; /* types refer to themselves */
  unsigned int count;
};

static bool scan_type(struct scan *scan, PFORMAT_STRING format);

static PFORMAT_STRING skip_correlation(const struct scan *scan, PFORMAT_STRING format)
{
  return format + CORRELATION_SIZE + stub_correlation_increment(scan->message);
}

static bool is_base_type(unsigned char type)
{
  return (type >= FC_BYTE && type <= FC_ENUM32) || type == FC_ERROR_STATUS_T ||
         type == FC_INT3264 || type == FC_UINT3264;
}

static bool scan_pointer(struct scan *scan, PFORMAT_STRING format)
{
  if (format[1] & (FC_DONT_FREE | FC_ALLOCATE_ALL_NODES))
    return false;
  return (format[1] & FC_SIMPLE_POINTER) || scan_type(scan, format_follow(format + 2));
}

static bool scan_instances(struct scan *scan, PFORMAT_STRING instances, unsigned int count)
{
  for (; count--; instances += POINTER_INSTANCE_SIZE)
    if (!scan_pointer(scan, instances + 4))
      return false;
  return true;
}

/* The pointers of a structure or array, where it has some. */
static bool scan_pointers(struct scan *scan, PFORMAT_STRING format)
{
  unsigned int count;

  if (*format != LAYOUT_POINTERS)
    return true;
  for (format += 2; *format != LAYOUT_END; format += count * POINTER_INSTANCE_SIZE) {
    switch (*format) {
    case LAYOUT_NO_REPEAT:
      count = 1;
      format += 2;
      break;
    case LAYOUT_FIXED_REPEAT:
      count = format_u16(format + 8);
      format += 10;
      break;
    case LAYOUT_VARIABLE_REPEAT:
      count = format_u16(format + 6);
      format += 8;
      break;
    default:
      return false;
    }
    if (!scan_instances(scan, format, count))
      return false;
  }
  return true;
}

/* The members of a complex type; `pointers`: where LAYOUT_POINTER refers to. */
static bool scan_members(struct scan *scan, PFORMAT_STRING format, PFORMAT_STRING pointers)
{
  while (*format != LAYOUT_END) {
    switch (*format) {
    case LAYOUT_POINTER:
      if (!pointers || !scan_type(scan, pointers))
        return false;
      pointers += 4;
      format++;
      break;
    case FC_RP:
    case FC_UP:
    case FC_OP:
    case FC_FP:
      if (!scan_pointer(scan, format))
        return false;
      format += 4;
      break;
    case LAYOUT_EMBEDDED_COMPLEX:
      if (!scan_type(scan, format_follow(format + 2)))
        return false;
      format += 4;
      break;
    default:
      if (!is_base_type(*format) && *format != LAYOUT_PAD &&
          (*format < LAYOUT_ALIGN_2 || *format > LAYOUT_ALIGN_8) &&
          (*format < LAYOUT_PAD_1 || *format > LAYOUT_PAD_7))
        return false;
      format++;
      break;
    }
  }
  return true;
}

/* An arm: 0, or a base type in the low byte, or an offset. */
static bool scan_arm(struct scan *scan, PFORMAT_STRING arm)
{
  unsigned short value = format_u16(arm);

  return !value || (value & 0xff00) == 0x8000 || scan_type(scan, format_follow(arm));
}

static bool scan_arms(struct scan *scan, PFORMAT_STRING format)
{
  unsigned int count = format_u16(format) & 0x0fff;

  for (format += 2; count--; format += 6)
    if (!scan_arm(scan, format + 4))
      return false;
  return format_u16(format) == 0xffff || scan_arm(scan, format);
}

static bool scan_complex_structure(struct scan *scan, PFORMAT_STRING format)
{
  bool has_array = format_u16(format + 4), has_pointers = format_u16(format + 6);

  return (!has_array || scan_type(scan, format_follow(format + 4))) &&
         scan_members(scan, format + 8, has_pointers ? format_follow(format + 6) : NULL);
}

static bool scan_new_type(struct scan *scan, PFORMAT_STRING format)
{
  switch (*format) {
  case FC_RP:
  case FC_UP:
  case FC_OP:
  case FC_FP:
    return scan_pointer(scan, format);
  case FC_STRUCT:
  case FC_C_CSTRING:
  case FC_C_WSTRING:
  case FC_CSTRING:
  case FC_WSTRING:
  case FC_RANGE:
    return true;
  case FC_PSTRUCT:
  case FC_SMFARRAY:
    return scan_pointers(scan, format + 4);
  case FC_LGFARRAY:
    return scan_pointers(scan, format + 6);
  case FC_CSTRUCT:
  case FC_CPSTRUCT:
  case FC_CVSTRUCT:
    return scan_type(scan, format_follow(format + 4)) && scan_pointers(scan, format + 6);
  case FC_BOGUS_STRUCT:
    return scan_complex_structure(scan, format);
  case FC_CARRAY:
    return scan_pointers(scan, skip_correlation(scan, format + 4));
  case FC_CVARRAY:
    return scan_pointers(scan, skip_correlation(scan, skip_correlation(scan, format + 4)));
  case FC_SMVARRAY:
    return scan_pointers(scan, skip_correlation(scan, format + 8));
  case FC_LGVARRAY:
    return scan_pointers(scan, skip_correlation(scan, format + 12));
  case FC_BOGUS_ARRAY:
    return scan_members(scan, skip_correlation(scan, skip_correlation(scan, format + 4)), NULL);
  case FC_ENCAPSULATED_UNION:
    return scan_arms(scan, format + 4);
  case FC_NON_ENCAPSULATED_UNION:
    return scan_arms(scan, format_follow(skip_correlation(scan, format + 2)) + 2);
  default:
    return is_base_type(*format);
  }
}

static bool scan_type(struct scan *scan, PFORMAT_STRING format)
{
  for (unsigned int i = 0; i < scan->count; i++)
    if (scan->seen[i] == format)
      return true;
  if (scan->count == TYPES_MAX)
    return false;
  scan->seen[scan->count++] = format;
  return scan_new_type(scan, format);
}

bool type_is_plain(const MIDL_STUB_MESSAGE *message, PFORMAT_STRING format)
{
  struct scan scan = {.message = message};

  return scan_type(&scan, format);
}

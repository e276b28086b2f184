/*
 * The alphabet of MIDL's format strings, as far as the interpreter of procedures reads it.
 *
 * Format strings are compiled into the application: they are trusted as its code is. All
 * numbers in them are little endian and not aligned. [Microsoft, "Procedure Header Descriptor",
 * "Parameter Descriptors", "Common Type Format"; the values not given there are what MIDL
 * emits]
 */
#ifndef ASYNCSHIM_NDR_FORMAT_H
#define ASYNCSHIM_NDR_FORMAT_H

#include <string.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

enum format_character {
  FC_ZERO = 0x00,
  FC_BYTE = 0x01,
  FC_CHAR = 0x02,
  FC_SMALL = 0x03,
  FC_USMALL = 0x04,
  FC_WCHAR = 0x05,
  FC_SHORT = 0x06,
  FC_USHORT = 0x07,
  FC_LONG = 0x08,
  FC_ULONG = 0x09,
  FC_FLOAT = 0x0a,
  FC_HYPER = 0x0b,
  FC_DOUBLE = 0x0c,
  FC_ENUM16 = 0x0d,
  FC_ENUM32 = 0x0e,
  FC_IGNORE = 0x0f, /* an explicit handle among -Oi parameters: nothing on the wire */
  FC_ERROR_STATUS_T = 0x10,
  FC_RP = 0x11, /* pointers: reference, unique, of an object interface, full */
  FC_UP = 0x12,
  FC_OP = 0x13,
  FC_FP = 0x14,
  FC_STRUCT = 0x15,
  FC_PSTRUCT = 0x16,
  FC_CSTRUCT = 0x17,
  FC_CPSTRUCT = 0x18,
  FC_CVSTRUCT = 0x19,
  FC_BOGUS_STRUCT = 0x1a,
  FC_CARRAY = 0x1b,
  FC_CVARRAY = 0x1c,
  FC_SMFARRAY = 0x1d,
  FC_LGFARRAY = 0x1e,
  FC_SMVARRAY = 0x1f,
  FC_LGVARRAY = 0x20,
  FC_BOGUS_ARRAY = 0x21,
  FC_C_CSTRING = 0x22,
  FC_C_WSTRING = 0x25,
  FC_CSTRING = 0x26,
  FC_WSTRING = 0x29,
  FC_ENCAPSULATED_UNION = 0x2a,
  FC_NON_ENCAPSULATED_UNION = 0x2b,
  FC_BYTE_COUNT_POINTER = 0x2c,
  FC_TRANSMIT_AS = 0x2d,
  FC_REPRESENT_AS = 0x2e,
  FC_IP = 0x2f,
  FC_BIND_CONTEXT = 0x30,
  FC_BIND_GENERIC = 0x31,
  FC_BIND_PRIMITIVE = 0x32,
  FC_AUTO_HANDLE = 0x33,
  FC_CALLBACK_HANDLE = 0x34,
  FC_STRING_SIZED = 0x44,
  FC_IN_PARAM = 0x4d,
  FC_IN_PARAM_BASETYPE = 0x4e,
  FC_IN_PARAM_NO_FREE_INST = 0x4f,
  FC_IN_OUT_PARAM = 0x50,
  FC_OUT_PARAM = 0x51,
  FC_RETURN_PARAM = 0x52,
  FC_RETURN_PARAM_BASETYPE = 0x53,
  FC_DEREFERENCE = 0x54,
  FC_DIV_2 = 0x55,
  FC_MULT_2 = 0x56,
  FC_ADD_1 = 0x57,
  FC_SUB_1 = 0x58,
  FC_CALLBACK = 0x59,
  FC_TRANSMIT_AS_PTR = 0xb2,
  FC_REPRESENT_AS_PTR = 0xb3,
  FC_USER_MARSHAL = 0xb4,
  FC_PIPE = 0xb5,
  FC_RANGE = 0xb7,
  FC_INT3264 = 0xb8,
  FC_UINT3264 = 0xb9,
};

/* Second byte of a pointer's format. */
enum pointer_attribute {
  FC_ALLOCATE_ALL_NODES = 0x01,
  FC_DONT_FREE = 0x02,
  FC_ALLOCED_ON_STACK = 0x04,
  FC_SIMPLE_POINTER = 0x08,
  FC_POINTER_DEREF = 0x10,
};

/* Flags of a handle description and of FC_BIND_CONTEXT. */
enum handle_flag {
  HANDLE_PARAM_IS_VIA_PTR = 0x80,
  HANDLE_PARAM_IS_IN = 0x40,
  HANDLE_PARAM_IS_OUT = 0x20,
  HANDLE_PARAM_IS_RETURN = 0x10,
  NDR_STRICT_CONTEXT_HANDLE = 0x08,
  NDR_CONTEXT_HANDLE_NOSERIALIZE = 0x04,
  NDR_CONTEXT_HANDLE_SERIALIZE = 0x02,
  NDR_CONTEXT_HANDLE_CANNOT_BE_NULL = 0x01,
};

static inline unsigned short format_u16(PFORMAT_STRING format)
{
  unsigned short value;

  memcpy(&value, format, sizeof(value));
  return value;
}

static inline short format_s16(PFORMAT_STRING format)
{
  return (short)format_u16(format);
}

static inline ULONG format_u32(PFORMAT_STRING format)
{
  ULONG value;

  memcpy(&value, format, sizeof(value));
  return value;
}

/* A format reached by a signed offset that is relative to where it stands. */
static inline PFORMAT_STRING format_follow(PFORMAT_STRING format)
{
  return format + format_s16(format);
}

#endif

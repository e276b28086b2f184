#include "base_type.h"

#include "engine.h"
#include "raise.h"

/* Size and alignment on the wire. */
static unsigned int wire_size(unsigned char type)
{
  switch (type) {
  case FC_BYTE:
  case FC_CHAR:
  case FC_SMALL:
  case FC_USMALL:
    return 1;
  case FC_WCHAR:
  case FC_SHORT:
  case FC_USHORT:
  case FC_ENUM16:
    return 2;
  case FC_LONG:
  case FC_ULONG:
  case FC_FLOAT:
  case FC_ENUM32:
  case FC_ERROR_STATUS_T:
  case FC_INT3264: /* __int3264 is always 32 bits on the wire */
  case FC_UINT3264:
    return 4;
  case FC_HYPER:
  case FC_DOUBLE:
    return 8;
  case FC_IGNORE:
    return 0;
  default:
    raise_status(RPC_X_BAD_STUB_DATA);
  }
}

unsigned int base_type_memory_size(unsigned char type)
{
  switch (type) {
  case FC_ENUM16:
    return sizeof(int);
  case FC_INT3264:
  case FC_UINT3264:
  case FC_IGNORE:
    return sizeof(void *);
  default:
    return wire_size(type);
  }
}

unsigned int base_type_stack_size(unsigned char type)
{
  unsigned int size = base_type_memory_size(type);

  return size > sizeof(void *) ? size : sizeof(void *);
}

void base_type_buffer_size(MIDL_STUB_MESSAGE *message, unsigned char type)
{
  unsigned int size = wire_size(type);

  if (!size)
    return;
  message->BufferLength = ((message->BufferLength + size - 1) & ~(size - 1)) + size;
}

/* Aligns the buffer to `size`, which is a power of two, as C706 chapter 14 wants it. */
static unsigned char *align(unsigned char *buffer, unsigned int size)
{
  return (unsigned char *)(((ULONG_PTR)buffer + size - 1) & ~(ULONG_PTR)(size - 1));
}

void base_type_marshall(MIDL_STUB_MESSAGE *message, const void *memory, unsigned char type)
{
  unsigned int size = wire_size(type);
  unsigned char *buffer, *end = buffer_write_end(message);

  if (!size)
    return;
  if (type == FC_ENUM16 && *(const unsigned int *)memory > 0x7fff)
    raise_status(RPC_X_ENUM_VALUE_OUT_OF_RANGE);
  buffer = align(message->Buffer, size);
  if (buffer > end || (size_t)(end - buffer) < size)
    raise_status(RPC_X_BAD_STUB_DATA);
  memset(message->Buffer, 0, buffer - message->Buffer); /* no stack garbage to the peer */
  memcpy(buffer, memory, size);
  message->Buffer = buffer + size;
}

void base_type_unmarshall(MIDL_STUB_MESSAGE *message, unsigned char **memory,
                          unsigned char type)
{
  unsigned int size = wire_size(type);
  unsigned char *buffer;
  LONG value;

  if (!size)
    return;
  buffer = align(message->Buffer, size);
  if (buffer > message->BufferEnd || (size_t)(message->BufferEnd - buffer) < size)
    raise_status(RPC_X_BAD_STUB_DATA);
  message->Buffer = buffer + size;

  if (!*memory) {
    if (base_type_memory_size(type) == size) {
      *memory = buffer;
      return;
    }
    *memory = engine.NdrAllocate(message, base_type_memory_size(type));
  }
  switch (type) {
  case FC_ENUM16:
    *(unsigned int *)*memory = format_u16(buffer);
    break;
  case FC_INT3264:
    memcpy(&value, buffer, sizeof(value));
    *(LONG_PTR *)*memory = value;
    break;
  case FC_UINT3264:
    *(ULONG_PTR *)*memory = format_u32(buffer);
    break;
  default:
    memcpy(*memory, buffer, size);
    break;
  }
}

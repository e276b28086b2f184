#include "orpc.h"

#include <string.h>

#include "byte_order.h"

/* ORPCF_LOCAL and the four that are reserved. */
#define KNOWN_FLAGS 0x1fu
/* Of ORPCTHIS, before the pointer to its extensions: version, flags, reserved, causality id. */
#define THIS_FIXED_SIZE 28u
/* Of an extension, before its data: capacity, id, size. */
#define EXTENSION_HEADER_SIZE 24u
/* The array of extensions, before the first: count, reserved, pointer, capacity. */
#define ARRAY_HEADER_SIZE 16u

static uint32_t even(uint32_t count)
{
  return (count + 1) & ~1u;
}

static size_t padded(size_t length)
{
  return (length + 7) & ~(size_t)7;
}

/* Its data have room for a multiple of 8 bytes. */
static void read_extension(struct byte_reader *reader, const struct wire_uuid *wanted,
                           struct orpc_extension *found)
{
  uint32_t capacity = byte_reader_u32(reader), size;
  struct wire_uuid id = byte_reader_uuid(reader);
  const uint8_t *data;

  size = byte_reader_u32(reader);
  if (size > UINT32_MAX - 7 || capacity != padded(size)) {
    reader->failed = true;
    return;
  }
  data = byte_reader_take(reader, capacity);
  if (data && wanted && !found->data && wire_uuid_equal(&id, wanted))
    *found = (struct orpc_extension){data, size};
}

/* A count that is odd is followed by one that is empty. */
static void read_extensions(struct byte_reader *reader, const struct wire_uuid *wanted,
                            struct orpc_extension *found)
{
  uint32_t count = byte_reader_u32(reader), there, pointer;

  byte_reader_u32(reader); /* reserved */
  pointer = byte_reader_u32(reader);
  if (!pointer || reader->failed)
    return;
  there = byte_reader_u32(reader);
  if (count > ORPC_EXTENSION_LIMIT || there != even(count))
    reader->failed = true;
  for (uint32_t i = 0; i < there && !reader->failed; i++)
    read_extension(reader, i < count ? wanted : NULL, found);
}

/* `reader` is at the pointer to the extensions. */
static bool read_rest(struct byte_reader *reader, const struct wire_uuid *wanted, size_t *size,
                      struct orpc_extension *found)
{
  *found = (struct orpc_extension){NULL, 0};
  if (byte_reader_u32(reader))
    read_extensions(reader, wanted, found);
  *size = reader->position;
  return !reader->failed;
}

bool orpc_this_read(const uint8_t *data, size_t length, size_t *size)
{
  struct byte_reader reader = {.data = data, .end = length};
  struct orpc_extension found;

  byte_reader_take(&reader, THIS_FIXED_SIZE);
  return read_rest(&reader, NULL, size, &found);
}

bool orpc_that_read(const uint8_t *data, size_t length, const struct wire_uuid *id,
                    size_t *size, struct orpc_extension *found)
{
  struct byte_reader reader = {.data = data, .end = length};

  if (byte_reader_u32(&reader) & ~KNOWN_FLAGS)
    reader.failed = true;
  return read_rest(&reader, id, size, found);
}

size_t orpc_that_size(size_t extension_length)
{
  if (!extension_length)
    return ORPC_THAT_SIZE;
  return ORPC_THAT_SIZE + ARRAY_HEADER_SIZE + 2 * EXTENSION_HEADER_SIZE +
         padded(extension_length);
}

void orpc_that_write(uint8_t *data, const struct wire_uuid *id,
                     const struct orpc_extension *extension)
{
  uint8_t *first = data + ORPC_THAT_SIZE + ARRAY_HEADER_SIZE;

  memset(data, 0, orpc_that_size(extension->length));
  if (!extension->length)
    return;
  /* The pointers are not 0, which is all that they say. */
  store_u32(data + 4, 1);
  store_u32(data + ORPC_THAT_SIZE, 1);
  store_u32(data + ORPC_THAT_SIZE + 8, 1);
  store_u32(data + ORPC_THAT_SIZE + 12, even(1));
  store_u32(first, (uint32_t)padded(extension->length));
  store_uuid(first + 4, id);
  store_u32(first + 20, (uint32_t)extension->length);
  memcpy(first + EXTENSION_HEADER_SIZE, extension->data, extension->length);
}

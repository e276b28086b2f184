/*
 * Integers at any alignment in either byte order, and a cursor that reads them within bounds.
 *
 * Private to wire/. The cursor never reads past its end: a read that does not fit sets
 * `failed`, yields zero, and so does every read after it; callers check once, after the last
 * read.
 */
#ifndef ASYNCSHIM_WIRE_BYTE_ORDER_H
#define ASYNCSHIM_WIRE_BYTE_ORDER_H

#include <string.h>

#include "pdu.h"

static inline uint16_t load_u16(const uint8_t *p, bool big_endian)
{
  return (uint16_t)(big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static inline uint32_t load_u32(const uint8_t *p, bool big_endian)
{
  uint32_t first = load_u16(p, big_endian), second = load_u16(p + 2, big_endian);

  return big_endian ? first << 16 | second : second << 16 | first;
}

/* Encoding is always little-endian. */
static inline void store_u16(uint8_t *p, uint16_t value)
{
  p[0] = (uint8_t)value;
  p[1] = (uint8_t)(value >> 8);
}

static inline void store_u32(uint8_t *p, uint32_t value)
{
  store_u16(p, (uint16_t)value);
  store_u16(p + 2, (uint16_t)(value >> 16));
}

static inline void store_uuid(uint8_t *p, const struct wire_uuid *uuid)
{
  store_u32(p, uuid->data1);
  store_u16(p + 4, uuid->data2);
  store_u16(p + 6, uuid->data3);
  memcpy(p + 8, uuid->data4, sizeof(uuid->data4));
}

struct byte_reader {
  const uint8_t *data;
  size_t position;
  size_t end;
  bool big_endian;
  bool failed;
};

/* The next `count` bytes, or NULL. */
static inline const uint8_t *byte_reader_take(struct byte_reader *reader, size_t count)
{
  if (reader->failed || count > reader->end - reader->position) {
    reader->failed = true;
    return NULL;
  }
  reader->position += count;
  return reader->data + reader->position - count;
}

static inline uint8_t byte_reader_u8(struct byte_reader *reader)
{
  const uint8_t *p = byte_reader_take(reader, 1);

  return p ? *p : 0;
}

static inline uint16_t byte_reader_u16(struct byte_reader *reader)
{
  const uint8_t *p = byte_reader_take(reader, 2);

  return p ? load_u16(p, reader->big_endian) : 0;
}

static inline uint32_t byte_reader_u32(struct byte_reader *reader)
{
  const uint8_t *p = byte_reader_take(reader, 4);

  return p ? load_u32(p, reader->big_endian) : 0;
}

static inline struct wire_uuid byte_reader_uuid(struct byte_reader *reader)
{
  struct wire_uuid uuid = {.data1 = byte_reader_u32(reader)};
  const uint8_t *rest;

  uuid.data2 = byte_reader_u16(reader);
  uuid.data3 = byte_reader_u16(reader);
  rest = byte_reader_take(reader, sizeof(uuid.data4));
  if (rest)
    memcpy(uuid.data4, rest, sizeof(uuid.data4));
  return uuid;
}

/* To the next multiple of `alignment` from the start of the PDU. */
static inline void byte_reader_align(struct byte_reader *reader, size_t alignment)
{
  byte_reader_take(reader, (0 - reader->position) & (alignment - 1));
}

#endif

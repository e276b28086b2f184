#include "error_info.h"

#include <string.h>

#include "byte_order.h"

/* OBJREF_CUSTOM. [MS-DCOM, 2.2.18] */
#define SIGNATURE       0x574f454du /* "MEOW" */
#define KIND_CUSTOM     4u
#define REFERENCE_SIZE  48u
#define FIXED_DATA_SIZE 24u /* version, help context, iid */
#define TEXT_PRESENT    0xffffffffu

#define OLE_UUID(first)                                                                        \
  {                                                                                            \
    first, 0, 0,                                                                               \
    {                                                                                          \
      0xc0, 0, 0, 0, 0, 0, 0, 0x46                                                             \
    }                                                                                          \
  }
const struct wire_uuid error_extension_id = OLE_UUID(0x31c);
/* CLSID_ErrorObject, who unmarshals it. */
static const struct wire_uuid unmarshaler = OLE_UUID(0x31b);
/* IID_IErrorInfo */
static const struct wire_uuid interface_id = {
    0x1cf2b120, 0x547d, 0x101b, {0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19}};

/* ---- writing ---- */

static size_t text_size(const struct error_text *text)
{
  return text->utf16 ? 16 + 2 * ((size_t)text->length + 1) : 4;
}

static size_t data_size(const struct error_info *error)
{
  return FIXED_DATA_SIZE + text_size(&error->source) + text_size(&error->description) +
         text_size(&error->help_file);
}

size_t error_info_size(const struct error_info *error)
{
  return REFERENCE_SIZE + data_size(error);
}

/* Presence; then capacity, offset, count, with the NUL, and the characters. Returns its end. */
static uint8_t *write_text(uint8_t *data, const struct error_text *text)
{
  store_u32(data, text->utf16 ? TEXT_PRESENT : 0);
  if (!text->utf16)
    return data + 4;
  store_u32(data + 4, text->length + 1);
  store_u32(data + 8, 0);
  store_u32(data + 12, text->length + 1);
  memcpy(data + 16, text->utf16, 2 * (size_t)text->length);
  store_u16(data + 16 + 2 * (size_t)text->length, 0);
  return data + text_size(text);
}

void error_info_write(const struct error_info *error, uint8_t *data)
{
  store_u32(data, SIGNATURE);
  store_u32(data + 4, KIND_CUSTOM);
  store_uuid(data + 8, &interface_id);
  store_uuid(data + 24, &unmarshaler);
  store_u32(data + 40, 0); /* extensions */
  store_u32(data + 44, (uint32_t)data_size(error));
  data += REFERENCE_SIZE;
  store_u32(data, 0); /* version */
  store_u32(data + 4, error->help_context);
  store_uuid(data + 8, &error->iid);
  data = write_text(data + FIXED_DATA_SIZE, &error->source);
  data = write_text(data, &error->description);
  write_text(data, &error->help_file);
}

/* ---- reading ---- */

static void read_text(struct byte_reader *reader, struct error_text *text)
{
  uint32_t present = byte_reader_u32(reader), capacity, offset, count;
  const uint8_t *characters;

  *text = (struct error_text){NULL, 0};
  if (present != TEXT_PRESENT) {
    reader->failed |= present != 0;
    return;
  }
  capacity = byte_reader_u32(reader);
  offset = byte_reader_u32(reader);
  count = byte_reader_u32(reader);
  if (offset || capacity != count || !count || count > ERROR_TEXT_LIMIT + 1) {
    reader->failed = true;
    return;
  }
  characters = byte_reader_take(reader, 2 * (size_t)count);
  if (characters && load_u16(characters + 2 * (size_t)(count - 1), false))
    reader->failed = true;
  *text = (struct error_text){characters, count - 1};
}

/* What its size says is ignored, as the specification wants it. */
static void read_reference(struct byte_reader *reader)
{
  uint32_t signature = byte_reader_u32(reader), kind = byte_reader_u32(reader);
  struct wire_uuid iid = byte_reader_uuid(reader), class_id = byte_reader_uuid(reader);

  byte_reader_take(reader, 8);
  if (signature != SIGNATURE || kind != KIND_CUSTOM || !wire_uuid_equal(&iid, &interface_id) ||
      !wire_uuid_equal(&class_id, &unmarshaler))
    reader->failed = true;
}

bool error_info_read(struct error_info *error, const uint8_t *data, size_t length)
{
  struct byte_reader reader = {.data = data, .end = length};

  read_reference(&reader);
  if (byte_reader_u32(&reader)) /* version */
    reader.failed = true;
  error->help_context = byte_reader_u32(&reader);
  error->iid = byte_reader_uuid(&reader);
  read_text(&reader, &error->source);
  read_text(&reader, &error->description);
  read_text(&reader, &error->help_file);
  return !reader.failed;
}

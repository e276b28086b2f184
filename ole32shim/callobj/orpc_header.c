#include "orpc_header.h"

#include <stdint.h>
#include <string.h>

/* ORPCF_LOCAL and the four that are reserved. */
#define KNOWN_FLAGS 0x1fu
/* MS-DCOM sets no limit: more than this is no server's. */
#define EXTENSION_LIMIT 256u

struct this_header {
  uint16_t major_version, minor_version;
  uint32_t flags, reserved;
  GUID causality;
  uint32_t extensions; /* a unique pointer */
};

/* One extension, as combase writes it: its data follows. */
struct extension {
  uint32_t capacity;
  GUID id;
  uint32_t size;
};

struct reader {
  const uint8_t *data;
  size_t length, offset;
};

_Static_assert(sizeof(struct this_header) == ORPC_THIS_SIZE, "ORPCTHIS");

void orpc_this_write(void *buffer, const GUID *causality)
{
  struct this_header header = {ORPC_MAJOR_VERSION, ORPC_MINOR_VERSION, 0, 0, *causality, 0};

  memcpy(buffer, &header, sizeof(header));
}

static HRESULT take(struct reader *reader, void *value, size_t size)
{
  if (reader->length - reader->offset < size)
    return RPC_E_INVALID_HEADER;
  memcpy(value, reader->data + reader->offset, size);
  reader->offset += size;
  return S_OK;
}

/* Passes over one extension: no channel hook of ours looks into it. */
static HRESULT skip_extension(struct reader *reader)
{
  struct extension extension;
  HRESULT result = take(reader, &extension, sizeof(extension));

  if (FAILED(result))
    return result;
  if (extension.capacity < extension.size ||
      reader->length - reader->offset < extension.capacity)
    return RPC_E_INVALID_HEADER;
  reader->offset += extension.capacity;
  return S_OK;
}

static HRESULT skip_extensions(struct reader *reader)
{
  uint32_t array[3], capacity; /* size, reserved, pointer */
  HRESULT result = take(reader, array, sizeof(array));

  if (FAILED(result) || !array[2])
    return result;
  result = take(reader, &capacity, sizeof(capacity));
  if (SUCCEEDED(result) && (array[0] > EXTENSION_LIMIT || capacity != ((array[0] + 1) & ~1u)))
    result = RPC_E_INVALID_HEADER;
  for (uint32_t i = 0; SUCCEEDED(result) && i < capacity; i++)
    result = skip_extension(reader);
  return result;
}

HRESULT orpc_that_read(const void *buffer, size_t length, size_t *offset)
{
  struct reader reader = {buffer, length, 0};
  uint32_t header[2]; /* flags, extensions */
  HRESULT result = take(&reader, header, sizeof(header));

  if (SUCCEEDED(result) && header[0] & ~KNOWN_FLAGS)
    result = RPC_E_INVALID_HEADER;
  if (SUCCEEDED(result) && header[1])
    result = skip_extensions(&reader);
  *offset = reader.offset;
  return result;
}

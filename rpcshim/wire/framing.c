#include "framing.h"

#include "byte_order.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024u /* most requests and replies are smaller */

void frame_reader_init(struct frame_reader *reader, uint16_t max_fragment)
{
  *reader = (struct frame_reader){.max_fragment = max_fragment};
}

void frame_reader_destroy(struct frame_reader *reader)
{
  free(reader->data);
  *reader = (struct frame_reader){0};
}

static bool grow(struct frame_reader *reader, size_t needed)
{
  size_t capacity = reader->capacity ? reader->capacity : FIRST_CAPACITY;
  uint8_t *data;

  while (capacity < needed)
    capacity *= 2;
  if (capacity > reader->max_fragment)
    capacity = reader->max_fragment;
  data = realloc(reader->data, capacity);
  if (!data)
    return false;
  reader->data = data;
  reader->capacity = capacity;
  return true;
}

uint8_t *frame_reader_room(struct frame_reader *reader, size_t wanted, size_t *available)
{
  size_t kept = reader->end - reader->start;

  /* Fragments are taken out before the next read, so less than one whole fragment is kept. */
  if (wanted > (size_t)reader->max_fragment - kept)
    wanted = reader->max_fragment - kept;
  if (reader->start) {
    memmove(reader->data, reader->data + reader->start, kept);
    reader->start = 0;
    reader->end = kept;
  }
  if (kept + wanted > reader->capacity && !grow(reader, kept + wanted)) {
    *available = 0;
    return NULL;
  }
  *available = reader->capacity - kept;
  return reader->data + kept;
}

void frame_reader_commit(struct frame_reader *reader, size_t count)
{
  reader->end += count;
}

bool frame_reader_has_part(const struct frame_reader *reader)
{
  return reader->end > reader->start;
}

enum pdu_status frame_reader_next(struct frame_reader *reader, const uint8_t **fragment,
                                  size_t *length)
{
  size_t available = reader->end - reader->start;
  size_t fragment_length;
  const uint8_t *header;

  if (available < PDU_COMMON_HEADER_SIZE)
    return PDU_NEED_MORE;
  header = reader->data + reader->start;
  if (header[4] >> 4 > 1) /* neither byte order of C706 14.1 */
    return PDU_MALFORMED;
  fragment_length = load_u16(header + 8, header[4] >> 4 == 0);
  if (fragment_length < PDU_COMMON_HEADER_SIZE || fragment_length > reader->max_fragment)
    return PDU_MALFORMED;
  if (available < fragment_length)
    return PDU_NEED_MORE;
  *fragment = header;
  *length = fragment_length;
  reader->start += fragment_length;
  return header[0] == 5 && header[1] <= 1 ? PDU_OK : PDU_BAD_VERSION;
}

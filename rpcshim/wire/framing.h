/*
 * Cuts a byte stream into PDU fragments, C706 12.6.2.
 *
 * Owned by one connection and used by one thread at a time (whoever handles its reads). The
 * reader asks for room, reads into it, commits what came, and takes out fragments until
 * PDU_NEED_MORE. A fragment's bytes stay valid until the next frame_reader_room(). The buffer
 * grows to the largest fragment allowed, no further, and starts empty.
 */
#ifndef ASYNCSHIM_WIRE_FRAMING_H
#define ASYNCSHIM_WIRE_FRAMING_H

#include "pdu.h"

struct frame_reader {
  uint8_t *data;
  size_t capacity;
  size_t start; /* first byte not yet taken out */
  size_t end;   /* one past the last byte committed */
  uint16_t max_fragment;
};

void frame_reader_init(struct frame_reader *reader, uint16_t max_fragment);
void frame_reader_destroy(struct frame_reader *reader);

/*
 * At least `wanted` writable bytes, or as many as one largest fragment still needs; moves what
 * is left to the front. Fragments are taken out first: a reader that holds a whole one has no
 * room. NULL: out of memory.
 */
uint8_t *frame_reader_room(struct frame_reader *reader, size_t wanted, size_t *available);
void frame_reader_commit(struct frame_reader *reader, size_t count);

/* After PDU_NEED_MORE: the beginning of a fragment is there. */
bool frame_reader_has_part(const struct frame_reader *reader);

/*
 * PDU_OK with *fragment and *length, PDU_NEED_MORE, PDU_BAD_VERSION (fragment is there,
 * complete) or PDU_MALFORMED (its length is below a header or above max_fragment: the stream
 * cannot go on).
 */
enum pdu_status frame_reader_next(struct frame_reader *reader, const uint8_t **fragment,
                                  size_t *length);

#endif

/* A byte stream comes apart into the same fragments however it was cut up on the way. */
#include "check.h"
#include "framing.h"
#include "golden.h"

static void feed(struct frame_reader *reader, const uint8_t *bytes, size_t count)
{
  size_t available;
  uint8_t *room = frame_reader_room(reader, count, &available);

  CHECK(room != NULL);
  CHECK(available >= count);
  memcpy(room, bytes, count);
  frame_reader_commit(reader, count);
}

static size_t golden_stream(uint8_t *stream)
{
  size_t size = 0;

  for (size_t i = 0; i < GOLDEN_COUNT; i++) {
    memcpy(stream + size, golden_pdus[i].bytes, golden_pdus[i].size);
    size += golden_pdus[i].size;
  }
  return size;
}

static void chunks_of_any_size_give_the_same_fragments(void)
{
  uint8_t stream[2048];
  size_t size = golden_stream(stream);

  for (size_t chunk = 1; chunk <= size; chunk++) {
    struct frame_reader reader;
    size_t found = 0;

    frame_reader_init(&reader, 5840);
    for (size_t at = 0; at < size; at += chunk) {
      const uint8_t *fragment;
      size_t length;

      feed(&reader, stream + at, chunk < size - at ? chunk : size - at);
      while (frame_reader_next(&reader, &fragment, &length) == PDU_OK) {
        CHECK(found < GOLDEN_COUNT);
        CHECK_BYTES(golden_pdus[found].bytes, golden_pdus[found].size, fragment, length);
        found++;
      }
    }
    CHECK_EQUAL(GOLDEN_COUNT, found);
    frame_reader_destroy(&reader);
  }
}

static void an_empty_reader_needs_more_and_holds_nothing(void)
{
  struct frame_reader reader;
  const uint8_t *fragment;
  size_t length;

  frame_reader_init(&reader, 5840);
  CHECK_EQUAL(0, reader.capacity);
  CHECK_EQUAL(PDU_NEED_MORE, frame_reader_next(&reader, &fragment, &length));
  feed(&reader, golden_request, sizeof(golden_request) - 1);
  CHECK_EQUAL(PDU_NEED_MORE, frame_reader_next(&reader, &fragment, &length));
  frame_reader_destroy(&reader);
}

static void the_largest_fragment_fits_and_no_larger_one(void)
{
  static const uint16_t limits[] = {PDU_MIN_FRAGMENT, 5840, PDU_MAX_FRAGMENT};
  static uint8_t bytes[PDU_MAX_FRAGMENT];

  for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
    uint8_t header[16] = {5, 0, 0, 3, 0x10};
    struct frame_reader reader;
    const uint8_t *fragment;
    size_t length, at = 0;

    header[8] = (uint8_t)limits[i];
    header[9] = (uint8_t)(limits[i] >> 8);
    memset(bytes, 0x77, sizeof(bytes));
    memcpy(bytes, header, sizeof(header));
    frame_reader_init(&reader, limits[i]);
    while (at < limits[i]) {
      size_t available;
      uint8_t *room = frame_reader_room(&reader, 512, &available);

      CHECK(room && available);
      if (available > (size_t)limits[i] - at)
        available = limits[i] - at;
      memcpy(room, bytes + at, available);
      frame_reader_commit(&reader, available);
      at += available;
      CHECK_EQUAL(at < limits[i] ? PDU_NEED_MORE : PDU_OK,
                  frame_reader_next(&reader, &fragment, &length));
      CHECK(reader.capacity <= limits[i]);
    }
    CHECK_BYTES(bytes, limits[i], fragment, length);

    length = limits[i] + 1u;
    header[8] = (uint8_t)length;
    header[9] = (uint8_t)(length >> 8);
    feed(&reader, header, sizeof(header));
    CHECK_EQUAL(PDU_MALFORMED, frame_reader_next(&reader, &fragment, &length));
    frame_reader_destroy(&reader);
  }
}

static void lengths_below_a_header_end_the_stream(void)
{
  for (uint8_t claimed = 0; claimed < 16; claimed++) {
    uint8_t header[16] = {5, 0, 0, 3, 0x10, 0, 0, 0, claimed};
    struct frame_reader reader;
    const uint8_t *fragment;
    size_t length;

    frame_reader_init(&reader, 5840);
    feed(&reader, header, sizeof(header));
    CHECK_EQUAL(PDU_MALFORMED, frame_reader_next(&reader, &fragment, &length));
    frame_reader_destroy(&reader);
  }
}

static void unknown_byte_order_ends_the_stream(void)
{
  uint8_t header[16] = {5, 0, 0, 3, 0x20, 0, 0, 0, 16};
  struct frame_reader reader;
  const uint8_t *fragment;
  size_t length;

  frame_reader_init(&reader, 5840);
  feed(&reader, header, sizeof(header));
  CHECK_EQUAL(PDU_MALFORMED, frame_reader_next(&reader, &fragment, &length));
  frame_reader_destroy(&reader);
}

static void a_wrong_version_is_told_with_the_whole_fragment(void)
{
  uint8_t bytes[sizeof(golden_request)];
  struct frame_reader reader;
  const uint8_t *fragment;
  size_t length;

  memcpy(bytes, golden_request, sizeof(bytes));
  bytes[0] = 6;
  frame_reader_init(&reader, 5840);
  feed(&reader, bytes, sizeof(bytes));
  CHECK_EQUAL(PDU_BAD_VERSION, frame_reader_next(&reader, &fragment, &length));
  CHECK_BYTES(bytes, sizeof(bytes), fragment, length);
  frame_reader_destroy(&reader);
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(chunks_of_any_size_give_the_same_fragments),
      TEST(an_empty_reader_needs_more_and_holds_nothing),
      TEST(the_largest_fragment_fits_and_no_larger_one),
      TEST(lengths_below_a_header_end_the_stream),
      TEST(unknown_byte_order_ends_the_stream),
      TEST(a_wrong_version_is_told_with_the_whole_fragment),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

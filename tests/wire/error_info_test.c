/* Error objects by value: every field, every text, and every byte that can be wrong. */
#include "check.h"
#include "error_info.h"

#define TEXT(ascii)                                                                            \
  {                                                                                            \
    (const uint8_t *)ascii, sizeof(ascii) / 2                                                  \
  }
static const struct error_info example = {
    {0x11223344, 0x5566, 0x7788, {1, 2, 3, 4, 5, 6, 7, 8}},
    0xdeadbeef,
    TEXT("a\0b\0"),
    {(const uint8_t *)"", 0},
    {NULL, 0}};

static const uint8_t golden[] = {
    'M',  'E',  'O',  'W',  4,    0,    0,    0,    0x20, 0xb1, 0xf2, 0x1c, 0x7d, 0x54, 0x1b,
    0x10, 0x8e, 0x65, 8,    0,    0x2b, 0x2b, 0xd1, 0x19, 0x1b, 3,    0,    0,    0,    0,
    0,    0,    0xc0, 0,    0,    0,    0,    0,    0,    0x46, 0,    0,    0,    0,    68,
    0,    0,    0,    0,    0,    0,    0,    0xef, 0xbe, 0xad, 0xde, 0x44, 0x33, 0x22, 0x11,
    0x66, 0x55, 0x88, 0x77, 1,    2,    3,    4,    5,    6,    7,    8,    0xff, 0xff, 0xff,
    0xff, 3,    0,    0,    0,    0,    0,    0,    0,    3,    0,    0,    0,    'a',  0,
    'b',  0,    0,    0,    0xff, 0xff, 0xff, 0xff, 1,    0,    0,    0,    0,    0,    0,
    0,    1,    0,    0,    0,    0,    0,    0,    0,    0,    0};

enum {
  VERSION_AT = 48,
  TEXT_AT = 72,
};

static bool read_copy(const uint8_t *bytes, size_t size, struct error_info *error)
{
  static uint8_t *copy;

  free(copy);
  copy = exact_copy(bytes, size);
  return error_info_read(error, copy, size);
}

static void check_text(const struct error_text *expected, const struct error_text *text)
{
  CHECK_EQUAL(expected->utf16 != NULL, text->utf16 != NULL);
  CHECK_BYTES(expected->utf16, 2 * (size_t)expected->length, text->utf16,
              2 * (size_t)text->length);
}

static void the_bytes_are_those_of_the_specification(void)
{
  uint8_t bytes[sizeof(golden)];

  CHECK_EQUAL(sizeof(golden), error_info_size(&example));
  error_info_write(&example, bytes);
  CHECK_BYTES(golden, sizeof(golden), bytes, sizeof(bytes));
}

static void every_field_is_read(void)
{
  struct error_info error;

  CHECK(read_copy(golden, sizeof(golden), &error));
  CHECK(wire_uuid_equal(&example.iid, &error.iid));
  CHECK_EQUAL(0xdeadbeef, error.help_context);
  check_text(&example.source, &error.source);
  check_text(&example.description, &error.description);
  check_text(&example.help_file, &error.help_file);
}

static void what_is_cut_off_is_refused(void)
{
  struct error_info error;

  for (size_t size = 0; size < sizeof(golden); size++)
    CHECK(!read_copy(golden, size, &error));
}

static void padding_behind_it_is_no_part_of_it(void)
{
  uint8_t bytes[sizeof(golden) + 8] = {0};
  struct error_info error;

  memcpy(bytes, golden, sizeof(golden));
  CHECK(read_copy(bytes, sizeof(bytes), &error));
}

/* Reading with one integer changed. */
static bool read_with(size_t at, uint32_t value)
{
  uint8_t bytes[sizeof(golden)];
  struct error_info error;

  memcpy(bytes, golden, sizeof(golden));
  for (int i = 0; i < 4; i++)
    bytes[at + i] = (uint8_t)(value >> 8 * i);
  return read_copy(bytes, sizeof(bytes), &error);
}

static void other_references_are_refused(void)
{
  CHECK(!read_with(0, 0x574f454e));
  CHECK(!read_with(4, 1)); /* standard: an object that stays where it is */
  CHECK(!read_with(8, 0x1cf2b121));
  CHECK(!read_with(24, 0x31c));
  CHECK(!read_with(VERSION_AT, 1));
  /* What is to be ignored. */
  CHECK(read_with(40, 77));
  CHECK(read_with(44, 0xffffffff));
}

static void texts_that_lie_are_refused(void)
{
  static const uint32_t lies[] = {0,          1,          2,          4,         0x7fffffff,
                                  0x80000000, 0x80000003, 0xfffffffe, 0xffffffff};

  CHECK(!read_with(TEXT_AT, 1));
  CHECK(!read_with(TEXT_AT, 0x7fffffff));
  CHECK(!read_with(TEXT_AT + 8, 1)); /* offset */
  for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
    CHECK(!read_with(TEXT_AT + 4, lies[i]));
    CHECK(!read_with(TEXT_AT + 12, lies[i]));
  }
  CHECK(!read_with(TEXT_AT + 18, 'c' << 16)); /* no NUL */
}

/* A count that is in both places, and does not fit what is there. */
static void texts_that_lead_out_are_refused(void)
{
  static const uint32_t counts[] = {0, 40, 1000, ERROR_TEXT_LIMIT + 2, 0x7fffffff, 0xffffffff};
  uint8_t bytes[sizeof(golden)];
  struct error_info error;

  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    memcpy(bytes, golden, sizeof(golden));
    for (int j = 0; j < 4; j++)
      bytes[TEXT_AT + 4 + j] = bytes[TEXT_AT + 12 + j] = (uint8_t)(counts[i] >> 8 * j);
    CHECK(!read_copy(bytes, sizeof(bytes), &error));
  }
}

static void texts_of_any_length_up_to_the_limit_travel(void)
{
  static const uint32_t lengths[] = {0, 1, 7, 4096, ERROR_TEXT_LIMIT - 1, ERROR_TEXT_LIMIT};
  uint8_t *characters = malloc(2 * ((size_t)ERROR_TEXT_LIMIT + 1));

  CHECK(characters);
  memset(characters, 'q', 2 * ((size_t)ERROR_TEXT_LIMIT + 1));
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    struct error_text text = {characters, lengths[i]};
    struct error_info sent = {example.iid, 1, text, {NULL, 0}, text}, error;
    size_t size = error_info_size(&sent);
    uint8_t *bytes = malloc(size);

    CHECK(bytes);
    error_info_write(&sent, bytes);
    CHECK(read_copy(bytes, size, &error));
    check_text(&text, &error.source);
    check_text(&text, &error.help_file);
    CHECK(!error.description.utf16);
    free(bytes);
  }
  free(characters);
}

static void a_text_beyond_the_limit_is_refused(void)
{
  size_t characters = (size_t)ERROR_TEXT_LIMIT + 2;
  struct error_text text = {calloc(characters, 2), ERROR_TEXT_LIMIT + 1};
  struct error_info sent = {example.iid, 1, text, {NULL, 0}, {NULL, 0}}, error;
  size_t size = error_info_size(&sent);
  uint8_t *bytes = malloc(size);

  CHECK(text.utf16 && bytes);
  error_info_write(&sent, bytes);
  CHECK(!read_copy(bytes, size, &error));
  free(bytes);
  free((void *)text.utf16);
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(the_bytes_are_those_of_the_specification),
      TEST(every_field_is_read),
      TEST(what_is_cut_off_is_refused),
      TEST(padding_behind_it_is_no_part_of_it),
      TEST(other_references_are_refused),
      TEST(texts_that_lie_are_refused),
      TEST(texts_that_lead_out_are_refused),
      TEST(texts_of_any_length_up_to_the_limit_travel),
      TEST(a_text_beyond_the_limit_is_refused),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

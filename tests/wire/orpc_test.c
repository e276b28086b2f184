/* The headers of COM calls: what begins a reply, and extensions of every shape in it. */
#include "check.h"
#include "orpc.h"

static const struct wire_uuid wanted = {0x31c, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

/* ---- headers by hand ---- */

static uint8_t bytes[16384];
static size_t end;

static void put(uint32_t value)
{
  for (int shift = 0; shift < 32; shift += 8)
    bytes[end++] = (uint8_t)(value >> shift);
}

/* ORPCTHAT, the array and what it says of itself. */
static void begin(uint32_t count, uint32_t there)
{
  end = 0;
  put(0);
  put(1);
  put(count);
  put(0);
  put(1);
  put(there);
}

static void put_extension(uint32_t capacity, uint32_t first, uint32_t size, size_t room)
{
  put(capacity);
  put(first);
  put(0);
  put(0xc0);
  put(0x46000000);
  put(size);
  memset(bytes + end, 'x', room);
  end += room;
}

static bool read_bytes(size_t length, size_t *size, struct orpc_extension *found)
{
  static uint8_t *copy;

  free(copy);
  copy = exact_copy(bytes, length);
  return orpc_that_read(copy, length, &wanted, size, found);
}

static void check_read(size_t size, size_t length)
{
  struct orpc_extension found;
  size_t header;

  CHECK(read_bytes(end, &header, &found));
  CHECK_EQUAL(size, header);
  CHECK_EQUAL(length, found.length);
  CHECK_EQUAL(length != 0, found.data != NULL);
  /* Every length that is less is too short. */
  for (size_t shorter = 0; shorter < size; shorter++)
    CHECK(!read_bytes(shorter, &header, &found));
}

static void check_malformed(void)
{
  struct orpc_extension found;
  size_t header;

  CHECK(!read_bytes(end, &header, &found));
}

/* ---- what is well-formed ---- */

static void a_reply_may_have_no_extensions(void)
{
  end = 0;
  put(0x1f);
  put(0);
  check_read(8, 0);
  /* An array without extensions, by its pointer, or its count. */
  end = 0;
  put(0);
  put(1);
  put(7);
  put(0);
  put(0);
  check_read(20, 0);
  begin(0, 0);
  check_read(24, 0);
}

static void the_first_extension_with_the_id_is_found(void)
{
  struct orpc_extension found;
  size_t header;

  begin(3, 4);
  put_extension(16, 0x334, 9, 16);
  put_extension(8, 0x31c, 5, 8);
  put_extension(8, 0x31c, 8, 8);
  put_extension(0, 0, 0, 0);
  check_read(24 + 4 * 24 + 32, 5);
  CHECK(read_bytes(end, &header, &found));
  CHECK_BYTES((const uint8_t *)"xxxxx", 5, found.data, found.length);
}

static void what_is_behind_the_count_is_no_extension(void)
{
  begin(1, 2);
  put_extension(8, 0x334, 8, 8);
  put_extension(8, 0x31c, 8, 8);
  check_read(24 + 2 * 24 + 16, 0);
}

static void an_unknown_extension_is_passed_over(void)
{
  begin(1, 2);
  put_extension(8, 0x4711, 1, 8);
  put_extension(0, 0, 0, 0);
  check_read(24 + 2 * 24 + 8, 0);
}

static void as_many_extensions_as_allowed_are_passed_over(void)
{
  begin(ORPC_EXTENSION_LIMIT, ORPC_EXTENSION_LIMIT);
  for (unsigned int i = 0; i < ORPC_EXTENSION_LIMIT; i++)
    put_extension(8, i == ORPC_EXTENSION_LIMIT - 1 ? 0x31c : i, 1, 8);
  check_read(24 + ORPC_EXTENSION_LIMIT * 32, 1);
}

static void a_request_has_the_same_extensions(void)
{
  uint8_t *copy;
  size_t size;

  begin(1, 2);
  put_extension(8, 0x334, 3, 8);
  put_extension(0, 0, 0, 0);
  memmove(bytes + 24, bytes, end);
  memset(bytes, 0, 28);
  end += 24;
  for (size_t length = 0; length <= end; length++) {
    copy = exact_copy(bytes, length);
    CHECK_EQUAL(length == end, orpc_this_read(copy, length, &size));
    free(copy);
  }
  CHECK_EQUAL(end, size);
}

/* ---- what is not ---- */

static void unknown_flags_are_refused(void)
{
  end = 0;
  put(0x20);
  put(0);
  check_malformed();
}

static void a_capacity_that_does_not_fit_the_count_is_refused(void)
{
  static const uint32_t counts[][2] = {{1, 1},     {2, 4},          {0, 2},
                                       {257, 258}, {0xffffffff, 0}, {0x10000, 0x10000}};

  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    begin(counts[i][0], counts[i][1]);
    for (uint32_t j = 0; j < 300; j++)
      put_extension(0, 0, 0, 0);
    check_malformed();
  }
}

static void a_capacity_that_does_not_fit_the_size_is_refused(void)
{
  static const uint32_t sizes[][2] = {
      {8, 9}, {16, 8},         {0, 1},          {8, 0},
      {7, 7}, {0, 0xffffffff}, {0, 0xfffffff9}, {0xfffffff8, 0xfffffff8}};

  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    begin(2, 2);
    put_extension(sizes[i][0], 0x31c, sizes[i][1], 16);
    put_extension(0, 0, 0, 0);
    put_extension(0, 0, 0, 0);
    check_malformed();
  }
}

/* Where a sum of 32 bits would come out below. */
static void a_size_that_leads_back_is_refused(void)
{
  begin(2, 2);
  put_extension(0xfffffff0, 0x31c, 0xfffffff0, 16);
  put_extension(0, 0, 0, 0);
  check_malformed();
}

/* ---- writing ---- */

static void what_is_written_is_read(void)
{
  for (size_t length = 0; length < 40; length++) {
    struct orpc_extension extension = {
        (const uint8_t *)"01234567890123456789012345678901234567890", length};
    uint8_t *that;
    struct orpc_extension found;
    size_t size = orpc_that_size(length), header;

    that = malloc(size);
    CHECK(that);
    CHECK_EQUAL(0, size % 8);
    orpc_that_write(that, &wanted, &extension);
    CHECK(orpc_that_read(that, size, &wanted, &header, &found));
    CHECK_EQUAL(size, header);
    CHECK_BYTES(extension.data, length, found.data, found.length);
    free(that);
  }
}

static void it_is_written_as_combase_writes_it(void)
{
  static const uint8_t golden[] = {
      0,    0, 0, 0, 1,   0,   0,   0, 1,    0, 0, 0, 0, 0, 0, 0,    1, 0, 0, 0, 2, 0, 0, 0,
      8,    0, 0, 0,                                                 /* id */
      0x1c, 3, 0, 0, 0,   0,   0,   0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46, /* size */
      3,    0, 0, 0, 'a', 'b', 'c', 0, 0,    0, 0, 0,                /* the empty one */
      0,    0, 0, 0, 0,   0,   0,   0, 0,    0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0};
  struct orpc_extension extension = {(const uint8_t *)"abc", 3};
  uint8_t that[sizeof(golden)];

  CHECK_EQUAL(sizeof(golden), orpc_that_size(3));
  orpc_that_write(that, &wanted, &extension);
  CHECK_BYTES(golden, sizeof(golden), that, sizeof(that));
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(a_reply_may_have_no_extensions),
      TEST(the_first_extension_with_the_id_is_found),
      TEST(what_is_behind_the_count_is_no_extension),
      TEST(an_unknown_extension_is_passed_over),
      TEST(as_many_extensions_as_allowed_are_passed_over),
      TEST(a_request_has_the_same_extensions),
      TEST(unknown_flags_are_refused),
      TEST(a_capacity_that_does_not_fit_the_count_is_refused),
      TEST(a_capacity_that_does_not_fit_the_size_is_refused),
      TEST(a_size_that_leads_back_is_refused),
      TEST(what_is_written_is_read),
      TEST(it_is_written_as_combase_writes_it),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* Calls are found by call id, whatever was inserted and removed in between. */
#include "call_table.h"
#include "check.h"

static void *call_of(uint32_t id)
{
  return (void *)((uintptr_t)id + 1);
}

static void an_empty_table_finds_nothing(void)
{
  struct call_table table;
  uint32_t id;

  call_table_init(&table);
  CHECK(call_table_find(&table, 0) == NULL);
  CHECK(call_table_remove(&table, 0) == NULL);
  CHECK(call_table_any(&table, &id) == NULL);
  call_table_destroy(&table);
}

static void an_id_can_be_taken_only_once(void)
{
  struct call_table table;
  int first, second;

  call_table_init(&table);
  CHECK(call_table_insert(&table, 7, &first));
  CHECK(!call_table_insert(&table, 7, &second));
  CHECK(!call_table_insert(&table, 8, NULL));
  CHECK(call_table_find(&table, 7) == &first);
  CHECK(call_table_remove(&table, 7) == &first);
  CHECK(call_table_remove(&table, 7) == NULL);
  CHECK(call_table_insert(&table, 7, &second));
  CHECK_EQUAL(1, table.count);
  call_table_destroy(&table);
}

static void ten_thousand_calls_are_all_found(void)
{
  static const uint32_t strides[] = {1, 2, 0x10000, 0x9e3779b1, 0x80000001};

  for (size_t s = 0; s < sizeof(strides) / sizeof(strides[0]); s++) {
    struct call_table table;

    call_table_init(&table);
    for (uint32_t i = 0; i < 10000; i++)
      CHECK(call_table_insert(&table, i * strides[s], call_of(i)));
    CHECK_EQUAL(10000, table.count);
    for (uint32_t i = 0; i < 10000; i += 2)
      CHECK(call_table_remove(&table, i * strides[s]) == call_of(i));
    for (uint32_t i = 0; i < 10000; i++)
      CHECK(call_table_find(&table, i * strides[s]) == (i % 2 ? call_of(i) : NULL));
    call_table_destroy(&table);
  }
}

/* Against the plainest model there is. */
static void random_use_agrees_with_an_array(void)
{
  static bool present[512];
  struct call_table table;
  uint32_t state = 12345;
  size_t count = 0;

  call_table_init(&table);
  for (int step = 0; step < 200000; step++) {
    uint32_t id;

    state = state * 1664525 + 1013904223;
    id = state >> 16 & 511;
    if (state >> 30 & 1) {
      CHECK_EQUAL(!present[id], call_table_insert(&table, id, call_of(id)));
      count += !present[id];
      present[id] = true;
    } else {
      CHECK(call_table_remove(&table, id) == (present[id] ? call_of(id) : NULL));
      count -= present[id];
      present[id] = false;
    }
    CHECK_EQUAL(count, table.count);
    id = state >> 8 & 511;
    CHECK(call_table_find(&table, id) == (present[id] ? call_of(id) : NULL));
  }
  call_table_destroy(&table);
}

static void emptying_reaches_every_call_once(void)
{
  static bool seen[100000];
  struct call_table table;
  uint32_t id;
  void *call;

  call_table_init(&table);
  for (uint32_t i = 0; i < 100000; i++)
    CHECK(call_table_insert(&table, i, call_of(i)));
  while ((call = call_table_any(&table, &id)) != NULL) {
    CHECK(id < 100000 && !seen[id]);
    CHECK(call == call_of(id));
    seen[id] = true;
    CHECK(call_table_remove(&table, id) == call);
  }
  CHECK_EQUAL(0, table.count);
  for (uint32_t i = 0; i < 100000; i++)
    CHECK(seen[i]);
  call_table_destroy(&table);
}

static void walking_meets_every_call_once(void)
{
  static bool seen[1000];
  struct call_table table;
  size_t place = 0, count = 0;
  void *call;

  call_table_init(&table);
  CHECK(call_table_next(&table, &place) == NULL);
  for (uint32_t i = 0; i < 1000; i++)
    CHECK(call_table_insert(&table, i * 77, &seen[i]));
  for (place = 0; (call = call_table_next(&table, &place)) != NULL; count++) {
    CHECK(!*(bool *)call);
    *(bool *)call = true;
  }
  CHECK_EQUAL(1000, count);
  call_table_destroy(&table);
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(an_empty_table_finds_nothing),     TEST(an_id_can_be_taken_only_once),
      TEST(ten_thousand_calls_are_all_found), TEST(random_use_agrees_with_an_array),
      TEST(emptying_reaches_every_call_once), TEST(walking_meets_every_call_once),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/*
 * The harness of the portable tests: each program has a list of tests named after what they
 * show, runs all of them or those named on its command line, and stops at the first check that
 * fails.
 */
#ifndef ASYNCSHIM_TESTS_WIRE_CHECK_H
#define ASYNCSHIM_TESTS_WIRE_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                       \
  do {                                                                                         \
    if (!(condition))                                                                          \
      check_failed(__FILE__, __LINE__, #condition);                                            \
  } while (0)

#define CHECK_EQUAL(expected, actual)                                                          \
  do {                                                                                         \
    uint64_t expected_ = (uint64_t)(expected), actual_ = (uint64_t)(actual);                   \
    if (expected_ != actual_) {                                                                \
      fprintf(stderr, "expected 0x%" PRIx64 ", got 0x%" PRIx64 "\n", expected_, actual_);      \
      check_failed(__FILE__, __LINE__, #expected " == " #actual);                              \
    }                                                                                          \
  } while (0)

#define CHECK_BYTES(expected, expected_size, actual, actual_size)                              \
  check_bytes(__FILE__, __LINE__, expected, expected_size, actual, actual_size)

struct test {
  const char *name;
  void (*run)(void);
};
#define TEST(name)                                                                             \
  {                                                                                            \
#name, name                                                                                \
  }

static inline void check_failed(const char *file, int line, const char *what)
{
  fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what);
  exit(1);
}

static inline void check_bytes(const char *file, int line, const uint8_t *expected,
                               size_t expected_size, const uint8_t *actual, size_t actual_size)
{
  size_t common = expected_size < actual_size ? expected_size : actual_size;

  for (size_t i = 0; i < common; i++) {
    if (expected[i] != actual[i]) {
      fprintf(stderr, "byte %zu: expected 0x%02x, got 0x%02x\n", i, expected[i], actual[i]);
      check_failed(file, line, "bytes differ");
    }
  }
  if (expected_size != actual_size) {
    fprintf(stderr, "expected %zu bytes, got %zu\n", expected_size, actual_size);
    check_failed(file, line, "sizes differ");
  }
}

/* A copy in memory of exactly that size, so that the sanitizer sees the first byte read past
 * it. */
static inline uint8_t *exact_copy(const uint8_t *bytes, size_t size)
{
  uint8_t *copy = malloc(size ? size : 1);

  CHECK(copy != NULL);
  if (size)
    memcpy(copy, bytes, size);
  return copy;
}

static inline int run_tests(const struct test *tests, size_t count, int argc, char **argv)
{
  size_t ran = 0;

  for (size_t i = 0; i < count; i++) {
    bool wanted = argc < 2;

    for (int j = 1; j < argc; j++)
      wanted = wanted || strcmp(argv[j], tests[i].name) == 0;
    if (!wanted)
      continue;
    printf("%s\n", tests[i].name);
    fflush(stdout);
    tests[i].run();
    ran++;
  }
  printf("%zu passed\n", ran);
  return ran ? 0 : 1;
}

#endif

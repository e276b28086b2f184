/*
 * The test harness: what every test program under Wine is made of.
 *
 * A program is a list of TEST(name) functions, and of HELPER(name) functions that it can start
 * as processes of their own (usually a server). `program` runs every test, each in a fresh
 * process; `program NAME` runs one in this very process, for a debugger; `program --list` names
 * them.
 *
 * A failing CHECK prints where and what and ends the process at once: tests do not go on in an
 * unknown state. Whatever hangs is ended: a test by a thread of its own after its time-out,
 * which says where its threads stand (hang_report.h), a helper as soon as the test that started
 * it is gone. So nothing outlives a test, and nothing here sleeps to be right.
 *
 * Before its first line of test code, each process asserts which rpcrt4.dll it runs on
 * (runtime.h).
 */
#ifndef ASYNCSHIM_TESTS_HARNESS_H
#define ASYNCSHIM_TESTS_HARNESS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define TEST_TIMEOUT_MS 30000

struct test {
  const char *name;
  void (*run)(void);
  DWORD timeout_ms;
  int line;
  struct test *next;
};

struct helper_role {
  const char *name;
  void (*run)(int argc, char **argv);
  struct helper_role *next;
};

void test_register(struct test *test);
void helper_role_register(struct helper_role *role);

#define TEST(name) TEST_WITHIN(name, TEST_TIMEOUT_MS)

/* A test that may take longer than the usual time. */
#define TEST_WITHIN(name, ms)                                                                  \
  static void test_##name(void);                                                               \
  static struct test test_entry_##name = {#name, test_##name, (ms), __LINE__, NULL};           \
  __attribute__((constructor)) static void test_register_##name(void)                          \
  {                                                                                            \
    test_register(&test_entry_##name);                                                         \
  }                                                                                            \
  static void test_##name(void)

/* What a helper process does; its arguments are the words that helper_start() was given. */
#define HELPER(name)                                                                           \
  static void helper_run_##name(int argc, char **argv);                                        \
  static struct helper_role helper_role_##name = {#name, helper_run_##name, NULL};             \
  __attribute__((constructor)) static void helper_register_##name(void)                        \
  {                                                                                            \
    helper_role_register(&helper_role_##name);                                                 \
  }                                                                                            \
  static void helper_run_##name(int argc, char **argv)

/* Prints the line and ends the process with status 1. Any thread. */
void check_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(__MINGW_PRINTF_FORMAT, 3, 4), noreturn));

#define CHECK(condition)                                                                       \
  do {                                                                                         \
    if (!(condition))                                                                          \
      check_failed(__FILE__, __LINE__, "%s", #condition);                                      \
  } while (0)

#define CHECK_EQ(actual, expected)                                                             \
  do {                                                                                         \
    long long actual_ = (long long)(actual), expected_ = (long long)(expected);                \
    if (actual_ != expected_)                                                                  \
      check_failed(__FILE__, __LINE__, "%s is %lld (0x%llx), not %s (%lld)", #actual, actual_, \
                   (unsigned long long)actual_, #expected, expected_);                         \
  } while (0)

#define CHECK_AT_MOST(actual, limit)                                                           \
  do {                                                                                         \
    long long actual_ = (long long)(actual), limit_ = (long long)(limit);                      \
    if (actual_ > limit_)                                                                      \
      check_failed(__FILE__, __LINE__, "%s is %lld, over %s (%lld)", #actual, actual_, #limit, \
                   limit_);                                                                    \
  } while (0)

#define CHECK_WIDE_EQ(actual, expected)                                                        \
  do {                                                                                         \
    const WCHAR *actual_ = (actual), *expected_ = (expected);                                  \
    if (!actual_ || lstrcmpW(actual_, expected_) != 0)                                         \
      check_failed(__FILE__, __LINE__, "%s is \"%ls\", not \"%ls\"", #actual,                  \
                   actual_ ? actual_ : L"(null)", expected_);                                  \
  } while (0)

/* Waits for `handle`; the test's own watchdog is the time-out. */
#define CHECK_SIGNALLED(handle) CHECK_EQ(WaitForSingleObject((handle), INFINITE), WAIT_OBJECT_0)

/* Says something in the test's output. */
void test_note(const char *format, ...) __attribute__((format(__MINGW_PRINTF_FORMAT, 1, 2)));

/*
 * One more watchdog, for a test that knows only when it runs how long it takes: once, and shorter than
 * what TEST_WITHIN() says.
 */
void test_watch(DWORD ms);

/*
 * Ends the test as skipped, with the reason: for what the machine or Wine cannot do, never for
 * what is broken.
 */
void test_skip(const char *reason) __attribute__((noreturn));

#endif

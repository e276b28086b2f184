/*
 * Threads in apartments: where a test's code runs.
 */
#ifndef ASYNCSHIM_TESTS_APARTMENT_H
#define ASYNCSHIM_TESTS_APARTMENT_H

#include "harness.h"

#include <objbase.h>

enum apartment {
  STA,
  MTA,
  IMPLICIT_MTA, /* never initialized, while another thread is in the MTA */
};

struct apartment_thread {
  HANDLE thread;
  DWORD id;
};

/* Starts body(context) on a thread of its own in the apartment. */
void apartment_start(struct apartment_thread *thread, enum apartment apartment,
                     void (*body)(void *context), void *context);
/* Waits for the handle, and dispatches all messages of the caller meanwhile. */
void apartment_wait(HANDLE handle);
/* Waits in that way until it has ended. */
void apartment_join(struct apartment_thread *thread);
/* Both: runs it there. */
void apartment_run(enum apartment apartment, void (*body)(void *context), void *context);

#define APARTMENT_TEST(name, apartment, body)                                                  \
  TEST(name)                                                                                   \
  {                                                                                            \
    apartment_run(apartment, body, NULL);                                                      \
  }

/* Three tests: the same in each kind of apartment. */
#define IN_EACH_APARTMENT(name)                                                                \
  static void in_##name(void *unused);                                                         \
  APARTMENT_TEST(name##_in_an_sta, STA, in_##name)                                             \
  APARTMENT_TEST(name##_in_the_mta, MTA, in_##name)                                            \
  APARTMENT_TEST(name##_in_the_implicit_mta, IMPLICIT_MTA, in_##name)                          \
  static void in_##name(__attribute__((unused)) void *unused)

#define IN_STA(name)                                                                           \
  static void in_##name(void *unused);                                                         \
  APARTMENT_TEST(name, STA, in_##name)                                                         \
  static void in_##name(__attribute__((unused)) void *unused)

#define IN_MTA(name)                                                                           \
  static void in_##name(void *unused);                                                         \
  APARTMENT_TEST(name, MTA, in_##name)                                                         \
  static void in_##name(__attribute__((unused)) void *unused)

#endif

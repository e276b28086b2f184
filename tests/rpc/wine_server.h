/*
 * Tests that call a server on Wine's own runtime.
 *
 * On a busy machine one run in ten or so hangs over TCP: Wine's server has read and done a call
 * (its own trace says so) and never sends the answer. Over ncalrpc it has not been seen to, nor
 * have our server and Wine's client. So over TCP the body runs in a process of its own, and is
 * tried again.
 */
#ifndef ASYNCSHIM_TESTS_WINE_SERVER_H
#define ASYNCSHIM_TESTS_WINE_SERVER_H

#include "server.h"

/* TEST_AGAINST_WINE(name) { … } makes two tests of the body, which gets `enum wire wire`. */
#define TEST_AGAINST_WINE(name)                                                                \
  static void name##_on(enum wire wire);                                                       \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    name##_on(WIRE_LOCAL);                                                                     \
  }                                                                                            \
  HELPER(name)                                                                                 \
  {                                                                                            \
    (void)argc, (void)argv;                                                                    \
    helper_ready("");                                                                          \
    name##_on(WIRE_TCP);                                                                       \
  }                                                                                            \
  TEST_WITHIN(name##_tcp, 60000)                                                               \
  {                                                                                            \
    wine_server_try(#name);                                                                    \
  }                                                                                            \
  static void name##_on(enum wire wire)

/* Runs HELPER(role), which ends by itself, until it has been answered; eight times at most. */
void wine_server_try(const char *role);

#endif

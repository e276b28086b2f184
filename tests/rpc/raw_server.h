/*
 * A raw server for one connection of our own client: it reads and answers only when the test
 * says so.
 *
 *   TO_A_RAW_SERVER(name) { … }       a test per transport; gets `struct raw_server *server`
 *   async_add(…, server->binding, …); the first call; a thread accepts and answers the bind
 *   raw_server_take_over(server);     from now on the test is the server
 *
 * Asynchronous calls of one thread travel on one connection. Those on `binding` keep their
 * order, those on `other` pass by.
 */
#ifndef ASYNCSHIM_TESTS_RAW_SERVER_H
#define ASYNCSHIM_TESTS_RAW_SERVER_H

#include "raw_peer.h"

struct raw_server {
  struct raw_peer peer;
  RPC_BINDING_HANDLE binding;
  RPC_BINDING_HANDLE other; /* to the same server */
  HANDLE thread;
  void (*asked_to_bind)(void *context); /* NULL, or called before the bind is answered */
  void *context;
  BYTE pdu[RAW_PDU_ROOM]; /* what was received last */
};

void raw_server_prepare(struct raw_server *server, enum wire wire);
void raw_server_take_over(struct raw_server *server);
/* After raw_close(): the next call opens another connection, to be taken over again. */
void raw_server_expect(struct raw_server *server);
void raw_server_end(struct raw_server *server);

/* The next PDU; its call id. */
unsigned raw_server_receive(struct raw_server *server);
/* The same; it must be the first fragment of a request of that procedure. */
unsigned raw_server_receive_first(struct raw_server *server, unsigned opnum);
/* What was received last is a request's first, or last, fragment; has the flag. */
bool raw_server_is_first(const struct raw_server *server);
bool raw_server_is_last(const struct raw_server *server);
bool raw_server_is_flagged(const struct raw_server *server);
/* Answers a call of add with 42. */
void raw_server_answer(struct raw_server *server, unsigned call_id, unsigned flags);

#define TO_A_RAW_SERVER(name)                                                                  \
  static void name##_to(struct raw_server *server);                                            \
  static void name##_on(enum wire wire)                                                        \
  {                                                                                            \
    static struct raw_server server;                                                           \
    raw_server_prepare(&server, wire);                                                         \
    name##_to(&server);                                                                        \
    raw_server_end(&server);                                                                   \
  }                                                                                            \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    name##_on(WIRE_LOCAL);                                                                     \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    name##_on(WIRE_TCP);                                                                       \
  }                                                                                            \
  static void name##_to(struct raw_server *server)

#endif

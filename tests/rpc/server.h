/*
 * The server that most tests call: the interfaces `calls` and `control`, in this process or in
 * a helper process, with synchronous or asynchronous manager routines, on Wine's own runtime or
 * on the shim.
 *
 * ON_EACH_SERVER(name) { … } makes one test per transport and place out of one body, which gets
 * the server as `struct server *server`; ON_LOCAL_AND_REMOTE makes two: ncalrpc in this
 * process, TCP to another.
 */
#ifndef ASYNCSHIM_TESTS_SERVER_H
#define ASYNCSHIM_TESTS_SERVER_H

#include "calls.h"
#include "../harness/harness.h"
#include "../harness/helper.h"
#include "../harness/raises.h"

enum wire { WIRE_LOCAL, WIRE_TCP };
enum place { IN_THIS_PROCESS, IN_ANOTHER_PROCESS };
enum managers { MANAGERS_ASYNC, MANAGERS_SYNC };

struct server {
  enum wire wire;
  enum place place;
  char endpoint[64];
  RPC_BINDING_HANDLE binding; /* to it: ready for calls */
  RPC_BINDING_HANDLE control; /* the same server, for control_… */
  struct helper helper;
};

/*
 * An endpoint that nobody else uses: a name with the process id, or a free TCP port.
 */
void endpoint_choose(enum wire wire, char *endpoint, size_t size);
const char *wire_protseq(enum wire wire);
/* A binding handle to that endpoint of this machine, for RpcBindingFree. */
RPC_BINDING_HANDLE endpoint_bind(enum wire wire, const char *endpoint);

void server_start(struct server *server, enum wire wire, enum place place,
                  enum managers managers, enum runtime runtime);
void server_stop(struct server *server);
/* Ends the process of the server as a crash would. */
void server_kill(struct server *server);
/* For a server on Wine's own runtime, which does not stop while a client is connected. */
void server_unbind_and_kill(struct server *server);
/* In any process: registers both interfaces and listens on one more endpoint. */
void server_listen_here(enum wire wire, const char *endpoint, enum managers managers);

/*
 * Held calls (held_calls.h), wherever the server is. Statuses are those of the server's own
 * RpcAsync… call.
 */
void server_wait_held(struct server *server, long count);
RPC_STATUS server_release(struct server *server, long number, long answer);
RPC_STATUS server_abort(struct server *server, long number, unsigned long code);
/* RpcServerTestCancel on the held call, until it says that the call was cancelled. */
void server_wait_cancelled(struct server *server, long number);
RPC_STATUS server_test_cancel(struct server *server, long number);

#define SERVER_TEST(name, suffix, wire, place, managers)                                       \
  TEST(name##suffix)                                                                           \
  {                                                                                            \
    struct server server;                                                                      \
    server_start(&server, wire, place, managers, runtime_expected());                          \
    name##_with(&server);                                                                      \
    server_stop(&server);                                                                      \
  }

#define ON_LOCAL_AND_REMOTE(name)                                                              \
  static void name##_with(struct server *server);                                              \
  SERVER_TEST(name, _local, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC)                       \
  SERVER_TEST(name, _tcp_remote, WIRE_TCP, IN_ANOTHER_PROCESS, MANAGERS_ASYNC)                 \
  static void name##_with(struct server *server)

#define ON_EACH_SERVER(name)                                                                   \
  static void name##_with(struct server *server);                                              \
  SERVER_TEST(name, _local, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC)                       \
  SERVER_TEST(name, _tcp, WIRE_TCP, IN_THIS_PROCESS, MANAGERS_ASYNC)                           \
  SERVER_TEST(name, _local_remote, WIRE_LOCAL, IN_ANOTHER_PROCESS, MANAGERS_ASYNC)             \
  SERVER_TEST(name, _tcp_remote, WIRE_TCP, IN_ANOTHER_PROCESS, MANAGERS_ASYNC)                 \
  static void name##_with(struct server *server)

/* Two tests of one body that makes its own server: gets `enum wire wire`. */
#define ON_EACH_WIRE(name)                                                                     \
  static void name##_on(enum wire wire);                                                       \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    name##_on(WIRE_LOCAL);                                                                     \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    name##_on(WIRE_TCP);                                                                       \
  }                                                                                            \
  static void name##_on(enum wire wire)

#endif

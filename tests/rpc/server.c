#include <winsock2.h>

#include "server.h"

#include "held_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *wire_protseq(enum wire wire)
{
  return wire == WIRE_LOCAL ? "ncalrpc" : "ncacn_ip_tcp";
}

/*
 * Ports below those that the system gives to connections: none of the tests that run beside
 * this one can get it meanwhile for its side of a connection, and a client that finds nobody
 * there cannot have been given the same port and meet itself.
 */
#define FIRST_PORT 16384
#define PORTS      16384

static bool can_listen(unsigned short port)
{
  SOCKET socket_ = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  CHECK(socket_ != INVALID_SOCKET);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  bool bound = bind(socket_, (struct sockaddr *)&address, sizeof(address)) == 0;
  closesocket(socket_);
  return bound;
}

static unsigned short free_tcp_port(void)
{
  static LONG next;
  WSADATA data;
  UUID chance;
  unsigned short port;
  CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  CHECK_EQ(UuidCreate(&chance), RPC_S_OK);
  InterlockedCompareExchange(&next, (LONG)(chance.Data1 % PORTS) + 1, 0);
  do {
    port = (unsigned short)(FIRST_PORT + (ULONG)InterlockedIncrement(&next) % PORTS);
  } while (!can_listen(port));
  return port;
}

void endpoint_choose(enum wire wire, char *endpoint, size_t size)
{
  static LONG number;
  if (wire == WIRE_TCP)
    snprintf(endpoint, size, "%u", free_tcp_port());
  else
    snprintf(endpoint, size, "asyncshim_test_%lu_%ld", GetCurrentProcessId(),
             InterlockedIncrement(&number));
}

RPC_BINDING_HANDLE endpoint_bind(enum wire wire, const char *endpoint)
{
  RPC_CSTR text;
  RPC_BINDING_HANDLE binding;
  CHECK_EQ(RpcStringBindingComposeA(NULL, (RPC_CSTR)wire_protseq(wire),
                                    (RPC_CSTR)(wire == WIRE_TCP ? "127.0.0.1" : ""),
                                    (RPC_CSTR)endpoint, NULL, &text),
           RPC_S_OK);
  CHECK_EQ(RpcBindingFromStringBindingA(text, &binding), RPC_S_OK);
  CHECK_EQ(RpcStringFreeA(&text), RPC_S_OK);
  return binding;
}

void server_listen_here(enum wire wire, const char *endpoint, enum managers managers)
{
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(managers == MANAGERS_ASYNC ? async_server_calls_v1_0_s_ifspec
                                                          : sync_server_calls_v1_0_s_ifspec,
                               NULL, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(server_control_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
}

static void server_stop_here(void)
{
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  CHECK_EQ(RpcServerUnregisterIf(NULL, NULL, TRUE), RPC_S_OK);
}

/* rpc_server WIRE MANAGERS: says its endpoint, serves until it is told to stop. */
HELPER(rpc_server)
{
  char endpoint[64];
  CHECK_EQ(argc, 2);
  enum wire wire = atoi(argv[0]);
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  server_listen_here(wire, endpoint, atoi(argv[1]));
  helper_ready(endpoint);
  helper_wait_for_stop();
  server_stop_here();
}

void server_start(struct server *server, enum wire wire, enum place place,
                  enum managers managers, enum runtime runtime)
{
  memset(server, 0, sizeof(*server));
  server->wire = wire;
  server->place = place;
  if (place == IN_ANOTHER_PROCESS) {
    char arguments[32];
    snprintf(arguments, sizeof(arguments), "%d %d", wire, managers);
    helper_start(&server->helper, "rpc_server", arguments, runtime);
    snprintf(server->endpoint, sizeof(server->endpoint), "%s", server->helper.text);
  } else {
    endpoint_choose(wire, server->endpoint, sizeof(server->endpoint));
    server_listen_here(wire, server->endpoint, managers);
  }
  server->binding = endpoint_bind(wire, server->endpoint);
  server->control = endpoint_bind(wire, server->endpoint);
}

static void server_unbind(struct server *server)
{
  CHECK_EQ(RpcBindingFree(&server->binding), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&server->control), RPC_S_OK);
}

void server_stop(struct server *server)
{
  server_unbind(server);
  if (server->place == IN_ANOTHER_PROCESS)
    helper_stop(&server->helper);
  else
    server_stop_here();
}

void server_kill(struct server *server)
{
  CHECK_EQ(server->place, IN_ANOTHER_PROCESS);
  helper_kill(&server->helper);
}

void server_unbind_and_kill(struct server *server)
{
  server_unbind(server);
  server_kill(server);
}

void server_wait_held(struct server *server, long count)
{
  if (server->place == IN_THIS_PROCESS)
    held_calls_wait(count);
  else
    control_wait_held(server->control, count);
}

RPC_STATUS server_release(struct server *server, long number, long answer)
{
  if (server->place == IN_THIS_PROCESS)
    return held_calls_release(number, answer);
  return control_release(server->control, number, answer);
}

RPC_STATUS server_abort(struct server *server, long number, unsigned long code)
{
  if (server->place == IN_THIS_PROCESS)
    return held_calls_abort(number, code);
  return control_abort(server->control, number, code);
}

RPC_STATUS server_test_cancel(struct server *server, long number)
{
  if (server->place == IN_THIS_PROCESS)
    return held_calls_test_cancel(number);
  return control_test_cancel(server->control, number);
}

void server_wait_cancelled(struct server *server, long number)
{
  RPC_STATUS status;
  /*
   * Nothing tells a server of a cancel: it has to ask. The watchdog ends this if it never
   * comes.
   */
  while ((status = server_test_cancel(server, number)) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
  CHECK_EQ(status, RPC_S_OK);
}

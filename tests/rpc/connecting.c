/*
 * Calls that wait for their connection: a server that is busy, or does not answer the bind. A
 * time-out and a cancel end that as they end the wait for a reply (call_timeout.c,
 * cancel_thread.c).
 */
#include <winsock2.h>

#include "async_call.h"
#include "time_out.h"

static void check_time_was_given(ULONGLONG start)
{
  CHECK(GetTickCount64() - start >= SHORT_MS - CLOCK_MS);
}

/* The call cannot be made: the stub raises, and nothing is ever notified. */
static void check_calls_cannot_be_made(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  ULONGLONG start = GetTickCount64();
  set_timeout(binding, SHORT_MS);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_CALL_CANCELLED);
  check_time_was_given(start);
  async_call_init(&call);
  start = GetTickCount64();
  CHECK_EQ(RAISED(async_add, &call.state, binding, 1, 2), RPC_S_CALL_CANCELLED);
  check_time_was_given(start);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_INVALID_BINDING);
  async_call_close(&call);
}

TEST(bind_that_is_never_answered_ends_at_the_time_out_tcp)
{
  struct raw_peer peer;
  RPC_BINDING_HANDLE binding = listen_silently(&peer, WIRE_TCP);
  check_calls_cannot_be_made(binding);
  raw_stop_listening(&peer);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* The one instance of the pipe serves one client after the other. */
static DWORD WINAPI accept_two_in_silence(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer *peer = context;
  for (int i = 0; i < 2; i++) {
    raw_accept(peer);
    CHECK(raw_receive(peer, pdu) > 0);
    CHECK_EQ(pdu[RAW_TYPE], RAW_BIND);
    CHECK_EQ(raw_receive(peer, pdu), 0);
    CHECK(DisconnectNamedPipe(peer->pipe));
  }
  return 0;
}

TEST(bind_that_is_never_answered_ends_at_the_time_out_local)
{
  struct raw_peer peer;
  RPC_BINDING_HANDLE binding = listen_silently(&peer, WIRE_LOCAL);
  HANDLE thread = CreateThread(NULL, 0, accept_two_in_silence, &peer, 0, NULL);
  CHECK(thread);
  check_calls_cannot_be_made(binding);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  raw_stop_listening(&peer);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* The only instance of the pipe has a client. */
struct busy_server {
  struct raw_peer peer, client;
  RPC_BINDING_HANDLE binding;
};

static void busy_server_start(struct busy_server *server)
{
  char endpoint[64];
  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  raw_listen(&server->peer, WIRE_LOCAL, endpoint);
  raw_connect(&server->client, WIRE_LOCAL, endpoint);
  server->binding = endpoint_bind(WIRE_LOCAL, endpoint);
}

static void busy_server_stop(struct busy_server *server)
{
  CHECK_EQ(RpcBindingFree(&server->binding), RPC_S_OK);
  CloseHandle(server->client.pipe);
  raw_stop_listening(&server->peer);
}

TEST(connecting_to_a_busy_server_ends_at_the_time_out_local)
{
  struct busy_server server;
  busy_server_start(&server);
  check_calls_cannot_be_made(server.binding);
  busy_server_stop(&server);
}

/* Nobody accepts, and the system keeps no more clients waiting: it lets connecting hang. */
struct full_server {
  struct raw_peer peer;
  RPC_BINDING_HANDLE binding;
  SOCKET sockets[64];
  int count;
};

static void full_server_start(struct full_server *server)
{
  struct sockaddr_in address = {.sin_family = AF_INET};
  int size = sizeof(address);
  int room = 1;
  server->binding = listen_silently(&server->peer, WIRE_TCP);
  CHECK_EQ(getsockname(server->peer.listener, (struct sockaddr *)&address, &size), 0);
  for (server->count = 0; room; server->count++) {
    u_long on = 1;
    fd_set writable;
    struct timeval wait = {0, 200000};
    if (server->count == ARRAYSIZE(server->sockets))
      test_skip("the system keeps any number of clients waiting");
    SOCKET client = server->sockets[server->count] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK(client != INVALID_SOCKET);
    CHECK_EQ(ioctlsocket(client, (long)FIONBIO, &on), 0);
    connect(client, (struct sockaddr *)&address, sizeof(address));
    FD_ZERO(&writable);
    FD_SET(client, &writable);
    room = select(0, NULL, &writable, NULL, &wait);
  }
}

static void full_server_stop(struct full_server *server)
{
  for (int i = 0; i < server->count; i++)
    closesocket(server->sockets[i]);
  raw_stop_listening(&server->peer);
  CHECK_EQ(RpcBindingFree(&server->binding), RPC_S_OK);
}

TEST(connecting_to_a_busy_server_ends_at_the_time_out_tcp)
{
  static struct full_server server;
  full_server_start(&server);
  check_calls_cannot_be_made(server.binding);
  full_server_stop(&server);
}

static DWORD WINAPI call_and_raise(void *binding)
{
  return RAISED(sync_add, binding, 1, 2);
}

/* Whether the cancel comes before the thread waits, or while it does. */
static void check_connecting_can_be_cancelled(RPC_BINDING_HANDLE binding)
{
  for (DWORD ms = 0; ms < 50; ms += 10) {
    DWORD raised;
    HANDLE thread = CreateThread(NULL, 0, call_and_raise, binding, 0, NULL);
    CHECK(thread);
    CHECK_EQ(WaitForSingleObject(thread, ms), WAIT_TIMEOUT);
    CHECK_EQ(RpcCancelThreadEx(thread, 0), RPC_S_OK);
    CHECK_SIGNALLED(thread);
    CHECK(GetExitCodeThread(thread, &raised));
    CHECK_EQ(raised, RPC_S_CALL_CANCELLED);
    CloseHandle(thread);
  }
}

TEST(connecting_to_a_busy_server_can_be_cancelled_tcp)
{
  static struct full_server server;
  full_server_start(&server);
  check_connecting_can_be_cancelled(server.binding);
  full_server_stop(&server);
}

TEST(connecting_to_a_busy_server_can_be_cancelled_local)
{
  struct busy_server server;
  busy_server_start(&server);
  check_connecting_can_be_cancelled(server.binding);
  busy_server_stop(&server);
}

static DWORD WINAPI free_the_instance(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer *peer = context;
  CHECK(DisconnectNamedPipe(peer->pipe));
  raw_accept(peer);
  CHECK(raw_receive(peer, pdu) > 0);
  CHECK_EQ(pdu[RAW_TYPE], RAW_BIND);
  CHECK(DisconnectNamedPipe(peer->pipe));
  return 0;
}

/* It is not the end of waiting alone that counts: the client gets through. */
TEST(connecting_to_a_busy_server_goes_on_when_it_has_time_local)
{
  struct busy_server server;
  busy_server_start(&server);
  HANDLE caller = CreateThread(NULL, 0, call_and_raise, server.binding, 0, NULL);
  CHECK(caller);
  CHECK_EQ(WaitForSingleObject(caller, 50), WAIT_TIMEOUT);
  HANDLE freer = CreateThread(NULL, 0, free_the_instance, &server.peer, 0, NULL);
  CHECK(freer);
  CHECK_SIGNALLED(freer);
  CHECK_SIGNALLED(caller);
  CloseHandle(freer);
  CloseHandle(caller);
  busy_server_stop(&server);
}

/* A call without a time-out, until it fails with the server. */
static DWORD WINAPI call_patiently(void *binding)
{
  struct async_call call;
  async_call_init(&call);
  CHECK(RAISED(async_add, &call.state, binding, 1, 2));
  async_call_close(&call);
  return 0;
}

/* One thread opens the connection that others want, too; its patience is not theirs. */
ON_EACH_WIRE(time_out_counts_while_another_thread_connects)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer peer;
  struct async_call call;
  RPC_BINDING_HANDLE binding = listen_silently(&peer, wire), copy;
  CHECK_EQ(RpcBindingCopy(binding, &copy), RPC_S_OK);
  HANDLE thread = CreateThread(NULL, 0, call_patiently, copy, 0, NULL);
  CHECK(thread);
  raw_accept(&peer);
  CHECK(raw_receive(&peer, pdu) > 0); /* now it waits for the answer to its bind */
  set_timeout(binding, SHORT_MS);
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, binding, 1, 2), RPC_S_CALL_CANCELLED);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_CALL_CANCELLED);
  CHECK_EQ(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
  async_call_close(&call);
  raw_interrupt(&peer);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  raw_close(&peer);
  raw_stop_listening(&peer);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&copy), RPC_S_OK);
}

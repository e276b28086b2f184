/*
 * A peer that vanishes in the middle of calls: each ends, once, with a status; the other side
 * lives on.
 */
#include "async_call.h"
#include "held_calls.h"
#include "procedures.h"
#include "server.h"

#define PENDING 50

static bool is_lost(RPC_STATUS status)
{
  return status == RPC_S_CALL_FAILED || status == RPC_S_CALL_FAILED_DNE ||
         status == RPC_S_SERVER_UNAVAILABLE || status == RPC_S_COMM_FAILURE;
}

/*
 * Over TCP not by a synchronous call, which would take the connection by which
 * server_wait_held() has been answered: Wine's server (8 and 10) keeps the socket of a process
 * that is killed while it sends, for good.
 */
static void check_is_lost(enum wire wire, RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  if (wire == WIRE_LOCAL)
    CHECK(is_lost(RAISED(sync_add, binding, 1, 2)));
  async_call_init(&call);
  DWORD raised = RAISED(async_add, &call.state, binding, 1, 2);
  if (raised) {
    CHECK(is_lost((RPC_STATUS)raised));
    async_call_close(&call);
  } else {
    CHECK(is_lost(async_call_finish(&call, NULL)));
  }
}

static void server_vanishes(enum wire wire)
{
  struct server server;
  struct async_call calls[PENDING];
  LONG answers[PENDING] = {0};
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  for (int i = 0; i < PENDING; i++) {
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, server.binding, i, &answers[i]);
  }
  server_wait_held(&server, PENDING);
  server_kill(&server);
  for (int i = 0; i < PENDING; i++) {
    CHECK_SIGNALLED(calls[i].event);
    RPC_STATUS status = RpcAsyncCompleteCall(&calls[i].state, NULL);
    if (!is_lost(status))
      check_failed(__FILE__, __LINE__, "call %d ended with %ld", i, status);
    CHECK(!async_call_is_notified(&calls[i]));
    CHECK_EQ(answers[i], 0);
    async_call_close(&calls[i]);
  }
  check_is_lost(wire, server.binding);
}

TEST(server_vanishes_local)
{
  server_vanishes(WIRE_LOCAL);
}

TEST(server_vanishes_tcp)
{
  server_vanishes(WIRE_TCP);
}

/* rpc_client WIRE ENDPOINT: leaves calls pending, and says so. */
HELPER(rpc_client)
{
  static struct async_call calls[PENDING];
  static LONG answers[PENDING];
  CHECK_EQ(argc, 2);
  enum wire wire = argv[0][0] - '0';
  RPC_BINDING_HANDLE binding = endpoint_bind(wire, argv[1]);
  for (int i = 0; i < PENDING; i++) {
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, binding, i, &answers[i]);
  }
  helper_ready("calls are pending");
  helper_wait_for_stop();
}

static void client_vanishes(enum wire wire)
{
  struct server server;
  struct helper client;
  char arguments[80];
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  snprintf(arguments, sizeof(arguments), "%d %s", wire, server.endpoint);
  helper_start(&client, "rpc_client", arguments, RUNTIME_SHIM);
  server_wait_held(&server, PENDING);
  helper_kill(&client);
  /* The server finds out by the way it always does, and ends the calls as if nothing were. */
  for (int i = 0; i < PENDING; i++) {
    server_wait_cancelled(&server, i);
    if (i % 2)
      server_release(&server, i, i);
    else
      server_abort(&server, i, 5);
  }
  CHECK_EQ(sync_add(server.binding, 1, 2), 3);
  server_stop(&server);
}

TEST(client_vanishes_local)
{
  client_vanishes(WIRE_LOCAL);
}

TEST(client_vanishes_tcp)
{
  client_vanishes(WIRE_TCP);
}

/* session_client WIRE ENDPOINT: opens context handles, and says so. */
HELPER(session_client)
{
  session_t sessions[3];
  CHECK_EQ(argc, 2);
  RPC_BINDING_HANDLE binding = endpoint_bind(argv[0][0] - '0', argv[1]);
  for (int i = 0; i < 3; i++)
    sync_session_open(binding, i, &sessions[i]);
  helper_ready("sessions are open");
  helper_wait_for_stop();
}

/* The server learns by the rundown routine that the owner of a context handle is gone. */
static void sessions_are_run_down(enum wire wire)
{
  struct server server;
  struct helper client;
  char arguments[80];
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  snprintf(arguments, sizeof(arguments), "%d %s", wire, server.endpoint);
  helper_start(&client, "session_client", arguments, RUNTIME_SHIM);
  CHECK_EQ(session_count(), 3);
  helper_kill(&client);
  while (session_count())
    SwitchToThread();
  server_stop(&server);
}

TEST(context_handles_are_run_down_local)
{
  sessions_are_run_down(WIRE_LOCAL);
}

TEST(context_handles_are_run_down_tcp)
{
  sessions_are_run_down(WIRE_TCP);
}

TEST(nobody_listens)
{
  char endpoint[64];
  for (enum wire wire = WIRE_LOCAL; wire <= WIRE_TCP; wire++) {
    endpoint_choose(wire, endpoint, sizeof(endpoint));
    RPC_BINDING_HANDLE nobody = endpoint_bind(wire, endpoint);
    CHECK_EQ(RAISED(sync_add, nobody, 1, 2), RPC_S_SERVER_UNAVAILABLE);
    CHECK_EQ(RpcBindingFree(&nobody), RPC_S_OK);
  }
}

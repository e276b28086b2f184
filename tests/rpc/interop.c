/*
 * A program with the shim talks to a program on Wine's own runtime, in both directions, with
 * synchronous calls: the wire is the same.
 */
#include "parameters.h"
#include "wine_server.h"

#define THREADS 6
#define CALLS   50

static DWORD WINAPI call_often(void *binding)
{
  for (LONG i = 0; i < CALLS; i++)
    CHECK_EQ(sync_add(binding, i, 7), i + 7);
  return 0;
}

/*
 * Several threads at once: Wine's runtime takes a connection for each call at a time, and one
 * call at a time on each.
 */
static void check_calls(RPC_BINDING_HANDLE binding)
{
  HANDLE threads[THREADS];
  parameters_check_sync(binding);
  for (int i = 0; i < THREADS; i++) {
    threads[i] = CreateThread(NULL, 0, call_often, binding, 0, NULL);
    CHECK(threads[i]);
  }
  for (int i = 0; i < THREADS; i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
  }
}

TEST_AGAINST_WINE(server_on_wine)
{
  struct server server;
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_WINE);
  check_calls(server.binding);
  server_unbind_and_kill(&server);
}

/* rpc_client WIRE ENDPOINT */
HELPER(rpc_client)
{
  CHECK_EQ(argc, 2);
  RPC_BINDING_HANDLE binding = endpoint_bind(argv[0][0] - '0', argv[1]);
  check_calls(binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  helper_ready("all answers were right");
}

static void serve_client_on_wine(enum wire wire, enum managers managers)
{
  struct server server;
  struct helper client;
  char arguments[80];
  server_start(&server, wire, IN_THIS_PROCESS, managers, RUNTIME_SHIM);
  snprintf(arguments, sizeof(arguments), "%d %s", wire, server.endpoint);
  helper_start(&client, "rpc_client", arguments, RUNTIME_WINE);
  helper_stop(&client);
  server_stop(&server);
}

TEST(client_on_wine_of_synchronous_managers_local)
{
  serve_client_on_wine(WIRE_LOCAL, MANAGERS_SYNC);
}

TEST(client_on_wine_of_synchronous_managers_tcp)
{
  serve_client_on_wine(WIRE_TCP, MANAGERS_SYNC);
}

TEST(client_on_wine_of_asynchronous_managers_local)
{
  serve_client_on_wine(WIRE_LOCAL, MANAGERS_ASYNC);
}

TEST(client_on_wine_of_asynchronous_managers_tcp)
{
  serve_client_on_wine(WIRE_TCP, MANAGERS_ASYNC);
}

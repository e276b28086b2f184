/*
 * Asynchronous calls of a client with the shim to a server on Wine's own runtime, which knows
 * one call at a time on each connection: the client then takes more connections.
 */
#include "async_call.h"
#include "parameters.h"
#include "wine_server.h"

TEST_AGAINST_WINE(every_parameter)
{
  struct server server;
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_WINE);
  parameters_check_async(server.binding);
  server_unbind_and_kill(&server);
}

TEST_AGAINST_WINE(calls_pending_at_once)
{
  struct server server;
  struct async_call calls[10];
  LONG answers[10] = {0};
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_WINE);
  for (int i = 0; i < 10; i++) {
    async_call_init(&calls[i]);
    async_hold(&calls[i].state, server.binding, i, &answers[i]);
  }
  server_wait_held(&server, 10);
  CHECK_EQ(sync_add(server.binding, 1, 1), 2);
  for (int i = 9; i >= 0; i--) {
    CHECK_EQ(server_release(&server, i, 100 + i), RPC_S_OK);
    CHECK_EQ(async_call_finish(&calls[i], NULL), RPC_S_OK);
    CHECK_EQ(answers[i], 100 + i);
  }
  server_unbind_and_kill(&server);
}

/* A cancel PDU means nothing to Wine's server: the client ends its call by itself. */
TEST_AGAINST_WINE(cancel_with_abort)
{
  struct server server;
  struct async_call call;
  LONG answer = 5;
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_WINE);
  async_call_init(&call);
  async_hold(&call.state, server.binding, 1, &answer);
  server_wait_held(&server, 1);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_CALL_CANCELLED);
  CHECK_EQ(answer, 5);
  CHECK_EQ(sync_add(server.binding, 1, 1), 2);
  CHECK_EQ(server_release(&server, 1, 6), RPC_S_OK);
  CHECK_EQ(sync_add(server.binding, 2, 1), 3);
  server_unbind_and_kill(&server);
}

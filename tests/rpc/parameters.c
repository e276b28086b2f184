/*
 * Every kind of parameter, between each kind of client and each kind of server: the wire is the
 * same for all.
 */
#include "parameters.h"

#include "procedures.h"

static void check(enum wire wire, enum place place, enum managers managers,
                  void (*parameters_check)(RPC_BINDING_HANDLE binding))
{
  struct server server;
  server_start(&server, wire, place, managers, runtime_expected());
  LONG blocks = midl_blocks();
  parameters_check(server.binding);
  server_stop(&server);
  /* What the stubs allocated, on whichever side is in this process, they have freed. */
  CHECK_EQ(midl_blocks(), blocks);
  CHECK_EQ(session_count(), 0);
}

#define PARAMETERS_TESTS(client, managers)                                                     \
  TEST(client##_client_of_##managers##_server_local)                                           \
  {                                                                                            \
    check(WIRE_LOCAL, IN_THIS_PROCESS, managers##_MANAGERS, parameters_check_##client);        \
  }                                                                                            \
  TEST(client##_client_of_##managers##_server_tcp)                                             \
  {                                                                                            \
    check(WIRE_TCP, IN_THIS_PROCESS, managers##_MANAGERS, parameters_check_##client);          \
  }                                                                                            \
  TEST(client##_client_of_##managers##_server_local_remote)                                    \
  {                                                                                            \
    check(WIRE_LOCAL, IN_ANOTHER_PROCESS, managers##_MANAGERS, parameters_check_##client);     \
  }

#define async_MANAGERS MANAGERS_ASYNC
#define sync_MANAGERS  MANAGERS_SYNC

PARAMETERS_TESTS(sync, sync)
PARAMETERS_TESTS(sync, async)
PARAMETERS_TESTS(async, sync)
PARAMETERS_TESTS(async, async)

/*
 * Binding handles that are no parameters of the call: an implicit one, and none at all.
 * (Explicit handles and context handles are what all the other tests use.)
 */
#include "auto.h"
#include "implicit.h"
#include "server.h"

LONG server_implicit_add(LONG a, LONG b)
{
  return a + b;
}

LONG server_auto_add(LONG a, LONG b)
{
  return a - b;
}

TEST(implicit_handle_is_the_clients_global_one)
{
  char endpoint[64];
  endpoint_choose(WIRE_TCP, endpoint, sizeof(endpoint));
  server_listen_here(WIRE_TCP, endpoint, MANAGERS_SYNC);
  CHECK_EQ(RpcServerRegisterIf(server_implicit_handles_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  implicit_binding = NULL;
  CHECK_EQ(RAISED(implicit_add, 1, 2), RPC_S_INVALID_BINDING);
  implicit_binding = endpoint_bind(WIRE_TCP, endpoint);
  CHECK_EQ(implicit_add(20, 3), 23);
  CHECK_EQ(RpcBindingFree(&implicit_binding), RPC_S_OK);
}

TEST(auto_handle_finds_the_server)
{
  RPC_BINDING_VECTOR *bindings = NULL;
  char endpoint[64];
  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  server_listen_here(WIRE_LOCAL, endpoint, MANAGERS_SYNC);
  CHECK_EQ(RpcServerRegisterIf(server_auto_handles_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerInqBindings(&bindings), RPC_S_OK);
  CHECK_EQ(RpcEpRegisterA(server_auto_handles_v1_0_s_ifspec, bindings, NULL, NULL), RPC_S_OK);
  CHECK_EQ(auto_add(20, 3), 17);
  CHECK_EQ(auto_add(3, 20), -17);
  CHECK_EQ(RpcEpUnregister(server_auto_handles_v1_0_s_ifspec, bindings, NULL), RPC_S_OK);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
}

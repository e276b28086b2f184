/*
 * Servers at endpoints that only the endpoint mapper knows: a partially bound handle finds each
 * anew that takes the place of one that has died, and says so where none has.
 */
#include "async_call.h"
#include "server.h"

/* mapped_server PROTOCOL: registers an endpoint of the runtime's choice. */
HELPER(mapped_server)
{
  RPC_BINDING_VECTOR *bindings;
  CHECK_EQ(argc, 1);
  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR)argv[0], 10, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  CHECK_EQ(RpcServerInqBindings(&bindings), RPC_S_OK);
  CHECK_EQ(RpcEpRegisterNoReplaceA(sync_server_calls_v1_0_s_ifspec, bindings, NULL, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
  helper_ready("registered");
  helper_wait_for_stop();
}

/*
 * A process that has just been killed may still take a connection, or a request, and drop it.
 * And Wine may leave its TCP connection open (README, "Limits"): a call ends by its time-out
 * then, and another handle is taken.
 */
#define TIMEOUT_MS 15000

static RPC_BINDING_HANDLE bind_to_any(const char *protocol)
{
  RPC_BINDING_HANDLE binding;
  char string[64];
  snprintf(string, sizeof(string), "%s:", protocol);
  CHECK_EQ(RpcBindingFromStringBindingA((RPC_CSTR)string, &binding), RPC_S_OK);
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, TIMEOUT_MS), RPC_S_OK);
  return binding;
}

typedef RPC_STATUS (*make_call)(RPC_BINDING_HANDLE binding);

static RPC_STATUS add(RPC_BINDING_HANDLE binding)
{
  RPC_STATUS status = RAISED(sync_add, binding, 20, 3);
  CHECK(status != RPC_S_OK || (LONG)RETURNED() == 23);
  return status;
}

static RPC_STATUS add_asynchronously(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  RPC_STATUS status;
  LONG sum = 0;
  async_call_init(&call);
  status = RAISED(async_add, &call.state, binding, 20, 3);
  if (status == RPC_S_OK)
    status = async_call_finish(&call, &sum);
  CHECK(status != RPC_S_OK || sum == 23);
  return status;
}

/* What the call says of those who live. */
static RPC_STATUS call_the_living(make_call call, RPC_BINDING_HANDLE *binding,
                                  const char *protocol)
{
  RPC_STATUS status;
  do {
    status = call(*binding);
    if (status == RPC_S_CALL_CANCELLED) {
      CHECK_EQ(RpcBindingFree(binding), RPC_S_OK);
      *binding = bind_to_any(protocol);
    }
  } while (status == RPC_S_CALL_FAILED || status == RPC_S_CALL_FAILED_DNE ||
           status == RPC_S_CALL_CANCELLED);
  return status;
}

static void check_found_anew(const char *protocol, make_call call)
{
  RPC_BINDING_HANDLE binding = bind_to_any(protocol);
  struct helper server;
  for (int round = 0; round < 3; round++) {
    helper_start(&server, "mapped_server", protocol, RUNTIME_SHIM);
    CHECK_EQ(call_the_living(call, &binding, protocol), RPC_S_OK);
    helper_kill(&server);
  }
  CHECK_EQ(call_the_living(add, &binding, protocol), EPT_S_NOT_REGISTERED);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST_WITHIN(synchronous_calls_find_it_local, 90000)
{
  check_found_anew("ncalrpc", add);
}

TEST_WITHIN(synchronous_calls_find_it_tcp, 90000)
{
  check_found_anew("ncacn_ip_tcp", add);
}

TEST_WITHIN(asynchronous_calls_find_it_local, 90000)
{
  check_found_anew("ncalrpc", add_asynchronously);
}

TEST_WITHIN(asynchronous_calls_find_it_tcp, 90000)
{
  check_found_anew("ncacn_ip_tcp", add_asynchronously);
}

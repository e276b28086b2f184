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
 * Wine may leave a TCP connection of a killed process open (README, "Limits"): a call ends by its
 * time-out then, and the next one has to find the server.
 */
#define TIMEOUT_MS 15000

static void check_add(RPC_BINDING_HANDLE binding)
{
  DWORD raised = RAISED(sync_add, binding, 20, 3);
  if (raised == RPC_S_CALL_CANCELLED)
    raised = RAISED(sync_add, binding, 20, 3);
  CHECK_EQ(raised, 0);
  CHECK_EQ((LONG)RETURNED(), 23);
}

static RPC_STATUS add_asynchronously(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  RPC_STATUS status;
  LONG sum = 0;
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, binding, 20, 3), 0);
  status = async_call_finish(&call, &sum);
  CHECK(status != RPC_S_OK || sum == 23);
  return status;
}

static void check_async_add(RPC_BINDING_HANDLE binding)
{
  RPC_STATUS status = add_asynchronously(binding);
  if (status == RPC_S_CALL_CANCELLED)
    status = add_asynchronously(binding);
  CHECK_EQ(status, RPC_S_OK);
}

/* A process that has just been killed may still take a connection, or a request, and drop it. */
static void check_nobody_is_there(RPC_BINDING_HANDLE binding)
{
  DWORD raised;
  do
    raised = RAISED(sync_add, binding, 1, 2);
  while (raised == RPC_S_CALL_FAILED || raised == RPC_S_CALL_FAILED_DNE ||
         raised == RPC_S_CALL_CANCELLED);
  CHECK_EQ(raised, EPT_S_NOT_REGISTERED);
}

static void check_found_anew(const char *protocol, void (*check)(RPC_BINDING_HANDLE binding))
{
  RPC_BINDING_HANDLE binding;
  struct helper server;
  char string[64];
  snprintf(string, sizeof(string), "%s:", protocol);
  CHECK_EQ(RpcBindingFromStringBindingA((RPC_CSTR)string, &binding), RPC_S_OK);
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, TIMEOUT_MS), RPC_S_OK);
  for (int round = 0; round < 3; round++) {
    helper_start(&server, "mapped_server", protocol, RUNTIME_SHIM);
    check(binding);
    helper_kill(&server);
  }
  check_nobody_is_there(binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST_WITHIN(synchronous_calls_find_it_local, 90000)
{
  check_found_anew("ncalrpc", check_add);
}

TEST_WITHIN(synchronous_calls_find_it_tcp, 90000)
{
  check_found_anew("ncacn_ip_tcp", check_add);
}

TEST_WITHIN(asynchronous_calls_find_it_local, 90000)
{
  check_found_anew("ncalrpc", check_async_add);
}

TEST_WITHIN(asynchronous_calls_find_it_tcp, 90000)
{
  check_found_anew("ncacn_ip_tcp", check_async_add);
}

/*
 * Network addresses of pipes: those that name this machine lead to its servers, all others to
 * nobody.
 */
#include "async_call.h"
#include "server.h"

static unsigned int client_is_local;

/* In the place of `add`. */
static LONG add_and_look(handle_t binding, LONG a, LONG b)
{
  CHECK_EQ(I_RpcBindingIsClientLocal(binding, &client_is_local), RPC_S_OK);
  return a + b;
}

static void listen_on(const char *protocol, const char *endpoint)
{
  static struct {
    LONG (*add)(handle_t binding, LONG a, LONG b);
    void *others[20];
  } vector = {.add = add_and_look};
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)protocol, 10, (RPC_CSTR)endpoint, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)&vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
}

static RPC_BINDING_HANDLE bind_to(const char *protocol, const char *address,
                                  const char *endpoint)
{
  RPC_BINDING_HANDLE binding;
  RPC_CSTR text;
  CHECK_EQ(RpcStringBindingComposeA(NULL, (RPC_CSTR)protocol, (RPC_CSTR)address,
                                    (RPC_CSTR)endpoint, NULL, &text),
           RPC_S_OK);
  CHECK_EQ(RpcBindingFromStringBindingA(text, &binding), RPC_S_OK);
  CHECK_EQ(RpcStringFreeA(&text), RPC_S_OK);
  return binding;
}

static void check_is_reached(const char *protocol, const char *address, const char *endpoint)
{
  RPC_BINDING_HANDLE binding = bind_to(protocol, address, endpoint);
  client_is_local = 0;
  DWORD raised = RAISED(sync_add, binding, 20, 3);
  if (raised)
    check_failed(__FILE__, __LINE__, "%s to \"%s\": %lu", protocol, address, raised);
  CHECK_EQ((LONG)RETURNED(), 23);
  CHECK_EQ(client_is_local, TRUE);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static void check_is_not_reached(const char *protocol, const char *address,
                                 const char *endpoint)
{
  RPC_BINDING_HANDLE binding = bind_to(protocol, address, endpoint);
  struct async_call call;
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_SERVER_UNAVAILABLE);
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, binding, 1, 2), RPC_S_SERVER_UNAVAILABLE);
  async_call_close(&call);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static void check_addresses(const char *protocol, const char *endpoint)
{
  static const char *const own[] = {"",         ".", "localhost", "LOCALHOST", "\\\\localhost",
                                    "127.0.0.1"};
  static const char *const foreign[] = {"asyncshim-elsewhere",
                                        "\\\\asyncshim-elsewhere",
                                        "192.0.2.7",
                                        "localhost.invalid",
                                        "..",
                                        "12"};
  static const COMPUTER_NAME_FORMAT formats[] = {ComputerNameNetBIOS, ComputerNameDnsHostname,
                                                 ComputerNameDnsFullyQualified};
  char name[256];
  listen_on(protocol, endpoint);
  for (size_t i = 0; i < ARRAYSIZE(own); i++)
    check_is_reached(protocol, own[i], endpoint);
  for (size_t i = 0; i < ARRAYSIZE(formats); i++) {
    DWORD size = sizeof(name);
    CHECK(GetComputerNameExA(formats[i], name, &size));
    check_is_reached(protocol, name, endpoint);
  }
  for (size_t i = 0; i < ARRAYSIZE(foreign); i++)
    check_is_not_reached(protocol, foreign[i], endpoint);
}

TEST(named_pipes_reach_this_machine_only)
{
  check_addresses("ncacn_np", "\\pipe\\asyncshim_test_addresses");
}

TEST(local_calls_reach_this_machine_only)
{
  check_addresses("ncalrpc", "asyncshim_test_addresses");
}

/* Nobody's endpoint mapper, not this machine's. */
TEST(endpoint_mapper_of_another_machine_is_not_ours)
{
  static const char *const strings[] = {"ncalrpc:asyncshim-elsewhere",
                                        "ncacn_np:asyncshim-elsewhere"};
  for (size_t i = 0; i < ARRAYSIZE(strings); i++) {
    RPC_BINDING_HANDLE binding;
    CHECK_EQ(RpcBindingFromStringBindingA((RPC_CSTR)strings[i], &binding), RPC_S_OK);
    CHECK_EQ(RpcEpResolveBinding(binding, sync_calls_v1_0_c_ifspec), RPC_S_SERVER_UNAVAILABLE);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  }
}

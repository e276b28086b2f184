/*
 * Wine's own DLLs may open an endpoint and register an interface once more, as its msi.dll does
 * for each package of a process; a program may not. The test makes itself one of Wine's.
 */
#include "procedures.h"
#include "server.h"

/* As winebuild marks them. */
static void become_wines(void)
{
  static const char signature[] = "Wine builtin DLL";
  BYTE *place = (BYTE *)GetModuleHandleW(NULL) + sizeof(IMAGE_DOS_HEADER);
  DWORD protection;

  CHECK(VirtualProtect(place, sizeof(signature), PAGE_READWRITE, &protection));
  memcpy(place, signature, sizeof(signature));
  CHECK(VirtualProtect(place, sizeof(signature), protection, &protection));
}

static RPC_STATUS use(const char *endpoint)
{
  WCHAR wide[64];

  CHECK(MultiByteToWideChar(CP_ACP, 0, endpoint, -1, wide, ARRAYSIZE(wide)));
  return RpcServerUseProtseqEpW((RPC_WSTR)L"ncalrpc", RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                                (RPC_WSTR)wide, NULL);
}

static RPC_STATUS register_once(void)
{
  return RpcServerRegisterIfEx(sync_server_calls_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN,
                               RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL);
}

static RPC_STATUS unregister(void)
{
  return RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, FALSE);
}

TEST(an_installer_serves_a_second_package)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding;

  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  CHECK_EQ(use(endpoint), RPC_S_OK);
  CHECK_EQ(use(endpoint), RPC_S_DUPLICATE_ENDPOINT);
  CHECK_EQ(register_once(), RPC_S_OK);
  CHECK_EQ(register_once(), RPC_S_TYPE_ALREADY_REGISTERED);

  become_wines();
  CHECK_EQ(use(endpoint), RPC_S_OK);
  CHECK_EQ(register_once(), RPC_S_OK);
  CHECK_EQ(register_once(), RPC_S_OK);
  binding = endpoint_bind(WIRE_LOCAL, endpoint);
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(unregister(), RPC_S_OK);
    CHECK_EQ(sync_add(binding, 1, 2), 3);
  }
  CHECK_EQ(unregister(), RPC_S_OK);
  CHECK_EQ(unregister(), RPC_S_UNKNOWN_IF);
  CHECK(RAISED(sync_add, binding, 1, 2));
  CHECK_EQ(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* That somebody else has it is no leniency's matter. */
TEST(the_endpoint_of_another_process_stays_a_duplicate)
{
  struct server server;
  WCHAR port[64];

  server_start(&server, WIRE_TCP, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  CHECK(MultiByteToWideChar(CP_ACP, 0, server.endpoint, -1, port, ARRAYSIZE(port)));
  become_wines();
  CHECK_EQ(RpcServerUseProtseqEpW((RPC_WSTR)L"ncacn_ip_tcp", RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                                  (RPC_WSTR)port, NULL),
           RPC_S_DUPLICATE_ENDPOINT);
  server_stop(&server);
}

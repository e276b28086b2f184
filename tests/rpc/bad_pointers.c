/*
 * Pointers that point nowhere. A call that takes one may raise an access violation, as on
 * Windows, and a program may catch it: then the runtime has to go on working, for all threads.
 * (A lock that such a call has left held is a hang in what comes next.)
 */
#include "../../include/asyncshim/rpc.h"
#include "server.h"

#define CALLS_SERVER sync_server_calls_v1_0_s_ifspec

/* Every access to it raises. */
static void *nowhere(void)
{
  static char *page;
  if (!page)
    page = VirtualAlloc(NULL, 4096, MEM_RESERVE, PAGE_NOACCESS);
  CHECK(page);
  return page + 64;
}

/* The call has read or written what it was given, or has refused it. */
#define TRY(function, ...)                                                                     \
  do {                                                                                         \
    DWORD raised_ = RAISED(function, __VA_ARGS__);                                             \
    CHECK(raised_ == EXCEPTION_ACCESS_VIOLATION || (!raised_ && RETURNED() != RPC_S_OK));      \
  } while (0)

static void check_interfaces(RPC_BINDING_HANDLE binding)
{
  RPC_MGR_EPV *manager_epv;
  CHECK_EQ(RpcServerInqIf(CALLS_SERVER, NULL, &manager_epv), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 40, 2), 42);
}

TEST(interfaces_are_found_after_pointers_to_nowhere)
{
  struct server server;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  TRY(RpcServerRegisterIf3, nowhere(), NULL, NULL, 0, 0, 0, NULL, NULL);
  check_interfaces(server.binding);
  TRY(RpcServerRegisterIf3, CALLS_SERVER, nowhere(), NULL, 0, 0, 0, NULL, NULL);
  check_interfaces(server.binding);
  TRY(RpcServerRegisterIf3, CALLS_SERVER, NULL, NULL, 0, 0, 0, NULL, nowhere());
  check_interfaces(server.binding);
  TRY(RpcServerUnregisterIf, nowhere(), NULL, FALSE);
  check_interfaces(server.binding);
  TRY(RpcServerUnregisterIf, CALLS_SERVER, nowhere(), FALSE);
  check_interfaces(server.binding);
  TRY(RpcServerUnregisterIfEx, nowhere(), NULL, TRUE);
  check_interfaces(server.binding);
  TRY(RpcServerInqIf, nowhere(), NULL, nowhere());
  check_interfaces(server.binding);
  TRY(RpcServerInqIf, CALLS_SERVER, nowhere(), nowhere());
  check_interfaces(server.binding);
  TRY(RpcServerInqIf, CALLS_SERVER, NULL, nowhere());
  check_interfaces(server.binding);
  TRY(RpcMgmtInqIfIds, NULL, nowhere());
  check_interfaces(server.binding);
  server_stop(&server);
}

/* The specification is copied: its DLL may be gone, though nobody has unregistered it. */
TEST(an_interface_whose_specification_is_gone_harms_no_other)
{
  static const UUID nobodys = {0x11223344, 0, 0, {1}};
  RPC_SERVER_INTERFACE *gone = VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_READWRITE);
  RPC_IF_ID_VECTOR *ids;
  struct server server;
  CHECK(gone);
  *gone = *(RPC_SERVER_INTERFACE *)CALLS_SERVER;
  gone->InterfaceId.SyntaxGUID = nobodys;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  CHECK_EQ(RpcServerRegisterIf(gone, NULL, NULL), RPC_S_OK);
  CHECK(VirtualFree(gone, 0, MEM_RELEASE));
  check_interfaces(server.binding);
  CHECK_EQ(RpcMgmtInqIfIds(NULL, &ids), RPC_S_OK);
  CHECK_EQ(RpcIfIdVectorFree(&ids), RPC_S_OK);
  server_stop(&server);
}

static void check_types(void)
{
  UUID object = {0x55667788, 0, 0, {2}}, type = {1, 0, 0, {3}}, found;
  CHECK_EQ(RpcObjectSetType(&object, &type), RPC_S_OK);
  CHECK_EQ(RpcObjectInqType(&object, &found), RPC_S_OK);
  CHECK(!memcmp(&found, &type, sizeof(type)));
  CHECK_EQ(RpcObjectSetType(&object, NULL), RPC_S_OK);
}

TEST(types_of_objects_are_found_after_pointers_to_nowhere)
{
  UUID object = {0x55667788, 0, 0, {4}}, type = {1, 0, 0, {3}};
  TRY(RpcObjectSetType, nowhere(), NULL);
  check_types();
  TRY(RpcObjectSetType, &object, nowhere());
  check_types();
  TRY(RpcObjectInqType, nowhere(), NULL);
  check_types();
  CHECK_EQ(RpcObjectSetType(&object, &type), RPC_S_OK);
  TRY(RpcObjectInqType, &object, nowhere());
  check_types();
}

static void check_endpoints(void)
{
  char endpoint[64];
  RPC_BINDING_VECTOR *bindings;
  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  RPC_STATUS status =
      RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", 10, (RPC_CSTR)endpoint, NULL);
  CHECK(status == RPC_S_OK || status == RPC_S_DUPLICATE_ENDPOINT);
  CHECK_EQ(RpcServerInqBindings(&bindings), RPC_S_OK);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
}

TEST(endpoints_are_made_after_pointers_to_nowhere)
{
  check_endpoints();
  TRY(RpcServerUseProtseqEpW, nowhere(), 10, L"somewhere", NULL);
  check_endpoints();
  TRY(RpcServerUseProtseqEpW, L"ncalrpc", 10, nowhere(), NULL);
  check_endpoints();
  TRY(RpcServerUseProtseqEpA, "ncalrpc", 10, nowhere(), NULL);
  check_endpoints();
  TRY(RpcServerUseProtseqEpW, L"ncalrpc", 10, L"somewhere", nowhere());
  check_endpoints();
  TRY(RpcServerUseProtseqIfW, L"ncalrpc", 10, nowhere(), NULL);
  check_endpoints();
  TRY(RpcServerInqBindings, nowhere());
  check_endpoints();
}

static void check_binding(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingSetObject(binding, NULL), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 40, 2), 42);
}

TEST(bindings_work_after_pointers_to_nowhere)
{
  struct server server;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  TRY(RpcBindingSetObject, server.binding, nowhere());
  check_binding(server.binding);
  TRY(RpcBindingInqObject, server.binding, nowhere());
  check_binding(server.binding);
  TRY(RpcBindingCopy, server.binding, nowhere());
  check_binding(server.binding);
  TRY(RpcBindingToStringBindingW, server.binding, nowhere());
  check_binding(server.binding);
  TRY(RpcMgmtInqComTimeout, server.binding, nowhere());
  check_binding(server.binding);
  TRY(RpcBindingInqOption, server.binding, RPC_C_OPT_CALL_TIMEOUT, nowhere());
  check_binding(server.binding);
  TRY(RpcBindingSetAuthInfoExW, server.binding, nowhere(), RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
      RPC_C_AUTHN_WINNT, NULL, 0, NULL);
  check_binding(server.binding);
  TRY(RpcBindingSetAuthInfoExW, server.binding, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
      RPC_C_AUTHN_WINNT, NULL, 0, nowhere());
  check_binding(server.binding);
  TRY(RpcBindingFree, nowhere());
  check_binding(server.binding);
  server_stop(&server);
}

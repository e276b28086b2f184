/*
 * What a server can learn of a call and of itself by the functions that Wine has as stubs:
 * RpcServerInqCallAttributes in its three versions, local addresses, the client's process,
 * principal names.
 */
#include "../../include/asyncshim/rpc.h"
#include "async_call.h"
#include "held_calls.h"
#include "server.h"

#include <stddef.h>

#define QUERY_NAMES (RPC_QUERY_SERVER_PRINCIPAL_NAME | RPC_QUERY_CLIENT_PRINCIPAL_NAME)
#define UNTOUCHED   0x5a

static RPC_BINDING_HANDLE call_handle; /* of the call that is being looked at */

/* ---- calls that are looked at by this process, which makes them ---- */

struct looked_at {
  struct server server;
  struct async_call call;
  RPC_ASYNC_STATE *serving;
};

static void begin(struct looked_at *looked_at, enum wire wire)
{
  server_start(&looked_at->server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  async_call_init(&looked_at->call);
  async_hold_void(&looked_at->call.state, looked_at->server.binding, 1);
  held_calls_wait(1);
  looked_at->serving = held_calls_take(1);
  call_handle = RpcAsyncGetCallHandle(looked_at->serving);
}

static void end(struct looked_at *looked_at)
{
  CHECK_EQ(RpcAsyncCompleteCall(looked_at->serving, NULL), RPC_S_OK);
  CHECK_EQ(async_call_finish(&looked_at->call, NULL), RPC_S_OK);
  server_stop(&looked_at->server);
}

static RPC_CALL_ATTRIBUTES_V3_W attributes_of(unsigned int version, ULONG flags)
{
  RPC_CALL_ATTRIBUTES_V3_W attributes;

  memset(&attributes, UNTOUCHED, sizeof(attributes));
  attributes.Version = version;
  attributes.Flags = flags;
  attributes.ServerPrincipalNameBufferLength = attributes.ClientPrincipalNameBufferLength = 0;
  attributes.ServerPrincipalName = attributes.ClientPrincipalName = NULL;
  attributes.CallLocalAddress = NULL;
  return attributes;
}

static bool is_untouched(const void *data, size_t size)
{
  const BYTE *bytes = data;

  while (size && bytes[size - 1] == UNTOUCHED)
    size--;
  return !size;
}

static const WCHAR *own_user(void)
{
  static WCHAR user[256];
  DWORD length = ARRAYSIZE(user);

  CHECK(GetUserNameW(user, &length));
  return user;
}

/* ---- versions ---- */

static void check_first(const RPC_CALL_ATTRIBUTES_V3_W *attributes)
{
  CHECK_EQ(attributes->AuthenticationLevel, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
  CHECK_EQ(attributes->AuthenticationService, RPC_C_AUTHN_WINNT);
  CHECK_EQ(attributes->NullSession, FALSE);
}

static void check_second(const RPC_CALL_ATTRIBUTES_V3_W *attributes)
{
  const RPC_SERVER_INTERFACE *spec = async_server_calls_v1_0_s_ifspec;

  check_first(attributes);
  CHECK_EQ(attributes->KernelModeCaller, FALSE);
  CHECK_EQ(attributes->ProtocolSequence, RPC_PROTSEQ_LRPC);
  CHECK_EQ(attributes->IsClientLocal, rcclLocal);
  CHECK_EQ((ULONG_PTR)attributes->ClientPID, GetCurrentProcessId());
  CHECK_EQ(attributes->CallStatus, 0);
  CHECK_EQ(attributes->CallType, rctNormal);
  CHECK_EQ(attributes->OpNum, 2);
  CHECK(IsEqualGUID(&attributes->InterfaceUuid, &spec->InterfaceId.SyntaxGUID));
}

TEST(each_version_fills_in_its_own_members)
{
  const size_t first = offsetof(RPC_CALL_ATTRIBUTES_V3_W, KernelModeCaller);
  const size_t second = offsetof(RPC_CALL_ATTRIBUTES_V3_W, ClientIdentifierBufferLength);
  RPC_CALL_ATTRIBUTES_V3_W attributes = attributes_of(1, 0);
  struct looked_at looked_at;

  begin(&looked_at, WIRE_LOCAL);
  attributes.CallLocalAddress = (void *)(ULONG_PTR)0x5a5a5a5a5a5a5a5aull;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_OK);
  check_first(&attributes);
  CHECK(is_untouched((BYTE *)&attributes + first, sizeof(attributes) - first));
  for (unsigned int version = 2; version <= 3; version++) {
    attributes = attributes_of(version, RPC_QUERY_CLIENT_PID | RPC_QUERY_IS_CLIENT_LOCAL);
    CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_OK);
    check_second(&attributes);
    CHECK(is_untouched((BYTE *)&attributes + second, sizeof(attributes) - second));
  }
  end(&looked_at);
}

TEST(what_is_not_there_is_refused)
{
  RPC_CALL_ATTRIBUTES_V3_W attributes = attributes_of(0, 0);
  struct looked_at looked_at;

  begin(&looked_at, WIRE_LOCAL);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_INVALID_ARG);
  attributes.Version = 4;
  CHECK_EQ(RpcServerInqCallAttributesA(call_handle, &attributes), RPC_S_INVALID_ARG);
  attributes = attributes_of(1, RPC_QUERY_CLIENT_PID);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_INVALID_ARG);
  attributes = attributes_of(3, 0x4000);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_INVALID_ARG);
  attributes = attributes_of(3, RPC_QUERY_CLIENT_ID);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_CANNOT_SUPPORT);
  attributes = attributes_of(2, RPC_QUERY_CALL_LOCAL_ADDRESS);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_INVALID_ARG);
  attributes = attributes_of(2, 0);
  CHECK_EQ(RpcServerInqCallAttributesW(NULL, &attributes), RPC_S_NO_CALL_ACTIVE);
  CHECK_EQ(RpcServerInqCallAttributesW(looked_at.server.binding, &attributes),
           RPC_S_WRONG_KIND_OF_BINDING);
  CHECK_EQ(RpcServerInqCallAttributesW(&attributes, &attributes), RPC_S_INVALID_BINDING);
  end(&looked_at);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_INVALID_BINDING);
}

/* ---- names ---- */

TEST(names_say_how_much_room_they_take)
{
  RPC_CALL_ATTRIBUTES_V3_W wide = attributes_of(2, QUERY_NAMES);
  RPC_CALL_ATTRIBUTES_V3_A ansi;
  struct looked_at looked_at;
  WCHAR server[256], client[256];
  char narrow[256];
  ULONG size;

  begin(&looked_at, WIRE_LOCAL);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &wide), ERROR_MORE_DATA);
  check_first(&wide); /* all else is filled in */
  size = wide.ClientPrincipalNameBufferLength;
  CHECK(size > (wcslen(own_user()) + 1) * sizeof(WCHAR));
  CHECK_EQ(wide.ServerPrincipalNameBufferLength, size);

  memset(server, UNTOUCHED, sizeof(server));
  wide.ServerPrincipalName = server;
  wide.ServerPrincipalNameBufferLength = size - 1;
  wide.ClientPrincipalName = client;
  wide.ClientPrincipalNameBufferLength = sizeof(client);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &wide), ERROR_MORE_DATA);
  CHECK(is_untouched(server, sizeof(server)));
  CHECK_EQ(wide.ServerPrincipalNameBufferLength, size);
  CHECK_EQ(wide.ClientPrincipalNameBufferLength, size);
  CHECK_WIDE_EQ(wcschr(client, L'\\') + 1, own_user());
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &wide), RPC_S_OK); /* just enough */
  CHECK_WIDE_EQ(server, client);

  memcpy(&ansi, &wide, sizeof(ansi));
  ansi.Flags = RPC_QUERY_CLIENT_PRINCIPAL_NAME;
  ansi.ClientPrincipalName = narrow;
  ansi.ClientPrincipalNameBufferLength = sizeof(narrow);
  CHECK_EQ(RpcServerInqCallAttributesA(call_handle, &ansi), RPC_S_OK);
  CHECK_EQ(ansi.ClientPrincipalNameBufferLength, strlen(narrow) + 1);
  CHECK_EQ(ansi.ClientPrincipalNameBufferLength, size / sizeof(WCHAR));

  wide.ClientPrincipalName = NULL;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &wide), RPC_S_INVALID_ARG);
  end(&looked_at);
}

/* ---- other transports ---- */

TEST(a_tcp_client_is_nobody_but_has_an_address)
{
  RPC_CALL_ATTRIBUTES_V3_W attributes = attributes_of(2, 0);
  RPC_CALL_LOCAL_ADDRESS_W address = {1, NULL, 0, 0};
  struct looked_at looked_at;
  BYTE bytes[16];
  ULONG size = 3, format = 0;

  begin(&looked_at, WIRE_TCP);
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_BINDING_HAS_NO_AUTH);
  attributes.Flags = RPC_QUERY_NO_AUTH_REQUIRED | QUERY_NAMES;
  attributes.ClientPrincipalNameBufferLength = 8;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_OK);
  CHECK_EQ(attributes.ClientPrincipalNameBufferLength, 0);
  CHECK_EQ(attributes.AuthenticationLevel, RPC_C_AUTHN_LEVEL_NONE);
  CHECK_EQ(attributes.AuthenticationService, RPC_C_AUTHN_NONE);
  CHECK_EQ(attributes.ProtocolSequence, RPC_PROTSEQ_TCP);
  CHECK_EQ(attributes.IsClientLocal, rcclClientUnknownLocality);
  attributes.Flags = RPC_QUERY_NO_AUTH_REQUIRED | RPC_QUERY_CLIENT_PID;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_CANNOT_SUPPORT);

  attributes.Flags = RPC_QUERY_NO_AUTH_REQUIRED | RPC_QUERY_CALL_LOCAL_ADDRESS;
  attributes.CallLocalAddress = &address;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), ERROR_MORE_DATA);
  CHECK_EQ(address.BufferSize, 4);
  address.Buffer = bytes;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_OK);
  CHECK_EQ(address.AddressFormat, rlafIPv4);
  CHECK(!memcmp(bytes, "\x7f\0\0\1", 4));
  address.Version = 2;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_INVALID_ARG);

  CHECK_EQ(I_RpcServerInqLocalConnAddress(call_handle, bytes, &size, &format), ERROR_MORE_DATA);
  CHECK_EQ(size, 4);
  memset(bytes, 0, sizeof(bytes));
  CHECK_EQ(I_RpcServerInqLocalConnAddress(call_handle, bytes, &size, &format), RPC_S_OK);
  CHECK_EQ(format, rlafIPv4);
  CHECK(!memcmp(bytes, "\x7f\0\0\1", 4));
  CHECK_EQ(I_RpcServerInqLocalConnAddress(call_handle, bytes, NULL, &format),
           RPC_S_INVALID_ARG);
  end(&looked_at);
}

TEST(a_pipe_has_a_process_but_no_address)
{
  RPC_CALL_ATTRIBUTES_V3_W attributes = attributes_of(2, RPC_QUERY_CALL_LOCAL_ADDRESS);
  BYTE bytes[16];
  RPC_CALL_LOCAL_ADDRESS_W address = {1, bytes, sizeof(bytes), 0};
  struct looked_at looked_at;
  ULONG size = sizeof(bytes), format;
  unsigned int is_local = 0;
  HANDLE process = NULL;

  begin(&looked_at, WIRE_LOCAL);
  attributes.CallLocalAddress = &address;
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_CANNOT_SUPPORT);
  CHECK_EQ(I_RpcServerInqLocalConnAddress(call_handle, bytes, &size, &format),
           RPC_S_CANNOT_SUPPORT);
  CHECK_EQ(I_RpcBindingIsClientLocal(call_handle, &is_local), RPC_S_OK);
  CHECK(is_local);
  CHECK_EQ(I_RpcOpenClientProcess(call_handle, PROCESS_QUERY_INFORMATION, &process), RPC_S_OK);
  CHECK_EQ(GetProcessId(process), GetCurrentProcessId());
  CHECK(CloseHandle(process));
  CHECK_EQ(I_RpcOpenClientProcess(call_handle, 0, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(I_RpcOpenClientProcess(NULL, 0, &process), RPC_S_NO_CALL_ACTIVE);
  end(&looked_at);
}

/* ---- cancels ---- */

TEST(cancels_are_told)
{
  RPC_CALL_ATTRIBUTES_V3_W attributes = attributes_of(2, 0);
  struct looked_at looked_at;

  begin(&looked_at, WIRE_LOCAL);
  CHECK_EQ(RpcAsyncCancelCall(&looked_at.call.state, FALSE), RPC_S_OK);
  while (RpcServerTestCancel(call_handle) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
  CHECK_EQ(RpcServerInqCallAttributesW(call_handle, &attributes), RPC_S_OK);
  CHECK_EQ(attributes.CallStatus, RPC_CALL_STATUS_CANCELLED);
  end(&looked_at);
}

/* ---- contexts of other parts of Windows ---- */

TEST(what_local_clients_have_no_context_of_is_said)
{
  struct looked_at looked_at;
  void *context = NULL;
  char wire_id[32];
  LUID luid = {0, 0};
  RPC_STATUS status;

  begin(&looked_at, WIRE_LOCAL);
  CHECK_EQ(I_RpcBindingInqSecurityContext(call_handle, &context), RPC_S_CANNOT_SUPPORT);
  CHECK_EQ(I_RpcBindingInqSecurityContext(NULL, &context), RPC_S_NO_CALL_ACTIVE);
  CHECK_EQ(I_RpcBindingInqWireIdForSnego(call_handle, (RPC_CSTR)wire_id), RPC_S_CANNOT_SUPPORT);
  status = RpcGetAuthorizationContextForClient(call_handle, FALSE, NULL, NULL, luid, 0, NULL,
                                               &context);
  /* Wine's authz.dll cannot make one. */
  CHECK(status == RPC_S_OK || status == RPC_S_CANNOT_SUPPORT);
  CHECK_EQ(RpcFreeAuthorizationContext(&context), status ? RPC_S_INVALID_ARG : RPC_S_OK);
  CHECK(!context);
  end(&looked_at);
}

/* ---- the server's own names ---- */

TEST(registered_names_are_told)
{
  struct server server;
  WCHAR name[] = L"registered";
  RPC_WSTR wide = NULL;
  RPC_CSTR ansi = NULL;

  CHECK_EQ(RpcServerRegisterAuthInfoW((RPC_WSTR)name, RPC_C_AUTHN_WINNT, NULL, NULL), RPC_S_OK);
  name[0] = L'x'; /* has been copied */
  CHECK_EQ(RpcServerRegisterAuthInfoA((RPC_CSTR) "another", RPC_C_AUTHN_WINNT, NULL, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterAuthInfoW(NULL, RPC_C_AUTHN_GSS_NEGOTIATE, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerRegisterAuthInfoW(NULL, 600, NULL, NULL), RPC_S_UNKNOWN_AUTHN_SERVICE);

  CHECK_EQ(RpcMgmtInqServerPrincNameW(NULL, RPC_C_AUTHN_WINNT, &wide), RPC_S_NOT_LISTENING);
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  CHECK_EQ(RpcMgmtInqServerPrincNameW(NULL, RPC_C_AUTHN_WINNT, &wide), RPC_S_OK);
  CHECK_WIDE_EQ((WCHAR *)wide, L"registered");
  CHECK_EQ(RpcStringFreeW(&wide), RPC_S_OK);
  CHECK_EQ(RpcMgmtInqServerPrincNameA(NULL, RPC_C_AUTHN_GSS_NEGOTIATE, &ansi), RPC_S_OK);
  CHECK(strchr((char *)ansi, '\\')); /* the default one */
  CHECK_EQ(RpcStringFreeA(&ansi), RPC_S_OK);
  CHECK_EQ(RpcMgmtInqServerPrincNameA(NULL, 600, &ansi), RPC_S_UNKNOWN_AUTHN_SERVICE);
  CHECK_EQ(RpcMgmtInqServerPrincNameW(NULL, RPC_C_AUTHN_WINNT, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcMgmtInqServerPrincNameW(server.binding, RPC_C_AUTHN_WINNT, &wide),
           RPC_S_CANNOT_SUPPORT);
  CHECK_EQ(RpcMgmtInqServerPrincNameW(&server, RPC_C_AUTHN_WINNT, &wide),
           RPC_S_INVALID_BINDING);
  server_stop(&server);
}

TEST(defaults_are_told)
{
  RPC_WSTR wide = NULL;
  RPC_CSTR ansi = NULL;
  ULONG level = 0;

  CHECK_EQ(RpcServerInqDefaultPrincNameW(RPC_C_AUTHN_WINNT, &wide), RPC_S_OK);
  CHECK(wcschr((WCHAR *)wide, L'\\'));
  CHECK_WIDE_EQ(wcschr((WCHAR *)wide, L'\\') + 1, own_user());
  CHECK_EQ(RpcStringFreeW(&wide), RPC_S_OK);
  CHECK_EQ(RpcServerInqDefaultPrincNameA(RPC_C_AUTHN_GSS_NEGOTIATE, &ansi), RPC_S_OK);
  CHECK_EQ(RpcStringFreeA(&ansi), RPC_S_OK);
  /* No service by itself, here; Wine's own tests have it from Windows. */
  CHECK_EQ(RpcServerInqDefaultPrincNameA(RPC_C_AUTHN_DEFAULT, NULL),
           RPC_S_UNKNOWN_AUTHN_SERVICE);
  CHECK_EQ(RpcServerInqDefaultPrincNameW(600, &wide), RPC_S_UNKNOWN_AUTHN_SERVICE);
  CHECK_EQ(RpcServerInqDefaultPrincNameW(RPC_C_AUTHN_WINNT, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcMgmtInqDefaultProtectLevel(RPC_C_AUTHN_WINNT, &level), RPC_S_OK);
  CHECK_EQ(level, RPC_C_AUTHN_LEVEL_CONNECT);
  CHECK_EQ(RpcMgmtInqDefaultProtectLevel(600, &level), RPC_S_UNKNOWN_AUTHN_SERVICE);
  CHECK_EQ(RpcMgmtInqDefaultProtectLevel(RPC_C_AUTHN_WINNT, NULL), RPC_S_INVALID_ARG);
}

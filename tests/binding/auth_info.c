/*
 * Authentication information: kept and reported; a call that would go out in the clear is
 * refused.
 */
#include "harness.h"

#include <rpc.h>
#include <rpcndr.h>

static RPC_BINDING_HANDLE bind_server(void)
{
  static unsigned char string[] = "ncacn_ip_tcp:127.0.0.1[4711]";
  RPC_BINDING_HANDLE binding = NULL;

  CHECK_EQ(RpcBindingFromStringBindingA(string, &binding), RPC_S_OK);
  return binding;
}

static RPC_STATUS set(RPC_BINDING_HANDLE binding, unsigned long level, unsigned long service,
                      unsigned long authorization)
{
  static unsigned char principal[] = "principal";

  return RpcBindingSetAuthInfoA(binding, principal, level, service, NULL, authorization);
}

/* A service that this machine has a security package for: which are there depends on what is
 * installed. */
static unsigned long any_service(void)
{
  static const unsigned long services[] = {RPC_C_AUTHN_WINNT, RPC_C_AUTHN_GSS_NEGOTIATE,
                                           RPC_C_AUTHN_GSS_KERBEROS, RPC_C_AUTHN_GSS_SCHANNEL};
  RPC_BINDING_HANDLE binding = bind_server();
  RPC_STATUS status = RPC_S_UNKNOWN_AUTHN_SERVICE;
  unsigned long service = 0;

  for (size_t i = 0; i < sizeof(services) / sizeof(services[0]) && status != RPC_S_OK; i++) {
    service = services[i];
    status = set(binding, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, service, RPC_C_AUTHZ_NAME);
    CHECK(status == RPC_S_OK || status == RPC_S_UNKNOWN_AUTHN_SERVICE);
  }
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  if (status != RPC_S_OK)
    test_skip("no security package is installed");
  return service;
}

TEST(a_new_binding_has_none)
{
  RPC_BINDING_HANDLE binding = bind_server();

  CHECK_EQ(RpcBindingInqAuthInfoA(binding, NULL, NULL, NULL, NULL, NULL),
           RPC_S_BINDING_HAS_NO_AUTH);
  CHECK_EQ(set(binding, RPC_C_AUTHN_LEVEL_NONE, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NAME), RPC_S_OK);
  CHECK_EQ(RpcBindingInqAuthInfoA(binding, NULL, NULL, NULL, NULL, NULL),
           RPC_S_BINDING_HAS_NO_AUTH);
  CHECK_EQ(set(binding, RPC_C_AUTHN_LEVEL_PKT, RPC_C_AUTHN_NONE, RPC_C_AUTHZ_NONE), RPC_S_OK);
  CHECK_EQ(RpcBindingInqAuthInfoA(binding, NULL, NULL, NULL, NULL, NULL),
           RPC_S_BINDING_HAS_NO_AUTH);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static void check_reported(RPC_BINDING_HANDLE binding, unsigned long expected_service)
{
  RPC_AUTH_IDENTITY_HANDLE identity = (RPC_AUTH_IDENTITY_HANDLE)(ULONG_PTR)0xdead;
  unsigned long level = 0, service = 0, authorization = 0;
  RPC_SECURITY_QOS quality = {0};
  RPC_WSTR wide = NULL;
  RPC_CSTR ansi = NULL;

  CHECK_EQ(RpcBindingInqAuthInfoA(binding, &ansi, &level, &service, &identity, &authorization),
           RPC_S_OK);
  CHECK(!strcmp((const char *)ansi, "principal"));
  CHECK_EQ(RpcStringFreeA(&ansi), RPC_S_OK);
  CHECK_EQ(level, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
  CHECK_EQ(service, expected_service);
  CHECK_EQ(authorization, RPC_C_AUTHZ_NAME);
  CHECK(!identity);
  CHECK_EQ(RpcBindingInqAuthInfoExW(binding, &wide, NULL, NULL, NULL, NULL,
                                    RPC_C_SECURITY_QOS_VERSION_1, &quality),
           RPC_S_OK);
  CHECK_WIDE_EQ((const WCHAR *)wide, L"principal");
  CHECK_EQ(RpcStringFreeW(&wide), RPC_S_OK);
  CHECK_EQ(quality.Version, RPC_C_SECURITY_QOS_VERSION_1);
  CHECK_EQ(RpcBindingInqAuthInfoExW(binding, NULL, NULL, NULL, NULL, NULL, 2, &quality),
           RPC_S_INVALID_ARG);
}

TEST(what_was_set_is_reported_by_binding_and_copy)
{
  RPC_BINDING_HANDLE binding = bind_server(), copy;
  unsigned long service = any_service();

  CHECK_EQ(set(binding, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, service, RPC_C_AUTHZ_NAME), RPC_S_OK);
  check_reported(binding, service);
  CHECK_EQ(RpcBindingCopy(binding, &copy), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  check_reported(copy, service);
  CHECK_EQ(RpcBindingFree(&copy), RPC_S_OK);
}

TEST(unknown_levels_and_services_are_refused)
{
  RPC_BINDING_HANDLE binding = bind_server();

  CHECK_EQ(set(binding, 7, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE), RPC_S_UNKNOWN_AUTHN_LEVEL);
  CHECK_EQ(set(binding, RPC_C_AUTHN_LEVEL_PKT, 600, RPC_C_AUTHZ_NONE),
           RPC_S_UNKNOWN_AUTHN_SERVICE);
  CHECK_EQ(set(binding, RPC_C_AUTHN_LEVEL_PKT, RPC_C_AUTHN_WINNT, 77),
           RPC_S_UNKNOWN_AUTHZ_SERVICE);
  CHECK_EQ(RpcBindingInqAuthInfoA(binding, NULL, NULL, NULL, NULL, NULL),
           RPC_S_BINDING_HAS_NO_AUTH);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* Until the runtime can authenticate. No server is needed: it never gets as far as connecting.
 */
TEST(a_call_that_asks_for_authentication_is_not_made_without)
{
  static RPC_CLIENT_INTERFACE spec = {.Length = sizeof(spec),
                                      .InterfaceId = {{.Data1 = 0x4a6b1c2d}, {1, 0}}};
  RPC_BINDING_HANDLE binding = bind_server();
  RPC_MESSAGE message = {.Handle = binding,
                         .BufferLength = 4,
                         .RpcInterfaceInformation = &spec,
                         .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION};

  CHECK_EQ(set(binding, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, any_service(), RPC_C_AUTHZ_NONE),
           RPC_S_OK);
  CHECK_EQ(I_RpcGetBuffer(&message), RPC_S_UNKNOWN_AUTHN_SERVICE);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

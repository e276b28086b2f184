/* IClientSecurity of a call object. */
#include "call_client.h"

#include <rpc.h>

struct blanket {
  DWORD authn, authz, level, impersonation, capabilities;
  OLECHAR *principal;
  void *info;
};

static IClientSecurity *security_of(async_adder *call)
{
  IClientSecurity *security;
  CHECK_EQ(call->table->QueryInterface(call, &IID_IClientSecurity, (void **)&security), S_OK);
  return security;
}

static void query(async_adder *call, struct blanket *blanket)
{
  IClientSecurity *security = security_of(call);
  CHECK_EQ(IClientSecurity_QueryBlanket(security, (IUnknown *)call, &blanket->authn,
                                        &blanket->authz, &blanket->principal, &blanket->level,
                                        &blanket->impersonation, &blanket->info,
                                        &blanket->capabilities),
           S_OK);
  IClientSecurity_Release(security);
}

static HRESULT set(async_adder *call, IUnknown *proxy, const struct blanket *blanket)
{
  IClientSecurity *security = security_of(call);
  HRESULT result = IClientSecurity_SetBlanket(
      security, proxy, blanket->authn, blanket->authz, blanket->principal, blanket->level,
      blanket->impersonation, blanket->info, blanket->capabilities);
  IClientSecurity_Release(security);
  return result;
}

static void check_blanket(async_adder *call, const struct blanket *expected)
{
  struct blanket found;
  query(call, &found);
  CHECK_EQ(found.authn, expected->authn);
  CHECK_EQ(found.authz, expected->authz);
  CHECK_EQ(found.level, expected->level);
  CHECK_EQ(found.impersonation, expected->impersonation);
  CHECK_EQ(found.capabilities, expected->capabilities);
  CHECK(found.info == expected->info);
  if (expected->principal)
    CHECK_WIDE_EQ(found.principal, expected->principal);
  else
    CHECK(!found.principal);
  CoTaskMemFree(found.principal);
}

static WCHAR principal[] = L"somebody";
static int credentials;
static const struct blanket first = {RPC_C_AUTHN_NONE,
                                     RPC_C_AUTHZ_NONE,
                                     RPC_C_AUTHN_LEVEL_NONE,
                                     RPC_C_IMP_LEVEL_IDENTIFY,
                                     EOAC_NONE,
                                     NULL,
                                     NULL};
static const struct blanket strict = {RPC_C_AUTHN_WINNT,
                                      RPC_C_AUTHZ_NAME,
                                      RPC_C_AUTHN_LEVEL_CALL,
                                      RPC_C_IMP_LEVEL_IMPERSONATE,
                                      EOAC_STATIC_CLOAKING,
                                      principal,
                                      &credentials};
static const struct blanket defaults = {
    RPC_C_AUTHN_DEFAULT,     RPC_C_AUTHZ_DEFAULT, RPC_C_AUTHN_LEVEL_DEFAULT,
    RPC_C_IMP_LEVEL_DEFAULT, EOAC_DEFAULT,        COLE_DEFAULT_PRINCIPAL,
    COLE_DEFAULT_AUTHINFO};

IN_EACH_PLACE(a_call_object_keeps_a_blanket_of_its_own)
{
  async_adder *other = call_client_new_call(client);
  check_blanket(client->call, &first);
  CHECK_EQ(set(client->call, (IUnknown *)client->call, &strict), S_OK);
  check_blanket(client->call, &strict);
  check_blanket(other, &first);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 40, 2), S_OK);
  check_sum(client->call, 42);
  check_blanket(client->call, &strict);
  CHECK_EQ(set(client->call, (IUnknown *)client->call, &defaults), S_OK);
  check_blanket(client->call, &strict);
  CHECK_EQ(set(client->call, (IUnknown *)client->call, &first), S_OK);
  check_blanket(client->call, &first);
  CHECK_EQ(other->table->Release(other), 0);
}

CALL_TEST(a_blanket_of_another_object_is_refused)
{
  IClientSecurity *security = security_of(client->call);
  DWORD level;
  CHECK_EQ(set(client->call, (IUnknown *)client->proxy, &strict), E_INVALIDARG);
  CHECK_EQ(set(client->call, NULL, &strict), E_INVALIDARG);
  check_blanket(client->call, &first);
  CHECK_EQ(IClientSecurity_QueryBlanket(security, (IUnknown *)client->proxy, NULL, NULL, NULL,
                                        &level, NULL, NULL, NULL),
           E_INVALIDARG);
  IClientSecurity_Release(security);
}

CALL_TEST(a_blanket_of_unknown_levels_is_refused)
{
  struct blanket wrong = strict;
  wrong.level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY + 1;
  CHECK_EQ(set(client->call, (IUnknown *)client->call, &wrong), E_INVALIDARG);
  wrong = strict;
  wrong.impersonation = RPC_C_IMP_LEVEL_DELEGATE + 1;
  CHECK_EQ(set(client->call, (IUnknown *)client->call, &wrong), E_INVALIDARG);
  check_blanket(client->call, &first);
}

CALL_TEST(a_call_object_cannot_be_copied)
{
  IClientSecurity *security = security_of(client->call);
  IUnknown *copy = (IUnknown *)1;
  CHECK_EQ(IClientSecurity_CopyProxy(security, (IUnknown *)client->call, &copy), E_NOINTERFACE);
  CHECK(!copy);
  IClientSecurity_Release(security);
}

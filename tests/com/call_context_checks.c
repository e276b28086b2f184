#include "call_context_checks.h"

#include "harness.h"
#include "privilege.h"

#include <rpc.h>

IServerSecurity *security_of_call(void)
{
  IServerSecurity *security;

  CHECK_EQ(CoGetCallContext(&IID_IServerSecurity, (void **)&security), S_OK);
  return security;
}

void check_impersonating(bool expected)
{
  IServerSecurity *security = security_of_call();

  CHECK_EQ(!!IServerSecurity_IsImpersonating(security), expected);
  CHECK_EQ(thread_has_token(), expected);
  IServerSecurity_Release(security);
}

void impersonate_and_revert(void)
{
  check_impersonating(false);
  CHECK_EQ(CoRevertToSelf(), S_OK);
  CHECK_EQ(CoImpersonateClient(), S_OK);
  check_impersonating(true);
  CHECK_EQ(CoImpersonateClient(), S_OK);
  CHECK_EQ(CoRevertToSelf(), S_OK);
  check_impersonating(false);
}

void check_blanket(void)
{
  DWORD authn, authz, level, impersonation, capabilities = EOAC_MAKE_FULLSIC;
  DWORD length;
  WCHAR user[256];
  OLECHAR *principal;
  void *privileges;

  CHECK_EQ(CoQueryClientBlanket(&authn, &authz, &principal, &level, &impersonation, &privileges,
                                &capabilities),
           S_OK);
  CHECK_EQ(authn, RPC_C_AUTHN_WINNT);
  CHECK_EQ(authz, RPC_C_AUTHZ_NONE);
  CHECK_EQ(level, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
  CHECK_EQ(impersonation, RPC_C_IMP_LEVEL_IMPERSONATE);
  CHECK_EQ(capabilities, EOAC_NONE);
  length = ARRAYSIZE(user);
  CHECK(GetUserNameW(user, &length));
  CHECK(wcschr(privileges, L'\\'));
  CHECK_WIDE_EQ(wcschr(privileges, L'\\') + 1, user);
  CHECK_WIDE_EQ(principal, privileges);
  CoTaskMemFree(principal);
  CHECK_EQ(CoQueryClientBlanket(NULL, NULL, NULL, NULL, NULL, NULL, NULL), S_OK);
}

void check_no_context(void)
{
  IUnknown *found = (IUnknown *)1;

  CHECK_EQ(CoGetCallContext(&IID_IServerSecurity, (void **)&found), RPC_E_CALL_COMPLETE);
  CHECK_EQ(CoImpersonateClient(), RPC_E_CALL_COMPLETE);
  CHECK_EQ(CoRevertToSelf(), RPC_E_CALL_COMPLETE);
  CHECK_EQ(CoQueryClientBlanket(NULL, NULL, NULL, NULL, NULL, NULL, NULL), RPC_E_CALL_COMPLETE);
  CHECK(!thread_has_token());
}

void check_refused(IServerSecurity *security)
{
  CHECK_EQ(IServerSecurity_ImpersonateClient(security), RPC_E_CALL_COMPLETE);
  CHECK_EQ(IServerSecurity_RevertToSelf(security), RPC_E_CALL_COMPLETE);
  CHECK_EQ(IServerSecurity_QueryBlanket(security, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
           RPC_E_CALL_COMPLETE);
  CHECK(!IServerSecurity_IsImpersonating(security));
  CHECK(!thread_has_token());
}

#include "identity.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* malloc'ed TOKEN_USER; NULL: it cannot be had. */
static TOKEN_USER *user_of(HANDLE token)
{
  TOKEN_USER *user = NULL;
  DWORD size = 0;

  GetTokenInformation(token, TokenUser, NULL, 0, &size);
  if (size)
    user = malloc(size);
  if (user && !GetTokenInformation(token, TokenUser, user, size, &size)) {
    free(user);
    user = NULL;
  }
  return user;
}

/* malloc'ed DOMAIN\user. */
static RPC_STATUS name_of(SID *sid, WCHAR **name)
{
  DWORD user_size = 0, domain_size = 0;
  WCHAR *user, *domain;
  SID_NAME_USE use;
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  LookupAccountSidW(NULL, sid, NULL, &user_size, NULL, &domain_size, &use);
  if (GetLastError() != ERROR_INSUFFICIENT_BUFFER)
    return RPC_S_NO_CONTEXT_AVAILABLE;
  user = malloc((user_size + 1) * sizeof(*user));
  domain = malloc((domain_size + 1) * sizeof(*domain));
  *name = malloc((domain_size + user_size + 2) * sizeof(**name));
  if (user && domain && *name) {
    status = RPC_S_NO_CONTEXT_AVAILABLE;
    if (LookupAccountSidW(NULL, sid, user, &user_size, domain, &domain_size, &use)) {
      _snwprintf(*name, domain_size + user_size + 2, L"%ls\\%ls", domain, user);
      status = RPC_S_OK;
    }
  }
  free(user);
  free(domain);
  if (status != RPC_S_OK) {
    free(*name);
    *name = NULL;
  }
  return status;
}

RPC_STATUS identity_create(HANDLE token, struct identity **result)
{
  struct identity *identity = calloc(1, sizeof(*identity));
  TOKEN_USER *user = user_of(token);
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (identity)
    status = user ? name_of(user->User.Sid, &identity->name) : RPC_S_NO_CONTEXT_AVAILABLE;
  free(user);
  if (status != RPC_S_OK) {
    free(identity);
    CloseHandle(token);
    return status;
  }
  identity->references = 1;
  identity->token = token;
  *result = identity;
  return RPC_S_OK;
}

void identity_add_reference(struct identity *identity)
{
  InterlockedIncrement(&identity->references);
}

void identity_release(struct identity *identity)
{
  if (!identity || InterlockedDecrement(&identity->references))
    return;
  CloseHandle(identity->token);
  free(identity->name);
  free(identity);
}

RPC_STATUS identity_impersonate(const struct identity *identity)
{
  return SetThreadToken(NULL, identity->token) ? RPC_S_OK : RPC_S_NO_CONTEXT_AVAILABLE;
}

#include "principals.h"

#include <stdbool.h>
#include <stdlib.h>
#include <wchar.h>

#include "../binding/auth_info.h"
#include "client_identity.h"

struct principal {
  struct principal *next;
  ULONG service;
  WCHAR *name;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct principal *principals; /* lock; oldest first */

/* Lock held. Where that one is, or would be. */
static struct principal **find(ULONG service, const WCHAR *name)
{
  struct principal **link = &principals;

  while (*link && ((*link)->service != service || (name && wcscmp((*link)->name, name))))
    link = &(*link)->next;
  return link;
}

RPC_STATUS principals_default(ULONG service, WCHAR **name)
{
  struct identity *self;
  RPC_STATUS status;

  if (!auth_service_is_local(service) && !auth_service_is_installed(service))
    return RPC_S_UNKNOWN_AUTHN_SERVICE;
  status = client_identity(NULL, &self);
  if (status != RPC_S_OK)
    return RPC_S_OUT_OF_MEMORY;
  *name = wcsdup(self->name);
  identity_release(self);
  return *name ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* Takes `name` over. */
static RPC_STATUS add(ULONG service, WCHAR *name)
{
  struct principal *principal = calloc(1, sizeof(*principal)), **link;

  if (!principal) {
    free(name);
    return RPC_S_OUT_OF_MEMORY;
  }
  principal->service = service;
  principal->name = name;
  AcquireSRWLockExclusive(&lock);
  link = find(service, name);
  if (!*link) {
    *link = principal;
    principal = NULL;
  }
  ReleaseSRWLockExclusive(&lock);
  if (principal) { /* it is there already */
    free(principal->name);
    free(principal);
  }
  return RPC_S_OK;
}

RPC_STATUS principals_register(ULONG service, const WCHAR *name)
{
  WCHAR *kept;
  RPC_STATUS status;

  if (service == RPC_C_AUTHN_DEFAULT)
    service = RPC_C_AUTHN_WINNT;
  status = principals_default(service, &kept);
  if (status != RPC_S_OK)
    return status;
  if (name) {
    free(kept);
    kept = wcsdup(name);
  }
  return kept ? add(service, kept) : RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS principals_find(ULONG service, WCHAR **name)
{
  RPC_STATUS status = RPC_S_UNKNOWN_AUTHN_SERVICE;
  struct principal *principal;

  if (service == RPC_C_AUTHN_DEFAULT)
    service = RPC_C_AUTHN_WINNT;
  AcquireSRWLockShared(&lock);
  principal = *find(service, NULL);
  if (principal) {
    *name = wcsdup(principal->name);
    status = *name ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
  }
  ReleaseSRWLockShared(&lock);
  return status;
}

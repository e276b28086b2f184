#include "rpc_apartments.h"

#include <wchar.h>

/* And the OXID in hexadecimal digits: combase calls that over ncalrpc. */
#define COM_ENDPOINT L"\\pipe\\OLE_"

static SRWLOCK lock = SRWLOCK_INIT;
static struct rpc_apartment *first; /* lock */

void rpc_apartments_add(struct rpc_apartment *apartment)
{
  apartment->thread = GetCurrentThreadId();
  AcquireSRWLockExclusive(&lock);
  apartment->next = first;
  first = apartment;
  ReleaseSRWLockExclusive(&lock);
}

void rpc_apartments_remove(struct rpc_apartment *apartment)
{
  struct rpc_apartment **entry = &first;

  AcquireSRWLockExclusive(&lock);
  while (*entry && *entry != apartment)
    entry = &(*entry)->next;
  if (*entry)
    *entry = apartment->next;
  ReleaseSRWLockExclusive(&lock);
}

bool rpc_apartments_is_com_endpoint(const WCHAR *endpoint)
{
  return !wcsncmp(endpoint, COM_ENDPOINT, wcslen(COM_ENDPOINT));
}

bool rpc_apartments_contain(const WCHAR *com_endpoint)
{
  unsigned long long oxid = wcstoull(com_endpoint + wcslen(COM_ENDPOINT), NULL, 16);
  const struct rpc_apartment *entry;

  if (oxid >> 32 != GetCurrentProcessId())
    return false;
  AcquireSRWLockShared(&lock);
  entry = first;
  while (entry && entry->thread != (DWORD)oxid)
    entry = entry->next;
  ReleaseSRWLockShared(&lock);
  return entry;
}

#include "this_machine.h"

#include <wchar.h>

#define MOST_NAME 256

enum { NAME_NETBIOS, NAME_DNS_HOST, NAME_DNS_WHOLE, NAMES };

/* Asking costs trips to the Wine server, and the answers stay while Windows runs. */
static struct {
  INIT_ONCE once;
  WCHAR names[NAMES][MOST_NAME]; /* "": there is none */
} own = {.once = INIT_ONCE_STATIC_INIT};

static BOOL CALLBACK ask_names(INIT_ONCE *once, void *parameter, void **context)
{
  static const COMPUTER_NAME_FORMAT formats[NAMES] = {
      [NAME_NETBIOS] = ComputerNameNetBIOS,
      [NAME_DNS_HOST] = ComputerNameDnsHostname,
      [NAME_DNS_WHOLE] = ComputerNameDnsFullyQualified,
  };

  (void)once, (void)parameter, (void)context;
  for (int i = 0; i < NAMES; i++) {
    DWORD size = MOST_NAME;

    if (!GetComputerNameExW(formats[i], own.names[i], &size))
      own.names[i][0] = 0;
  }
  return TRUE;
}

const WCHAR *this_machine_name(void)
{
  InitOnceExecuteOnce(&own.once, ask_names, NULL, NULL);
  return own.names[NAME_NETBIOS];
}

static bool is_own_name(const WCHAR *address)
{
  InitOnceExecuteOnce(&own.once, ask_names, NULL, NULL);
  for (int i = 0; i < NAMES; i++) {
    if (own.names[i][0] && !_wcsicmp(address, own.names[i]))
      return true;
  }
  return false;
}

bool this_machine_is(const WCHAR *network_address)
{
  const WCHAR *address = network_address;

  if (address[0] == L'\\' && address[1] == L'\\')
    address += 2;
  return !*address || !wcscmp(address, L".") || !wcscmp(address, L"::1") ||
         !wcsncmp(address, L"127.", 4) || !_wcsicmp(address, L"localhost") ||
         is_own_name(address);
}

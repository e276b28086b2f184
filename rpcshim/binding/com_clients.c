#include "com_clients.h"

#include <windows.h>

typedef void(WINAPI *announcement)(void);

bool com_clients_is_endpoint(const wchar_t *endpoint)
{
  return endpoint && !wcsncmp(endpoint, COM_ENDPOINT_PREFIX, wcslen(COM_ENDPOINT_PREFIX));
}

/* Threads that come at the same time find the same. */
void com_clients_announce(void)
{
  static announcement volatile known;
  announcement found = known;

  if (!found)
    found = (announcement)(void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"),
                                                 "AsyncshimComClients");
  known = found;
  if (found)
    found();
}

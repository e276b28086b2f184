#include "peer_limits.h"

#include <stdint.h>
#include <wchar.h>
#include <windows.h>

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static struct peer_limits limits;

/* The variable's number, from 1 to `maximum`; otherwise `standard`. */
static unsigned long number_of(const WCHAR *variable, unsigned long standard,
                               unsigned long maximum)
{
  WCHAR text[16];
  DWORD length = GetEnvironmentVariableW(variable, text, ARRAYSIZE(text));
  WCHAR *end = text;
  unsigned long number = length && length < ARRAYSIZE(text) ? wcstoul(text, &end, 10) : 0;

  return number && !*end && number <= maximum ? number : standard;
}

static BOOL CALLBACK read_limits(INIT_ONCE *unused, void *parameter, void **context)
{
  (void)unused;
  (void)parameter;
  (void)context;
  limits.memory.limit = (size_t)number_of(L"ASYNCSHIM_PEER_MEMORY", PEER_MEMORY_MIB,
                                          sizeof(size_t) > 4 ? 1 << 20 : 1 << 10)
                        << 20;
  limits.timeout_ms =
      1000 * number_of(L"ASYNCSHIM_PEER_TIMEOUT", PEER_TIMEOUT_SECONDS, 1000000);
  limits.connections = number_of(L"ASYNCSHIM_PEER_CONNECTIONS", PEER_CONNECTIONS, 1000000);
  return TRUE;
}

struct peer_limits *peer_limits(void)
{
  InitOnceExecuteOnce(&once, read_limits, NULL, NULL);
  return &limits;
}

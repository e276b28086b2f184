#include "usage.h"

#include "../harness/harness.h"

#include <psapi.h>
#include <tlhelp32.h>

long usage_threads(void)
{
  HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  CHECK(snapshot != INVALID_HANDLE_VALUE);
  THREADENTRY32 entry = {.dwSize = sizeof(entry)};
  long threads = 0;
  for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
    threads += entry.th32OwnerProcessID == GetCurrentProcessId();
  CloseHandle(snapshot);
  return threads;
}

long long usage_private_bytes(void)
{
  PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};
  CHECK(GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters)));
  CHECK(counters.PagefileUsage > 0);
  return (long long)counters.PagefileUsage;
}

#include "usage.h"

#include "../harness/harness.h"

#include <psapi.h>
#include <stdlib.h>
#include <tlhelp32.h>
#include <winternl.h>

#define HEAPS 64

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

/* SystemExtendedHandleInformation of NtQuerySystemInformation. */
#define EXTENDED_HANDLES ((SYSTEM_INFORMATION_CLASS)64)

struct system_handle {
  void *object;
  ULONG_PTR process;
  ULONG_PTR handle;
  ULONG access;
  USHORT trace;
  USHORT type;
  ULONG attributes;
  ULONG reserved;
};

struct system_handles {
  ULONG_PTR count;
  ULONG_PTR reserved;
  struct system_handle handles[];
};

long usage_handles(void)
{
  ULONG size = 1 << 16, needed = 0;
  struct system_handles *list = NULL;
  NTSTATUS status;
  long count = 0;
  do {
    size = needed > size ? needed + (needed >> 2) : size * 2;
    list = realloc(list, size);
    CHECK(list);
    status = NtQuerySystemInformation(EXTENDED_HANDLES, list, size, &needed);
  } while (status == (NTSTATUS)0xc0000004); /* STATUS_INFO_LENGTH_MISMATCH */
  CHECK_EQ(status, 0);
  for (ULONG_PTR i = 0; i < list->count; i++)
    count += list->handles[i].process == GetCurrentProcessId();
  free(list);
  CHECK(count > 0);
  return count;
}

long usage_heap_blocks(void)
{
  HANDLE heaps[HEAPS];
  DWORD count = GetProcessHeaps(HEAPS, heaps);
  long blocks = 0;
  CHECK(count > 0 && count <= HEAPS);
  for (DWORD i = 0; i < count; i++) {
    PROCESS_HEAP_ENTRY entry = {0};
    CHECK(HeapLock(heaps[i]));
    while (HeapWalk(heaps[i], &entry))
      blocks += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
    CHECK(HeapUnlock(heaps[i]));
  }
  return blocks;
}

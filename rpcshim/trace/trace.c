#include "trace.h"

#include <stdio.h>

#define PATH_LIMIT 1024 /* characters */
#define LINE_LIMIT 256  /* bytes; the longest line has about 150 */

bool trace_is_on;

static HANDLE trace_file = INVALID_HANDLE_VALUE;
static bool shared_file; /* others may append to it: see write_line() */
static SRWLOCK trace_lock = SRWLOCK_INIT;

/* Opens `name`; an absolute path of the host, which Windows would take for one of the current
 * drive, by Wine's prefix for them. */
static HANDLE open_file(const WCHAR *name)
{
  static const WCHAR host[] = L"\\\\?\\unix";
  WCHAR path[ARRAYSIZE(host) + PATH_LIMIT];

  if (name[0] == '/')
    _snwprintf(path, ARRAYSIZE(path), L"%ls%ls", host, name);
  else
    _snwprintf(path, ARRAYSIZE(path), L"%ls", name);
  path[ARRAYSIZE(path) - 1] = 0;
  return CreateFileW(path, FILE_APPEND_DATA | SYNCHRONIZE,
                     FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
                     FILE_ATTRIBUTE_NORMAL, NULL);
}

void trace_open(void)
{
  WCHAR name[PATH_LIMIT];
  DWORD length = GetEnvironmentVariableW(L"ASYNCSHIM_TRACE", name, ARRAYSIZE(name));

  if (!length || length >= ARRAYSIZE(name))
    return;
  shared_file = lstrcmpW(name, L"stderr") != 0;
  trace_file = shared_file ? open_file(name) : GetStdHandle(STD_ERROR_HANDLE);
  trace_is_on = trace_file && trace_file != INVALID_HANDLE_VALUE;
}

void trace_close(void)
{
  trace_is_on = false;
  if (shared_file && trace_file != INVALID_HANDLE_VALUE)
    CloseHandle(trace_file);
}

/*
 * Wine looks for the end of the file before it writes there, so that two processes can hit the
 * same place. A lock on a byte far behind any line keeps them apart.
 */
static void write_line(const char *line, DWORD length)
{
  OVERLAPPED far_byte = {.Offset = 0, .OffsetHigh = 0x7fffffff};
  bool locked;
  DWORD written;

  AcquireSRWLockExclusive(&trace_lock);
  locked = shared_file && LockFileEx(trace_file, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &far_byte);
  WriteFile(trace_file, line, length, &written, NULL);
  if (locked)
    UnlockFileEx(trace_file, 0, 1, 0, &far_byte);
  ReleaseSRWLockExclusive(&trace_lock);
}

static int put_time(char *out, size_t size)
{
  FILETIME now;
  SYSTEMTIME utc;

  GetSystemTimePreciseAsFileTime(&now);
  if (!FileTimeToSystemTime(&now, &utc))
    memset(&utc, 0, sizeof(utc));
  /* A file time counts tenths of a microsecond. */
  return snprintf(
      out, size, "%04u-%02u-%02uT%02u:%02u:%02u.%03u%03uZ", utc.wYear, utc.wMonth, utc.wDay,
      utc.wHour, utc.wMinute, utc.wSecond, utc.wMilliseconds,
      (unsigned int)(((ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime) % 10000 / 10));
}

static int put_interface(char *out, size_t size, const struct syntax_id *id)
{
  const struct wire_uuid *uuid = &id->uuid;
  const uint8_t *rest = uuid->data4;

  return snprintf(out, size, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x/%u.%u",
                  (unsigned int)uuid->data1, uuid->data2, uuid->data3, rest[0], rest[1],
                  rest[2], rest[3], rest[4], rest[5], rest[6], rest[7], id->major, id->minor);
}

void trace_call(const struct traced_call *call)
{
  DWORD last_error = GetLastError();
  char time[32];
  char interface_id[64];
  char line[LINE_LIMIT];
  int length;

  put_time(time, sizeof(time));
  put_interface(interface_id, sizeof(interface_id), call->interface_id);
  length = snprintf(line, sizeof(line), "%s %lu:%lu %s %u@%zx %s %u %s %lu\n", time,
                    GetCurrentProcessId(), GetCurrentThreadId(), call->side, call->call_id,
                    (size_t)call->call, interface_id, call->opnum, call->state,
                    (unsigned long)call->status);
  if (length > 0 && length < (int)sizeof(line))
    write_line(line, (DWORD)length);
  SetLastError(last_error);
}

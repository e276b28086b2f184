/*
 * Loads a DLL first in a fresh process, then does a little of COM and RPC. This program imports
 * nothing of those itself.
 *
 *   load_first one NAME        in this process; ends with 0, 1 (NAME cannot be loaded, all else
 *                              is fine), what com_check says, or the code of the exception
 *   load_first these NAME...   each in a process of its own, or, if it is an .exe, as one: a
 *                              line "result NAME CODE"
 *   load_first each            the same for each DLL in the system folder
 *   load_first again           loads and unloads ours, until what is lost each time would be
 *                              used up
 *   load_first which           "ours" or "wine": whose DLLs these processes get
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "com_check.h"

#define AT_ONCE        3
#define CHILD_LIMIT_MS 60000
#define NOT_LOADED     1

static LONG WINAPI end_with_exception(EXCEPTION_POINTERS *pointers)
{
  printf("exception %#lx\n", (unsigned long)pointers->ExceptionRecord->ExceptionCode);
  fflush(stdout);
  TerminateProcess(GetCurrentProcess(), pointers->ExceptionRecord->ExceptionCode);
  return EXCEPTION_EXECUTE_HANDLER;
}

static int load_one(const char *name)
{
  HMODULE module;
  int line;

  SetUnhandledExceptionFilter(end_with_exception);
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  module = LoadLibraryA(name);
  line = com_check();
  return line ? line : module ? 0 : NOT_LOADED;
}

/* Together more often than a process has slots for thread-local storage (1,088). */
static int load_again(void)
{
  static const char *const names[] = {"rpcrt4.dll", "ole32.dll", "combase.dll"};
  int line = 0;

  for (int i = 0; i < 3 && !line; i++) {
    for (int time = 0; time < 800; time++) {
      HMODULE module = LoadLibraryA(names[i]);

      if (!module || !FreeLibrary(module)) {
        printf("%s cannot be loaded, or not unloaded, the time %d\n", names[i], time);
        return 1;
      }
    }
    line = com_check();
  }
  if (!line)
    puts("fine");
  return line;
}

struct child {
  char name[MAX_PATH];
  HANDLE process; /* NULL: free */
  ULONGLONG deadline;
};

static struct child children[AT_ONCE];

static bool is_program(const char *name)
{
  size_t length = strlen(name);

  return length > 4 && !_stricmp(name + length - 4, ".exe");
}

static bool start(struct child *child, const char *name)
{
  char program[MAX_PATH], command[3 * MAX_PATH];
  STARTUPINFOA startup = {.cb = sizeof(startup)};
  PROCESS_INFORMATION process;

  GetModuleFileNameA(NULL, program, sizeof(program));
  snprintf(command, sizeof(command), "\"%s\" one \"%s\"", program, name);
  if (is_program(name)) {
    snprintf(strrchr(program, '\\') + 1, MAX_PATH, "%s", name);
    snprintf(command, sizeof(command), "\"%s\"", program);
  }
  if (!CreateProcessA(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
    return false;
  CloseHandle(process.hThread);
  snprintf(child->name, sizeof(child->name), "%s", name);
  child->process = process.hProcess;
  child->deadline = GetTickCount64() + CHILD_LIMIT_MS;
  return true;
}

static void report(struct child *child)
{
  DWORD code = WAIT_TIMEOUT;

  if (WaitForSingleObject(child->process, 0) == WAIT_OBJECT_0)
    GetExitCodeProcess(child->process, &code);
  else
    TerminateProcess(child->process, code);
  printf("result %s %lu\n", child->name, (unsigned long)code);
  fflush(stdout);
  CloseHandle(child->process);
  child->process = NULL;
}

/* Waits until one of the children has ended, or is over its time; returns its place. NULL:
 * there is none. */
static struct child *reap(void)
{
  HANDLE handles[AT_ONCE];
  struct child *places[AT_ONCE], *first = NULL;
  DWORD count = 0, ended;
  ULONGLONG now = GetTickCount64();

  for (int i = 0; i < AT_ONCE; i++) {
    if (!children[i].process)
      continue;
    if (!first || children[i].deadline < first->deadline)
      first = &children[i];
    places[count] = &children[i];
    handles[count++] = children[i].process;
  }
  if (!count)
    return NULL;
  ended = WaitForMultipleObjects(count, handles, FALSE,
                                 first->deadline > now ? (DWORD)(first->deadline - now) : 0);
  if (ended < count)
    first = places[ended];
  report(first);
  return first;
}

static void run(const char *name)
{
  struct child *child = NULL;

  for (int i = 0; i < AT_ONCE && !child; i++)
    if (!children[i].process)
      child = &children[i];
  if (!child)
    child = reap();
  if (!start(child, name))
    printf("result %s %lu\n", name, (unsigned long)GetLastError());
}

static void run_each(void)
{
  char pattern[MAX_PATH];
  WIN32_FIND_DATAA found;
  HANDLE search;

  GetSystemDirectoryA(pattern, sizeof(pattern) - 8);
  strcat(pattern, "\\*.dll");
  search = FindFirstFileA(pattern, &found);
  if (search == INVALID_HANDLE_VALUE)
    return;
  do
    run(found.cFileName);
  while (FindNextFileA(search, &found));
  FindClose(search);
}

static int which(void)
{
  int line = com_check();

  if (line)
    return line;
  puts(GetModuleHandleA("rpcrt4_wine.dll") && GetModuleHandleA("ole32_wine.dll") &&
               GetModuleHandleA("combase_wine.dll")
           ? "ours"
           : "wine");
  return 0;
}

int main(int argc, char **argv)
{
  if (argc == 3 && !strcmp(argv[1], "one"))
    return load_one(argv[2]);
  if (argc == 2 && !strcmp(argv[1], "which"))
    return which();
  if (argc == 2 && !strcmp(argv[1], "again"))
    return load_again();
  if (argc == 2 && !strcmp(argv[1], "each"))
    run_each();
  else if (argc > 2 && !strcmp(argv[1], "these"))
    for (int i = 2; i < argc; i++)
      run(argv[i]);
  else
    return 2;
  while (reap())
    ;
  return 0;
}

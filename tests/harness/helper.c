#include "helper.h"

#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static HANDLE say_to_parent;
static HANDLE stop_from_parent;

static void make_pipe(HANDLE *read, HANDLE *write, HANDLE *inherited)
{
  CHECK(CreatePipe(read, write, NULL, 0));
  CHECK(SetHandleInformation(*inherited, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
}

/*
 * Where this process runs on one runtime and its helper shall run on the other, the helper is a
 * copy of the program under a name for which Wine is told so. (Wine does not hand
 * WINEDLLOVERRIDES on to child processes.)
 */
static void copy_for_runtime(char *path, size_t size, enum runtime runtime)
{
  static const char *const own_dlls[] = {"rpcrt4", "ole32", "combase"};
  const char *order = runtime == RUNTIME_SHIM ? "native" : "builtin";
  char folder[MAX_PATH], name[64], copy[MAX_PATH + 64], key[160];
  HKEY opened;
  CHECK(GetTempPathA(sizeof(folder), folder));
  snprintf(name, sizeof(name), "asyncshim_%s_%lu.exe", order, GetCurrentProcessId());
  snprintf(copy, sizeof(copy), "%s%s", folder, name);
  CHECK(CopyFileA(path, copy, FALSE));
  snprintf(key, sizeof(key), "Software\\Wine\\AppDefaults\\%s\\DllOverrides", name);
  CHECK_EQ(
      RegCreateKeyExA(HKEY_CURRENT_USER, key, 0, NULL, 0, KEY_SET_VALUE, NULL, &opened, NULL),
      ERROR_SUCCESS);
  for (size_t i = 0; i < sizeof(own_dlls) / sizeof(own_dlls[0]); i++)
    CHECK_EQ(
        RegSetValueExA(opened, own_dlls[i], 0, REG_SZ, (const BYTE *)order, strlen(order) + 1),
        ERROR_SUCCESS);
  RegCloseKey(opened);
  CHECK(snprintf(path, size, "%s", copy) < (int)size);
}

static HANDLE inheritable_own_process(void)
{
  HANDLE process;
  CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &process,
                        SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, TRUE, 0));
  return process;
}

static void start(struct helper *helper, const char *path, const char *role,
                  const char *arguments, enum runtime runtime)
{
  char command[MAX_PATH + 512];
  HANDLE child_says, child_stops;
  make_pipe(&helper->ready, &child_says, &child_says);
  make_pipe(&child_stops, &helper->stop, &child_stops);
  HANDLE self = inheritable_own_process();

  CHECK(snprintf(command, sizeof(command), "\"%s\" --helper %s %zu %zu %zu %s", path, role,
                 (size_t)(ULONG_PTR)self, (size_t)(ULONG_PTR)child_says,
                 (size_t)(ULONG_PTR)child_stops, arguments) < (int)sizeof(command));

  const char *own = getenv("ASYNCSHIM_EXPECT_RUNTIME");
  CHECK(SetEnvironmentVariableA("ASYNCSHIM_EXPECT_RUNTIME",
                                runtime == RUNTIME_SHIM ? "shim" : "wine"));
  PROCESS_INFORMATION process;
  fflush(stdout);
  CHECK_EQ(process_create(path, command, &process), 0);
  SetEnvironmentVariableA("ASYNCSHIM_EXPECT_RUNTIME", own);

  CloseHandle(process.hThread);
  CloseHandle(child_says);
  CloseHandle(child_stops);
  CloseHandle(self);
  helper->process = process.hProcess;
  helper->id = process.dwProcessId;
  helper_next_text(helper);
}

void helper_start(struct helper *helper, const char *role, const char *arguments,
                  enum runtime runtime)
{
  char path[MAX_PATH];

  CHECK(GetModuleFileNameA(NULL, path, sizeof(path)) < sizeof(path));
  if (runtime != runtime_expected())
    copy_for_runtime(path, sizeof(path), runtime);
  start(helper, path, role, arguments, runtime);
}

void helper_start_program(struct helper *helper, const char *program, const char *role,
                          const char *arguments)
{
  start(helper, program, role, arguments, runtime_expected());
}

void helper_next_text(struct helper *helper)
{
  size_t length = 0;
  for (;;) {
    char byte;
    DWORD read;
    if (!ReadFile(helper->ready, &byte, 1, &read, NULL) || !read) {
      DWORD code = 0;
      WaitForSingleObject(helper->process, INFINITE);
      GetExitCodeProcess(helper->process, &code);
      check_failed(__FILE__, __LINE__, "the helper process ended with status %lu", code);
    }
    if (byte == '\n')
      break;
    CHECK(length < sizeof(helper->text) - 1);
    helper->text[length++] = byte;
  }
  helper->text[length] = 0;
}

static void helper_close(struct helper *helper)
{
  CloseHandle(helper->process);
  CloseHandle(helper->ready);
  if (helper->stop)
    CloseHandle(helper->stop);
  memset(helper, 0, sizeof(*helper));
}

void helper_stop(struct helper *helper)
{
  CloseHandle(helper->stop);
  helper->stop = NULL;
  CHECK_SIGNALLED(helper->process);
  DWORD code;
  CHECK(GetExitCodeProcess(helper->process, &code));
  CHECK_EQ(code, 0);
  helper_close(helper);
}

void helper_kill(struct helper *helper)
{
  CHECK(TerminateProcess(helper->process, 0));
  CHECK_SIGNALLED(helper->process);
  helper_close(helper);
}

void helper_adopt(HANDLE ready, HANDLE stop)
{
  say_to_parent = ready;
  stop_from_parent = stop;
}

void helper_ready(const char *text)
{
  char line[256];
  int length = snprintf(line, sizeof(line), "%s\n", text);
  CHECK(length > 0 && length < (int)sizeof(line));
  DWORD written;
  CHECK(WriteFile(say_to_parent, line, length, &written, NULL) && (int)written == length);
}

void helper_wait_for_stop(void)
{
  char byte;
  DWORD read;
  /* Nothing is ever written: the read ends when the parent closes its end. */
  ReadFile(stop_from_parent, &byte, 1, &read, NULL);
}

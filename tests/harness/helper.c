#include "helper.h"

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
 * The environment says which runtime the child gets: an override there comes before any of the registry, so one
 * prefix with the shim installed serves both.
 */
static void set_runtime_environment(enum runtime runtime)
{
  char overrides[512] = "";
  DWORD length = GetEnvironmentVariableA("WINEDLLOVERRIDES", overrides, sizeof(overrides) - 32);
  CHECK(length < sizeof(overrides) - 32);
  /* The first entry for a name is the one that counts. */
  char with_ours[sizeof(overrides) + 32];
  snprintf(with_ours, sizeof(with_ours), "rpcrt4=%c;%s", runtime == RUNTIME_SHIM ? 'n' : 'b',
           overrides);
  CHECK(SetEnvironmentVariableA("WINEDLLOVERRIDES", with_ours));
  CHECK(SetEnvironmentVariableA("ASYNCSHIM_EXPECT_RUNTIME",
                                runtime == RUNTIME_SHIM ? "shim" : "wine"));
}

static HANDLE inheritable_own_process(void)
{
  HANDLE process;
  CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &process,
                        SYNCHRONIZE, TRUE, 0));
  return process;
}

void helper_start(struct helper *helper, const char *role, const char *arguments,
                  enum runtime runtime)
{
  char path[MAX_PATH], command[MAX_PATH + 512], overrides[512], expected[16];
  HANDLE child_says, child_stops;
  make_pipe(&helper->ready, &child_says, &child_says);
  make_pipe(&child_stops, &helper->stop, &child_stops);
  HANDLE self = inheritable_own_process();

  CHECK(GetModuleFileNameA(NULL, path, sizeof(path)) < sizeof(path));
  CHECK(snprintf(command, sizeof(command), "\"%s\" --helper %s %zu %zu %zu %s", path, role,
                 (size_t)(ULONG_PTR)self, (size_t)(ULONG_PTR)child_says,
                 (size_t)(ULONG_PTR)child_stops, arguments) < (int)sizeof(command));

  overrides[0] = expected[0] = 0;
  GetEnvironmentVariableA("WINEDLLOVERRIDES", overrides, sizeof(overrides));
  bool had_expected = GetEnvironmentVariableA("ASYNCSHIM_EXPECT_RUNTIME", expected, sizeof(expected));
  if (runtime != runtime_expected())
    set_runtime_environment(runtime);
  STARTUPINFOA startup = {.cb = sizeof(startup)};
  PROCESS_INFORMATION process;
  fflush(stdout);
  CHECK(CreateProcessA(path, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
  SetEnvironmentVariableA("WINEDLLOVERRIDES", overrides);
  SetEnvironmentVariableA("ASYNCSHIM_EXPECT_RUNTIME", had_expected ? expected : NULL);

  CloseHandle(process.hThread);
  CloseHandle(child_says);
  CloseHandle(child_stops);
  CloseHandle(self);
  helper->process = process.hProcess;
  helper->id = process.dwProcessId;
  helper_next_text(helper);
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

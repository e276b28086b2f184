#include "harness.h"

#include "hang_report.h"
#include "helper.h"
#include "process.h"
#include "runtime.h"
#include "../../rpcshim/seh/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum exit_status { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_HUNG = 3, EXIT_SKIPPED = 77 };

static struct test *tests; /* sorted by line */
static struct helper_role *roles;
static const char *running = "?";
static volatile bool reporting_hang; /* the process is the watchdog's to end */

struct watch {
  HANDLE parent; /* NULL: none */
  DWORD timeout_ms;
};

void test_register(struct test *test)
{
  struct test **link = &tests;
  while (*link && (*link)->line < test->line)
    link = &(*link)->next;
  test->next = *link;
  *link = test;
}

void helper_role_register(struct helper_role *role)
{
  role->next = roles;
  roles = role;
}

/*
 * Not ExitProcess: threads of the code under test may hold any lock that unloading would want.
 */
static void end_process(enum exit_status status)
{
  if (!reporting_hang) {
    fflush(NULL);
    TerminateProcess(GetCurrentProcess(), status);
  }
  for (;;)
    Sleep(INFINITE);
}

void check_failed(const char *file, int line, const char *format, ...)
{
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  const char *name = strrchr(file, '/');
  printf("  %s:%d: %s: %s\n", name ? name + 1 : file, line, running, message);
  end_process(EXIT_FAILED);
  __builtin_unreachable();
}

void test_note(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  printf("  ");
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
  fflush(stdout);
}

void test_skip(const char *reason)
{
  printf("  skipped: %s\n", reason);
  end_process(EXIT_SKIPPED);
  __builtin_unreachable();
}

static void end_hung(const char *format, ...)
{
  va_list arguments;
  reporting_hang = true;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  fflush(stdout);
  hang_report();
  TerminateProcess(GetCurrentProcess(), EXIT_HUNG);
}

static DWORD WINAPI watchdog(void *context)
{
  struct watch *watch = context;
  if (watch->parent) {
    DWORD ended = EXIT_FAILED;
    /* A helper goes when its parent does, whatever the reason; the parent has the clock. */
    WaitForSingleObject(watch->parent, INFINITE);
    if (GetExitCodeProcess(watch->parent, &ended) && ended == EXIT_HUNG)
      end_hung("  and its helper %s:\n", running);
    end_process(EXIT_FAILED);
  }
  Sleep(watch->timeout_ms);
  end_hung("  HUNG: %s has not ended after %lu ms\n", running, watch->timeout_ms);
  return 0;
}

static void start_watchdog(struct watch *watch)
{
  HANDLE thread = CreateThread(NULL, 0, watchdog, watch, 0, NULL);
  CHECK(thread);
  CloseHandle(thread);
}

void test_watch(DWORD ms)
{
  static struct watch watch;
  watch.timeout_ms = ms;
  start_watchdog(&watch);
}

struct role_call {
  struct helper_role *role;
  int argc;
  char **argv;
};

static void run_test_body(void *context)
{
  ((struct test *)context)->run();
}

static void run_role_body(void *context)
{
  struct role_call *call = context;
  call->role->run(call->argc, call->argv);
}

/* Says where it came from, while the stack is still there. */
static LONG note_exception(EXCEPTION_POINTERS *pointers, void *context)
{
  const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
  char path[MAX_PATH] = "?";
  MEMORY_BASIC_INFORMATION region;
  (void)context;
  if (VirtualQuery(record->ExceptionAddress, &region, sizeof(region)))
    GetModuleFileNameA(region.AllocationBase, path, sizeof(path));
  printf("  exception %lu (0x%lx) at %s + 0x%zx\n", record->ExceptionCode,
         record->ExceptionCode, path,
         (size_t)((char *)record->ExceptionAddress - (char *)region.AllocationBase));
  return EXCEPTION_EXECUTE_HANDLER;
}

static void run_guarded(guard_body body, void *context)
{
  DWORD code = 0;
  runtime_require_expected();
  if (!guarded_call(body, note_exception, context, &code))
    check_failed(__FILE__, __LINE__, "ended by exception %lu (0x%lx)", code, code);
}

static int run_here(struct test *test)
{
  static struct watch watch;
  running = test->name;
  watch.timeout_ms = test->timeout_ms;
  start_watchdog(&watch);
  run_guarded(run_test_body, test);
  end_process(EXIT_OK);
  return EXIT_OK;
}

/* --helper ROLE PARENT READY STOP [argument…] */
static int run_helper(int argc, char **argv)
{
  static struct watch watch;
  CHECK(argc >= 6);
  running = argv[2];
  watch.parent = (HANDLE)(ULONG_PTR)strtoull(argv[3], NULL, 10);
  helper_adopt((HANDLE)(ULONG_PTR)strtoull(argv[4], NULL, 10),
               (HANDLE)(ULONG_PTR)strtoull(argv[5], NULL, 10));
  start_watchdog(&watch);
  for (struct helper_role *role = roles; role; role = role->next) {
    if (strcmp(role->name, argv[2]))
      continue;
    struct role_call call = {role, argc - 6, argv + 6};
    run_guarded(run_role_body, &call);
    end_process(EXIT_OK);
  }
  check_failed(__FILE__, __LINE__, "no helper role %s", argv[2]);
}

static enum exit_status run_in_process_of_its_own(struct test *test)
{
  char path[MAX_PATH], command[MAX_PATH + 128];
  CHECK(GetModuleFileNameA(NULL, path, sizeof(path)) < sizeof(path));
  CHECK(snprintf(command, sizeof(command), "\"%s\" %s", path, test->name) <
        (int)sizeof(command));
  PROCESS_INFORMATION process;
  fflush(stdout);
  CHECK_EQ(process_create(path, command, &process), 0);
  DWORD code = EXIT_HUNG;
  /* Its own watchdog ends it earlier, unless even that thread cannot run. */
  if (WaitForSingleObject(process.hProcess, test->timeout_ms + 15000) == WAIT_OBJECT_0)
    GetExitCodeProcess(process.hProcess, &code);
  else
    TerminateProcess(process.hProcess, EXIT_HUNG);
  CloseHandle(process.hThread);
  CloseHandle(process.hProcess);
  return code;
}

static int run_all(void)
{
  int number = 0, failed = 0, skipped = 0;
  for (struct test *test = tests; test; test = test->next) {
    DWORD start = GetTickCount();
    enum exit_status status = run_in_process_of_its_own(test);
    number++;
    skipped += status == EXIT_SKIPPED;
    failed += status != EXIT_OK && status != EXIT_SKIPPED;
    printf("%s %d - %s (%lu ms)", status == EXIT_OK || status == EXIT_SKIPPED ? "ok" : "not ok",
           number, test->name, GetTickCount() - start);
    if (status == EXIT_SKIPPED)
      printf(" # SKIP");
    else if (status != EXIT_OK)
      printf(" status 0x%x", (unsigned)status);
    printf("\n");
    fflush(stdout);
  }
  printf("%d tests, %d failed, %d skipped\n", number, failed, skipped);
  if (failed || !number)
    return EXIT_FAILED;
  return skipped == number ? EXIT_SKIPPED : EXIT_OK;
}

int main(int argc, char **argv)
{
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
  if (argc >= 2 && !strcmp(argv[1], "--helper"))
    return run_helper(argc, argv);
  if (argc == 1)
    return run_all();
  for (struct test *test = tests; test; test = test->next) {
    if (!strcmp(argv[1], "--list"))
      printf("%s\n", test->name);
    else if (!strcmp(argv[1], test->name))
      return run_here(test);
  }
  if (!strcmp(argv[1], "--list"))
    return EXIT_OK;
  fprintf(stderr, "usage: %s [--list | TEST]\n", argv[0]);
  return 2;
}

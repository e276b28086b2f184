/* ASYNCSHIM_TRACE: each state change of each call is a line, and off is off. */
#include "async_call.h"
#include "held_calls.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>

#define INTERFACE_TEXT "6b1d3c54-2f0e-4a35-9c5f-1f2a7b9e0a02/1.0"
#define OPNUM_ADD      0
#define OPNUM_HOLD     1
#define ABORT_CODE     0x20001234ul

/* ---- what is traced ---- */

static void add(struct server *server)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  async_add(&call.state, server->binding, 1, 2);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 3);
}

/* A call whose manager routine has returned: the next one is dispatched after that. */
static void hold(struct server *server, struct async_call *call, LONG *answer)
{
  struct async_call next;
  async_call_init(call);
  async_hold(&call->state, server->binding, 1, answer);
  async_call_init(&next);
  async_nothing(&next.state, server->binding);
  CHECK_EQ(async_call_finish(&next, NULL), RPC_S_OK);
}

/* One call of each outcome. */
HELPER(outcomes)
{
  struct server server;
  struct async_call call;
  LONG answer;
  (void)argc, (void)argv;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  add(&server);
  hold(&server, &call, &answer);
  CHECK_EQ(server_abort(&server, 1, ABORT_CODE), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), ABORT_CODE);
  hold(&server, &call, &answer);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_CALL_CANCELLED);
  server_wait_cancelled(&server, 1);
  server_release(&server, 1, 0);
  CHECK_EQ(sync_add(server.binding, 3, 4), 7);
  server_stop(&server);
  helper_ready("");
  helper_wait_for_stop();
}

HELPER(adds)
{
  struct server server;
  CHECK_EQ(argc, 1);
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  helper_ready("");
  for (int i = atoi(argv[0]); i > 0; i--)
    add(&server);
  server_stop(&server);
  helper_ready("");
  helper_wait_for_stop();
}

/* ---- reading it ---- */

struct line {
  char time[32];
  unsigned long process, thread;
  char side[8];
  unsigned long call_id;
  char object[20];
  char interface_id[64];
  unsigned int opnum;
  char state[16];
  unsigned long status;
};

struct trace {
  struct line lines[16384];
  int count;
};

static char file_name[MAX_PATH];

static void choose_file(void)
{
  char folder[MAX_PATH];
  CHECK(GetTempPathA(sizeof(folder), folder));
  CHECK(GetTempFileNameA(folder, "trc", 0, file_name));
}

static struct trace *read_trace(void)
{
  static struct trace trace;
  char text[256];
  FILE *file = fopen(file_name, "rb");
  CHECK(file);
  while (fgets(text, sizeof(text), file)) {
    CHECK(trace.count < (int)(sizeof(trace.lines) / sizeof(*trace.lines)));
    struct line *line = &trace.lines[trace.count++];
    int end = 0;
    sscanf(text, "%31s %lu:%lu %7s %lu@%19s %63s %u %15s %lu\n%n", line->time, &line->process,
           &line->thread, line->side, &line->call_id, line->object, line->interface_id,
           &line->opnum, line->state, &line->status, &end);
    if (!end || text[end])
      check_failed(__FILE__, __LINE__, "not a line: %s", text);
  }
  fclose(file);
  CHECK(DeleteFileA(file_name));
  return &trace;
}

/* The states of that opnum's calls on that side, as one text: "PENDING 0, COMPLETE 0, …". */
static const char *states_of(const struct trace *trace, const char *side, unsigned int opnum)
{
  static char states[1024];
  size_t length = 0;
  states[0] = 0;
  for (int i = 0; i < trace->count; i++) {
    const struct line *line = &trace->lines[i];
    if (strcmp(line->side, side) != 0 || line->opnum != opnum ||
        strcmp(line->interface_id, INTERFACE_TEXT) != 0)
      continue;
    length += snprintf(states + length, sizeof(states) - length, "%s%s %lu", length ? ", " : "",
                       line->state, line->status);
    CHECK(length < sizeof(states));
  }
  return states;
}

static void check_states(const struct trace *trace, const char *side, unsigned int opnum,
                         const char *expected)
{
  const char *states = states_of(trace, side, opnum);
  if (strcmp(states, expected) != 0)
    check_failed(__FILE__, __LINE__, "%s %u: %s", side, opnum, states);
}

static void run(const char *role, const char *arguments, const char *trace)
{
  struct helper helper;
  CHECK(SetEnvironmentVariableA("ASYNCSHIM_TRACE", trace));
  helper_start(&helper, role, arguments, RUNTIME_SHIM);
  helper_stop(&helper);
  CHECK(SetEnvironmentVariableA("ASYNCSHIM_TRACE", NULL));
}

TEST(each_state_change_of_each_call_is_a_line)
{
  choose_file();
  run("outcomes", "", file_name);
  struct trace *trace = read_trace();
  check_states(trace, "client", OPNUM_ADD,
               "PENDING 0, COMPLETE 0, CLAIMED 0, PENDING 0, COMPLETE 0");
  check_states(trace, "server", OPNUM_ADD,
               "RECEIVING 0, READY 0, RUNNING 0, ENDED 0, "
               "RECEIVING 0, READY 0, RUNNING 0, ENDED 0");
  check_states(trace, "client", OPNUM_HOLD,
               "PENDING 0, COMPLETE 536875572, CLAIMED 536875572, "
               "PENDING 0, COMPLETE 1818, CLAIMED 1818");
  check_states(trace, "server", OPNUM_HOLD,
               "RECEIVING 0, READY 0, RUNNING 0, DETACHED 0, ENDED 536875572, "
               "RECEIVING 0, READY 0, RUNNING 0, DETACHED 0, ORPHANED 1818, ENDED 0");
}

TEST(a_line_has_time_and_process_and_the_lines_of_a_call_belong_together)
{
  choose_file();
  SYSTEMTIME now;
  char start[32];
  GetSystemTime(&now);
  snprintf(start, sizeof(start), "%04u-%02u-%02uT%02u:%02u:%02u", now.wYear, now.wMonth,
           now.wDay, now.wHour, now.wMinute, now.wSecond);
  run("outcomes", "", file_name);
  struct trace *trace = read_trace();
  CHECK(trace->count > 0);
  for (int i = 0; i < trace->count; i++) {
    const struct line *line = &trace->lines[i];
    CHECK_EQ(strlen(line->time), strlen("2026-11-21T09:40:34.123456Z"));
    CHECK(strcmp(line->time, i ? trace->lines[0].time : start) >= 0);
    CHECK_EQ(line->process, trace->lines[0].process);
    CHECK(line->process != GetCurrentProcessId());
    CHECK(line->thread && line->call_id);
  }
}

/* Two of Wine's processes that append can hit the same place of a file. */
TEST(several_processes_share_one_file)
{
  enum { PROCESSES = 3, CALLS = 200 };
  struct helper helpers[PROCESSES];
  int lines[2] = {0};
  choose_file();
  CHECK(SetEnvironmentVariableA("ASYNCSHIM_TRACE", file_name));
  for (int i = 0; i < PROCESSES; i++)
    helper_start(&helpers[i], "adds", "200", RUNTIME_SHIM);
  for (int i = 0; i < PROCESSES; i++)
    helper_next_text(&helpers[i]);
  for (int i = 0; i < PROCESSES; i++)
    helper_stop(&helpers[i]);
  struct trace *trace = read_trace();
  for (int i = 0; i < trace->count; i++)
    lines[strcmp(trace->lines[i].side, "client") == 0]++;
  CHECK_EQ(lines[1], PROCESSES * CALLS * 3);
  CHECK(lines[0] >= PROCESSES * CALLS * 4);
}

TEST(stderr_is_the_standard_error)
{
  SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
  HANDLE before = GetStdHandle(STD_ERROR_HANDLE);
  choose_file();
  HANDLE file = CreateFileA(file_name, GENERIC_WRITE, FILE_SHARE_READ, &inherited,
                            CREATE_ALWAYS, 0, NULL);
  CHECK(file != INVALID_HANDLE_VALUE);
  CHECK(SetStdHandle(STD_ERROR_HANDLE, file));
  run("adds", "1", "stderr");
  CHECK(SetStdHandle(STD_ERROR_HANDLE, before));
  CloseHandle(file);
  check_states(read_trace(), "client", OPNUM_ADD, "PENDING 0, COMPLETE 0, CLAIMED 0");
}

TEST(a_name_that_begins_with_a_slash_is_the_hosts)
{
  char *(CDECL * unix_name)(const WCHAR *) =
      (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "wine_get_unix_file_name");
  WCHAR wide[MAX_PATH];
  if (!unix_name)
    test_skip("this is no Wine");
  choose_file();
  CHECK(MultiByteToWideChar(CP_ACP, 0, file_name, -1, wide, MAX_PATH));
  char *name = unix_name(wide);
  CHECK(name && name[0] == '/');
  run("adds", "1", name);
  CHECK(HeapFree(GetProcessHeap(), 0, name));
  check_states(read_trace(), "client", OPNUM_ADD, "PENDING 0, COMPLETE 0, CLAIMED 0");
}

TEST(a_trace_that_cannot_be_written_disturbs_nothing)
{
  run("outcomes", "", "C:\\there is no\\such folder");
  run("outcomes", "", "");
}

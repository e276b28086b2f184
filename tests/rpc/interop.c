/*
 * A program with the shim talks to a program on Wine's own runtime, in both directions, with synchronous calls: the
 * wire is the same. This process is the client, on whatever ASYNCSHIM_EXPECT_RUNTIME says, and its helper
 * the server, on the other.
 */
#include "parameters.h"

static enum runtime the_other(void)
{
  return runtime_expected() == RUNTIME_SHIM ? RUNTIME_WINE : RUNTIME_SHIM;
}

static void with_other_server(enum wire wire, enum managers managers)
{
  struct server server;
  server_start(&server, wire, IN_ANOTHER_PROCESS, managers, the_other());
  parameters_check_sync(server.binding);
  server_unbind_and_kill(&server);
}

TEST(every_parameter_local)
{
  with_other_server(WIRE_LOCAL, MANAGERS_SYNC);
}

TEST(every_parameter_tcp)
{
  with_other_server(WIRE_TCP, MANAGERS_SYNC);
}

#define THREADS 6
#define CALLS   50

static DWORD WINAPI call_often(void *binding)
{
  for (LONG i = 0; i < CALLS; i++)
    CHECK_EQ(sync_add(binding, i, 7), i + 7);
  return 0;
}

/* Wine's runtime takes a connection for each call at a time, and one call at a time on each. */
static void many_threads(enum wire wire)
{
  struct server server;
  HANDLE threads[THREADS];
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, the_other());
  for (int i = 0; i < THREADS; i++) {
    threads[i] = CreateThread(NULL, 0, call_often, server.binding, 0, NULL);
    CHECK(threads[i]);
  }
  for (int i = 0; i < THREADS; i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
  }
  server_unbind_and_kill(&server);
}

TEST(many_threads_local)
{
  many_threads(WIRE_LOCAL);
}

TEST(many_threads_tcp)
{
  many_threads(WIRE_TCP);
}

/*
 * Load: large arguments of calls that share a connection, and what is left behind after very
 * many calls.
 */
#include "async_call.h"
#include "procedures.h"
#include "server.h"
#include "usage.h"

#include <limits.h>
#include <stdlib.h>

#define LARGE_CALLS 12
#define LARGE_SIZE  (256 * 1024)

/*
 * Fragments of different calls may come between each other: every answer has the bytes of its
 * own call.
 */
ON_EACH_SERVER(large_arguments_of_many_calls_keep_apart)
{
  struct async_call calls[LARGE_CALLS];
  byte *data[LARGE_CALLS], *replies[LARGE_CALLS] = {NULL};
  LONG counts[LARGE_CALLS] = {0};
  for (int i = 0; i < LARGE_CALLS; i++) {
    data[i] = malloc(LARGE_SIZE);
    CHECK(data[i]);
    for (int j = 0; j < LARGE_SIZE; j++)
      data[i][j] = (byte)(j * 7 + i * 31 + (j >> 10));
    async_call_init(&calls[i]);
    async_echo(&calls[i].state, server->binding, LARGE_SIZE - i, data[i], &counts[i],
               &replies[i]);
  }
  for (int i = LARGE_CALLS - 1; i >= 0; i--) {
    CHECK_EQ(async_call_finish(&calls[i], NULL), RPC_S_OK);
    CHECK_EQ(counts[i], LARGE_SIZE - i);
    CHECK(!memcmp(replies[i], data[i], counts[i]));
    midl_user_free(replies[i]);
    free(data[i]);
  }
}

/* The [in] memory is the client's own again when the stub has returned. */
ON_LOCAL_AND_REMOTE(large_in_memory_may_change_after_the_stub)
{
  struct async_call call;
  LONG count = 0;
  byte *reply = NULL, *data = malloc(LARGE_SIZE);
  CHECK(data);
  memset(data, 0x33, LARGE_SIZE);
  async_call_init(&call);
  async_echo(&call.state, server->binding, LARGE_SIZE, data, &count, &reply);
  memset(data, 0x44, LARGE_SIZE);
  free(data);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  for (LONG i = 0; i < count; i++)
    CHECK_EQ(reply[i], 0x33);
  midl_user_free(reply);
}

#define WARM_UP  1000
#define BATCHES  4
#define REPEATED 5000
#define LEFT     (32 * REPEATED) /* bytes: a leak of the smallest block each would be more */

static void call_repeatedly(struct server *server, int calls)
{
  for (LONG i = 0; i < calls; i++) {
    struct async_call call;
    LONG sum = 0, never;
    async_call_init(&call);
    async_add(&call.state, server->binding, i, 1);
    CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
    CHECK_EQ(sum, i + 1);
    if (i % 4)
      continue;
    async_call_init(&call);
    async_fail(&call.state, server->binding, 99, &never);
    CHECK_EQ(async_call_finish(&call, &sum), 99);
  }
}

static void leave_nothing_behind(enum wire wire)
{
  struct server server;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  call_repeatedly(&server, WARM_UP);
  /* Heaps grow in steps now and then; a leak shows in every batch, and one without any says
   * enough. */
  long long least = LLONG_MAX;
  for (int batch = 0; batch < BATCHES && least > LEFT; batch++) {
    long long before = usage_private_bytes();
    call_repeatedly(&server, REPEATED);
    long long more = usage_private_bytes() - before;
    test_note("%lld bytes more after %d calls", more, REPEATED);
    if (more < least)
      least = more;
  }
  CHECK_AT_MOST(least, LEFT);
  CHECK_EQ(midl_blocks(), 0);
  server_stop(&server);
}

TEST_WITHIN(calls_leave_nothing_behind_local, 60000)
{
  leave_nothing_behind(WIRE_LOCAL);
}

TEST_WITHIN(calls_leave_nothing_behind_tcp, 60000)
{
  leave_nothing_behind(WIRE_TCP);
}

/*
 * APCs that the application has queued to a thread run where that thread waits alertably, never
 * inside of a call: they may make calls of their own, as notification routines do, and would
 * find the runtime halfway through the one that they have come into.
 */
#include "async_call.h"
#include "server.h"

#define TIMEOUT_MS 60000 /* with one, connecting goes another way */

static LONG ran;

static void CALLBACK note_that_it_ran(ULONG_PTR context)
{
  (void)context;
  ran++;
}

static void queue_apc(void)
{
  CHECK(QueueUserAPC(note_that_it_ran, GetCurrentThread(), 0));
}

static void check_apc_waits(void)
{
  CHECK_EQ(ran, 0);
  CHECK_EQ(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
  CHECK_EQ(ran, 1);
  ran = 0;
}

static void check_asynchronous_call(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  LONG sum = 0;
  queue_apc();
  async_call_init(&call);
  async_add(&call.state, binding, 20, 3);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
  check_apc_waits();
}

static void check_synchronous_call(RPC_BINDING_HANDLE binding)
{
  queue_apc();
  CHECK_EQ(sync_add(binding, 20, 3), 23);
  check_apc_waits();
}

/* The first call of each kind opens a connection. */
ON_EACH_SERVER(no_apc_runs_inside_of_a_call)
{
  check_asynchronous_call(server->binding);
  check_asynchronous_call(server->binding);
  check_synchronous_call(server->binding);
  check_synchronous_call(server->binding);
}

ON_EACH_SERVER(no_apc_runs_inside_of_a_call_with_a_time_out)
{
  CHECK_EQ(RpcBindingSetOption(server->binding, RPC_C_OPT_CALL_TIMEOUT, TIMEOUT_MS), RPC_S_OK);
  check_synchronous_call(server->binding);
  check_asynchronous_call(server->binding);
}

ON_EACH_SERVER(no_apc_runs_while_it_is_asked_who_listens)
{
  queue_apc();
  CHECK_EQ(RpcMgmtIsServerListening(server->binding), RPC_S_OK);
  check_apc_waits();
}

static void check_refused(enum wire wire)
{
  struct async_call call;
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE nobody = endpoint_bind(wire, endpoint);
  queue_apc();
  CHECK_EQ(RAISED(sync_add, nobody, 1, 2), RPC_S_SERVER_UNAVAILABLE);
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, nobody, 1, 2), RPC_S_SERVER_UNAVAILABLE);
  async_call_close(&call);
  check_apc_waits();
  CHECK_EQ(RpcBindingFree(&nobody), RPC_S_OK);
}

ON_EACH_WIRE(no_apc_runs_inside_of_a_call_to_nobody)
{
  check_refused(wire);
}

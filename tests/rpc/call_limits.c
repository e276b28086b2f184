/*
 * Calls that block in synchronous manager routines: how many of them one client may have
 * inside, and that others are served all the while; what MaxCalls says.
 */
#include "async_call.h"
#include "held_calls.h"
#include "server.h"
#include "usage.h"

#include <stdlib.h>

#define CROWD 2100 /* calls of one client: more than all the threads that there are for them   \
                    */
#ifdef _WIN64
#define LIMIT 1234
#else
#define LIMIT 512
#endif

static HANDLE gate; /* a semaphore: so many may leave */
static volatile LONG inside;

static LONG add(handle_t binding, LONG one, LONG other)
{
  (void)binding;
  return one + other;
}

static void block(handle_t binding, LONG number, LONG *answer)
{
  (void)binding;
  InterlockedIncrement(&inside);
  WaitForSingleObject(gate, INFINITE);
  InterlockedDecrement(&inside);
  *answer = number;
}

static struct {
  LONG (*add)(handle_t binding, LONG one, LONG other);
  void (*hold)(handle_t binding, LONG number, LONG *answer);
  void *others[20];
} blocking_managers = {.add = add, .hold = block};

static void wait_inside(LONG count)
{
  while (InterlockedCompareExchange(&inside, 0, 0) < count)
    Sleep(1);
}

static RPC_IF_HANDLE served;
static char endpoint[64];

static RPC_BINDING_HANDLE listen_here(enum wire wire, RPC_IF_HANDLE specification,
                                      void *managers, unsigned int flags,
                                      unsigned int max_calls)
{
  served = specification;
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIfEx(specification, NULL, managers, flags, max_calls, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

/* Ends only when no call is left. */
static void stop_here(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  CHECK_EQ(RpcServerUnregisterIf(served, NULL, TRUE), RPC_S_OK);
}

/* crowd WIRE ENDPOINT FIRST: calls of `hold` with the numbers from FIRST on. */
HELPER(crowd)
{
  static RPC_ASYNC_STATE states[CROWD];
  static LONG answers[CROWD];
  CHECK_EQ(argc, 3);
  RPC_BINDING_HANDLE binding = endpoint_bind(atoi(argv[0]), argv[1]);
  for (int i = 0; i < CROWD; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&states[i], sizeof(states[i])), RPC_S_OK);
    states[i].NotificationType = RpcNotificationTypeNone;
    async_hold(&states[i], binding, atoi(argv[2]) + i, &answers[i]);
  }
  helper_ready("all are on their way");
  helper_wait_for_stop();
}

static void start_crowd(struct helper *client, enum wire wire, int first)
{
  char arguments[100];
  snprintf(arguments, sizeof(arguments), "%d %s %d", wire, endpoint, first);
  helper_start(client, "crowd", arguments, RUNTIME_SHIM);
}

/* However many there are: its share is inside, and no more (a process's, or an association's
 * that comes by TCP from an address that others have, too). Others are served; what waits goes
 * in as soon as there is room; and all of it is over when the client is. */
static void crowd_in(enum wire wire)
{
  struct helper client;
  gate = CreateSemaphoreW(NULL, 0, 0x10000, NULL);
  CHECK(gate);
  RPC_BINDING_HANDLE binding =
      listen_here(wire, sync_server_calls_v1_0_s_ifspec, &blocking_managers, 0,
                  RPC_C_LISTEN_MAX_CALLS_DEFAULT);
  LONG share = wire == WIRE_LOCAL ? LIMIT / 2 : LIMIT / 4;
  start_crowd(&client, wire, 1000);
  wait_inside(share);
  for (int i = 0; i < 20; i++)
    CHECK_EQ(sync_add(binding, i, 1), i + 1);
  test_note("%ld threads", usage_threads());
  CHECK_AT_MOST(inside, share + 1);
  CHECK_AT_MOST(usage_threads(), share + 40);
  ReleaseSemaphore(gate, 20, NULL);
  wait_inside(share);
  CHECK_EQ(sync_add(binding, 40, 2), 42);
  helper_kill(&client);
  /* Those that are inside end, and no other takes their place. */
  ReleaseSemaphore(gate, CROWD, NULL);
  stop_here(binding);
  CHECK_EQ(inside, 0);
  CloseHandle(gate);
}

TEST_WITHIN(one_clients_crowd_leaves_room_for_others_local, 100000)
{
  crowd_in(WIRE_LOCAL);
}

TEST_WITHIN(one_clients_crowd_leaves_room_for_others_tcp, 100000)
{
  crowd_in(WIRE_TCP);
}

static void start_hold(struct async_call *call, RPC_BINDING_HANDLE binding, LONG number)
{
  static LONG answer;
  async_call_init(call);
  async_hold(&call->state, binding, number, &answer);
}

static void end_hold(struct async_call *call, LONG number)
{
  CHECK_EQ(held_calls_release(number, number), RPC_S_OK);
  CHECK_EQ(async_call_finish(call, NULL), RPC_S_OK);
}

/* RpcServerRegisterIfEx: of an auto-listen interface, calls above are told so. */
TEST(auto_listen_interface_takes_max_calls)
{
  struct async_call calls[4];
  RPC_BINDING_HANDLE binding =
      listen_here(WIRE_LOCAL, async_server_calls_v1_0_s_ifspec, NULL, RPC_IF_AUTOLISTEN, 3);
  for (LONG i = 0; i < 3; i++)
    start_hold(&calls[i], binding, i);
  held_calls_wait(3);
  start_hold(&calls[3], binding, 3);
  CHECK_EQ(async_call_finish(&calls[3], NULL), RPC_S_SERVER_TOO_BUSY);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_SERVER_TOO_BUSY);
  end_hold(&calls[1], 1);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  end_hold(&calls[0], 0);
  end_hold(&calls[2], 2);
  stop_here(binding);
}

/* Others take what comes, whatever they were registered with; so do those with 0. */
static void take_ten(unsigned int flags, unsigned int max_calls)
{
  struct async_call calls[10];
  RPC_BINDING_HANDLE binding =
      listen_here(WIRE_LOCAL, async_server_calls_v1_0_s_ifspec, NULL, flags, max_calls);
  for (LONG i = 0; i < 10; i++)
    start_hold(&calls[i], binding, i);
  held_calls_wait(10);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  for (LONG i = 0; i < 10; i++)
    end_hold(&calls[i], i);
  stop_here(binding);
}

TEST(interface_that_is_not_auto_listen_takes_more_than_max_calls)
{
  take_ten(0, 3);
}

TEST(max_calls_0_is_no_limit)
{
  take_ten(RPC_IF_AUTOLISTEN, 0);
}

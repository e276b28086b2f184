/*
 * RpcCancelThread, RpcCancelThreadEx, RpcMgmtSetCancelTimeout, RpcTestCancel: cancelling the
 * synchronous call of a thread.
 */
#include <winsock2.h>

#include "async_call.h"
#include "held_calls.h"
#include "raw_peer.h"
#include "wine_server.h"

#include <stdlib.h>
#include <tlhelp32.h>

#define LONG_S 600 /* seconds: longer than any test */

#define ON_EACH_SYNCHRONOUS_SERVER(name)                                                       \
  static void name##_with(struct server *server);                                              \
  SERVER_TEST(name, _local, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC)                        \
  SERVER_TEST(name, _tcp, WIRE_TCP, IN_THIS_PROCESS, MANAGERS_SYNC)                            \
  SERVER_TEST(name, _local_remote, WIRE_LOCAL, IN_ANOTHER_PROCESS, MANAGERS_SYNC)              \
  SERVER_TEST(name, _tcp_remote, WIRE_TCP, IN_ANOTHER_PROCESS, MANAGERS_SYNC)                  \
  SERVER_TEST(name, _asynchronous_tcp, WIRE_TCP, IN_THIS_PROCESS, MANAGERS_ASYNC)              \
  static void name##_with(struct server *server)

/* A thread that makes one call of `hold`, and then one of `add`, which must work. */
struct caller {
  RPC_BINDING_HANDLE binding;
  LONG number;
  LONG cancel_timeout; /* its RpcMgmtSetCancelTimeout, unless 0 */
  bool cancels_itself; /* before the call; a grace of one second */
  HANDLE start;        /* NULL: it does not wait for anything */
  HANDLE thread;
  DWORD status; /* of the call */
  LONG answer;
  ULONGLONG took;
};

static DWORD WINAPI hold_and_add(void *context)
{
  struct caller *caller = context;
  ULONGLONG start;
  if (caller->start)
    CHECK_SIGNALLED(caller->start);
  if (caller->cancel_timeout)
    CHECK_EQ(RpcMgmtSetCancelTimeout(caller->cancel_timeout), RPC_S_OK);
  if (caller->cancels_itself)
    CHECK_EQ(RpcCancelThreadEx(GetCurrentThread(), 1), RPC_S_OK);
  start = GetTickCount64();
  caller->status = RAISED(sync_hold, caller->binding, caller->number, &caller->answer);
  caller->took = GetTickCount64() - start;
  CHECK_EQ(RpcTestCancel(), RPC_S_ACCESS_DENIED); /* it has been taken */
  CHECK_EQ(sync_add(caller->binding, caller->number, 1), caller->number + 1);
  return 0;
}

static void caller_start(struct caller *caller, struct server *server, LONG number)
{
  caller->binding = server->binding;
  caller->number = number;
  caller->answer = -1;
  caller->thread = CreateThread(NULL, 0, hold_and_add, caller, 0, NULL);
  CHECK(caller->thread);
}

static void caller_finish(struct caller *caller, DWORD status, LONG answer)
{
  CHECK_SIGNALLED(caller->thread);
  CloseHandle(caller->thread);
  CHECK_EQ(caller->status, status);
  CHECK_EQ(caller->answer, answer);
}

static void check_still_waits(struct caller *caller)
{
  CHECK_EQ(WaitForSingleObject(caller->thread, 50), WAIT_TIMEOUT);
}

/* ---- the grace ---- */

/* By default the client waits for the server, which finds out and ends the call as it likes. */
ON_EACH_SYNCHRONOUS_SERVER(cancelled_thread_waits_for_the_server_that_is_told)
{
  struct caller caller = {0};
  caller_start(&caller, server, 1);
  server_wait_held(server, 1);
  CHECK_EQ(server_test_cancel(server, 1), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(RpcCancelThread(caller.thread), RPC_S_OK);
  server_wait_cancelled(server, 1);
  check_still_waits(&caller);
  CHECK_EQ(server_release(server, 1, 31), RPC_S_OK);
  caller_finish(&caller, RPC_S_OK, 31);
}

ON_EACH_SYNCHRONOUS_SERVER(cancel_with_no_grace_ends_the_call_at_once)
{
  struct caller caller = {0};
  caller_start(&caller, server, 1);
  server_wait_held(server, 1);
  CHECK_EQ(RpcCancelThreadEx(caller.thread, 0), RPC_S_OK);
  caller_finish(&caller, RPC_S_CALL_CANCELLED, -1);
  server_wait_cancelled(server, 1);
  server_release(server, 1, 31);
}

ON_LOCAL_AND_REMOTE(cancel_with_grace_ends_the_call_when_it_is_over)
{
  struct caller caller = {.cancel_timeout = 1};
  caller_start(&caller, server, 1);
  server_wait_held(server, 1);
  ULONGLONG start = GetTickCount64();
  CHECK_EQ(RpcCancelThread(caller.thread), RPC_S_OK);
  server_wait_cancelled(server, 1);
  caller_finish(&caller, RPC_S_CALL_CANCELLED, -1);
  CHECK(GetTickCount64() - start >= 980);
  server_release(server, 1, 31);
}

ON_EACH_SYNCHRONOUS_SERVER(server_that_ends_the_call_within_the_grace_gives_its_result)
{
  struct caller caller = {0};
  caller_start(&caller, server, 1);
  server_wait_held(server, 1);
  CHECK_EQ(RpcCancelThreadEx(caller.thread, LONG_S), RPC_S_OK);
  server_wait_cancelled(server, 1);
  CHECK_EQ(server_release(server, 1, 31), RPC_S_OK);
  caller_finish(&caller, RPC_S_OK, 31);
  /* … whatever it is. */
  caller_start(&caller, server, 2);
  server_wait_held(server, 1);
  CHECK_EQ(RpcCancelThreadEx(caller.thread, LONG_S), RPC_S_OK);
  server_wait_cancelled(server, 2);
  CHECK_EQ(server_abort(server, 2, 4711), RPC_S_OK);
  caller_finish(&caller, 4711, -1);
}

ON_LOCAL_AND_REMOTE(grace_of_one_cancel_does_not_change_the_thread)
{
  struct caller caller = {.cancel_timeout = 1};
  caller_start(&caller, server, 1);
  server_wait_held(server, 1);
  CHECK_EQ(RpcCancelThreadEx(caller.thread, RPC_C_CANCEL_INFINITE_TIMEOUT), RPC_S_OK);
  server_wait_cancelled(server, 1);
  CHECK_EQ(WaitForSingleObject(caller.thread, 1200), WAIT_TIMEOUT);
  CHECK_EQ(server_release(server, 1, 31), RPC_S_OK);
  caller_finish(&caller, RPC_S_OK, 31);
}

/* The shortest counts, and one that comes later counts too. */
ON_LOCAL_AND_REMOTE(several_cancels_make_the_grace_shorter)
{
  struct caller caller = {0};
  caller_start(&caller, server, 1);
  server_wait_held(server, 1);
  CHECK_EQ(RpcCancelThread(caller.thread), RPC_S_OK);
  CHECK_EQ(RpcCancelThread(caller.thread), RPC_S_OK);
  server_wait_cancelled(server, 1);
  CHECK_EQ(RpcCancelThreadEx(caller.thread, LONG_S), RPC_S_OK);
  check_still_waits(&caller);
  CHECK_EQ(RpcCancelThreadEx(caller.thread, 0), RPC_S_OK);
  caller_finish(&caller, RPC_S_CALL_CANCELLED, -1);
  server_release(server, 1, 31);
}

/* ---- a cancel before the call ---- */

ON_LOCAL_AND_REMOTE(cancel_pending_before_the_call_meets_it)
{
  struct caller caller = {.cancels_itself = true};
  caller_start(&caller, server, 1);
  server_wait_cancelled(server, 1);
  caller_finish(&caller, RPC_S_CALL_CANCELLED, -1);
  CHECK(caller.took >= 980);
  server_release(server, 1, 31);
}

ON_LOCAL_AND_REMOTE(cancel_of_a_thread_that_is_in_no_call_meets_its_next_call)
{
  struct caller caller = {.start = CreateEventW(NULL, TRUE, FALSE, NULL)};
  CHECK(caller.start);
  caller_start(&caller, server, 1);
  CHECK_EQ(RpcCancelThread(caller.thread), RPC_S_OK);
  SetEvent(caller.start);
  server_wait_cancelled(server, 1);
  check_still_waits(&caller);
  CHECK_EQ(server_release(server, 1, 31), RPC_S_OK);
  caller_finish(&caller, RPC_S_OK, 31);
  CloseHandle(caller.start);
}

ON_LOCAL_AND_REMOTE(thread_can_take_its_own_cancel)
{
  CHECK_EQ(RpcTestCancel(), RPC_S_ACCESS_DENIED);
  CHECK_EQ(RpcCancelThreadEx(GetCurrentThread(), 0), RPC_S_OK);
  CHECK_EQ(RpcTestCancel(), RPC_S_OK);
  CHECK_EQ(RpcTestCancel(), RPC_S_ACCESS_DENIED);
  CHECK_EQ(sync_add(server->binding, 1, 2), 3);
}

/* ---- a cancel while the call is not there yet ---- */

struct early {
  RPC_BINDING_HANDLE binding;
  LONG size; /* of an `echo`; 0: an `add` */
  DWORD status;
};

static DWORD WINAPI call_early(void *context)
{
  struct early *early = context;
  byte *data = calloc(1, early->size + 1), *reply = NULL;
  LONG count;
  CHECK(data);
  early->status = early->size
                      ? RAISED(sync_echo, early->binding, early->size, data, &count, &reply)
                      : RAISED(sync_add, early->binding, 1, 2);
  free(data);
  return 0;
}

static RPC_BINDING_HANDLE listen_silently(struct raw_peer *peer, enum wire wire)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(peer, wire, endpoint);
  return endpoint_bind(wire, endpoint);
}

ON_EACH_WIRE(cancel_ends_the_wait_for_the_bind)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer peer;
  struct early early = {.binding = listen_silently(&peer, wire)};
  HANDLE threads[2];
  threads[0] = CreateThread(NULL, 0, call_early, &early, 0, NULL);
  CHECK(threads[0]);
  raw_accept(&peer);
  CHECK(raw_receive(&peer, pdu) > 0);
  /* A second one waits for the first to be through. */
  struct early second = early;
  threads[1] = CreateThread(NULL, 0, call_early, &second, 0, NULL);
  CHECK(threads[1]);
  CHECK_EQ(RpcCancelThread(threads[0]), RPC_S_OK);
  CHECK_EQ(RpcCancelThread(threads[1]), RPC_S_OK);
  CHECK_EQ(WaitForMultipleObjects(2, threads, FALSE, 50), WAIT_TIMEOUT);
  CHECK_EQ(RpcCancelThreadEx(threads[1], 0), RPC_S_OK);
  CHECK_SIGNALLED(threads[1]);
  CHECK_EQ(second.status, RPC_S_CALL_CANCELLED);
  CHECK_EQ(RpcCancelThreadEx(threads[0], 0), RPC_S_OK);
  CHECK_SIGNALLED(threads[0]);
  CHECK_EQ(early.status, RPC_S_CALL_CANCELLED);
  CloseHandle(threads[0]);
  CloseHandle(threads[1]);
  raw_close(&peer);
  raw_stop_listening(&peer);
  CHECK_EQ(RpcBindingFree(&early.binding), RPC_S_OK);
}

/* More than any buffer between the two takes. */
#define LARGE (48 << 20)

ON_EACH_WIRE(cancel_ends_a_call_that_is_still_being_sent)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer peer;
  struct early early = {.binding = listen_silently(&peer, wire), .size = LARGE};
  HANDLE thread = CreateThread(NULL, 0, call_early, &early, 0, NULL);
  CHECK(thread);
  raw_accept(&peer);
  CHECK(raw_receive(&peer, pdu) > 0);
  CHECK(raw_send(&peer, pdu, raw_make_bind_ack(pdu, raw_get32(pdu, RAW_CALL_ID), 0, 0)));
  CHECK(raw_receive(&peer, pdu) > 0);
  CHECK_EQ(pdu[RAW_TYPE], RAW_REQUEST);
  CHECK_EQ(RpcCancelThread(thread), RPC_S_OK);
  CHECK_EQ(WaitForSingleObject(thread, 50), WAIT_TIMEOUT);
  CHECK_EQ(RpcCancelThreadEx(thread, 0), RPC_S_OK);
  CHECK_SIGNALLED(thread);
  CHECK_EQ(early.status, RPC_S_CALL_CANCELLED);
  CloseHandle(thread);
  raw_close(&peer);
  raw_stop_listening(&peer);
  CHECK_EQ(RpcBindingFree(&early.binding), RPC_S_OK);
}

/* ---- what is refused ---- */

static DWORD WINAPI do_nothing(void *context)
{
  (void)context;
  return 0;
}

/* A handle to the first thread of that process. */
static HANDLE open_thread_of(DWORD process)
{
  HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  THREADENTRY32 entry = {.dwSize = sizeof(entry)};
  HANDLE thread = NULL;
  CHECK(snapshot != INVALID_HANDLE_VALUE);
  for (BOOL more = Thread32First(snapshot, &entry); more && !thread;
       more = Thread32Next(snapshot, &entry))
    if (entry.th32OwnerProcessID == process)
      thread = OpenThread(THREAD_ALL_ACCESS, FALSE, entry.th32ThreadID);
  CloseHandle(snapshot);
  CHECK(thread);
  return thread;
}

TEST(handle_that_may_not_cancel_is_refused)
{
  struct server server;
  HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
  HANDLE ended = CreateThread(NULL, 0, do_nothing, NULL, 0, NULL);
  server_start(&server, WIRE_LOCAL, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  HANDLE limited =
      OpenThread(THREAD_ALL_ACCESS & ~THREAD_SET_CONTEXT, FALSE, GetCurrentThreadId());
  HANDLE foreign = open_thread_of(server.helper.id);
  CHECK(event && ended && limited);
  CHECK_SIGNALLED(ended);
  HANDLE handles[] = {NULL,    (HANDLE)0x7654, GetCurrentProcess(), event, ended,
                      limited, foreign};
  for (size_t i = 0; i < ARRAYSIZE(handles); i++) {
    CHECK_EQ(RpcCancelThread(handles[i]), RPC_S_ACCESS_DENIED);
    CHECK_EQ(RpcCancelThreadEx(handles[i], 0), RPC_S_ACCESS_DENIED);
  }
  CHECK_EQ(RpcTestCancel(), RPC_S_ACCESS_DENIED);
  server_stop(&server);
}

/* THREAD_SET_CONTEXT is all that it takes. */
TEST(handle_that_may_set_the_context_is_enough)
{
  HANDLE thread = OpenThread(THREAD_SET_CONTEXT, FALSE, GetCurrentThreadId());
  CHECK(thread);
  CHECK_EQ(RpcCancelThread(thread), RPC_S_OK);
  CHECK_EQ(RpcTestCancel(), RPC_S_OK);
  CloseHandle(thread);
}

TEST(number_of_seconds_below_infinite_is_refused)
{
  CHECK_EQ(RpcMgmtSetCancelTimeout(-2), RPC_S_INVALID_TIMEOUT);
  CHECK_EQ(RpcCancelThreadEx(GetCurrentThread(), -2), RPC_S_INVALID_TIMEOUT);
  CHECK_EQ(RpcTestCancel(), RPC_S_ACCESS_DENIED);
  CHECK_EQ(RpcMgmtSetCancelTimeout(0), RPC_S_OK);
  CHECK_EQ(RpcMgmtSetCancelTimeout(RPC_C_CANCEL_INFINITE_TIMEOUT), RPC_S_OK);
}

/* A thread that ends with a cancel that it never took leaves none to whoever gets its id. */
TEST(cancel_ends_with_its_thread)
{
  for (int i = 0; i < 50; i++) {
    HANDLE thread = CreateThread(NULL, 0, (LPTHREAD_START_ROUTINE)(void *)RpcTestCancel, NULL,
                                 CREATE_SUSPENDED, NULL);
    DWORD status;
    CHECK(thread);
    if (i & 1)
      CHECK_EQ(RpcCancelThread(thread), RPC_S_OK);
    ResumeThread(thread);
    CHECK_SIGNALLED(thread);
    CHECK(GetExitCodeThread(thread, &status));
    CHECK_EQ(status, i & 1 ? RPC_S_OK : RPC_S_ACCESS_DENIED);
    CloseHandle(thread);
    thread = CreateThread(NULL, 0, do_nothing, NULL, CREATE_SUSPENDED, NULL);
    CHECK_EQ(RpcCancelThread(thread), RPC_S_OK);
    ResumeThread(thread);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
  }
}

/* ---- what the manager routine finds out ---- */

static HANDLE entered;
static RPC_BINDING_HANDLE asked_for;

static RPC_STATUS ask_on_another_thread(void)
{
  HANDLE thread = CreateThread(NULL, 0, (LPTHREAD_START_ROUTINE)(void *)RpcServerTestCancel,
                               asked_for, 0, NULL);
  DWORD status;
  CHECK(thread);
  CHECK_SIGNALLED(thread);
  CHECK(GetExitCodeThread(thread, &status));
  CloseHandle(thread);
  return (RPC_STATUS)status;
}

enum { BY_TEST_CANCEL, BY_SERVER_TEST_CANCEL, BY_ANOTHER_THREAD, WAYS };

/* In the place of `add`: returns what the last one says, once it has said "cancelled". */
static LONG ask_until_cancelled(handle_t binding, LONG way, LONG unused)
{
  RPC_STATUS status;
  (void)unused;
  asked_for = binding;
  do {
    switch (way) {
    case BY_TEST_CANCEL:
      status = RpcTestCancel();
      CHECK(status == RPC_S_OK || status == RPC_S_ACCESS_DENIED);
      break;
    case BY_SERVER_TEST_CANCEL:
      status = RpcServerTestCancel(NULL);
      CHECK(status == RPC_S_OK || status == RPC_S_CALL_IN_PROGRESS);
      break;
    default:
      status = ask_on_another_thread();
      CHECK(status == RPC_S_OK || status == RPC_S_CALL_IN_PROGRESS);
    }
    SetEvent(entered); /* it has asked before anything was to be found out */
  } while (status != RPC_S_OK);
  return status;
}

static LONG nothing_done;
static void do_nothing_more(handle_t binding)
{
  (void)binding;
  InterlockedIncrement(&nothing_done);
}

static RPC_BINDING_HANDLE listen_asking(enum wire wire, char *endpoint, size_t size)
{
  static struct {
    LONG (*add)(handle_t binding, LONG way, LONG unused);
    void *hold, *hold_void, *hold_memory, *fail;
    void (*nothing)(handle_t binding);
    void *others[20];
  } vector = {.add = ask_until_cancelled, .nothing = do_nothing_more};
  entered = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(entered);
  endpoint_choose(wire, endpoint, size);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)&vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

struct asker {
  RPC_BINDING_HANDLE binding;
  LONG way;
  LONG found;
};

static DWORD WINAPI call_asking(void *context)
{
  struct asker *asker = context;
  sync_nothing(asker->binding); /* more than one call, so that the server serves in place */
  sync_nothing(asker->binding);
  asker->found = sync_add(asker->binding, asker->way, 0);
  sync_nothing(asker->binding);
  return 0;
}

ON_EACH_WIRE(manager_finds_out_in_whatever_way_it_asks)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_asking(wire, endpoint, sizeof(endpoint));
  for (LONG round = 0; round < 20 * WAYS; round++) {
    struct asker asker = {binding, round % WAYS, -1};
    HANDLE thread = CreateThread(NULL, 0, call_asking, &asker, 0, NULL);
    CHECK(thread);
    CHECK_SIGNALLED(entered);
    CHECK_EQ(RpcCancelThread(thread), RPC_S_OK);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
    CHECK_EQ(asker.found, RPC_S_OK);
    ResetEvent(entered);
  }
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/*
 * asking_client WIRE ENDPOINT WAY: is inside its call when it is ended. Wine's server (8 and
 * 10) keeps the socket of a process that is killed while it sends: over TCP the call is an
 * asynchronous one, which has been sent when its stub returns.
 */
HELPER(asking_client)
{
  struct asker asker = {.found = -1};
  static struct async_call call;
  CHECK_EQ(argc, 3);
  asker.binding = endpoint_bind(atoi(argv[0]), argv[1]);
  asker.way = atoi(argv[2]);
  if (atoi(argv[0]) == WIRE_TCP) {
    async_call_init(&call);
    async_add(&call.state, asker.binding, asker.way, 0);
    helper_ready("calling");
    helper_wait_for_stop();
  } else {
    helper_ready("calling");
    call_asking(&asker);
  }
}

ON_EACH_WIRE(manager_finds_out_that_the_client_is_gone_in_whatever_way_it_asks)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_asking(wire, endpoint, sizeof(endpoint));
  for (LONG way = 0; way < WAYS; way++) {
    struct helper client;
    char arguments[96];
    snprintf(arguments, sizeof(arguments), "%d %s %ld", wire, endpoint, way);
    helper_start(&client, "asking_client", arguments, RUNTIME_SHIM);
    CHECK_SIGNALLED(entered);
    helper_kill(&client);
    /* The routine comes back, and with it the number of calls that listening waits for. */
    CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
    CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
    CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
    ResetEvent(entered);
  }
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* ---- races, and Wine's own server ---- */

struct target {
  RPC_BINDING_HANDLE binding;
  volatile LONG stop;
  LONG done, cancelled;
};

static DWORD WINAPI add_on_and_on(void *context)
{
  struct target *target = context;
  LONG i = 0;
  while (!target->stop) {
    DWORD status = RAISED(sync_add, target->binding, i, 1);
    if (status == RPC_S_OK) {
      CHECK_EQ((LONG)RETURNED(), i + 1);
      target->done++;
    } else {
      CHECK_EQ(status, RPC_S_CALL_CANCELLED);
      target->cancelled++;
    }
    i++;
  }
  return 0;
}

/* Each call has its own reply or is cancelled, whenever the cancel comes. */
ON_EACH_WIRE(cancels_at_any_time_leave_the_calls_in_order)
{
  struct server server;
  struct target target = {0};
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  target.binding = server.binding;
  HANDLE thread = CreateThread(NULL, 0, add_on_and_on, &target, 0, NULL);
  CHECK(thread);
  for (LONG i = 0; i < 300; i++) {
    LONG seen = target.done;
    CHECK_EQ(RpcCancelThreadEx(thread, i % 3 ? RPC_C_CANCEL_INFINITE_TIMEOUT : 0), RPC_S_OK);
    while (i % 5 == 0 && target.done < seen + 2)
      SwitchToThread();
  }
  target.stop = TRUE;
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  test_note("%ld done, %ld cancelled", target.done, target.cancelled);
  CHECK(target.done > 0 && target.cancelled > 0);
  CHECK_EQ(sync_add(server.binding, 1, 2), 3);
  server_stop(&server);
}

/* It cannot be told, but the client need not wait for it. */
TEST_AGAINST_WINE(cancel_needs_no_server_that_understands_it)
{
  struct server server;
  struct caller caller = {0};
  server_start(&server, wire, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_WINE);
  caller_start(&caller, &server, 1);
  server_wait_held(&server, 1);
  CHECK_EQ(RpcCancelThread(caller.thread), RPC_S_OK);
  check_still_waits(&caller);
  CHECK_EQ(RpcCancelThreadEx(caller.thread, 0), RPC_S_OK);
  caller_finish(&caller, RPC_S_CALL_CANCELLED, -1);
  server_unbind_and_kill(&server);
}

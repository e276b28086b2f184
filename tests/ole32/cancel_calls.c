/* CoCancelCall and CoGetCancelObject: synchronous calls, cancelled while a thread waits. */
#include "call_client.h"
#include "objects.h"

#include <winternl.h>

/* Seconds that no test waits for. */
#define LONG_TIME 3600

static HRESULT add(struct call_client *client, LONG a, LONG b, LONG *sum)
{
  *sum = 0;
  return client->proxy->table->Add(client->proxy, a, b, sum);
}

static void check_add(struct call_client *client)
{
  LONG sum;
  CHECK_EQ(add(client, 2, 3, &sum), S_OK);
  CHECK_EQ(sum, 5);
}

/* A thread of the MTA that does something about the call of the test's own. */
struct other {
  struct apartment_thread thread;
  struct call_client *client;
  DWORD caller;
  ULONG seconds;
  HRESULT result;
};

static void other_start(struct other *other, struct call_client *client, ULONG seconds,
                        void (*body)(void *other))
{
  other->client = client;
  other->caller = GetCurrentThreadId();
  other->seconds = seconds;
  apartment_start(&other->thread, MTA, body, other);
}

static void cancel_once_entered(void *context)
{
  struct other *other = context;
  CHECK_SIGNALLED(other->client->events.entered);
  other->result = CoCancelCall(other->caller, other->seconds);
}

IN_EACH_PLACE(a_cancel_releases_the_thread_that_waits)
{
  struct other other;
  LONG sum;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  other_start(&other, client, 0, cancel_once_entered);
  CHECK_EQ(add(client, ADD_HELD, 1, &sum), RPC_E_CALL_CANCELED);
  apartment_join(&other.thread);
  CHECK_EQ(other.result, S_OK);
  /* The server goes on; its late reply is nobody's. */
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
  check_add(client);
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
  check_add(client);
}

static void fail_to_cancel_once_entered(void *context)
{
  struct other *other = context;
  void *object;
  CHECK_SIGNALLED(other->client->events.entered);
  CHECK_EQ(CoGetCancelObject(other->caller, &IID_ICancelMethodCalls, &object),
           CO_E_CANCEL_DISABLED);
  CHECK(!object);
  other->result = CoCancelCall(other->caller, 0);
  SetEvent(other->client->events.gate);
}

IN_EACH_PLACE(calls_cannot_be_cancelled_unless_the_thread_allows_it)
{
  struct other other;
  LONG sum;
  other_start(&other, client, 0, fail_to_cancel_once_entered);
  CHECK_EQ(add(client, ADD_HELD, 1, &sum), S_OK);
  CHECK_EQ(sum, ADD_HELD + 1);
  apartment_join(&other.thread);
  CHECK_EQ(other.result, CO_E_CANCEL_DISABLED);
}

static void a_server_that_goes_on_too_long_is_not_waited_for(struct call_client *client);
CALL_TEST_IN(a_server_that_goes_on_too_long_is_not_waited_for, STA,
             call_client_open(&client, STA), from_an_sta_to_an_sta)
CALL_TEST_IN(a_server_that_goes_on_too_long_is_not_waited_for, MTA,
             call_client_open_remote(&client, MTA), in_another_process)
static void a_server_that_goes_on_too_long_is_not_waited_for(struct call_client *client)
{
  struct other other;
  LONG sum;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  other_start(&other, client, 1, cancel_once_entered);
  CHECK_EQ(add(client, ADD_HELD, 1, &sum), RPC_E_CALL_CANCELED);
  apartment_join(&other.thread);
  CHECK_EQ(other.result, S_OK);
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
}

/* The server is told, and its answer is the call's. */
CALL_TEST(a_server_that_ends_a_cancelled_call_in_time_gives_its_result)
{
  struct other other;
  LONG sum;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  for (int i = 0; i < 2; i++) {
    other_start(&other, client, i ? INFINITE : LONG_TIME, cancel_once_entered);
    CHECK_EQ(add(client, ADD_TILL_CANCEL, 10, &sum), S_OK);
    CHECK_EQ(sum, ADD_TILL_CANCEL + 10);
    apartment_join(&other.thread);
    CHECK_EQ(other.result, RPC_E_CALL_COMPLETE);
  }
}

static void use_cancel_object(void *context)
{
  struct other *other = context;
  ICancelMethodCalls *cancel, *second;
  IUnknown *unknown;
  CHECK_SIGNALLED(other->client->events.entered);
  CHECK_EQ(CoGetCancelObject(other->caller, &IID_ISynchronize, (void **)&cancel),
           E_NOINTERFACE);
  CHECK_EQ(CoGetCancelObject(other->caller, &IID_ICancelMethodCalls, (void **)&cancel), S_OK);
  CHECK_EQ(CoGetCancelObject(other->caller, &IID_ICancelMethodCalls, (void **)&second), S_OK);
  CHECK_EQ(ICancelMethodCalls_QueryInterface(cancel, &IID_IUnknown, (void **)&unknown), S_OK);
  IUnknown_Release(unknown);
  CHECK_EQ(ICancelMethodCalls_TestCancel(cancel), RPC_S_CALLPENDING);
  CHECK_EQ(ICancelMethodCalls_Cancel(cancel, 0), S_OK);
  CHECK_EQ(ICancelMethodCalls_TestCancel(cancel), RPC_E_CALL_CANCELED);
  CHECK_EQ(ICancelMethodCalls_TestCancel(second), RPC_E_CALL_CANCELED);
  CHECK_EQ(ICancelMethodCalls_Cancel(second, 0), RPC_E_CALL_CANCELED);
  CHECK_EQ(ICancelMethodCalls_Cancel(second, LONG_TIME), RPC_E_CALL_CANCELED);
  CHECK_EQ(ICancelMethodCalls_Release(second), 0);
  CHECK_EQ(ICancelMethodCalls_Release(cancel), 0);
}

CALL_TEST(each_cancel_object_of_a_call_cancels_it_and_only_once)
{
  struct other other;
  LONG sum;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  other_start(&other, client, 0, use_cancel_object);
  CHECK_EQ(add(client, ADD_HELD, 1, &sum), RPC_E_CALL_CANCELED);
  apartment_join(&other.thread);
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
}

static void keep_the_object_of_the_first(void *context)
{
  struct other *other = context;
  struct adder_events *events = &other->client->events;
  ICancelMethodCalls *cancel;
  CHECK_SIGNALLED(events->entered);
  CHECK_EQ(CoGetCancelObject(other->caller, &IID_ICancelMethodCalls, (void **)&cancel), S_OK);
  SetEvent(events->gate);
  CHECK_SIGNALLED(events->left);
  ResetEvent(events->gate);
  CHECK_SIGNALLED(events->entered);
  CHECK_EQ(ICancelMethodCalls_Cancel(cancel, 0), RPC_E_CALL_COMPLETE);
  CHECK_EQ(ICancelMethodCalls_Cancel(cancel, LONG_TIME), RPC_E_CALL_COMPLETE);
  CHECK_EQ(ICancelMethodCalls_TestCancel(cancel), RPC_S_CALLPENDING);
  CHECK_EQ(ICancelMethodCalls_Release(cancel), 0);
  SetEvent(events->gate);
}

CALL_TEST(a_cancel_object_that_outlives_its_call_does_not_hit_the_next)
{
  struct other other;
  LONG sum;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  other_start(&other, client, 0, keep_the_object_of_the_first);
  CHECK_EQ(add(client, ADD_HELD, 1, &sum), S_OK);
  CHECK_EQ(add(client, ADD_HELD, 2, &sum), S_OK);
  CHECK_EQ(sum, ADD_HELD + 2);
  apartment_join(&other.thread);
}

CALL_TEST(a_call_stays_as_the_thread_was_when_it_made_it)
{
  struct other other;
  LONG sum;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
  other_start(&other, client, 0, cancel_once_entered);
  CHECK_EQ(add(client, ADD_HELD, 1, &sum), RPC_E_CALL_CANCELED);
  apartment_join(&other.thread);
  CHECK_EQ(other.result, S_OK);
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
  ResetEvent(client->events.gate);
  other_start(&other, client, 0, fail_to_cancel_once_entered);
  CHECK_EQ(add(client, ADD_HELD, 1, &sum), S_OK);
  apartment_join(&other.thread);
}

CALL_TEST(an_asynchronous_call_is_not_found)
{
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  call_client_hold(client, 1);
  CHECK_EQ(CoCancelCall(0, 0), E_NOINTERFACE);
  SetEvent(client->events.gate);
  check_sum(client->call, ADD_HELD + 1);
  CHECK_SIGNALLED(client->events.left);
}

/* COM's own calls, of which references to proxies consist, take the same way then. */
IN_EACH_PLACE(all_else_is_as_ever_where_cancels_are_allowed)
{
  ICallFactory *factory;
  async_adder *call;
  adder *identity;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  for (int i = 0; i < 3; i++) {
    CHECK_EQ(
        client->proxy->table->QueryInterface(client->proxy, &IID_IUnknown, (void **)&identity),
        S_OK);
    CHECK_EQ(
        identity->table->QueryInterface(identity, &IID_ISynchronizeHandle, (void **)&factory),
        E_NOINTERFACE);
    CHECK_EQ(identity->table->QueryInterface(identity, &IID_ICallFactory, (void **)&factory),
             S_OK);
    CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIAdder, NULL, &IID_AsyncIAdder,
                                     (IUnknown **)&call),
             S_OK);
    CHECK_EQ(call->table->Begin_Add(call, i, i), S_OK);
    check_add(client);
    check_sum(call, 2 * i);
    CHECK_EQ(call->table->Release(call), 0);
    ICallFactory_Release(factory);
    identity->table->Release(identity);
  }
}

/* ---- an STA that is called while it waits ---- */

struct within {
  ISynchronize interface_part;
  struct call_client *client;
  ULONG seconds;
  HRESULT result, removal;
};

static HRESULT WINAPI cancel_own_call(ISynchronize *interface_part)
{
  struct within *within = CONTAINING_RECORD(interface_part, struct within, interface_part);
  within->removal = CoSetCancelObject(NULL);
  within->result = CoCancelCall(0, within->seconds);
  return S_OK;
}

static HRESULT WINAPI call_again(ISynchronize *interface_part)
{
  struct within *within = CONTAINING_RECORD(interface_part, struct within, interface_part);
  struct other other;
  LONG sum;
  CHECK_SIGNALLED(within->client->events.entered); /* the outer call's */
  other_start(&other, within->client, 0, cancel_once_entered);
  within->result = add(within->client, ADD_HELD, 2, &sum);
  apartment_join(&other.thread);
  CHECK_EQ(other.result, S_OK);
  SetEvent(within->client->events.gate);
  return S_OK;
}

/* Makes a held call, meanwhile something on this very thread; returns what comes of the call.
 */
static HRESULT add_with(struct within *within, HRESULT(WINAPI *signal)(ISynchronize *))
{
  ISynchronizeVtbl table = {.Signal = signal};
  struct apartment_thread caller;
  struct probe probe;
  HRESULT result;
  LONG sum;
  within->interface_part.lpVtbl = &table;
  probe_init(&probe, &within->interface_part);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  call_from_mta(&caller, &probe);
  result = add(within->client, ADD_HELD, 1, &sum);
  CHECK_EQ(probe.thread, GetCurrentThreadId());
  apartment_join(&caller);
  SetEvent(within->client->events.gate);
  return result;
}

static void cancel_from_within(enum apartment place, bool remote, ULONG seconds)
{
  struct call_client client;
  struct within within = {.client = &client, .seconds = seconds};
  if (remote)
    call_client_open_remote(&client, place);
  else
    call_client_open(&client, place);
  CHECK_EQ(add_with(&within, cancel_own_call), RPC_E_CALL_CANCELED);
  CHECK_EQ(within.result, S_OK);
  /* What the call itself has put there only its end takes off. */
  CHECK_EQ(within.removal, E_ACCESSDENIED);
  check_add(&client);
  call_client_close(&client);
}

IN_STA(an_sta_cancels_its_own_call_to_another_sta)
{
  cancel_from_within(STA, false, 0);
}

IN_STA(an_sta_cancels_its_own_call_to_the_mta)
{
  cancel_from_within(MTA, false, 1);
}

IN_STA(an_sta_cancels_its_own_call_to_another_process)
{
  cancel_from_within(MTA, true, 0);
  cancel_from_within(STA, true, 1);
}

IN_STA(of_nested_calls_the_innermost_is_cancelled)
{
  struct call_client client;
  struct within within = {.client = &client};
  call_client_open_remote(&client, MTA);
  CHECK_EQ(add_with(&within, call_again), S_OK);
  CHECK_EQ(within.result, RPC_E_CALL_CANCELED);
  call_client_close(&client);
}

/* ---- servers that do not answer ---- */

NTSTATUS NTAPI NtSuspendProcess(HANDLE process);
NTSTATUS NTAPI NtResumeProcess(HANDLE process);

/* There is no event for a call that its server never sees. */
static void cancel_once_pending(void *context)
{
  struct other *other = context;
  do {
    Sleep(1);
    other->result = CoCancelCall(other->caller, other->seconds);
  } while (other->result == E_NOINTERFACE);
}

static void add_on_a_stopped_server(struct call_client *client, ULONG seconds)
{
  struct other other;
  LONG sum;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(NtSuspendProcess(client->server.helper.process), 0);
  other_start(&other, client, seconds, cancel_once_pending);
  CHECK_EQ(add(client, 1, 1, &sum), RPC_E_CALL_CANCELED);
  apartment_join(&other.thread);
  CHECK_EQ(other.result, S_OK);
  CHECK_EQ(NtResumeProcess(client->server.helper.process), 0);
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
  check_add(client);
}

CALL_TEST(a_server_that_never_answers)
{
  check_add(client); /* there is a connection */
  add_on_a_stopped_server(client, 0);
  add_on_a_stopped_server(client, 1);
}

CALL_TEST(a_server_that_never_answers_the_first_call)
{
  add_on_a_stopped_server(client, 0);
}

static void kill_once_cancelled(void *context)
{
  struct other *other = context;
  ICancelMethodCalls *cancel;
  CHECK_EQ(CoGetCancelObject(other->caller, &IID_ICancelMethodCalls, (void **)&cancel), S_OK);
  while (ICancelMethodCalls_TestCancel(cancel) != RPC_E_CALL_CANCELED)
    Sleep(1);
  helper_kill(&other->client->server.helper);
  ICancelMethodCalls_Release(cancel);
}

static void cancel_and_kill(void *context)
{
  struct other *other = context, killer = *other;
  CHECK_SIGNALLED(other->client->events.entered);
  apartment_start(&killer.thread, MTA, kill_once_cancelled, &killer);
  other->result = CoCancelCall(other->caller, other->seconds);
  apartment_join(&killer.thread);
}

IN_MTA(a_server_that_dies_ends_call_and_cancel)
{
  struct call_client client;
  struct other other;
  LONG sum;
  call_client_open_remote(&client, MTA);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  other_start(&other, &client, LONG_TIME, cancel_and_kill);
  CHECK_EQ(add(&client, ADD_HELD, 1, &sum), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
  apartment_join(&other.thread);
  CHECK_EQ(other.result, RPC_E_CALL_COMPLETE);
  call_client_abandon(&client);
}

/* ---- races ---- */

#define RACES           500
#define LONGEST_SPIN_US 500 /* about as long as a call */

struct racer {
  DWORD caller;
  HANDLE go, done;
  volatile LONG over;
  HRESULT result;
};

static void spin(LONGLONG microseconds)
{
  LARGE_INTEGER frequency, begin, now;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&begin);
  do {
    QueryPerformanceCounter(&now);
  } while ((now.QuadPart - begin.QuadPart) * 1000000 < microseconds * frequency.QuadPart);
}

/* The call, if it is seen before it is over, some time after that. */
static HRESULT cancel_after(struct racer *racer, LONGLONG microseconds, ULONG seconds)
{
  ICancelMethodCalls *cancel;
  HRESULT result;
  do {
    result = CoGetCancelObject(racer->caller, &IID_ICancelMethodCalls, (void **)&cancel);
  } while (result == E_NOINTERFACE && !racer->over);
  if (result != S_OK)
    return result;
  spin(microseconds);
  result = ICancelMethodCalls_Cancel(cancel, seconds);
  CHECK_EQ(ICancelMethodCalls_Release(cancel), 0);
  return result;
}

static DWORD WINAPI cancel_when_told(void *context)
{
  struct racer *racer = context;
  for (int i = 0; i < RACES; i++) {
    CHECK_SIGNALLED(racer->go);
    racer->result = cancel_after(racer, i % 50 * (LONGEST_SPIN_US / 50), i % 2);
    SetEvent(racer->done);
  }
  return 0;
}

static void check_outcome(HRESULT call, HRESULT cancel)
{
  switch (cancel) {
  case S_OK:
    CHECK(call == S_OK || call == RPC_E_CALL_CANCELED);
    break;
  case RPC_E_CALL_COMPLETE:
  case E_NOINTERFACE:
    CHECK_EQ(call, S_OK);
    break;
  default:
    CHECK_EQ(cancel, S_OK);
  }
}

/* Whoever comes first: the call has one outcome, and no other call is hit. */
CALL_TEST(a_cancel_that_races_with_the_reply_leaves_one_outcome)
{
  struct racer racer = {GetCurrentThreadId(), CreateEventW(NULL, FALSE, FALSE, NULL),
                        CreateEventW(NULL, FALSE, FALSE, NULL), FALSE, S_OK};
  HANDLE thread = CreateThread(NULL, 0, cancel_when_told, &racer, 0, NULL);
  int cancelled = 0, complete = 0;
  CHECK(racer.go && racer.done && thread);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  for (LONG i = 0; i < RACES; i++) {
    HRESULT result;
    LONG sum;
    racer.over = FALSE;
    SetEvent(racer.go);
    result = add(client, i, i, &sum);
    racer.over = TRUE;
    CHECK(result == RPC_E_CALL_CANCELED || sum == 2 * i);
    CHECK_SIGNALLED(racer.done);
    check_outcome(result, racer.result);
    check_add(client);
    cancelled += result != S_OK;
    complete += racer.result == RPC_E_CALL_COMPLETE;
  }
  test_note("of %d calls %d were cancelled, %d were complete", RACES, cancelled, complete);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  CloseHandle(racer.go);
  CloseHandle(racer.done);
}

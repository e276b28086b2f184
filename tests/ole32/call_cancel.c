/* ICancelMethodCalls of a call object. */
#include "call_client.h"

/* Seconds that no test waits for. */
#define LONG_TIME 3600

IN_EACH_PLACE(a_cancelled_call_is_finished_all_the_same)
{
  LONG sum;
  call_client_hold(client, 1);
  CHECK_EQ(ICancelMethodCalls_TestCancel(client->cancel), RPC_S_CALLPENDING);
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, 0), S_OK);
  CHECK_EQ(ICancelMethodCalls_TestCancel(client->cancel), RPC_E_CALL_CANCELED);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, INFINITE), S_OK);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 1), RPC_S_CALLPENDING);
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, 0), RPC_E_CALL_CANCELED);
  CHECK_EQ(client->call->table->Finish_Add(client->call, &sum), RPC_E_CALL_CANCELED);
  /* The object and its server go on; the late reply is nobody's. */
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
  CHECK_EQ(ICancelMethodCalls_TestCancel(client->cancel), RPC_S_CALLPENDING);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 2, 3), S_OK);
  check_sum(client->call, 5);
}

IN_EACH_PLACE(cancel_without_a_pending_call_is_refused)
{
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, 0), RPC_E_CALL_COMPLETE);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 2, 3), S_OK);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, INFINITE), S_OK);
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, 0), RPC_E_CALL_COMPLETE);
  check_sum(client->call, 5);
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, LONG_TIME), RPC_E_CALL_COMPLETE);
}

/* The server is told, and its answer is the call's. */
CALL_TEST(a_server_that_ends_a_cancelled_call_in_time_gives_its_result)
{
  CHECK_EQ(client->call->table->Begin_Add(client->call, ADD_TILL_CANCEL, 10), S_OK);
  CHECK_SIGNALLED(client->events.entered);
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, LONG_TIME), RPC_E_CALL_COMPLETE);
  check_sum(client->call, ADD_TILL_CANCEL + 10);
}

CALL_TEST(a_server_that_goes_on_too_long_is_not_waited_for)
{
  LONG sum;
  call_client_hold(client, 1);
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, 1), S_OK);
  CHECK_EQ(client->call->table->Finish_Add(client->call, &sum), RPC_E_CALL_CANCELED);
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
}

struct finisher {
  async_adder *call;
  HRESULT result;
};

static void finish(void *context)
{
  struct finisher *finisher = context;
  LONG sum;
  finisher->result = finisher->call->table->Finish_Add(finisher->call, &sum);
}

IN_EACH_PLACE(cancel_releases_the_thread_that_waits_in_finish)
{
  struct finisher finisher = {client->call, S_OK};
  struct apartment_thread thread;
  call_client_hold(client, 1);
  apartment_start(&thread, MTA, finish, &finisher);
  CHECK_EQ(ICancelMethodCalls_Cancel(client->cancel, 0), S_OK);
  apartment_join(&thread);
  CHECK_EQ(finisher.result, RPC_E_CALL_CANCELED);
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
}

#define RACES 1000

struct canceller {
  ICancelMethodCalls *cancel;
  HANDLE go, done;
  HRESULT result;
};

static DWORD WINAPI cancel_when_told(void *context)
{
  struct canceller *canceller = context;
  for (int i = 0; i < RACES; i++) {
    CHECK_SIGNALLED(canceller->go);
    canceller->result = ICancelMethodCalls_Cancel(canceller->cancel, i % 2);
    SetEvent(canceller->done);
  }
  return 0;
}

/* Whoever comes first: the call has one outcome, and no other call is hit. */
CALL_TEST(a_cancel_that_races_with_the_reply_leaves_one_outcome)
{
  struct canceller canceller = {client->cancel, CreateEventW(NULL, FALSE, FALSE, NULL),
                                CreateEventW(NULL, FALSE, FALSE, NULL), S_OK};
  HANDLE thread = CreateThread(NULL, 0, cancel_when_told, &canceller, 0, NULL);
  int cancelled = 0;
  CHECK(canceller.go && canceller.done && thread);
  for (LONG i = 0; i < RACES; i++) {
    LONG sum = 0;
    HRESULT result;
    CHECK_EQ(client->call->table->Begin_Add(client->call, i, i), S_OK);
    SetEvent(canceller.go);
    result = client->call->table->Finish_Add(client->call, &sum);
    CHECK(result == S_OK ? sum == 2 * i : result == RPC_E_CALL_CANCELED);
    cancelled += result != S_OK;
    CHECK_EQ(client->call->table->Finish_Add(client->call, &sum), RPC_E_CALL_COMPLETE);
    CHECK_SIGNALLED(canceller.done);
    CHECK(canceller.result == S_OK || canceller.result == RPC_E_CALL_COMPLETE);
    CHECK(result == S_OK || canceller.result == S_OK);
  }
  test_note("%d of %d calls were cancelled", cancelled, RACES);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  CloseHandle(canceller.go);
  CloseHandle(canceller.done);
}

/* Begin_, Wait and Finish_ of a call object, one call after the other. */
#include "call_client.h"

#include "../rpc/usage.h"

#define MANY 1000

/* In no header of MinGW-w64. */
LONG NTAPI NtSuspendProcess(HANDLE process);
LONG NTAPI NtResumeProcess(HANDLE process);

IN_EACH_PLACE(finish_gives_what_the_synchronous_method_gives)
{
  LONG sum = 0;
  CHECK_EQ(client->proxy->table->Add(client->proxy, 40, 2, &sum), S_OK);
  CHECK_EQ(sum, 42);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 40, 2), S_OK);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, INFINITE), S_OK);
  check_sum(client->call, 42);
  CHECK_EQ(client->call->table->Begin_Add(client->call, ADD_FAILS, 2), S_OK);
  CHECK_EQ(client->call->table->Finish_Add(client->call, &sum), E_ACCESSDENIED);
}

IN_EACH_PLACE(a_call_object_can_be_used_again_after_finish)
{
  for (LONG i = 0; i < 20; i++) {
    CHECK_EQ(client->call->table->Begin_Add(client->call, i, i), S_OK);
    CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, INFINITE), S_OK);
    check_sum(client->call, 2 * i);
  }
}

IN_EACH_PLACE(begin_returns_at_once_and_wait_times_out)
{
  /* One before, which has signalled the object. */
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 2), S_OK);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, INFINITE), S_OK);
  check_sum(client->call, 3);
  call_client_hold(client, 3);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, 0), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, 20), RPC_S_CALLPENDING);
  SetEvent(client->events.gate);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, INFINITE), S_OK);
  check_sum(client->call, ADD_HELD + 3);
}

static DWORD WINAPI begin_on_another_thread(void *call)
{
  async_adder *adder = call;
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  CHECK_EQ(adder->table->Begin_Add(adder, 1, 1), RPC_S_CALLPENDING);
  CoUninitialize();
  return 0;
}

IN_EACH_PLACE(begin_while_a_call_is_pending_is_refused)
{
  HANDLE thread;
  call_client_hold(client, 4);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 1), RPC_S_CALLPENDING);
  thread = CreateThread(NULL, 0, begin_on_another_thread, client->call, 0, NULL);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  SetEvent(client->events.gate);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, INFINITE), S_OK);
  /* Complete, but not finished. */
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 1), RPC_S_CALLPENDING);
  check_sum(client->call, ADD_HELD + 4);
}

IN_EACH_PLACE(finish_without_a_call_is_refused)
{
  LONG sum = 17;
  CHECK_EQ(client->call->table->Finish_Add(client->call, &sum), RPC_E_CALL_COMPLETE);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 2), S_OK);
  check_sum(client->call, 3);
  CHECK_EQ(client->call->table->Finish_Add(client->call, &sum), RPC_E_CALL_COMPLETE);
  CHECK_EQ(sum, 17);
}

/* Whoever signals the object's ISynchronize himself does not make Finish_ believe it. */
CALL_TEST(finish_waits_for_the_call_and_not_for_a_signal)
{
  call_client_hold(client, 5);
  CHECK_EQ(ISynchronize_Signal(client->synchronize), S_OK);
  CHECK_EQ(ISynchronize_Wait(client->synchronize, 0, 0), S_OK);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 1), RPC_S_CALLPENDING);
  SetEvent(client->events.gate);
  check_sum(client->call, ADD_HELD + 5);
}

/* A call to the STA that waits in Finish_ is what lets the server go on. */
struct gate_keeper {
  IUnknown unknown;
  HANDLE gate;
  DWORD thread;
};

static HRESULT WINAPI keeper_query(IUnknown *unknown, REFIID iid, void **object)
{
  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *object = unknown;
  else if (IsEqualIID(iid, &IID_ISynchronize)) {
    struct gate_keeper *keeper = CONTAINING_RECORD(unknown, struct gate_keeper, unknown);
    keeper->thread = GetCurrentThreadId();
    SetEvent(keeper->gate);
  }
  return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI keeper_count(IUnknown *unknown)
{
  (void)unknown;
  return 2;
}

static void ask_keeper(void *stream)
{
  IUnknown *keeper;
  ISynchronize *none;
  CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_IUnknown, (void **)&keeper), S_OK);
  CHECK_EQ(IUnknown_QueryInterface(keeper, &IID_ISynchronize, (void **)&none), E_NOINTERFACE);
  IUnknown_Release(keeper);
}

static void finish_while_called(struct call_client *client)
{
  static IUnknownVtbl table = {keeper_query, keeper_count, keeper_count};
  struct gate_keeper keeper = {{&table}, client->events.gate, 0};
  struct apartment_thread caller;
  IStream *stream;
  call_client_hold(client, 6);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, &keeper.unknown, &stream),
           S_OK);
  apartment_start(&caller, MTA, ask_keeper, stream);
  check_sum(client->call, ADD_HELD + 6);
  CHECK_EQ(keeper.thread, GetCurrentThreadId());
  apartment_join(&caller);
}

IN_STA(finish_in_an_sta_dispatches_calls_while_it_waits)
{
  struct call_client client;
  call_client_open_remote(&client, MTA);
  finish_while_called(&client);
  call_client_close(&client);
}

IN_EACH_PLACE(release_without_finish_lets_the_server_run_to_its_end)
{
  async_adder *other = call_client_new_call(client);
  CHECK_EQ(other->table->Begin_Add(other, ADD_HELD, 7), S_OK);
  CHECK_SIGNALLED(client->events.entered);
  CHECK_EQ(other->table->Release(other), 0);
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(client->events.left);
  CHECK_EQ(client->call->table->Begin_Add(client->call, 3, 4), S_OK);
  check_sum(client->call, 7);
}

static void begin_and_release(struct call_client *client, int count)
{
  for (int i = 0; i < count; i++) {
    async_adder *call = call_client_new_call(client);
    CHECK_EQ(call->table->Begin_Add(call, i, i), S_OK);
    CHECK_EQ(call->table->Release(call), 0);
  }
  /* Calls of one thread keep their order: all others have their reply before this one. */
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 1), S_OK);
  check_sum(client->call, 2);
}

CALL_TEST(release_without_finish_leaks_nothing)
{
  long handles, blocks;
  begin_and_release(client, 100);
  handles = usage_handles();
  blocks = usage_heap_blocks();
  begin_and_release(client, 500);
  CHECK_AT_MOST(usage_handles(), handles + 20);
  CHECK_AT_MOST(usage_heap_blocks(), blocks + 200);
}

/* The server stands still while they are made: so all are pending at once. */
CALL_TEST(a_thousand_pending_calls_cost_the_client_no_thread)
{
  static async_adder *calls[MANY];
  HANDLE process = client->server.helper.process;
  long threads;
  CHECK_EQ(client->call->table->Begin_Add(client->call, 1, 1), S_OK);
  check_sum(client->call, 2);
  for (int i = 0; i < MANY; i++)
    calls[i] = call_client_new_call(client);
  threads = usage_threads();
  CHECK_EQ(NtSuspendProcess(process), 0);
  for (LONG i = 0; i < MANY; i++)
    CHECK_EQ(calls[i]->table->Begin_Add(calls[i], i, i), S_OK);
  for (LONG i = 0; i < MANY; i++)
    CHECK_EQ(calls[i]->table->Begin_Add(calls[i], 1, 1), RPC_S_CALLPENDING);
  CHECK_AT_MOST(usage_threads(), threads + 2);
  CHECK_EQ(NtResumeProcess(process), 0);
  for (LONG i = 0; i < MANY; i++) {
    check_sum(calls[i], 2 * i);
    CHECK_EQ(calls[i]->table->Release(calls[i]), 0);
  }
}

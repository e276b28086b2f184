/*
 * Call objects that are part of an outer object with an ISynchronize of its own: who is called,
 * when, and where.
 */
#include "call_client.h"

struct outer {
  IUnknown unknown;
  ISynchronize synchronize;
  LONG references;
  IUnknown *part;      /* the call object's own unknown */
  ISynchronize *event; /* the call object's: what the methods call in turn */
  async_adder *call;   /* of `part`, without a reference */
  bool agile;
  LONG resets, signals, waits;
  DWORD signal_thread;
  HRESULT wait_result; /* a failure: Wait returns that at once */
  HANDLE waited;       /* an event that Wait sets, or NULL */
  HANDLE signalled;    /* an event */
  void (*at_signal)(struct outer *outer);
  LONG sum; /* for at_signal */
};

static struct outer *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct outer, unknown);
}

static struct outer *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct outer, synchronize);
}

static HRESULT WINAPI outer_query(IUnknown *unknown, REFIID iid, void **object)
{
  struct outer *outer = from_unknown(unknown);
  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || (outer->agile && IsEqualIID(iid, &IID_IAgileObject)))
    *object = unknown;
  else if (IsEqualIID(iid, &IID_ISynchronize))
    *object = &outer->synchronize;
  else
    return outer->part ? IUnknown_QueryInterface(outer->part, iid, object) : E_NOINTERFACE;
  IUnknown_AddRef(unknown);
  return S_OK;
}

static ULONG WINAPI outer_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&from_unknown(unknown)->references);
}

static ULONG WINAPI outer_release(IUnknown *unknown)
{
  return InterlockedDecrement(&from_unknown(unknown)->references);
}

static IUnknownVtbl unknown_table = {outer_query, outer_add_ref, outer_release};

static HRESULT WINAPI synchronize_query(ISynchronize *synchronize, REFIID iid, void **object)
{
  return outer_query(&from_synchronize(synchronize)->unknown, iid, object);
}

static ULONG WINAPI synchronize_add_ref(ISynchronize *synchronize)
{
  return outer_add_ref(&from_synchronize(synchronize)->unknown);
}

static ULONG WINAPI synchronize_release(ISynchronize *synchronize)
{
  return outer_release(&from_synchronize(synchronize)->unknown);
}

static HRESULT WINAPI synchronize_wait(ISynchronize *synchronize, DWORD flags, DWORD timeout)
{
  struct outer *outer = from_synchronize(synchronize);
  InterlockedIncrement(&outer->waits);
  if (FAILED(outer->wait_result))
    return outer->wait_result;
  if (outer->waited)
    SetEvent(outer->waited);
  return ISynchronize_Wait(outer->event, flags, timeout);
}

static HRESULT WINAPI synchronize_signal(ISynchronize *synchronize)
{
  struct outer *outer = from_synchronize(synchronize);
  outer->signal_thread = GetCurrentThreadId();
  InterlockedIncrement(&outer->signals);
  if (outer->at_signal)
    outer->at_signal(outer);
  else
    CHECK_EQ(ISynchronize_Signal(outer->event), S_OK);
  SetEvent(outer->signalled);
  return S_OK;
}

static HRESULT WINAPI synchronize_reset(ISynchronize *synchronize)
{
  struct outer *outer = from_synchronize(synchronize);
  InterlockedIncrement(&outer->resets);
  return ISynchronize_Reset(outer->event);
}

static ISynchronizeVtbl synchronize_table = {synchronize_query,   synchronize_add_ref,
                                             synchronize_release, synchronize_wait,
                                             synchronize_signal,  synchronize_reset};

/* The event and the interface of a part count as the whole: their references are not kept. */
static void *part_interface(struct outer *outer, REFIID iid)
{
  IUnknown *found;
  CHECK_EQ(IUnknown_QueryInterface(outer->part, iid, (void **)&found), S_OK);
  IUnknown_Release(found);
  return found;
}

/* `iid`: AsyncIAdder, or another of its kind. */
static void outer_open_for(struct outer *outer, ICallFactory *factory, REFIID iid, bool agile)
{
  *outer = (struct outer){.unknown = {&unknown_table},
                          .synchronize = {&synchronize_table},
                          .references = 1,
                          .agile = agile};
  outer->signalled = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(outer->signalled);
  CHECK_EQ(ICallFactory_CreateCall(factory, iid, &outer->unknown, &IID_IUnknown, &outer->part),
           S_OK);
  outer->event = part_interface(outer, &IID_ISynchronize);
  outer->call = part_interface(outer, iid);
  CHECK_EQ(outer->references, 1);
}

static void outer_open(struct outer *outer, ICallFactory *factory, bool agile)
{
  outer_open_for(outer, factory, &IID_AsyncIAdder, agile);
}

/* Nobody else has a reference, after the time that a signal takes to end. */
static void outer_close(struct outer *outer)
{
  while (InterlockedCompareExchange(&outer->references, 0, 0) > 1)
    SwitchToThread();
  CHECK_EQ(outer->references, 1);
  CHECK_EQ(IUnknown_Release(outer->part), 0);
  CloseHandle(outer->signalled);
}

IN_EACH_PLACE(reset_signal_and_wait_of_the_outer_object_are_called)
{
  APTTYPEQUALIFIER qualifier;
  struct outer outer;
  APTTYPE type;
  outer_open(&outer, client->factory, false);
  for (int i = 1; i <= 3; i++) {
    ResetEvent(client->events.gate);
    CHECK_EQ(outer.call->table->Begin_Add(outer.call, ADD_HELD, i), S_OK);
    CHECK_EQ(outer.resets, i);
    CHECK_SIGNALLED(client->events.entered);
    CHECK_EQ(outer.signals, i - 1);
    SetEvent(client->events.gate);
    apartment_wait(outer.signalled);
    CHECK_EQ(outer.signals, i);
    CHECK_EQ(outer.waits, i - 1);
    check_sum(outer.call, ADD_HELD + i);
    CHECK_EQ(outer.waits, i);
    CHECK_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
    CHECK((outer.signal_thread == GetCurrentThreadId()) == (type != APTTYPE_MTA));
  }
  outer_close(&outer);
}

/* The thread waits in Finish_, by the outer object's Wait, when Signal comes. */
IN_EACH_PLACE(finish_waits_as_the_outer_object_does)
{
  struct outer outer;
  outer_open(&outer, client->factory, false);
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, 40, 2), S_OK);
  check_sum(outer.call, 42);
  CHECK_EQ(outer.signals, 1);
  CHECK_EQ(outer.waits, 1);
  outer_close(&outer);
}

/* An STA that dispatches nothing. */
IN_EACH_PLACE(an_agile_outer_object_is_signalled_on_any_thread)
{
  struct outer outer;
  outer_open(&outer, client->factory, true);
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, 40, 2), S_OK);
  CHECK_SIGNALLED(outer.signalled);
  CHECK(outer.signal_thread != GetCurrentThreadId());
  check_sum(outer.call, 42);
  outer_close(&outer);
}

/* Before it has signalled its event: Finish_ must not wait for that. */
static void finish_and_begin_again(struct outer *outer)
{
  LONG sum;
  CHECK_EQ(outer->call->table->Finish_Add(outer->call, &sum), S_OK);
  outer->sum += sum;
  if (outer->signals < 3)
    CHECK_EQ(outer->call->table->Begin_Add(outer->call, 10, outer->signals), S_OK);
}

IN_EACH_PLACE(signal_may_finish_the_call_and_begin_the_next)
{
  struct outer outer;
  outer_open(&outer, client->factory, false);
  outer.at_signal = finish_and_begin_again;
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, 10, 0), S_OK);
  /* Two signals may come before the event is looked at. */
  while (InterlockedCompareExchange(&outer.signals, 0, 0) < 3)
    apartment_wait(outer.signalled);
  CHECK_EQ(outer.resets, 3);
  CHECK_EQ(outer.waits, 0);
  CHECK_EQ(outer.sum, 33);
  outer_close(&outer);
}

static void finish_and_begin_one_more(struct outer *outer)
{
  if (outer->signals == 1)
    finish_and_begin_again(outer);
  CHECK_EQ(ISynchronize_Signal(outer->event), S_OK);
}

/* Finish_ is for the call that was there when it began to wait. */
IN_EACH_PLACE(finish_does_not_take_a_call_that_signal_has_begun_while_it_waited)
{
  struct outer outer;
  LONG sum;
  outer_open(&outer, client->factory, false);
  outer.at_signal = finish_and_begin_one_more;
  outer.waited = client->events.gate;
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, ADD_HELD, 43), S_OK);
  CHECK_EQ(outer.call->table->Finish_Add(outer.call, &sum), RPC_E_CALL_COMPLETE);
  CHECK_EQ(outer.waits, 1);
  CHECK_EQ(outer.sum, 42);
  while (InterlockedCompareExchange(&outer.signals, 0, 0) < 2)
    apartment_wait(outer.signalled);
  check_sum(outer.call, 11);
  outer_close(&outer);
}

static void release_everything(struct outer *outer)
{
  CHECK_EQ(IUnknown_Release(outer->part), 0);
  outer->part = NULL;
  IUnknown_Release(&outer->unknown);
}

IN_EACH_PLACE(signal_may_release_everything)
{
  struct outer outer;
  outer_open(&outer, client->factory, false);
  outer.at_signal = release_everything;
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, 40, 2), S_OK);
  apartment_wait(outer.signalled);
  while (InterlockedCompareExchange(&outer.references, 0, 0))
    SwitchToThread();
  CloseHandle(outer.signalled);
}

/* It is told all the same, and not before the call is over. */
IN_EACH_PLACE(an_outer_object_that_is_let_go_stays_until_it_is_signalled)
{
  struct outer outer;
  outer_open(&outer, client->factory, false);
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, ADD_HELD, 1), S_OK);
  CHECK_SIGNALLED(client->events.entered);
  CHECK_EQ(IUnknown_Release(&outer.unknown), 1);
  SetEvent(client->events.gate);
  apartment_wait(outer.signalled);
  while (InterlockedCompareExchange(&outer.references, 0, 0))
    SwitchToThread();
  CHECK_EQ(IUnknown_Release(outer.part), 0);
  CloseHandle(outer.signalled);
}

CALL_TEST(a_wait_that_fails_leaves_the_call)
{
  struct outer outer;
  LONG sum;
  outer_open(&outer, client->factory, false);
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, ADD_HELD, 43), S_OK);
  outer.wait_result = E_ABORT;
  CHECK_EQ(outer.call->table->Finish_Add(outer.call, &sum), E_ABORT);
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, 1, 2), RPC_S_CALLPENDING);
  SetEvent(client->events.gate);
  CHECK_SIGNALLED(outer.signalled);
  check_sum(outer.call, 42);
  outer_close(&outer);
}

CALL_TEST(a_wait_that_returns_too_early_is_not_believed)
{
  struct outer outer;
  outer_open(&outer, client->factory, false);
  CHECK_EQ(outer.call->table->Begin_Add(outer.call, 40, 2), S_OK);
  CHECK_EQ(ISynchronize_Signal(outer.event), S_OK);
  check_sum(outer.call, 42);
  CHECK_SIGNALLED(outer.signalled);
  outer_close(&outer);
}

CALL_TEST(finish_without_a_call_does_not_wait)
{
  struct outer outer;
  LONG sum;
  outer_open(&outer, client->factory, false);
  CHECK_EQ(outer.call->table->Finish_Add(outer.call, &sum), RPC_E_CALL_COMPLETE);
  CHECK_EQ(outer.waits, 0);
  CHECK_EQ(outer.resets, 0);
  outer_close(&outer);
}

/* A server that is busy when the call object is made, and lacks its interface. */
IN_MTA(an_outer_object_is_not_signalled_by_begin_itself)
{
  struct adder_server server;
  struct adder_events events;
  ICallFactory *factory;
  struct outer outer;
  async_adder *held;
  IUnknown *unknown;
  LONG sum;
  adder_events_open(&events);
  adder_server_start_hidden(&server);
  unknown = adder_server_connect_hidden(&server);
  CHECK_EQ(IUnknown_QueryInterface(unknown, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIAdder, NULL, &IID_AsyncIAdder,
                                   (IUnknown **)&held),
           S_OK);
  CHECK_EQ(held->table->Begin_Add(held, ADD_HELD, 1), S_OK);
  CHECK_SIGNALLED(events.entered);
  outer_open_for(&outer, factory, &IID_AsyncINothing, true);
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(outer.call->table->Begin_Add(outer.call, 40, 2), S_OK);
    SetEvent(events.gate); /* from here on it is known */
    CHECK_SIGNALLED(outer.signalled);
    CHECK(outer.signal_thread != GetCurrentThreadId());
    CHECK_EQ(outer.call->table->Finish_Add(outer.call, &sum), E_NOINTERFACE);
  }
  outer_close(&outer);
  check_sum(held, ADD_HELD + 1);
  held->table->Release(held);
  ICallFactory_Release(factory);
  CHECK_EQ(IUnknown_Release(unknown), 0);
  adder_events_close(&events);
  adder_server_stop(&server);
}

/* ---- the apartment of the outer object ends ---- */

struct ending {
  struct adder_server server;
  struct outer outer;
  struct adder_events events;
  LONG signals_before_the_end;
  DWORD thread;
};

static void leave_with_a_call(void *context)
{
  struct ending *ending = context;
  ICallFactory *factory;
  adder *proxy = adder_server_connect(&ending->server);
  CHECK_EQ(proxy->table->QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), S_OK);
  outer_open(&ending->outer, factory, false);
  ICallFactory_Release(factory);
  CHECK_EQ(ending->outer.call->table->Begin_Add(ending->outer.call, ADD_HELD, 1), S_OK);
  CHECK_SIGNALLED(ending->events.entered);
  proxy->table->Release(proxy);
  ending->thread = GetCurrentThreadId();
  CHECK_EQ(ending->outer.signals, 0);
}

IN_MTA(an_outer_object_is_signalled_when_its_apartment_ends)
{
  struct ending ending = {0};
  struct apartment_thread thread;
  LONG sum;
  adder_events_open(&ending.events);
  /* In the MTA it can be told of the end while it holds the call. */
  adder_server_start(&ending.server, MTA);
  apartment_start(&thread, STA, leave_with_a_call, &ending);
  apartment_join(&thread);
  CHECK_EQ(ending.outer.signals, 1);
  CHECK_EQ(ending.outer.signal_thread, ending.thread);
  CHECK_EQ(ending.outer.call->table->Finish_Add(ending.outer.call, &sum), RPC_E_DISCONNECTED);
  SetEvent(ending.events.gate);
  outer_close(&ending.outer);
  CHECK_EQ(ending.outer.signals, 1);
  adder_events_close(&ending.events);
  adder_server_stop(&ending.server);
}

/* Whatever the call has come to. */
static void begin_again_for_ever(struct outer *outer)
{
  LONG sum;
  outer->call->table->Finish_Add(outer->call, &sum);
  outer->sum = outer->call->table->Begin_Add(outer->call, ADD_HELD, 1);
}

static void leave_with_a_call_for_ever(void *context)
{
  struct ending *ending = context;
  leave_with_a_call(ending);
  ending->outer.at_signal = begin_again_for_ever;
}

IN_MTA(an_apartment_ends_though_signal_begins_again)
{
  struct ending ending = {0};
  struct apartment_thread thread;
  adder_events_open(&ending.events);
  adder_server_start(&ending.server, MTA);
  apartment_start(&thread, STA, leave_with_a_call_for_ever, &ending);
  apartment_join(&thread);
  CHECK_EQ(ending.outer.signals, 1);
  CHECK_EQ(ending.outer.sum, RPC_E_DISCONNECTED);
  SetEvent(ending.events.gate);
  outer_close(&ending.outer);
  adder_events_close(&ending.events);
  adder_server_stop(&ending.server);
}

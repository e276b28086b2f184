/* AsyncIUnknown and AsyncIMultiQI: QueryInterface, AddRef and Release of a proxy,
 * asynchronously. */
#include "call_client.h"

/* ADD_HELD keeps an STA busy; the gate is opened afterwards. */
struct remote {
  struct adder_server server;
  struct adder_events events;
  IUnknown *unknown; /* of the proxy */
};

static void *new_call(IUnknown *proxy, REFIID iid)
{
  ICallFactory *factory;
  IUnknown *call;
  CHECK_EQ(IUnknown_QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, iid, NULL, iid, &call), S_OK);
  ICallFactory_Release(factory);
  return call;
}

static void remote_open(struct remote *remote)
{
  adder_events_open(&remote->events);
  adder_server_start_hidden(&remote->server);
  remote->unknown = adder_server_connect_hidden(&remote->server);
}

static void remote_close(struct remote *remote)
{
  adder_events_close(&remote->events);
  adder_server_stop(&remote->server);
}

static async_adder *keep_busy(struct remote *remote)
{
  async_adder *call = new_call(remote->unknown, &IID_AsyncIAdder);
  CHECK_EQ(call->table->Begin_Add(call, ADD_HELD, 1), S_OK);
  CHECK_SIGNALLED(remote->events.entered);
  return call;
}

static void check_pending(void *call, HRESULT expected)
{
  ISynchronize *synchronize;
  CHECK_EQ(IUnknown_QueryInterface((IUnknown *)call, &IID_ISynchronize, (void **)&synchronize),
           S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, 0, 0), expected);
  ISynchronize_Release(synchronize);
}

static ULONG count_of(IUnknown *object)
{
  IUnknown_AddRef(object);
  return IUnknown_Release(object);
}

/* ---- QueryInterface ---- */

static void query_a_busy_server(void *unused)
{
  AsyncIUnknown *call, *missing;
  struct remote remote;
  async_adder *held;
  adder *proxy, *again;
  void *nothing = &remote;
  (void)unused;
  remote_open(&remote);
  held = keep_busy(&remote);
  call = new_call(remote.unknown, &IID_AsyncIUnknown);
  missing = new_call(remote.unknown, &IID_AsyncIUnknown);
  CHECK_EQ(AsyncIUnknown_Begin_QueryInterface(call, &IID_IAdder), S_OK);
  CHECK_EQ(AsyncIUnknown_Begin_QueryInterface(call, &IID_IAdder), RPC_S_CALLPENDING);
  CHECK_EQ(AsyncIUnknown_Begin_QueryInterface(missing, &IID_IDispatch), S_OK);
  CHECK_EQ(AsyncIUnknown_Finish_AddRef(call), 0); /* that is not what has been begun */
  check_pending(call, RPC_S_CALLPENDING);
  SetEvent(remote.events.gate);
  CHECK_EQ(AsyncIUnknown_Finish_QueryInterface(call, (void **)&proxy), S_OK);
  CHECK_EQ(AsyncIUnknown_Finish_QueryInterface(call, &nothing), RPC_E_CALL_COMPLETE);
  CHECK(!nothing);
  CHECK_EQ(AsyncIUnknown_Finish_QueryInterface(missing, &nothing), E_NOINTERFACE);
  CHECK(!nothing);
  CHECK_EQ(IUnknown_QueryInterface(remote.unknown, &IID_IAdder, (void **)&again), S_OK);
  CHECK(again == proxy);
  again->table->Release(again);
  check_sum(held, ADD_HELD + 1);
  held->table->Release(held);
  CHECK_EQ(AsyncIUnknown_Release(call), 0);
  CHECK_EQ(AsyncIUnknown_Release(missing), 0);
  proxy->table->Release(proxy);
  CHECK_EQ(IUnknown_Release(remote.unknown), 0);
  remote_close(&remote);
}

APARTMENT_TEST(a_busy_server_is_queried_from_an_sta, STA, query_a_busy_server)
APARTMENT_TEST(a_busy_server_is_queried_from_the_mta, MTA, query_a_busy_server)

/* What the client has needs no server. */
IN_STA(an_interface_that_has_a_proxy_is_there_at_once)
{
  struct remote remote;
  AsyncIUnknown *call;
  async_adder *held;
  adder *proxy, *found;
  ICallFactory *factory;
  remote_open(&remote);
  CHECK_EQ(IUnknown_QueryInterface(remote.unknown, &IID_IAdder, (void **)&proxy), S_OK);
  held = keep_busy(&remote);
  call = new_call(remote.unknown, &IID_AsyncIUnknown);
  CHECK_EQ(AsyncIUnknown_Begin_QueryInterface(call, &IID_IAdder), S_OK);
  CHECK_EQ(AsyncIUnknown_Finish_QueryInterface(call, (void **)&found), S_OK);
  CHECK(found == proxy);
  found->table->Release(found);
  CHECK_EQ(AsyncIUnknown_Begin_QueryInterface(call, &IID_ICallFactory), S_OK);
  check_pending(call, S_OK);
  CHECK_EQ(AsyncIUnknown_Finish_QueryInterface(call, (void **)&factory), S_OK);
  ICallFactory_Release(factory);
  SetEvent(remote.events.gate);
  check_sum(held, ADD_HELD + 1);
  held->table->Release(held);
  CHECK_EQ(AsyncIUnknown_Release(call), 0);
  proxy->table->Release(proxy);
  CHECK_EQ(IUnknown_Release(remote.unknown), 0);
  remote_close(&remote);
}

IN_MTA(several_interfaces_are_queried_at_once)
{
  MULTI_QI queries[] = {{&IID_IAdder, NULL, E_FAIL},
                        {&IID_IDispatch, NULL, E_FAIL},
                        {&IID_ICallFactory, NULL, E_FAIL}};
  struct remote remote;
  AsyncIMultiQI *call;
  async_adder *held;
  remote_open(&remote);
  held = keep_busy(&remote);
  call = new_call(remote.unknown, &IID_AsyncIMultiQI);
  CHECK_EQ(AsyncIMultiQI_Begin_QueryMultipleInterfaces(call, 0, queries), E_INVALIDARG);
  CHECK_EQ(AsyncIMultiQI_Begin_QueryMultipleInterfaces(call, 3, NULL), E_INVALIDARG);
  CHECK_EQ(AsyncIMultiQI_Begin_QueryMultipleInterfaces(call, 3, queries), S_OK);
  check_pending(call, RPC_S_CALLPENDING);
  SetEvent(remote.events.gate);
  CHECK_EQ(AsyncIMultiQI_Finish_QueryMultipleInterfaces(call, queries), S_FALSE);
  CHECK_EQ(queries[0].hr, S_OK);
  CHECK_EQ(queries[1].hr, E_NOINTERFACE);
  CHECK(!queries[1].pItf);
  CHECK_EQ(queries[2].hr, S_OK);
  IUnknown_Release(queries[2].pItf);
  CHECK_EQ(AsyncIMultiQI_Begin_QueryMultipleInterfaces(call, 1, queries), S_OK);
  IUnknown_Release(queries[0].pItf);
  CHECK_EQ(AsyncIMultiQI_Finish_QueryMultipleInterfaces(call, queries), S_OK);
  IUnknown_Release(queries[0].pItf);
  CHECK_EQ(AsyncIMultiQI_Begin_QueryMultipleInterfaces(call, 1, queries + 1), S_OK);
  CHECK_EQ(AsyncIMultiQI_Finish_QueryMultipleInterfaces(call, queries + 1), E_NOINTERFACE);
  check_sum(held, ADD_HELD + 1);
  held->table->Release(held);
  CHECK_EQ(AsyncIMultiQI_Release(call), 0);
  CHECK_EQ(IUnknown_Release(remote.unknown), 0);
  remote_close(&remote);
}

/* ---- AddRef, Release ---- */

IN_EACH_PLACE(references_are_counted)
{
  IUnknown *proxy = (IUnknown *)client->proxy;
  ULONG before = count_of(proxy);
  AsyncIUnknown *call = new_call(proxy, &IID_AsyncIUnknown);
  CHECK_EQ(count_of(proxy), before + 1);
  CHECK_EQ(AsyncIUnknown_Begin_AddRef(call), S_OK);
  CHECK_EQ(AsyncIUnknown_Begin_AddRef(call), RPC_S_CALLPENDING);
  CHECK_EQ(AsyncIUnknown_Finish_AddRef(call), before + 1);
  CHECK_EQ(AsyncIUnknown_Finish_AddRef(call), 0);
  CHECK_EQ(AsyncIUnknown_Begin_Release(call), S_OK);
  CHECK_EQ(AsyncIUnknown_Finish_Release(call), before);
  CHECK_EQ(AsyncIUnknown_Release(call), 0);
  CHECK_EQ(count_of(proxy), before);
}

/* The last reference of the proxy, of a server that is busy. */
static void release_from_busy_server(void *unused)
{
  AsyncIUnknown *call;
  struct remote remote;
  async_adder *held;
  (void)unused;
  remote_open(&remote);
  held = keep_busy(&remote);
  call = new_call(remote.unknown, &IID_AsyncIUnknown);
  CHECK_EQ(AsyncIUnknown_Begin_Release(call), S_OK);
  check_pending(call, RPC_S_CALLPENDING);
  CHECK_EQ(AsyncIUnknown_Begin_AddRef(call), RPC_S_CALLPENDING);
  SetEvent(remote.events.gate);
  check_sum(held, ADD_HELD + 1);
  CHECK_EQ(AsyncIUnknown_Finish_Release(call), 0);
  CHECK_EQ(AsyncIUnknown_Begin_AddRef(call), CO_E_OBJNOTCONNECTED);
  CHECK_EQ(AsyncIUnknown_Begin_Release(call), CO_E_OBJNOTCONNECTED);
  CHECK_EQ(AsyncIUnknown_Begin_QueryInterface(call, &IID_IAdder), CO_E_OBJNOTCONNECTED);
  CHECK_EQ(AsyncIUnknown_Release(call), 0);
  held->table->Release(held);
  remote_close(&remote);
}

APARTMENT_TEST(the_last_release_by_an_sta_does_not_wait, STA, release_from_busy_server)
APARTMENT_TEST(the_last_release_by_the_mta_does_not_wait, MTA, release_from_busy_server)

/* The server may be gone: that is no reason to wait, either. */
IN_MTA(a_server_that_has_been_killed_is_released)
{
  struct call_client client;
  AsyncIUnknown *call;
  call_client_open_remote(&client, MTA);
  call = new_call((IUnknown *)client.proxy, &IID_AsyncIUnknown);
  ISynchronize_Release(client.synchronize);
  ICancelMethodCalls_Release(client.cancel);
  client.call->table->Release(client.call);
  ICallFactory_Release(client.factory);
  helper_kill(&client.server.helper);
  CHECK_EQ(AsyncIUnknown_Begin_Release(call), S_OK);
  CHECK_EQ(AsyncIUnknown_Finish_Release(call), 0);
  CHECK_EQ(AsyncIUnknown_Release(call), 0);
  adder_events_close(&client.events);
}

/* What the client had is given back at once, on this thread; the rest when the answers come. */
static void let_a_query_go(void *unused)
{
  MULTI_QI queries[] = {{&IID_IAdder, NULL, E_FAIL}, {&IID_INothing, NULL, E_FAIL}};
  AsyncIMultiQI *call;
  struct remote remote;
  async_adder *held;
  adder *proxy;
  ULONG before;
  (void)unused;
  remote_open(&remote);
  CHECK_EQ(IUnknown_QueryInterface(remote.unknown, &IID_IAdder, (void **)&proxy), S_OK);
  held = keep_busy(&remote);
  before = count_of(remote.unknown);
  call = new_call(remote.unknown, &IID_AsyncIMultiQI);
  CHECK_EQ(AsyncIMultiQI_Begin_QueryMultipleInterfaces(call, 2, queries), S_OK);
  CHECK_EQ(AsyncIMultiQI_Release(call), 0);
  CHECK_EQ(count_of(remote.unknown), before);
  SetEvent(remote.events.gate);
  check_sum(held, ADD_HELD + 1);
  held->table->Release(held);
  proxy->table->Release(proxy);
  CHECK_EQ(IUnknown_Release(remote.unknown), 0);
  remote_close(&remote);
}

APARTMENT_TEST(a_query_that_is_let_go_keeps_no_proxy_in_an_sta, STA, let_a_query_go)
APARTMENT_TEST(a_query_that_is_let_go_keeps_no_proxy_in_the_mta, MTA, let_a_query_go)

/* ---- an outer object that is told, as a program of Windows' is written ---- */

struct releaser {
  IUnknown unknown;
  ISynchronize synchronize;
  LONG references;
  IUnknown *part;
  AsyncIUnknown *call;
  HANDLE gone; /* an event */
};

static struct releaser *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct releaser, unknown);
}

static struct releaser *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct releaser, synchronize);
}

static HRESULT WINAPI releaser_query(IUnknown *unknown, REFIID iid, void **object)
{
  struct releaser *releaser = from_unknown(unknown);
  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IAgileObject))
    *object = unknown;
  else if (IsEqualIID(iid, &IID_ISynchronize))
    *object = &releaser->synchronize;
  else
    return releaser->part ? IUnknown_QueryInterface(releaser->part, iid, object)
                          : E_NOINTERFACE;
  IUnknown_AddRef(unknown);
  return S_OK;
}

static ULONG WINAPI releaser_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&from_unknown(unknown)->references);
}

static ULONG WINAPI releaser_release(IUnknown *unknown)
{
  struct releaser *releaser = from_unknown(unknown);
  LONG references = InterlockedDecrement(&releaser->references);
  if (!references) {
    CHECK(!releaser->part);
    SetEvent(releaser->gone);
  }
  return references;
}

static IUnknownVtbl releaser_table = {releaser_query, releaser_add_ref, releaser_release};

static HRESULT WINAPI synchronize_query(ISynchronize *synchronize, REFIID iid, void **object)
{
  return releaser_query(&from_synchronize(synchronize)->unknown, iid, object);
}

static ULONG WINAPI synchronize_add_ref(ISynchronize *synchronize)
{
  return releaser_add_ref(&from_synchronize(synchronize)->unknown);
}

static ULONG WINAPI synchronize_release(ISynchronize *synchronize)
{
  return releaser_release(&from_synchronize(synchronize)->unknown);
}

/* The part's own, in whose place this one stands. */
static ISynchronize *event_of(ISynchronize *synchronize)
{
  ISynchronize *event;
  CHECK_EQ(IUnknown_QueryInterface(from_synchronize(synchronize)->part, &IID_ISynchronize,
                                   (void **)&event),
           S_OK);
  return event;
}

static HRESULT WINAPI synchronize_reset(ISynchronize *synchronize)
{
  ISynchronize *event = event_of(synchronize);
  HRESULT result = ISynchronize_Reset(event);
  ISynchronize_Release(event);
  return result;
}

static HRESULT WINAPI synchronize_wait(ISynchronize *synchronize, DWORD flags, DWORD timeout)
{
  ISynchronize *event = event_of(synchronize);
  HRESULT result = ISynchronize_Wait(event, flags, timeout);
  ISynchronize_Release(event);
  return result;
}

/* Finish_Release takes the part with it; then the object gives up itself. */
static HRESULT WINAPI synchronize_signal(ISynchronize *synchronize)
{
  struct releaser *releaser = from_synchronize(synchronize);
  ISynchronize *event = event_of(synchronize);
  HRESULT result = ISynchronize_Signal(event);
  ISynchronize_Release(event);
  CHECK_EQ(AsyncIUnknown_Finish_Release(releaser->call), 0);
  releaser->part = NULL;
  IUnknown_Release(&releaser->unknown);
  return result;
}

static ISynchronizeVtbl synchronize_table = {synchronize_query,   synchronize_add_ref,
                                             synchronize_release, synchronize_wait,
                                             synchronize_signal,  synchronize_reset};

/* Takes the reference of the proxy. */
static void release_asynchronously(IUnknown *proxy, struct releaser *releaser)
{
  ICallFactory *factory;
  *releaser = (struct releaser){
      .unknown = {&releaser_table}, .synchronize = {&synchronize_table}, .references = 1};
  releaser->gone = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(releaser->gone);
  CHECK_EQ(IUnknown_QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIUnknown, &releaser->unknown,
                                   &IID_IUnknown, &releaser->part),
           S_OK);
  ICallFactory_Release(factory);
  CHECK_EQ(
      IUnknown_QueryInterface(releaser->part, &IID_AsyncIUnknown, (void **)&releaser->call),
      S_OK);
  AsyncIUnknown_Release(releaser->call);
  CHECK_EQ(AsyncIUnknown_Begin_Release(releaser->call), S_OK);
}

static void release_and_be_told(void *unused)
{
  struct releaser releaser;
  struct remote remote;
  async_adder *held;
  (void)unused;
  remote_open(&remote);
  held = keep_busy(&remote);
  release_asynchronously(remote.unknown, &releaser);
  CHECK_EQ(WaitForSingleObject(releaser.gone, 0), WAIT_TIMEOUT);
  SetEvent(remote.events.gate);
  CHECK_SIGNALLED(releaser.gone);
  check_sum(held, ADD_HELD + 1);
  held->table->Release(held);
  CloseHandle(releaser.gone);
  remote_close(&remote);
}

APARTMENT_TEST(an_outer_object_is_told_of_the_release_and_goes_in_an_sta, STA,
               release_and_be_told)
APARTMENT_TEST(an_outer_object_is_told_of_the_release_and_goes_in_the_mta, MTA,
               release_and_be_told)

/* More than are kept for a Release that may come. */
IN_MTA(call_objects_that_finish_release_has_taken_do_not_pile_up)
{
  enum { ROUNDS = 1100 };
  struct adder_server server;
  adder *proxy;
  ULONG before;
  adder_server_start(&server, STA);
  proxy = adder_server_connect(&server);
  before = count_of((IUnknown *)proxy);
  for (int i = 0; i < ROUNDS; i++) {
    AsyncIUnknown *call = new_call((IUnknown *)proxy, &IID_AsyncIUnknown);
    proxy->table->AddRef(proxy);
    CHECK_EQ(AsyncIUnknown_Begin_Release(call), S_OK);
    CHECK_EQ(AsyncIUnknown_Finish_Release(call), before);
    CHECK_EQ(count_of((IUnknown *)proxy), before);
  }
  CHECK_EQ(proxy->table->Release(proxy), 0);
  adder_server_stop(&server);
}

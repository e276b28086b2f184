/* ICallFactory of a proxy, and what CreateCall makes. */
#include "call_client.h"

static IUnknown *identity_of(void *object)
{
  IUnknown *identity;
  CHECK_EQ(IUnknown_QueryInterface((IUnknown *)object, &IID_IUnknown, (void **)&identity),
           S_OK);
  IUnknown_Release(identity);
  return identity;
}

static async_adder *new_call(void *proxy, REFIID iid)
{
  ICallFactory *factory = (ICallFactory *)1;
  async_adder *call;
  CHECK_EQ(IUnknown_QueryInterface((IUnknown *)proxy, &IID_ICallFactory, (void **)&factory),
           S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, iid, NULL, iid, (IUnknown **)&call), S_OK);
  ICallFactory_Release(factory);
  return call;
}

IN_STA(a_proxy_has_a_call_factory_though_the_object_has_none)
{
  struct adder_server server;
  async_adder *call;
  adder *proxy;
  adder_server_start_plain(&server);
  proxy = adder_server_connect(&server);
  call = new_call(proxy, &IID_AsyncIAdder);
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
  check_sum(call, 42);
  CHECK_EQ(call->table->Release(call), 0);
  CHECK_EQ(proxy->table->Release(proxy), 0);
  adder_server_stop(&server);
}

IN_STA(an_object_itself_has_only_its_own_call_factory)
{
  ICallFactory *factory = (ICallFactory *)1;
  CHECK_EQ(IUnknown_QueryInterface(adder_plain_object(), &IID_ICallFactory, (void **)&factory),
           E_NOINTERFACE);
  CHECK(!factory);
}

/* Of an object that is asked for several interfaces at once. */
IN_STA(a_call_factory_is_one_of_several_interfaces)
{
  MULTI_QI queries[] = {{&IID_IAdder, NULL, E_FAIL},
                        {&IID_ICallFactory, NULL, E_FAIL},
                        {&IID_IDispatch, NULL, E_FAIL}};
  struct adder_server server;
  IMultiQI *multiple;
  adder *proxy;
  adder_server_start_plain(&server);
  proxy = adder_server_connect(&server);
  CHECK_EQ(proxy->table->QueryInterface(proxy, &IID_IMultiQI, (void **)&multiple), S_OK);
  CHECK_EQ(IMultiQI_QueryMultipleInterfaces(multiple, 3, queries), S_FALSE);
  CHECK_EQ(queries[0].hr, S_OK);
  CHECK((adder *)queries[0].pItf == proxy);
  CHECK_EQ(queries[1].hr, S_OK);
  CHECK(identity_of(queries[1].pItf) == identity_of(proxy));
  CHECK_EQ(queries[2].hr, E_NOINTERFACE);
  CHECK(!queries[2].pItf);
  IUnknown_Release(queries[0].pItf);
  IUnknown_Release(queries[1].pItf);
  CHECK_EQ(IMultiQI_QueryMultipleInterfaces(multiple, 1, &queries[1]), S_OK);
  IUnknown_Release(queries[1].pItf);
  CHECK_EQ(IMultiQI_QueryMultipleInterfaces(multiple, 1, &queries[2]), E_NOINTERFACE);
  IMultiQI_Release(multiple);
  CHECK_EQ(proxy->table->Release(proxy), 0);
  adder_server_stop(&server);
}

/* A server in an STA that waits in a call, and a client that has its IUnknown. */
struct busy_server {
  struct adder_server server;
  struct adder_events events;
  IUnknown *unknown;
  async_adder *held;
};

static void busy_server_start(struct busy_server *busy)
{
  adder_events_open(&busy->events);
  adder_server_start_hidden(&busy->server);
  busy->unknown = adder_server_connect_hidden(&busy->server);
  busy->held = new_call(busy->unknown, &IID_AsyncIAdder);
  CHECK_EQ(busy->held->table->Begin_Add(busy->held, ADD_HELD, 1), S_OK);
  CHECK_SIGNALLED(busy->events.entered);
}

static void busy_server_stop(struct busy_server *busy)
{
  check_sum(busy->held, ADD_HELD + 1);
  CHECK_EQ(busy->held->table->Release(busy->held), 0);
  CHECK_EQ(IUnknown_Release(busy->unknown), 0);
  adder_events_close(&busy->events);
  adder_server_stop(&busy->server);
}

/* Nothing of this can wait for the server: that waits for the gate, which opens afterwards. */
static void call_of_a_busy_server(void *unused)
{
  struct busy_server busy;
  ISynchronize *synchronize;
  async_adder *call;
  (void)unused;
  busy_server_start(&busy);
  call = new_call(busy.unknown, &IID_AsyncIAdder);
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), RPC_S_CALLPENDING);
  CHECK_EQ(call->table->QueryInterface(call, &IID_ISynchronize, (void **)&synchronize), S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, 0, 0), RPC_S_CALLPENDING);
  SetEvent(busy.events.gate);
  CHECK_EQ(ISynchronize_Wait(synchronize, 0, INFINITE), S_OK);
  check_sum(call, 42);
  CHECK_EQ(call->table->Begin_Add(call, 1, 2), S_OK);
  check_sum(call, 3);
  ISynchronize_Release(synchronize);
  CHECK_EQ(call->table->Release(call), 0);
  busy_server_stop(&busy);
}

APARTMENT_TEST(a_busy_server_is_asked_for_the_interface_later_by_an_sta, STA,
               call_of_a_busy_server)
APARTMENT_TEST(a_busy_server_is_asked_for_the_interface_later_by_the_mta, MTA,
               call_of_a_busy_server)

IN_MTA(a_call_that_waits_for_its_interface_can_be_cancelled)
{
  struct busy_server busy;
  ICancelMethodCalls *cancel;
  async_adder *call;
  LONG sum;
  busy_server_start(&busy);
  call = new_call(busy.unknown, &IID_AsyncIAdder);
  CHECK_EQ(call->table->QueryInterface(call, &IID_ICancelMethodCalls, (void **)&cancel), S_OK);
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
    CHECK_EQ(ICancelMethodCalls_Cancel(cancel, 0), S_OK);
    CHECK_EQ(call->table->Finish_Add(call, &sum), RPC_E_CALL_CANCELED);
  }
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
  SetEvent(busy.events.gate);
  check_sum(call, 42);
  ICancelMethodCalls_Release(cancel);
  CHECK_EQ(call->table->Release(call), 0);
  busy_server_stop(&busy);
}

IN_STA(a_call_that_waits_for_its_interface_can_be_let_go)
{
  struct busy_server busy;
  async_adder *call;
  busy_server_start(&busy);
  call = new_call(busy.unknown, &IID_AsyncIAdder);
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
  CHECK_EQ(call->table->Release(call), 0);
  SetEvent(busy.events.gate);
  busy_server_stop(&busy);
}

IN_STA(what_the_object_lacks_is_refused_by_create_call_or_finish)
{
  struct busy_server busy;
  ICallFactory *factory;
  async_adder *call;
  LONG sum;
  busy_server_start(&busy);
  call = new_call(busy.unknown, &IID_AsyncINothing);
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
  SetEvent(busy.events.gate);
  CHECK_EQ(call->table->Finish_Add(call, &sum), E_NOINTERFACE);
  CHECK_EQ(call->table->Release(call), 0);
  check_sum(busy.held, ADD_HELD + 1);
  CHECK_EQ(busy.held->table->Begin_Add(busy.held, ADD_HELD, 1), S_OK);
  CHECK_EQ(IUnknown_QueryInterface(busy.unknown, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINothing, NULL, &IID_AsyncINothing,
                                   (IUnknown **)&call),
           E_NOINTERFACE);
  CHECK(!call);
  ICallFactory_Release(factory);
  busy_server_stop(&busy);
}

IN_EACH_PLACE(a_call_factory_is_an_interface_of_the_proxy)
{
  adder *again;
  CHECK(identity_of(client->factory) == identity_of(client->proxy));
  CHECK_EQ(ICallFactory_QueryInterface(client->factory, &IID_IAdder, (void **)&again), S_OK);
  CHECK(again == client->proxy);
  again->table->Release(again);
}

CALL_TEST(create_call_without_a_result_pointer_is_an_invalid_argument)
{
  CHECK_EQ(
      ICallFactory_CreateCall(client->factory, &IID_AsyncIAdder, NULL, &IID_IUnknown, NULL),
      E_INVALIDARG);
}

static void check_refused(struct call_client *client, REFIID iid, IUnknown *outer, REFIID iid2,
                          HRESULT result)
{
  IUnknown *call = (IUnknown *)1;
  CHECK_EQ(ICallFactory_CreateCall(client->factory, iid, outer, iid2, &call), result);
  CHECK(!call);
}

CALL_TEST(create_call_for_what_is_no_asynchronous_interface_has_no_interface)
{
  check_refused(client, &IID_IAdder, NULL, &IID_IUnknown, E_NOINTERFACE);
  check_refused(client, &IID_IUnknown, NULL, &IID_IUnknown, E_NOINTERFACE);
  check_refused(client, &IID_IDispatch, NULL, &IID_IUnknown, E_NOINTERFACE);
}

CALL_TEST(create_call_for_what_the_call_object_lacks_has_no_interface)
{
  check_refused(client, &IID_AsyncIAdder, NULL, &IID_IAdder, E_NOINTERFACE);
  check_refused(client, &IID_AsyncIAdder, NULL, &IID_ICallFactory, E_NOINTERFACE);
}

CALL_TEST(create_call_with_an_outer_unknown_gives_iunknown_only)
{
  check_refused(client, &IID_AsyncIAdder, (IUnknown *)client->proxy, &IID_AsyncIAdder,
                E_INVALIDARG);
}

IN_EACH_PLACE(a_call_object_has_its_interfaces_and_one_identity)
{
  static const IID *const iids[] = {&IID_IUnknown,           &IID_AsyncIAdder,
                                    &IID_ISynchronize,       &IID_ISynchronizeHandle,
                                    &IID_ICancelMethodCalls, &IID_IClientSecurity};
  IUnknown *call;
  for (size_t i = 0; i < sizeof(iids) / sizeof(iids[0]); i++) {
    IUnknown *other;
    CHECK_EQ(ICallFactory_CreateCall(client->factory, &IID_AsyncIAdder, NULL, iids[i], &call),
             S_OK);
    for (size_t j = 0; j < sizeof(iids) / sizeof(iids[0]); j++) {
      CHECK_EQ(IUnknown_QueryInterface(call, iids[j], (void **)&other), S_OK);
      CHECK(identity_of(other) == identity_of(call));
      IUnknown_Release(other);
    }
    CHECK(identity_of(call) != identity_of(client->proxy));
    CHECK_EQ(IUnknown_Release(call), 0);
  }
}

/* An object that a call object is a part of. */
struct whole {
  IUnknown unknown;
  LONG references;
  IUnknown *part;
};

static HRESULT WINAPI whole_query(IUnknown *unknown, REFIID iid, void **object)
{
  struct whole *whole = CONTAINING_RECORD(unknown, struct whole, unknown);
  if (!IsEqualIID(iid, &IID_IUnknown))
    return IUnknown_QueryInterface(whole->part, iid, object);
  IUnknown_AddRef(unknown);
  *object = unknown;
  return S_OK;
}

static ULONG WINAPI whole_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&CONTAINING_RECORD(unknown, struct whole, unknown)->references);
}

static ULONG WINAPI whole_release(IUnknown *unknown)
{
  return InterlockedDecrement(&CONTAINING_RECORD(unknown, struct whole, unknown)->references);
}

static IUnknownVtbl whole_table = {whole_query, whole_add_ref, whole_release};

IN_EACH_PLACE(a_call_object_can_be_part_of_another_object)
{
  static const IID *const iids[] = {&IID_AsyncIAdder, &IID_ISynchronize,
                                    &IID_ISynchronizeHandle, &IID_ICancelMethodCalls,
                                    &IID_IClientSecurity};
  struct whole whole = {{&whole_table}, 1, NULL};
  async_adder *call;
  CHECK_EQ(ICallFactory_CreateCall(client->factory, &IID_AsyncIAdder, &whole.unknown,
                                   &IID_IUnknown, &whole.part),
           S_OK);
  CHECK_EQ(whole.references, 1);
  for (size_t i = 0; i < sizeof(iids) / sizeof(iids[0]); i++) {
    IUnknown *other;
    CHECK_EQ(IUnknown_QueryInterface(&whole.unknown, iids[i], (void **)&other), S_OK);
    CHECK_EQ(whole.references, 2);
    CHECK(identity_of(other) == &whole.unknown);
    IUnknown_Release(other);
    CHECK_EQ(whole.references, 1);
  }
  CHECK_EQ(IUnknown_QueryInterface(&whole.unknown, &IID_AsyncIAdder, (void **)&call), S_OK);
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
  check_sum(call, 42);
  call->table->Release(call);
  CHECK_EQ(whole.references, 1);
  CHECK_EQ(IUnknown_Release(whole.part), 0);
}

static void call_by_marshalled_factory(void *stream)
{
  ICallFactory *factory;
  async_adder *call;
  adder_register_proxies();
  CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIAdder, NULL, &IID_AsyncIAdder,
                                   (IUnknown **)&call),
           S_OK);
  CHECK_EQ(call->table->Begin_Add(call, 40, 2), S_OK);
  check_sum(call, 42);
  CHECK_EQ(call->table->Release(call), 0);
  CHECK_EQ(ICallFactory_Release(factory), 0);
}

/* So do objects that CoCreateInstance gives as ICallFactory. */
IN_EACH_PLACE(a_call_factory_can_be_what_is_marshalled)
{
  struct apartment_thread thread;
  IStream *stream;
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_ICallFactory, (IUnknown *)client->factory,
                                                 &stream),
           S_OK);
  apartment_start(&thread, STA, call_by_marshalled_factory, stream);
  apartment_join(&thread);
}

/* ---- a class whose CreateInstance says S_OK and gives nothing ---- */

static HRESULT WINAPI empty_query(IClassFactory *factory, REFIID iid, void **object)
{
  bool known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory);
  *object = known ? factory : NULL;
  return known ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI empty_count(IClassFactory *factory)
{
  (void)factory;
  return 1;
}

static HRESULT WINAPI empty_create(IClassFactory *factory, IUnknown *outer, REFIID iid,
                                   void **object)
{
  (void)factory, (void)outer, (void)iid;
  *object = NULL;
  return S_OK;
}

static HRESULT WINAPI empty_lock(IClassFactory *factory, BOOL lock)
{
  (void)factory, (void)lock;
  return S_OK;
}

static void create_of_nothing(void *stream)
{
  ICallFactory *call_factory = (ICallFactory *)1;
  IClassFactory *factory;
  CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_IClassFactory, (void **)&factory), S_OK);
  CHECK_EQ(
      IClassFactory_CreateInstance(factory, NULL, &IID_ICallFactory, (void **)&call_factory),
      E_NOINTERFACE);
  CHECK(!call_factory);
  IClassFactory_Release(factory);
}

IN_MTA(a_call_factory_of_no_instance_is_none)
{
  static IClassFactoryVtbl table = {empty_query, empty_count, empty_count, empty_create,
                                    empty_lock};
  static IClassFactory factory = {&table};
  struct apartment_thread thread;
  IStream *stream;
  CHECK_EQ(
      CoMarshalInterThreadInterfaceInStream(&IID_IClassFactory, (IUnknown *)&factory, &stream),
      S_OK);
  apartment_start(&thread, STA, create_of_nothing, stream);
  apartment_join(&thread);
}

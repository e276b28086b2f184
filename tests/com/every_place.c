/*
 * Calls in the same apartment, between the apartments of a process and between processes;
 * client and object synchronous and asynchronous (places.h).
 */
#include "local_server.h"
#include "numbers_calls.h"
#include "places.h"
#include "server_calls_object.h"

IN_MTA(calls_of_every_manner_go_from_an_sta_into_the_mta)
{
  places_call_from(STA);
}

IN_STA(calls_of_every_manner_go_from_the_mta_into_an_sta)
{
  places_call_from(MTA);
}

IN_STA(calls_of_every_manner_go_from_sta_to_sta)
{
  places_call_from(STA);
}

IN_MTA(calls_of_every_manner_go_from_the_mta_to_the_mta_of_another_process)
{
  places_call_process(MTA, NULL);
}

IN_MTA(calls_of_every_manner_go_from_the_mta_to_an_sta_of_another_process)
{
  places_call_process(STA, NULL);
}

IN_STA(calls_of_every_manner_go_from_an_sta_to_the_mta_of_another_process)
{
  places_call_process(MTA, NULL);
}

IN_STA(calls_of_every_manner_go_from_an_sta_to_an_sta_of_another_process)
{
  places_call_process(STA, NULL);
}

IN_MTA(objects_of_a_local_server_are_called_from_the_mta)
{
  local_server_call(NULL);
}

IN_STA(objects_of_a_local_server_are_called_from_an_sta)
{
  local_server_call(NULL);
}

/* ---- the same apartment: no proxy, and nothing of ours but the event ---- */

struct outer {
  IUnknown unknown;
  LONG references;
  IUnknown *event; /* CLSID_ManualResetEvent, aggregated */
  IUnknown *call;  /* the object's own call object, likewise */
};

static HRESULT STDMETHODCALLTYPE outer_query_interface(IUnknown *unknown, REFIID iid,
                                                       void **found)
{
  struct outer *outer = CONTAINING_RECORD(unknown, struct outer, unknown);

  if (IsEqualIID(iid, &IID_ISynchronize))
    return IUnknown_QueryInterface(outer->event, iid, found);
  CHECK(!IsEqualIID(iid, &IID_IUnknown));
  return IUnknown_QueryInterface(outer->call, iid, found);
}

static ULONG STDMETHODCALLTYPE outer_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&CONTAINING_RECORD(unknown, struct outer, unknown)->references);
}

static ULONG STDMETHODCALLTYPE outer_release(IUnknown *unknown)
{
  return InterlockedDecrement(&CONTAINING_RECORD(unknown, struct outer, unknown)->references);
}

static IUnknownVtbl outer_methods = {outer_query_interface, outer_add_ref, outer_release};

static void call_directly(struct server_calls_object *object, AsyncINumbers *call)
{
  ISynchronize *synchronize;
  LONG result = 0;

  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  CHECK_EQ(AsyncINumbers_QueryInterface(call, &IID_ISynchronize, (void **)&synchronize), S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, INFINITE), S_OK);
  ISynchronize_Release(synchronize);
  CHECK_EQ(object->finished, 0);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  CHECK_EQ(result, 144);
  CHECK_EQ(object->finished, 1);
}

static ICallFactory *own_factory(struct server_calls_object *object)
{
  ICallFactory *factory;

  CHECK_EQ(
      INumbers_QueryInterface(&object->numbers.numbers, &IID_ICallFactory, (void **)&factory),
      S_OK);
  CHECK(factory == &object->factory);
  return factory;
}

static void check_same_apartment(void)
{
  struct outer outer = {{&outer_methods}, 1, NULL, NULL};
  struct server_calls_object object;
  ICallFactory *factory;
  AsyncINumbers *call;

  server_calls_object_init(&object, SIGNAL_FROM_THREAD);
  factory = own_factory(&object);
  CHECK_EQ(CoCreateInstance(&CLSID_ManualResetEvent, &outer.unknown, CLSCTX_INPROC_SERVER,
                            &IID_IUnknown, (void **)&outer.event),
           S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINumbers, &outer.unknown, &IID_IUnknown,
                                   &outer.call),
           S_OK);
  CHECK_EQ(IUnknown_QueryInterface(outer.call, &IID_AsyncINumbers, (void **)&call), S_OK);
  call_directly(&object, call);
  AsyncINumbers_Release(call);
  while (outer.references != 1)
    SwitchToThread(); /* the thread that has signalled */
  IUnknown_Release(outer.call);
  IUnknown_Release(outer.event);
  ICallFactory_Release(factory);
}

IN_STA(in_the_same_apartment_the_client_calls_the_objects_own_call_object_in_an_sta)
{
  check_same_apartment();
}

IN_MTA(in_the_same_apartment_the_client_calls_the_objects_own_call_object_in_the_mta)
{
  check_same_apartment();
}

IN_STA(in_the_same_apartment_the_objects_refusal_is_the_clients)
{
  struct server_calls_object object;
  ICallFactory *factory;
  IUnknown *call;

  server_calls_object_init(&object, REFUSE_CALL);
  factory = own_factory(&object);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINumbers, NULL, &IID_IUnknown, &call),
           E_ACCESSDENIED);
  ICallFactory_Release(factory);
}

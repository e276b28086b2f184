/* CLSID_ManualResetEvent: the system's synchronization object, alone and as part of another. */
#include "objects.h"

static void check_is_event(IUnknown *unknown)
{
  ISynchronize *synchronize = NULL;
  ISynchronizeHandle *handle = NULL;
  IUnknown *again = NULL;
  CHECK_EQ(IUnknown_QueryInterface(unknown, &IID_ISynchronize, (void **)&synchronize), S_OK);
  CHECK_EQ(ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeHandle, (void **)&handle),
           S_OK);
  CHECK_EQ(ISynchronizeHandle_QueryInterface(handle, &IID_IUnknown, (void **)&again), S_OK);
  CHECK(again == unknown);
  IUnknown_Release(again);
  CHECK_EQ(ISynchronizeHandle_QueryInterface(handle, &IID_IDispatch, (void **)&again),
           E_NOINTERFACE);
  CHECK(!again);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0), S_OK);
  ISynchronizeHandle_Release(handle);
  ISynchronize_Release(synchronize);
}

IN_EACH_APARTMENT(an_event_is_made_by_CoCreateInstance_and_by_its_class_object)
{
  IClassFactory *factory = class_object(&CLSID_ManualResetEvent);
  IUnknown *unknown = NULL;
  CHECK_EQ(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)&unknown), S_OK);
  check_is_event(unknown);
  CHECK_EQ(IUnknown_Release(unknown), 0);
  CHECK_EQ(CoCreateInstance(&CLSID_ManualResetEvent, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                            (void **)&unknown),
           S_OK);
  check_is_event(unknown);
  CHECK_EQ(IUnknown_Release(unknown), 0);
  CHECK_EQ(IClassFactory_CreateInstance(factory, NULL, &IID_IDispatch, (void **)&unknown),
           E_NOINTERFACE);
  CHECK(!unknown);
  CHECK_EQ(IClassFactory_LockServer(factory, TRUE), S_OK);
  CHECK_EQ(IClassFactory_LockServer(factory, FALSE), S_OK);
  IClassFactory_Release(factory);
}

IN_EACH_APARTMENT(wait_is_S_OK_when_signalled_and_RPC_S_CALLPENDING_on_time_out)
{
  ISynchronize *event = new_event();
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  DWORD start = GetTickCount();
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 50), RPC_S_CALLPENDING);
  CHECK(GetTickCount() - start >= 30);
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), S_OK);
    CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, INFINITE), S_OK);
  }
  CHECK_EQ(ISynchronize_Reset(event), S_OK);
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Release(event), 0);
}

/* A short wait looks at the event, however busy the machine is. */
IN_EACH_APARTMENT(a_wait_of_no_time_finds_what_is_signalled)
{
  ISynchronize *event = new_event();
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  for (int i = 0; i < 5000; i++)
    CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), S_OK);
  ISynchronize_Release(event);
}

#define WAITERS 8

struct waiters {
  ISynchronize *event;
  LONG missing;
  HANDLE all_there;
};

static void wait_for_signal(void *context)
{
  struct waiters *waiters = context;
  if (!InterlockedDecrement(&waiters->missing))
    SetEvent(waiters->all_there);
  CHECK_EQ(ISynchronize_Wait(waiters->event, COWAIT_DEFAULT, INFINITE), S_OK);
}

IN_MTA(signal_releases_all_waiters_of_every_apartment)
{
  struct waiters waiters = {new_event(), WAITERS, CreateEventW(NULL, TRUE, FALSE, NULL)};
  struct apartment_thread threads[WAITERS];
  CHECK(waiters.all_there);
  /* The object may be used in any apartment as it is. */
  for (int i = 0; i < WAITERS; i++)
    apartment_start(&threads[i], i % 2 ? STA : MTA, wait_for_signal, &waiters);
  CHECK_SIGNALLED(waiters.all_there);
  CHECK_EQ(ISynchronize_Signal(waiters.event), S_OK);
  for (int i = 0; i < WAITERS; i++)
    apartment_join(&threads[i]);
  CHECK_EQ(ISynchronize_Release(waiters.event), 0);
  CloseHandle(waiters.all_there);
}

/* Whoever waits already, in whatever way, waits for the handle's event. */
IN_MTA(the_handle_releases_those_who_waited_before_it_was_given)
{
  for (int round = 0; round < 20; round++) {
    struct waiters waiters = {new_event(), 2, CreateEventW(NULL, TRUE, FALSE, NULL)};
    struct apartment_thread threads[2];
    ISynchronizeHandle *access = NULL;
    HANDLE handle = NULL;
    CHECK(waiters.all_there);
    apartment_start(&threads[0], MTA, wait_for_signal, &waiters);
    apartment_start(&threads[1], STA, wait_for_signal, &waiters);
    CHECK_SIGNALLED(waiters.all_there);
    CHECK_EQ(
        ISynchronize_QueryInterface(waiters.event, &IID_ISynchronizeHandle, (void **)&access),
        S_OK);
    CHECK_EQ(ISynchronizeHandle_GetHandle(access, &handle), S_OK);
    CHECK(SetEvent(handle));
    for (int i = 0; i < 2; i++)
      apartment_join(&threads[i]);
    ISynchronizeHandle_Release(access);
    CHECK_EQ(ISynchronize_Release(waiters.event), 0);
    CloseHandle(waiters.all_there);
  }
}

/* Each round is signalled by one thread and waited for by another, in both ways. */
static void signal_back(void *context)
{
  ISynchronize **events = context;
  for (int round = 0; round < 500; round++) {
    CHECK_EQ(ISynchronize_Wait(events[0], COWAIT_DEFAULT, INFINITE), S_OK);
    CHECK_EQ(ISynchronize_Reset(events[0]), S_OK);
    CHECK_EQ(ISynchronize_Signal(events[1]), S_OK);
  }
}

IN_EACH_APARTMENT(two_threads_signal_each_other_and_none_is_lost)
{
  ISynchronize *events[2] = {new_event(), new_event()};
  struct apartment_thread thread;
  apartment_start(&thread, MTA, signal_back, events);
  for (int round = 0; round < 500; round++) {
    CHECK_EQ(ISynchronize_Signal(events[0]), S_OK);
    CHECK_EQ(ISynchronize_Wait(events[1], COWAIT_DEFAULT, INFINITE), S_OK);
    CHECK_EQ(ISynchronize_Reset(events[1]), S_OK);
    CHECK_EQ(ISynchronize_Wait(events[1], COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  }
  apartment_join(&thread);
  for (int i = 0; i < 2; i++)
    CHECK_EQ(ISynchronize_Release(events[i]), 0);
}

IN_MTA(the_handle_is_that_of_the_event_and_stays_the_objects)
{
  ISynchronize *event = new_event();
  ISynchronizeHandle *access = NULL;
  HANDLE handle = NULL, again = NULL;
  CHECK_EQ(ISynchronize_QueryInterface(event, &IID_ISynchronizeHandle, (void **)&access), S_OK);
  CHECK_EQ(ISynchronizeHandle_GetHandle(access, NULL), E_INVALIDARG);
  CHECK_EQ(ISynchronizeHandle_GetHandle(access, &handle), S_OK);
  CHECK_EQ(ISynchronizeHandle_GetHandle(access, &again), S_OK);
  CHECK(handle && handle == again);
  CHECK_EQ(WaitForSingleObject(handle, 0), WAIT_TIMEOUT);
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  CHECK_EQ(WaitForSingleObject(handle, 0), WAIT_OBJECT_0);
  CHECK(ResetEvent(handle));
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  ISynchronizeHandle_Release(access);
  CHECK_EQ(WaitForSingleObject(handle, 0), WAIT_TIMEOUT);
  CHECK_EQ(ISynchronize_Release(event), 0);
  CHECK_EQ(WaitForSingleObject(handle, 0), WAIT_FAILED);
  CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
}

/* An object that has its ISynchronize from an event that is part of it. */
struct outer {
  IUnknown unknown;
  LONG references;
  IUnknown *inner;
  LONG queries; /* for what only the outer object has */
};

static struct outer *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct outer, unknown);
}

static HRESULT WINAPI outer_query_interface(IUnknown *unknown, REFIID iid, void **object)
{
  struct outer *outer = from_unknown(unknown);
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ICallFactory)) {
    outer->queries += IsEqualIID(iid, &IID_ICallFactory);
    IUnknown_AddRef(unknown);
    *object = unknown;
    return S_OK;
  }
  return IUnknown_QueryInterface(outer->inner, iid, object);
}

static ULONG WINAPI outer_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&from_unknown(unknown)->references);
}

static ULONG WINAPI outer_release(IUnknown *unknown)
{
  struct outer *outer = from_unknown(unknown);
  LONG references = InterlockedDecrement(&outer->references);
  if (!references)
    CHECK_EQ(IUnknown_Release(outer->inner), 0);
  return references;
}

static IUnknownVtbl outer_table = {outer_query_interface, outer_add_ref, outer_release};

static void check_aggregated(struct outer *outer)
{
  ISynchronize *synchronize = NULL;
  ISynchronizeHandle *handle = NULL;
  IUnknown *identity = NULL, *factory = NULL;
  HANDLE event = NULL;
  CHECK(outer->inner != &outer->unknown);
  CHECK_EQ(outer->references, 1); /* the part holds no reference of the whole */
  CHECK_EQ(IUnknown_QueryInterface(&outer->unknown, &IID_ISynchronize, (void **)&synchronize),
           S_OK);
  CHECK_EQ(outer->references, 2);
  CHECK_EQ(ISynchronize_QueryInterface(synchronize, &IID_IUnknown, (void **)&identity), S_OK);
  CHECK(identity == &outer->unknown);
  CHECK_EQ(ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeHandle, (void **)&handle),
           S_OK);
  CHECK_EQ(ISynchronizeHandle_QueryInterface(handle, &IID_ICallFactory, (void **)&factory),
           S_OK);
  CHECK_EQ(outer->queries, 1);
  CHECK_EQ(outer->references, 5);
  CHECK_EQ(ISynchronizeHandle_GetHandle(handle, &event), S_OK);
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
  CHECK_EQ(ISynchronize_AddRef(synchronize), 6);
  CHECK_EQ(ISynchronizeHandle_Release(handle), 5);
  CHECK_EQ(ISynchronize_Release(synchronize), 4);
  CHECK_EQ(ISynchronize_Release(synchronize), 3);
  CHECK_EQ(IUnknown_Release(identity), 2);
  CHECK_EQ(IUnknown_Release(factory), 1);
  CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
  CHECK_EQ(IUnknown_Release(&outer->unknown), 0);
  CHECK_EQ(WaitForSingleObject(event, 0), WAIT_FAILED);
}

IN_EACH_APARTMENT(an_aggregated_event_is_part_of_the_object_that_made_it)
{
  struct outer outer = {{&outer_table}, 1, NULL, 0};
  IClassFactory *factory;
  CHECK_EQ(CoCreateInstance(&CLSID_ManualResetEvent, &outer.unknown, CLSCTX_INPROC_SERVER,
                            &IID_IUnknown, (void **)&outer.inner),
           S_OK);
  check_aggregated(&outer);
  outer = (struct outer){{&outer_table}, 1, NULL, 0};
  factory = class_object(&CLSID_ManualResetEvent);
  CHECK_EQ(IClassFactory_CreateInstance(factory, &outer.unknown, &IID_IUnknown,
                                        (void **)&outer.inner),
           S_OK);
  IClassFactory_Release(factory);
  check_aggregated(&outer);
}

IN_MTA(only_IUnknown_of_an_aggregated_event_is_given_to_its_maker)
{
  struct outer outer = {{&outer_table}, 1, NULL, 0};
  ISynchronize *event = (ISynchronize *)&outer;
  CHECK_EQ(CoCreateInstance(&CLSID_ManualResetEvent, &outer.unknown, CLSCTX_INPROC_SERVER,
                            &IID_ISynchronize, (void **)&event),
           CLASS_E_NOAGGREGATION);
  CHECK(!event);
  CHECK_EQ(outer.references, 1);
}

IN_MTA(ten_thousand_events_leave_no_handle_behind)
{
  DWORD before = 0, after = 0;
  ISynchronize_Release(new_event());
  CHECK(GetProcessHandleCount(GetCurrentProcess(), &before));
  for (int i = 0; i < 10000; i++)
    CHECK_EQ(ISynchronize_Release(new_event()), 0);
  CHECK(GetProcessHandleCount(GetCurrentProcess(), &after));
  CHECK_EQ(after, before);
}

/* CLSID_StdEvent: the system's event that a wait resets, and events of the application in it.
 */
#include "objects.h"

static ISynchronize *new_std_event(void)
{
  ISynchronize *event = NULL;
  CHECK_EQ(CoCreateInstance(&CLSID_StdEvent, NULL, CLSCTX_INPROC_SERVER, &IID_ISynchronize,
                            (void **)&event),
           S_OK);
  CHECK(event);
  return event;
}

static ISynchronizeEvent *event_of(ISynchronize *synchronize)
{
  ISynchronizeEvent *event = NULL;
  CHECK_EQ(ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeEvent, (void **)&event),
           S_OK);
  CHECK(event);
  return event;
}

IN_EACH_APARTMENT(its_interfaces_are_one_object)
{
  IClassFactory *factory = class_object(&CLSID_StdEvent);
  ISynchronize *synchronize = new_std_event();
  ISynchronizeEvent *event = event_of(synchronize);
  IUnknown *unknown = NULL, *again = NULL;
  CHECK_EQ(
      IClassFactory_CreateInstance(factory, NULL, &IID_ISynchronizeHandle, (void **)&unknown),
      S_OK);
  CHECK_EQ(IUnknown_Release(unknown), 0);
  CHECK_EQ(ISynchronize_QueryInterface(synchronize, &IID_IUnknown, (void **)&unknown), S_OK);
  CHECK_EQ(ISynchronizeEvent_QueryInterface(event, &IID_IUnknown, (void **)&again), S_OK);
  CHECK(unknown == again);
  IUnknown_Release(again);
  CHECK_EQ(IUnknown_QueryInterface(unknown, &IID_IDispatch, (void **)&again), E_NOINTERFACE);
  CHECK(!again);
  IUnknown_Release(unknown);
  ISynchronizeEvent_Release(event);
  CHECK_EQ(ISynchronize_Release(synchronize), 0);
  IClassFactory_Release(factory);
}

IN_EACH_APARTMENT(a_wait_takes_the_signal)
{
  ISynchronize *event = new_std_event();
  CHECK_EQ(ISynchronize_Reset(event), S_OK);
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  for (int i = 0; i < 3; i++) {
    CHECK_EQ(ISynchronize_Signal(event), S_OK);
    CHECK_EQ(ISynchronize_Signal(event), S_OK);
    CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, INFINITE), S_OK);
    CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  }
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  CHECK_EQ(ISynchronize_Reset(event), S_OK);
  CHECK_EQ(ISynchronize_Wait(event, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Release(event), 0);
}

#define WAITERS 4

struct waiters {
  ISynchronize *event, *released;
};

static void wait_and_tell(void *context)
{
  struct waiters *waiters = context;
  CHECK_EQ(ISynchronize_Wait(waiters->event, COWAIT_DEFAULT, INFINITE), S_OK);
  CHECK_EQ(ISynchronize_Signal(waiters->released), S_OK);
}

IN_MTA(each_signal_releases_one_waiter)
{
  struct waiters waiters = {new_std_event(), new_std_event()};
  struct apartment_thread threads[WAITERS];
  for (int i = 0; i < WAITERS; i++)
    apartment_start(&threads[i], i % 2 ? STA : MTA, wait_and_tell, &waiters);
  for (int i = 0; i < WAITERS; i++) {
    CHECK_EQ(ISynchronize_Signal(waiters.event), S_OK);
    CHECK_EQ(ISynchronize_Wait(waiters.released, COWAIT_DEFAULT, INFINITE), S_OK);
  }
  for (int i = 0; i < WAITERS; i++)
    apartment_join(&threads[i]);
  CHECK_EQ(ISynchronize_Wait(waiters.event, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Release(waiters.event), 0);
  CHECK_EQ(ISynchronize_Release(waiters.released), 0);
}

static void check_given(BOOL manual_reset)
{
  ISynchronize *synchronize = new_std_event();
  ISynchronizeEvent *event = event_of(synchronize);
  HANDLE given = CreateEventW(NULL, manual_reset, TRUE, NULL), handle = given, other = NULL;
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &handle), S_OK);
  CHECK_EQ(ISynchronizeEvent_GetHandle(event, &other), S_OK);
  CHECK(other == given);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0), S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  CHECK(SetEvent(given));
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, INFINITE), S_OK);
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  CHECK_EQ(WaitForSingleObject(given, 0), WAIT_OBJECT_0);
  ISynchronizeEvent_Release(event);
  CHECK(SetEvent(given));
  CHECK_EQ(ISynchronize_Release(synchronize), 0);
  CHECK(!SetEvent(given));
  CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
}

IN_EACH_APARTMENT(the_handle_that_is_set_is_the_event_and_closed_at_the_end)
{
  check_given(TRUE);
  check_given(FALSE);
}

/* A refused handle stays the caller's. */
static void check_refused(ISynchronizeEvent *event)
{
  HANDLE handle = CreateEventW(NULL, TRUE, FALSE, NULL), kept = NULL;
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &handle), E_FAIL);
  CHECK_EQ(ISynchronizeEvent_GetHandle(event, &kept), S_OK);
  CHECK(kept && kept != handle);
  CHECK(CloseHandle(handle));
}

IN_MTA(a_handle_is_set_once_and_before_there_is_another)
{
  for (int way = 0; way < 4; way++) {
    ISynchronize *synchronize = new_std_event();
    ISynchronizeEvent *event = event_of(synchronize);
    HANDLE handle = NULL;
    CHECK_EQ(ISynchronize_Reset(synchronize), S_OK);
    if (way == 0) {
      handle = CreateEventW(NULL, TRUE, FALSE, NULL);
      CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &handle), S_OK);
      CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &handle), E_FAIL);
    } else if (way == 1) {
      CHECK_EQ(ISynchronizeEvent_GetHandle(event, &handle), S_OK);
    } else if (way == 2) {
      CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
    } else {
      CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
    }
    check_refused(event);
    ISynchronizeEvent_Release(event);
    CHECK_EQ(ISynchronize_Release(synchronize), 0);
  }
}

IN_MTA(what_is_no_event_is_refused)
{
  ISynchronize *synchronize = new_std_event();
  ISynchronizeEvent *event = event_of(synchronize);
  HANDLE closed = CreateEventW(NULL, TRUE, FALSE, NULL), none = NULL;
  HANDLE mutex = CreateMutexW(NULL, FALSE, NULL), good = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(CloseHandle(closed));
  CHECK_EQ(ISynchronizeEvent_GetHandle(event, NULL), E_INVALIDARG);
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, NULL), E_INVALIDARG);
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &none), E_INVALIDARG);
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &closed), E_INVALIDARG);
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &mutex), E_INVALIDARG);
  CHECK(CloseHandle(mutex));
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &good), S_OK);
  CHECK(CloseHandle(good));
  CHECK_EQ(ISynchronize_Signal(synchronize), HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE));
  ISynchronizeEvent_Release(event);
  CHECK_EQ(ISynchronize_Release(synchronize), 0);
}

/* One that may only be waited for and set has to do without being looked at. */
IN_MTA(an_event_with_few_rights_is_taken)
{
  ISynchronize *synchronize = new_std_event();
  ISynchronizeEvent *event = event_of(synchronize);
  HANDLE all = CreateEventW(NULL, TRUE, FALSE, NULL), few = NULL;
  CHECK(DuplicateHandle(GetCurrentProcess(), all, GetCurrentProcess(), &few,
                        SYNCHRONIZE | EVENT_MODIFY_STATE, FALSE, 0));
  CHECK_EQ(ISynchronizeEvent_SetEventHandle(event, &few), S_OK);
  CHECK(SetEvent(all));
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, INFINITE), S_OK);
  CHECK_EQ(WaitForSingleObject(all, 0), WAIT_TIMEOUT);
  ISynchronizeEvent_Release(event);
  CHECK_EQ(ISynchronize_Release(synchronize), 0);
  CloseHandle(all);
}

IN_MTA(a_container_waits_for_it)
{
  ISynchronizeContainer *container = new_container();
  ISynchronize *synchronize = new_std_event(), *found = NULL;
  CHECK_EQ(ISynchronizeContainer_AddSynchronize(container, synchronize), S_OK);
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  CHECK_EQ(ISynchronizeContainer_WaitMultiple(container, COWAIT_DEFAULT, INFINITE, &found),
           S_OK);
  CHECK(found == synchronize);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0), RPC_S_CALLPENDING);
  ISynchronize_Release(found);
  ISynchronizeContainer_Release(container);
  CHECK_EQ(ISynchronize_Release(synchronize), 0);
}

/* An object that has all but IUnknown from the event that is part of it. */
struct outer {
  IUnknown unknown;
  LONG references;
  IUnknown *inner;
};

static struct outer *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct outer, unknown);
}

static HRESULT WINAPI outer_query_interface(IUnknown *unknown, REFIID iid, void **object)
{
  if (!IsEqualIID(iid, &IID_IUnknown))
    return IUnknown_QueryInterface(from_unknown(unknown)->inner, iid, object);
  IUnknown_AddRef(unknown);
  *object = unknown;
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

static IUnknownVtbl outer_table = {outer_query_interface, outer_add_ref, outer_release};

IN_EACH_APARTMENT(it_can_be_part_of_another_object)
{
  struct outer outer = {{&outer_table}, 1, NULL};
  ISynchronize *synchronize = (ISynchronize *)&outer;
  ISynchronizeEvent *event = NULL;
  IUnknown *identity = NULL;
  CHECK_EQ(CoCreateInstance(&CLSID_StdEvent, &outer.unknown, CLSCTX_INPROC_SERVER,
                            &IID_ISynchronize, (void **)&synchronize),
           CLASS_E_NOAGGREGATION);
  CHECK(!synchronize);
  CHECK_EQ(CoCreateInstance(&CLSID_StdEvent, &outer.unknown, CLSCTX_INPROC_SERVER,
                            &IID_IUnknown, (void **)&outer.inner),
           S_OK);
  CHECK_EQ(outer.references, 1);
  CHECK_EQ(IUnknown_QueryInterface(&outer.unknown, &IID_ISynchronize, (void **)&synchronize),
           S_OK);
  event = event_of(synchronize);
  CHECK_EQ(ISynchronizeEvent_QueryInterface(event, &IID_IUnknown, (void **)&identity), S_OK);
  CHECK(identity == &outer.unknown);
  CHECK_EQ(outer.references, 4);
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0), S_OK);
  CHECK_EQ(IUnknown_Release(identity), 3);
  CHECK_EQ(ISynchronizeEvent_Release(event), 2);
  CHECK_EQ(ISynchronize_Release(synchronize), 1);
  CHECK_EQ(IUnknown_Release(outer.inner), 0);
}

IN_MTA(a_thousand_leave_no_handle_behind)
{
  DWORD before = 0, after = 0;
  ISynchronize_Release(new_std_event());
  CHECK(GetProcessHandleCount(GetCurrentProcess(), &before));
  for (int i = 0; i < 1000; i++) {
    ISynchronize *event = new_std_event();
    CHECK_EQ(ISynchronize_Signal(event), S_OK);
    CHECK_EQ(ISynchronize_Release(event), 0);
  }
  CHECK(GetProcessHandleCount(GetCurrentProcess(), &after));
  CHECK_EQ(after, before);
}

/* CLSID_SynchronizeContainer: waits for the first of several synchronization objects. */
#include "objects.h"

#define LIMIT 63

static void add(ISynchronizeContainer *container, ISynchronize *event)
{
  CHECK_EQ(ISynchronizeContainer_AddSynchronize(container, event), S_OK);
}

static HRESULT wait_for_any(ISynchronizeContainer *container, DWORD milliseconds,
                            ISynchronize **signalled)
{
  return ISynchronizeContainer_WaitMultiple(container, COWAIT_DEFAULT, milliseconds, signalled);
}

IN_EACH_APARTMENT(the_container_gives_what_is_signalled_and_lets_go_of_it)
{
  ISynchronizeContainer *container = new_container();
  ISynchronize *events[3], *signalled = NULL;
  for (int i = 0; i < 3; i++) {
    events[i] = new_event();
    add(container, events[i]);
  }
  CHECK_EQ(wait_for_any(container, 0, &signalled), RPC_S_CALLPENDING);
  CHECK(!signalled);
  for (int i = 2; i >= 0; i--) {
    CHECK_EQ(ISynchronize_Signal(events[i]), S_OK);
    CHECK_EQ(wait_for_any(container, INFINITE, &signalled), S_OK);
    CHECK(signalled == events[i]);
    /* The reference that comes with it is the last but the test's own. */
    CHECK_EQ(ISynchronize_Release(signalled), 1);
    if (i)
      CHECK_EQ(wait_for_any(container, 0, &signalled), RPC_S_CALLPENDING);
    CHECK_EQ(ISynchronize_Release(events[i]), 0);
  }
  CHECK_EQ(wait_for_any(container, INFINITE, &signalled), RPC_E_NO_SYNC);
  CHECK_EQ(ISynchronizeContainer_Release(container), 0);
}

IN_MTA(an_object_can_be_added_again_after_it_was_given)
{
  ISynchronizeContainer *container = new_container();
  ISynchronize *event = new_event(), *signalled = NULL;
  for (int i = 0; i < 2 * LIMIT; i++) {
    add(container, event);
    CHECK_EQ(ISynchronize_Signal(event), S_OK);
    CHECK_EQ(wait_for_any(container, INFINITE, &signalled), S_OK);
    CHECK(signalled == event);
    ISynchronize_Release(signalled);
    CHECK_EQ(ISynchronize_Reset(event), S_OK);
  }
  ISynchronizeContainer_Release(container);
  CHECK_EQ(ISynchronize_Release(event), 0);
}

IN_EACH_APARTMENT(the_container_takes_63_objects)
{
  ISynchronizeContainer *container = new_container();
  ISynchronize *events[LIMIT + 1], *signalled = NULL;
  for (int i = 0; i <= LIMIT; i++) {
    events[i] = new_event();
    CHECK_EQ(ISynchronizeContainer_AddSynchronize(container, events[i]),
             i < LIMIT ? S_OK : RPC_E_OUT_OF_RESOURCES);
  }
  CHECK_EQ(wait_for_any(container, 0, &signalled), RPC_S_CALLPENDING);
  CHECK_EQ(ISynchronize_Signal(events[LIMIT - 1]), S_OK);
  CHECK_EQ(wait_for_any(container, INFINITE, &signalled), S_OK);
  CHECK(signalled == events[LIMIT - 1]);
  ISynchronize_Release(signalled);
  add(container, events[LIMIT]);
  CHECK_EQ(ISynchronizeContainer_Release(container), 0);
  /* With it went all of its references. */
  for (int i = 0; i <= LIMIT; i++)
    CHECK_EQ(ISynchronize_Release(events[i]), 0);
}

IN_MTA(wrong_parameters_of_the_container_are_refused)
{
  ISynchronizeContainer *container = new_container();
  ISynchronize *event = new_event(), *signalled = event;
  struct probe probe;
  CHECK_EQ(wait_for_any(container, 0, &signalled), RPC_E_NO_SYNC);
  CHECK(!signalled);
  CHECK_EQ(ISynchronizeContainer_AddSynchronize(container, NULL), E_INVALIDARG);
  /* It has nothing that could be waited for. */
  probe_init(&probe, NULL);
  CHECK_EQ(ISynchronizeContainer_AddSynchronize(container, &probe.synchronize), E_NOINTERFACE);
  CHECK_EQ(probe.references, 1);
  add(container, event);
  CHECK_EQ(ISynchronize_Signal(event), S_OK);
  CHECK_EQ(wait_for_any(container, INFINITE, NULL), E_INVALIDARG);
  CHECK_EQ(ISynchronizeContainer_WaitMultiple(container, COWAIT_WAITALL, INFINITE, &signalled),
           E_INVALIDARG);
  CHECK_EQ(ISynchronizeContainer_WaitMultiple(container, 0x20, INFINITE, &signalled),
           E_INVALIDARG);
  CHECK(!signalled);
  ISynchronizeContainer_Release(container);
  CHECK_EQ(ISynchronize_Release(event), 0);
}

IN_MTA(the_container_is_made_by_its_class_object_and_not_as_part_of_another)
{
  IClassFactory *factory = class_object(&CLSID_SynchronizeContainer);
  ISynchronizeContainer *container = NULL;
  struct probe outer;
  IUnknown *inner = (IUnknown *)&outer;
  CHECK_EQ(IClassFactory_CreateInstance(factory, NULL, &IID_ISynchronizeContainer,
                                        (void **)&container),
           S_OK);
  CHECK_EQ(ISynchronizeContainer_Release(container), 0);
  probe_init(&outer, NULL);
  CHECK_EQ(IClassFactory_CreateInstance(factory, (IUnknown *)&outer.synchronize, &IID_IUnknown,
                                        (void **)&inner),
           CLASS_E_NOAGGREGATION);
  CHECK(!inner);
  IClassFactory_Release(factory);
}

IN_STA(an_sta_dispatches_calls_while_it_waits_for_several_objects)
{
  ISynchronizeContainer *container = new_container();
  ISynchronize *event = new_event(), *signalled = NULL;
  struct apartment_thread caller;
  struct probe probe;
  add(container, event);
  probe_init(&probe, event);
  call_from_mta(&caller, &probe);
  CHECK_EQ(wait_for_any(container, INFINITE, &signalled), S_OK);
  CHECK_EQ(probe.thread, GetCurrentThreadId());
  ISynchronize_Release(signalled);
  apartment_join(&caller);
  ISynchronizeContainer_Release(container);
  CHECK_EQ(ISynchronize_Release(event), 0);
}

static LONG apcs;

static void CALLBACK count_apc(ULONG_PTR unused)
{
  (void)unused;
  apcs++;
}

/* There is no object to give, so it is no success. */
IN_EACH_APARTMENT(an_apc_ends_an_alertable_wait_without_an_object)
{
  ISynchronizeContainer *container = new_container();
  ISynchronize *event = new_event(), *signalled = event;
  add(container, event);
  CHECK(QueueUserAPC(count_apc, GetCurrentThread(), 0));
  CHECK_EQ(
      ISynchronizeContainer_WaitMultiple(container, COWAIT_ALERTABLE, INFINITE, &signalled),
      RPC_S_CALLPENDING);
  CHECK(!signalled);
  CHECK_EQ(apcs, 1);
  ISynchronizeContainer_Release(container);
  CHECK_EQ(ISynchronize_Release(event), 0);
}

#define TAKERS 4

struct takers {
  ISynchronizeContainer *container;
  LONG taken;
};

static void take_all(void *context)
{
  struct takers *takers = context;
  ISynchronize *signalled;
  HRESULT result;
  while ((result = wait_for_any(takers->container, INFINITE, &signalled)) == S_OK) {
    InterlockedIncrement(&takers->taken);
    ISynchronize_Release(signalled);
  }
  CHECK_EQ(result, RPC_E_NO_SYNC);
}

IN_MTA(several_threads_that_wait_get_each_object_once)
{
  for (int round = 0; round < 20; round++) {
    struct takers takers = {new_container(), 0};
    struct apartment_thread threads[TAKERS];
    ISynchronize *events[LIMIT];
    for (int i = 0; i < LIMIT; i++) {
      events[i] = new_event();
      add(takers.container, events[i]);
    }
    for (int i = 0; i < TAKERS; i++)
      apartment_start(&threads[i], i % 2 ? STA : MTA, take_all, &takers);
    for (int i = 0; i < LIMIT; i++)
      CHECK_EQ(ISynchronize_Signal(events[i]), S_OK);
    for (int i = 0; i < TAKERS; i++)
      apartment_join(&threads[i]);
    CHECK_EQ(takers.taken, LIMIT);
    for (int i = 0; i < LIMIT; i++)
      CHECK_EQ(ISynchronize_Release(events[i]), 0);
    CHECK_EQ(ISynchronizeContainer_Release(takers.container), 0);
  }
}

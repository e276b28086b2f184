/* What CoGetCancelObject and its family say without a call; CoSetCancelObject. */
#include "objects.h"

struct cancel_object {
  ICancelMethodCalls cancel;
  LONG references;
  ULONG seconds; /* of the last Cancel */
};

static struct cancel_object *from_interface(ICancelMethodCalls *cancel)
{
  return CONTAINING_RECORD(cancel, struct cancel_object, cancel);
}

static HRESULT WINAPI query(ICancelMethodCalls *cancel, REFIID iid, void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ICancelMethodCalls))
    return E_NOINTERFACE;
  from_interface(cancel)->references++;
  *object = cancel;
  return S_OK;
}

static ULONG WINAPI add_ref(ICancelMethodCalls *cancel)
{
  return ++from_interface(cancel)->references;
}

static ULONG WINAPI release(ICancelMethodCalls *cancel)
{
  return --from_interface(cancel)->references;
}

static HRESULT WINAPI note_cancel(ICancelMethodCalls *cancel, ULONG seconds)
{
  from_interface(cancel)->seconds = seconds;
  return E_NOTIMPL;
}

static HRESULT WINAPI test_cancel(ICancelMethodCalls *cancel)
{
  (void)cancel;
  return S_FALSE;
}

static ICancelMethodCallsVtbl table = {query, add_ref, release, note_cancel, test_cancel};

static IUnknown *cancel_object_init(struct cancel_object *object)
{
  *object = (struct cancel_object){.cancel.lpVtbl = &table, .references = 1};
  return (IUnknown *)&object->cancel;
}

/* What the tests of Wine have from Windows. */
TEST(enabling_is_counted_whatever_becomes_of_the_apartment)
{
  CHECK_EQ(CoDisableCallCancellation(NULL), CO_E_CANCEL_DISABLED);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoInitialize(NULL), S_OK);
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
  CoUninitialize();
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoDisableCallCancellation(NULL), CO_E_CANCEL_DISABLED);
}

TEST(reserved_parameters_are_null)
{
  int something;
  CHECK_EQ(CoEnableCallCancellation(&something), E_INVALIDARG);
  CHECK_EQ(CoDisableCallCancellation(NULL), CO_E_CANCEL_DISABLED);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoDisableCallCancellation(&something), E_INVALIDARG);
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
}

static void check_nothing(HRESULT expected)
{
  void *object = &object;
  CHECK_EQ(CoCancelCall(0, 0), expected);
  CHECK_EQ(CoCancelCall(GetCurrentThreadId(), 1), expected);
  CHECK_EQ(CoGetCancelObject(0, &IID_ICancelMethodCalls, &object), expected);
  CHECK(!object);
}

IN_EACH_APARTMENT(without_a_call_there_is_nothing_to_cancel)
{
  check_nothing(CO_E_CANCEL_DISABLED);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  check_nothing(E_NOINTERFACE);
  CHECK_EQ(CoGetCancelObject(0, &IID_ICancelMethodCalls, NULL), E_INVALIDARG);
  CHECK_EQ(CoDisableCallCancellation(NULL), S_OK);
  check_nothing(CO_E_CANCEL_DISABLED);
  /* No thread has this number. */
  CHECK_EQ(CoCancelCall(3, 0), CO_E_CANCEL_DISABLED);
}

IN_EACH_APARTMENT(without_a_call_to_serve_there_is_nothing_to_test)
{
  CHECK_EQ(CoTestCancel(), RPC_E_CALL_COMPLETE);
}

IN_EACH_APARTMENT(the_object_that_was_set_last_is_cancelled)
{
  struct cancel_object first, second;
  IUnknown *found;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoSetCancelObject(cancel_object_init(&first)), S_OK);
  CHECK_EQ(CoSetCancelObject(cancel_object_init(&second)), S_OK);
  CHECK_EQ(first.references, 2);
  CHECK_EQ(CoGetCancelObject(0, &IID_IUnknown, (void **)&found), S_OK);
  CHECK(found == (IUnknown *)&second.cancel);
  IUnknown_Release(found);
  CHECK_EQ(CoGetCancelObject(0, &IID_ISynchronize, (void **)&found), E_NOINTERFACE);
  CHECK_EQ(CoCancelCall(0, 7), E_NOTIMPL);
  CHECK_EQ(second.seconds, 7);
  CHECK_EQ(CoSetCancelObject(NULL), S_OK);
  CHECK_EQ(second.references, 1);
  CHECK_EQ(CoCancelCall(0, 8), E_NOTIMPL);
  CHECK_EQ(first.seconds, 8);
  CHECK_EQ(CoSetCancelObject(NULL), S_OK);
  CHECK_EQ(first.references, 1);
  check_nothing(E_NOINTERFACE);
}

IN_EACH_APARTMENT(an_object_that_was_set_while_disabled_cannot_be_cancelled)
{
  struct cancel_object object;
  CHECK_EQ(CoSetCancelObject(cancel_object_init(&object)), S_OK);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  check_nothing(CO_E_CANCEL_DISABLED);
  CHECK_EQ(CoSetCancelObject(NULL), S_OK);
  check_nothing(E_NOINTERFACE);
  CHECK_EQ(object.references, 1);
}

IN_EACH_APARTMENT(what_cannot_be_set_or_taken_off_is_refused)
{
  struct probe probe;
  probe_init(&probe, NULL);
  CHECK_EQ(CoSetCancelObject((IUnknown *)&probe.synchronize), E_NOINTERFACE);
  CHECK_EQ(CoSetCancelObject(NULL), E_ACCESSDENIED);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoSetCancelObject(NULL), E_ACCESSDENIED);
}

struct owner {
  struct cancel_object object;
  HANDLE set, go;
};

static void set_and_wait(void *context)
{
  struct owner *owner = context;
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  CHECK_EQ(CoSetCancelObject(cancel_object_init(&owner->object)), S_OK);
  SetEvent(owner->set);
  CHECK_SIGNALLED(owner->go);
  CHECK_EQ(CoSetCancelObject(NULL), S_OK);
}

IN_EACH_APARTMENT(an_object_belongs_to_the_thread_that_set_it)
{
  struct owner owner = {.set = CreateEventW(NULL, FALSE, FALSE, NULL),
                        .go = CreateEventW(NULL, FALSE, FALSE, NULL)};
  struct apartment_thread thread;
  CHECK(owner.set && owner.go);
  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  apartment_start(&thread, MTA, set_and_wait, &owner);
  CHECK_SIGNALLED(owner.set);
  check_nothing(E_NOINTERFACE);
  CHECK_EQ(CoCancelCall(thread.id, 5), E_NOTIMPL);
  CHECK_EQ(owner.object.seconds, 5);
  SetEvent(owner.go);
  apartment_join(&thread);
  /* That thread is gone. */
  CHECK_EQ(CoCancelCall(thread.id, 0), CO_E_CANCEL_DISABLED);
  CHECK_EQ(owner.object.references, 1);
  CloseHandle(owner.set);
  CloseHandle(owner.go);
}

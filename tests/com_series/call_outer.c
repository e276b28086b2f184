#include "call_outer.h"

static struct call_outer *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct call_outer, unknown);
}

static struct call_outer *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct call_outer, synchronize);
}

static HRESULT STDMETHODCALLTYPE outer_query(IUnknown *unknown, REFIID iid, void **object)
{
  struct call_outer *outer = from_unknown(unknown);

  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *object = &outer->unknown;
  else if (IsEqualIID(iid, &IID_ISynchronize))
    *object = &outer->synchronize;
  else
    return outer->part ? IUnknown_QueryInterface(outer->part, iid, object) : E_NOINTERFACE;
  IUnknown_AddRef(unknown);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE outer_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&from_unknown(unknown)->references);
}

static ULONG STDMETHODCALLTYPE outer_release(IUnknown *unknown)
{
  return InterlockedDecrement(&from_unknown(unknown)->references);
}

static HRESULT STDMETHODCALLTYPE synchronize_query(ISynchronize *synchronize, REFIID iid,
                                                   void **object)
{
  return outer_query(&from_synchronize(synchronize)->unknown, iid, object);
}

static ULONG STDMETHODCALLTYPE synchronize_add_ref(ISynchronize *synchronize)
{
  return outer_add_ref(&from_synchronize(synchronize)->unknown);
}

static ULONG STDMETHODCALLTYPE synchronize_release(ISynchronize *synchronize)
{
  return outer_release(&from_synchronize(synchronize)->unknown);
}

static HRESULT STDMETHODCALLTYPE synchronize_wait(ISynchronize *synchronize, DWORD flags,
                                                  DWORD milliseconds)
{
  return ISynchronize_Wait(from_synchronize(synchronize)->event, flags, milliseconds);
}

static HRESULT STDMETHODCALLTYPE synchronize_signal(ISynchronize *synchronize)
{
  struct call_outer *outer = from_synchronize(synchronize);
  HRESULT result = ISynchronize_Signal(outer->event);

  outer->signal_thread = GetCurrentThreadId();
  outer->complete(outer);
  return result;
}

static HRESULT STDMETHODCALLTYPE synchronize_reset(ISynchronize *synchronize)
{
  return ISynchronize_Reset(from_synchronize(synchronize)->event);
}

static IUnknownVtbl outer_methods = {outer_query, outer_add_ref, outer_release};
static ISynchronizeVtbl synchronize_methods = {synchronize_query,   synchronize_add_ref,
                                               synchronize_release, synchronize_wait,
                                               synchronize_signal,  synchronize_reset};

void call_outer_create(struct call_outer *outer, void *proxy, REFIID async_iid,
                       void (*complete)(struct call_outer *outer))
{
  ICallFactory *factory;

  memset(outer, 0, sizeof(*outer));
  outer->unknown.lpVtbl = &outer_methods;
  outer->synchronize.lpVtbl = &synchronize_methods;
  outer->references = 1;
  outer->complete = complete;
  outer->done = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(outer->done);
  CHECK_EQ(IUnknown_QueryInterface((IUnknown *)proxy, &IID_ICallFactory, (void **)&factory),
           S_OK);
  CHECK_EQ(
      ICallFactory_CreateCall(factory, async_iid, &outer->unknown, &IID_IUnknown, &outer->part),
      S_OK);
  ICallFactory_Release(factory);
  CHECK_EQ(IUnknown_QueryInterface(outer->part, &IID_ISynchronize, (void **)&outer->event),
           S_OK);
  CHECK_EQ(IUnknown_QueryInterface(outer->part, async_iid, &outer->call), S_OK);
  /* A whole holds no reference of itself. */
  outer_release(&outer->unknown);
  outer_release(&outer->unknown);
}

void call_outer_end(struct call_outer *outer)
{
  /* Who has called Signal has a reference until that returns. */
  while (InterlockedCompareExchange(&outer->references, 0, 0) > 1)
    SwitchToThread();
  CHECK_EQ(outer->references, 1);
  if (outer->part)
    CHECK_EQ(IUnknown_Release(outer->part), 0);
  CloseHandle(outer->done);
}

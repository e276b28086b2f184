#include <initguid.h>

#include "objects.h"

static struct probe *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct probe, synchronize);
}

static HRESULT WINAPI probe_query_interface(ISynchronize *synchronize, REFIID iid,
                                            void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISynchronize))
    return E_NOINTERFACE;
  ISynchronize_AddRef(synchronize);
  *object = synchronize;
  return S_OK;
}

static ULONG WINAPI probe_add_ref(ISynchronize *synchronize)
{
  return InterlockedIncrement(&from_synchronize(synchronize)->references);
}

static ULONG WINAPI probe_release(ISynchronize *synchronize)
{
  return InterlockedDecrement(&from_synchronize(synchronize)->references);
}

static HRESULT WINAPI probe_wait(ISynchronize *synchronize, DWORD flags, DWORD milliseconds)
{
  ISynchronize *forwards = from_synchronize(synchronize)->forwards;
  return forwards ? ISynchronize_Wait(forwards, flags, milliseconds) : S_OK;
}

static HRESULT WINAPI probe_signal(ISynchronize *synchronize)
{
  struct probe *probe = from_synchronize(synchronize);
  probe->thread = GetCurrentThreadId();
  InterlockedIncrement(&probe->signals);
  return probe->forwards ? ISynchronize_Signal(probe->forwards) : S_OK;
}

static HRESULT WINAPI probe_reset(ISynchronize *synchronize)
{
  ISynchronize *forwards = from_synchronize(synchronize)->forwards;
  return forwards ? ISynchronize_Reset(forwards) : S_OK;
}

static ISynchronizeVtbl probe_table = {
    probe_query_interface, probe_add_ref, probe_release, probe_wait, probe_signal, probe_reset};

void probe_init(struct probe *probe, ISynchronize *forwards)
{
  *probe =
      (struct probe){.synchronize.lpVtbl = &probe_table, .references = 1, .forwards = forwards};
}

ISynchronize *new_event(void)
{
  ISynchronize *event = NULL;
  CHECK_EQ(CoCreateInstance(&CLSID_ManualResetEvent, NULL, CLSCTX_INPROC_SERVER,
                            &IID_ISynchronize, (void **)&event),
           S_OK);
  CHECK(event);
  return event;
}

ISynchronizeContainer *new_container(void)
{
  ISynchronizeContainer *container = NULL;
  CHECK_EQ(CoCreateInstance(&CLSID_SynchronizeContainer, NULL, CLSCTX_INPROC_SERVER,
                            &IID_ISynchronizeContainer, (void **)&container),
           S_OK);
  CHECK(container);
  return container;
}

IClassFactory *class_object(REFCLSID class_id)
{
  IClassFactory *factory = NULL;
  CHECK_EQ(CoGetClassObject(class_id, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
                            (void **)&factory),
           S_OK);
  CHECK(factory);
  return factory;
}

static void signal_by_proxy(void *stream)
{
  ISynchronize *proxy = NULL;
  CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_ISynchronize, (void **)&proxy), S_OK);
  CHECK_EQ(ISynchronize_Signal(proxy), S_OK);
  ISynchronize_Release(proxy);
}

void call_from_mta(struct apartment_thread *thread, struct probe *probe)
{
  IStream *stream = NULL;
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_ISynchronize,
                                                 (IUnknown *)&probe->synchronize, &stream),
           S_OK);
  apartment_start(thread, MTA, signal_by_proxy, stream);
}

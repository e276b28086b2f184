#include "call_cancel.h"

static struct call_cancel *from_interface(ICancelMethodCalls *cancel)
{
  return CONTAINING_RECORD(cancel, struct call_cancel, interface_part);
}

static HRESULT WINAPI query_interface(ICancelMethodCalls *cancel, REFIID iid, void **object)
{
  IUnknown *outer = from_interface(cancel)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI add_ref(ICancelMethodCalls *cancel)
{
  IUnknown *outer = from_interface(cancel)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI release(ICancelMethodCalls *cancel)
{
  IUnknown *outer = from_interface(cancel)->outer;

  return outer->lpVtbl->Release(outer);
}

static HRESULT WINAPI cancel_call(ICancelMethodCalls *cancel, ULONG seconds)
{
  return call_channel_cancel(from_interface(cancel)->channel, seconds);
}

static HRESULT WINAPI test_cancel(ICancelMethodCalls *cancel)
{
  return call_channel_test_cancel(from_interface(cancel)->channel);
}

static ICancelMethodCallsVtbl cancel_table = {query_interface, add_ref, release, cancel_call,
                                              test_cancel};

void call_cancel_init(struct call_cancel *cancel, IUnknown *outer, struct call_channel *channel)
{
  cancel->interface_part.lpVtbl = &cancel_table;
  cancel->outer = outer;
  cancel->channel = channel;
}

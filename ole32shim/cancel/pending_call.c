#include "pending_call.h"

#include <stdlib.h>

#include "../sync/com_wait.h"

struct pending_call {
  ICancelMethodCalls cancel;
  LONG references;
  struct com_call *call;
};

static struct pending_call *from_interface(ICancelMethodCalls *cancel)
{
  return CONTAINING_RECORD(cancel, struct pending_call, cancel);
}

static HRESULT WINAPI query_interface(ICancelMethodCalls *cancel, REFIID iid, void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ICancelMethodCalls))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_interface(cancel)->references);
  *object = cancel;
  return S_OK;
}

static ULONG WINAPI add_ref(ICancelMethodCalls *cancel)
{
  return InterlockedIncrement(&from_interface(cancel)->references);
}

static ULONG WINAPI release(ICancelMethodCalls *cancel)
{
  struct pending_call *pending = from_interface(cancel);
  ULONG references = InterlockedDecrement(&pending->references);

  if (references)
    return references;
  com_cancels_get()->release(pending->call);
  free(pending);
  return 0;
}

static DWORD milliseconds_of(ULONG seconds)
{
  return seconds < INFINITE / 1000 ? seconds * 1000 : INFINITE;
}

static HRESULT WINAPI cancel_call(ICancelMethodCalls *cancel, ULONG seconds)
{
  struct com_call *call = from_interface(cancel)->call;
  HANDLE over;
  DWORD index;
  HRESULT result = com_cancels_get()->cancel(call, seconds, &over);

  if (FAILED(result) || !seconds)
    return result;
  result = com_wait(COWAIT_DEFAULT, milliseconds_of(seconds), 1, &over, &index);
  /* The time may be over here before it is for the thread that reads the reply. */
  if (result == RPC_S_CALLPENDING)
    return S_OK;
  if (FAILED(result))
    return result;
  return com_cancels_get()->given_up(call) ? S_OK : RPC_E_CALL_COMPLETE;
}

static HRESULT WINAPI test_cancel(ICancelMethodCalls *cancel)
{
  return com_cancels_get()->test(from_interface(cancel)->call);
}

static ICancelMethodCallsVtbl cancel_table = {query_interface, add_ref, release, cancel_call,
                                              test_cancel};

HRESULT pending_call_object(struct com_call *call, REFIID iid, void **object)
{
  struct pending_call *pending = malloc(sizeof(*pending));
  HRESULT result;

  if (!pending) {
    com_cancels_get()->release(call);
    return E_OUTOFMEMORY;
  }
  pending->cancel.lpVtbl = &cancel_table;
  pending->references = 1;
  pending->call = call;
  result = query_interface(&pending->cancel, iid, object);
  release(&pending->cancel);
  return result;
}

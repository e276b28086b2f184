/*
 * Cancelling calls: Microsoft, "CoCancelCall function" and those that it names. Asynchronous
 * calls are not found here: their call object is their cancel object (callobj/call_cancel.h).
 */
#include <rpc.h>
#include <rpcasync.h>

#include "../original/original.h"
#include "pending_call.h"

/* `reserved` is NULL. S_OK, E_INVALIDARG, E_OUTOFMEMORY, E_FAIL (not on our rpcrt4.dll). */
HRESULT WINAPI CoEnableCallCancellation(void *reserved)
{
  const struct com_cancels *cancels = com_cancels_get();

  if (reserved)
    return E_INVALIDARG;
  return cancels ? cancels->allow() : E_FAIL;
}

/* Undoes one CoEnableCallCancellation. CO_E_CANCEL_DISABLED: there is none; others as above. */
HRESULT WINAPI CoDisableCallCancellation(void *reserved)
{
  const struct com_cancels *cancels = com_cancels_get();

  if (reserved)
    return E_INVALIDARG;
  return cancels ? cancels->disallow() : E_FAIL;
}

static void release_object(void *object)
{
  IUnknown *unknown = object;

  unknown->lpVtbl->Release(unknown);
}

/*
 * Puts the object on top of what can be cancelled of this thread; NULL takes the topmost off.
 * S_OK; E_NOINTERFACE: no ICancelMethodCalls; E_ACCESSDENIED: there is none to take off, or a
 * call that is pending came later; E_OUTOFMEMORY, E_FAIL.
 */
HRESULT WINAPI CoSetCancelObject(IUnknown *object)
{
  const struct com_cancels *cancels = com_cancels_get();
  ICancelMethodCalls *cancel;
  HRESULT result;

  if (!cancels)
    return E_FAIL;
  if (!object)
    return cancels->remove();
  result = object->lpVtbl->QueryInterface(object, &IID_ICancelMethodCalls, (void **)&cancel);
  if (FAILED(result))
    return result;
  result = cancels->add(cancel, release_object);
  if (FAILED(result))
    cancel->lpVtbl->Release(cancel);
  return result;
}

/*
 * The cancel object of the call that the thread (0: this one) waits for, the innermost one.
 * S_OK; CO_E_CANCEL_DISABLED: the thread had cancels disabled when it made the call, or has,
 * and no call; E_NOINTERFACE: it waits for none, or no such interface; E_INVALIDARG,
 * E_OUTOFMEMORY, E_FAIL.
 */
HRESULT WINAPI CoGetCancelObject(DWORD thread_id, REFIID iid, void **object)
{
  const struct com_cancels *cancels = com_cancels_get();
  struct com_call *call;
  IUnknown *unknown;
  HRESULT result;

  if (!object)
    return E_INVALIDARG;
  *object = NULL;
  if (!cancels)
    return E_FAIL;
  result = cancels->find(thread_id, &call);
  if (FAILED(result))
    return result;
  unknown = cancels->object(call);
  if (!unknown)
    return pending_call_object(call, iid, object);
  result = unknown->lpVtbl->QueryInterface(unknown, iid, object);
  cancels->release(call);
  return result;
}

/* CoGetCancelObject and Cancel: what these return. */
HRESULT WINAPI CoCancelCall(DWORD thread_id, ULONG seconds)
{
  ICancelMethodCalls *cancel;
  HRESULT result = CoGetCancelObject(thread_id, &IID_ICancelMethodCalls, (void **)&cancel);

  if (FAILED(result))
    return result;
  result = cancel->lpVtbl->Cancel(cancel, seconds);
  cancel->lpVtbl->Release(cancel);
  return result;
}

/* Stubs that are not made of a proxy DLL have no call context, but in the MTA the thread is the
 * one that RPC has dispatched the call on. */
static HRESULT test_rpc_call(void)
{
  switch (RpcServerTestCancel(NULL)) {
  case RPC_S_OK:
    return RPC_E_CALL_CANCELED;
  case RPC_S_CALL_IN_PROGRESS:
    return RPC_S_CALLPENDING;
  default:
    return RPC_E_CALL_COMPLETE;
  }
}

/*
 * Has the client cancelled the call that this thread serves? RPC_E_CALL_CANCELED: yes;
 * RPC_S_CALLPENDING: no; RPC_E_CALL_COMPLETE: it serves none.
 */
HRESULT WINAPI CoTestCancel(void)
{
  ICancelMethodCalls *cancel;
  HRESULT result = original.CoGetCallContext(&IID_ICancelMethodCalls, (void **)&cancel);

  if (FAILED(result))
    return test_rpc_call();
  result = cancel->lpVtbl->TestCancel(cancel);
  cancel->lpVtbl->Release(cancel);
  return result;
}

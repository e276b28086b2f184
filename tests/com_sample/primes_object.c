/*
 * The object that counts primes, and its call objects.
 *
 * An object says that it can do calls asynchronously by having ICallFactory. For every call of
 * IPrimes::Count, of a synchronous client or an asynchronous one, COM then
 *
 *   1. asks CreateCall for a call object, which becomes a part of COM's own (`outer`),
 *   2. calls Begin_Count, which starts the work and returns,
 *   3. waits, at the cost of no thread, until somebody calls ISynchronize::Signal,
 *   4. calls Finish_Count and sends what it says to the client.
 *
 * Where no proxy is between client and object, and where CreateCall fails, Count is called.
 */
#define COBJMACROS
#include <stdbool.h>
#include <stdlib.h>

#include "primes.h"

#include "count_primes.h"
#include "primes_object.h"

#define SLICE 10000 /* numbers */

/* ---- the call object ---- */

struct primes_call {
  AsyncIPrimes async_primes; /* IUnknown's methods are those of `outer` */
  IUnknown inner;            /* its own, for `outer` */
  LONG references;
  IUnknown *outer;            /* COM's; not counted, it lives longer than its part */
  ICancelMethodCalls *cancel; /* NULL: the client's cancel is not told */
  ULONG from, below, primes;
  HRESULT result;
};

static struct primes_call *call_of(AsyncIPrimes *async_primes)
{
  return CONTAINING_RECORD(async_primes, struct primes_call, async_primes);
}

static HRESULT STDMETHODCALLTYPE call_query_interface(AsyncIPrimes *async_primes, REFIID iid,
                                                      void **object)
{
  return IUnknown_QueryInterface(call_of(async_primes)->outer, iid, object);
}

static ULONG STDMETHODCALLTYPE call_add_ref(AsyncIPrimes *async_primes)
{
  return IUnknown_AddRef(call_of(async_primes)->outer);
}

static ULONG STDMETHODCALLTYPE call_release(AsyncIPrimes *async_primes)
{
  return IUnknown_Release(call_of(async_primes)->outer);
}

static bool is_cancelled(struct primes_call *call)
{
  return call->cancel && ICancelMethodCalls_TestCancel(call->cancel) == RPC_E_CALL_CANCELED;
}

/* Now and then it looks whether the client still waits. */
static void count_in_slices(struct primes_call *call)
{
  call->result = S_OK;
  for (ULONG from = call->from, next; from < call->below; from = next) {
    next = call->below - from > SLICE ? from + SLICE : call->below;
    call->primes += count_primes(from, next);
    if (is_cancelled(call)) {
      call->result = RPC_E_CALL_CANCELED;
      return;
    }
  }
}

/* A thread of the pool does the work. Signal says that it is done. */
static DWORD WINAPI work(void *parameter)
{
  struct primes_call *call = parameter;
  ISynchronize *synchronize;

  count_in_slices(call);
  if (call->cancel)
    ICancelMethodCalls_Release(call->cancel);
  call->cancel = NULL;
  if (SUCCEEDED(
          IUnknown_QueryInterface(call->outer, &IID_ISynchronize, (void **)&synchronize))) {
    ISynchronize_Signal(synchronize);
    ISynchronize_Release(synchronize);
  }
  AsyncIPrimes_Release(&call->async_primes);
  return 0;
}

/* What it fails with is what the client gets, and Finish_Count is not called then. */
static HRESULT STDMETHODCALLTYPE begin_count(AsyncIPrimes *async_primes, ULONG from,
                                             ULONG below)
{
  struct primes_call *call = call_of(async_primes);

  if (from > below)
    return E_INVALIDARG;
  call->from = from;
  call->below = below;
  /* Of this thread, while it is in here; the worker may use it. */
  if (FAILED(CoGetCallContext(&IID_ICancelMethodCalls, (void **)&call->cancel)))
    call->cancel = NULL;
  AsyncIPrimes_AddRef(async_primes); /* the worker's */
  if (QueueUserWorkItem(work, call, WT_EXECUTELONGFUNCTION))
    return S_OK;
  if (call->cancel)
    ICancelMethodCalls_Release(call->cancel);
  AsyncIPrimes_Release(async_primes);
  return E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE finish_count(AsyncIPrimes *async_primes, ULONG *primes)
{
  *primes = call_of(async_primes)->primes;
  return call_of(async_primes)->result;
}

static AsyncIPrimesVtbl call_methods = {call_query_interface, call_add_ref, call_release,
                                        begin_count, finish_count};

static struct primes_call *call_of_inner(IUnknown *inner)
{
  return CONTAINING_RECORD(inner, struct primes_call, inner);
}

static HRESULT STDMETHODCALLTYPE inner_query_interface(IUnknown *inner, REFIID iid,
                                                       void **object)
{
  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *object = inner;
  else if (IsEqualIID(iid, &IID_AsyncIPrimes))
    *object = &call_of_inner(inner)->async_primes;
  else
    return E_NOINTERFACE;
  IUnknown_AddRef((IUnknown *)*object);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_add_ref(IUnknown *inner)
{
  return InterlockedIncrement(&call_of_inner(inner)->references);
}

static ULONG STDMETHODCALLTYPE inner_release(IUnknown *inner)
{
  ULONG references = InterlockedDecrement(&call_of_inner(inner)->references);

  if (!references)
    free(call_of_inner(inner));
  return references;
}

static IUnknownVtbl inner_methods = {inner_query_interface, inner_add_ref, inner_release};

/* ---- the object ---- */

struct primes_object {
  IPrimes primes;
  ICallFactory call_factory;
  LONG references;
};

static struct primes_object *object_of(IPrimes *primes)
{
  return CONTAINING_RECORD(primes, struct primes_object, primes);
}

static HRESULT STDMETHODCALLTYPE query_interface(IPrimes *primes, REFIID iid, void **object)
{
  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IPrimes))
    *object = primes;
  else if (IsEqualIID(iid, &IID_ICallFactory))
    *object = &object_of(primes)->call_factory;
  else
    return E_NOINTERFACE;
  IPrimes_AddRef(primes);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IPrimes *primes)
{
  return InterlockedIncrement(&object_of(primes)->references);
}

static ULONG STDMETHODCALLTYPE release(IPrimes *primes)
{
  ULONG references = InterlockedDecrement(&object_of(primes)->references);

  if (!references) {
    free(object_of(primes));
    if (!CoReleaseServerProcess())
      server_is_free();
  }
  return references;
}

static HRESULT STDMETHODCALLTYPE count(IPrimes *primes, ULONG from, ULONG below, ULONG *result)
{
  (void)primes;
  if (from > below)
    return E_INVALIDARG;
  *result = count_primes(from, below);
  return S_OK;
}

static IPrimesVtbl primes_methods = {query_interface, add_ref, release, count};

/* ---- its ICallFactory ---- */

static IPrimes *primes_of(ICallFactory *factory)
{
  return &CONTAINING_RECORD(factory, struct primes_object, call_factory)->primes;
}

static HRESULT STDMETHODCALLTYPE factory_query_interface(ICallFactory *factory, REFIID iid,
                                                         void **object)
{
  return IPrimes_QueryInterface(primes_of(factory), iid, object);
}

static ULONG STDMETHODCALLTYPE factory_add_ref(ICallFactory *factory)
{
  return IPrimes_AddRef(primes_of(factory));
}

static ULONG STDMETHODCALLTYPE factory_release(ICallFactory *factory)
{
  return IPrimes_Release(primes_of(factory));
}

static HRESULT STDMETHODCALLTYPE create_call(ICallFactory *factory, REFIID async_iid,
                                             IUnknown *outer, REFIID iid, IUnknown **object)
{
  struct primes_call *call;

  (void)factory;
  *object = NULL;
  if (!IsEqualIID(async_iid, &IID_AsyncIPrimes))
    return E_NOINTERFACE;
  if (!outer || !IsEqualIID(iid, &IID_IUnknown))
    return E_INVALIDARG; /* COM never asks so; a client of this process has Count */
  call = calloc(1, sizeof(*call));
  if (!call)
    return E_OUTOFMEMORY;
  call->async_primes.lpVtbl = &call_methods;
  call->inner.lpVtbl = &inner_methods;
  call->references = 1;
  call->outer = outer;
  *object = &call->inner;
  return S_OK;
}

static ICallFactoryVtbl factory_methods = {factory_query_interface, factory_add_ref,
                                           factory_release, create_call};

HRESULT primes_object_create(REFIID iid, void **object)
{
  struct primes_object *primes = calloc(1, sizeof(*primes));
  HRESULT result;

  *object = NULL;
  if (!primes)
    return E_OUTOFMEMORY;
  CoAddRefServerProcess();
  primes->primes.lpVtbl = &primes_methods;
  primes->call_factory.lpVtbl = &factory_methods;
  primes->references = 1;
  result = IPrimes_QueryInterface(&primes->primes, iid, object);
  IPrimes_Release(&primes->primes);
  return result;
}

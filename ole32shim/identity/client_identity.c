#include "client_identity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../callobj/call_factory.h"
#include "../filter/thread_slot.h"
#include "../remote/object_reference.h"

/* Private to combase: the proxy manager has no references to give back (SORF_OXRES2). */
#define NO_REFERENCES 0x20u
/* An exporter that no apartment has: combase takes process and thread ids for them. */
#define NOWHERE 0xffffffff00000000u

static SRWLOCK lock = SRWLOCK_INIT;
static bool prepared;
static IMultiQIVtbl wine; /* lock, until `prepared`: the methods as they were */
static struct thread_slot preparing;

static HRESULT WINAPI query_interface(IMultiQI *identity, REFIID iid, void **object)
{
  if (!object)
    return E_POINTER;
  return IsEqualIID(iid, &IID_ICallFactory) ? call_factory_create((IUnknown *)identity, object)
                                            : wine.QueryInterface(identity, iid, object);
}

/* Of all that were wanted. */
static HRESULT result_of_queries(const MULTI_QI *queries, ULONG count)
{
  ULONG found = 0;

  for (ULONG i = 0; i < count; i++)
    found += queries[i].hr == S_OK;
  if (!found)
    return E_NOINTERFACE;
  return found == count ? S_OK : S_FALSE;
}

/* The others, in one call, as they would have been without the call factory. */
static void query_others(IMultiQI *identity, MULTI_QI *queries, ULONG count, MULTI_QI *others)
{
  ULONG wanted = 0, next = 0;

  for (ULONG i = 0; i < count; i++) {
    if (!IsEqualIID(queries[i].pIID, &IID_ICallFactory))
      others[wanted++] = queries[i];
  }
  if (wanted)
    wine.QueryMultipleInterfaces(identity, wanted, others);
  for (ULONG i = 0; i < count; i++) {
    if (!IsEqualIID(queries[i].pIID, &IID_ICallFactory))
      queries[i] = others[next++];
  }
}

static bool want_call_factory(const MULTI_QI *queries, ULONG count)
{
  for (ULONG i = 0; i < count; i++) {
    if (IsEqualIID(queries[i].pIID, &IID_ICallFactory))
      return true;
  }
  return false;
}

static HRESULT WINAPI query_multiple_interfaces(IMultiQI *identity, ULONG count,
                                                MULTI_QI *queries)
{
  MULTI_QI *others;

  if (!want_call_factory(queries, count))
    return wine.QueryMultipleInterfaces(identity, count, queries);
  others = calloc(count, sizeof(*others));
  if (!others)
    return E_OUTOFMEMORY;
  query_others(identity, queries, count, others);
  free(others);
  for (ULONG i = 0; i < count; i++) {
    if (IsEqualIID(queries[i].pIID, &IID_ICallFactory))
      queries[i].hr = call_factory_create((IUnknown *)identity, (void **)&queries[i].pItf);
  }
  return result_of_queries(queries, count);
}

static bool make_writable(IMultiQIVtbl *methods, DWORD protection, DWORD *former)
{
  return VirtualProtect(methods, sizeof(*methods), protection, former);
}

/* lock held: the methods are known before the first of ours can be called. */
static void replace(IMultiQIVtbl *methods)
{
  DWORD former;

  if (!make_writable(methods, PAGE_READWRITE, &former))
    return;
  wine = *methods;
  MemoryBarrier();
  InterlockedExchangePointer((void **)&methods->QueryInterface, (void *)query_interface);
  InterlockedExchangePointer((void **)&methods->QueryMultipleInterfaces,
                             (void *)query_multiple_interfaces);
  make_writable(methods, former, &former);
  __atomic_store_n(&prepared, true, __ATOMIC_RELEASE);
}

static void find_and_replace(void)
{
  const struct standard_reference nowhere = {
      .flags = NO_REFERENCES, .public_references = 1, .oxid = NOWHERE, .oid = NOWHERE};
  IMultiQI *identity;

  if (FAILED(object_reference_unmarshal(&nowhere, &IID_IUnknown, (void **)&identity)))
    return;
  AcquireSRWLockExclusive(&lock);
  if (!prepared)
    replace(identity->lpVtbl);
  ReleaseSRWLockExclusive(&lock);
  identity->lpVtbl->Release(identity);
}

void client_identity_prepare(void)
{
  if (__atomic_load_n(&prepared, __ATOMIC_ACQUIRE) || thread_slot_get(&preparing) ||
      !thread_slot_set(&preparing, &preparing))
    return;
  find_and_replace();
  thread_slot_set(&preparing, NULL);
}

HRESULT client_identity_exchange(IUnknown *object, void **call_factory)
{
  HRESULT result;

  *call_factory = NULL;
  if (!object) /* somebody's word against their deed */
    return E_NOINTERFACE;
  result = object->lpVtbl->QueryInterface(object, &IID_ICallFactory, call_factory);
  object->lpVtbl->Release(object);
  return result;
}

#include "synchronize_container.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "com_wait.h"

struct synchronize_container {
  ISynchronizeContainer container;
  LONG references;
  SRWLOCK lock;
  ULONG count;
  struct member {
    ISynchronize *synchronize;
    ISynchronizeHandle *handle;
  } members[COM_WAIT_LIMIT]; /* in the order added */
};

/* What one wait looks at: members with references of its own, and their handles. */
struct snapshot {
  ULONG count;
  struct member members[COM_WAIT_LIMIT];
  HANDLE handles[COM_WAIT_LIMIT];
};

static struct synchronize_container *from_interface(ISynchronizeContainer *container)
{
  return CONTAINING_RECORD(container, struct synchronize_container, container);
}

static void member_add_ref(struct member *member)
{
  member->synchronize->lpVtbl->AddRef(member->synchronize);
  member->handle->lpVtbl->AddRef(member->handle);
}

static void member_release(struct member *member)
{
  member->handle->lpVtbl->Release(member->handle);
  member->synchronize->lpVtbl->Release(member->synchronize);
}

static HRESULT WINAPI query_interface(ISynchronizeContainer *container, REFIID iid,
                                      void **object)
{
  if (!object)
    return E_POINTER;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISynchronizeContainer))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_interface(container)->references);
  *object = container;
  return S_OK;
}

static ULONG WINAPI add_ref(ISynchronizeContainer *container)
{
  return InterlockedIncrement(&from_interface(container)->references);
}

static ULONG WINAPI release(ISynchronizeContainer *interface_pointer)
{
  struct synchronize_container *container = from_interface(interface_pointer);
  LONG references = InterlockedDecrement(&container->references);

  if (!references) {
    for (ULONG i = 0; i < container->count; i++)
      member_release(&container->members[i]);
    free(container);
  }
  return references;
}

static HRESULT WINAPI add_synchronize(ISynchronizeContainer *interface_pointer,
                                      ISynchronize *synchronize)
{
  struct synchronize_container *container = from_interface(interface_pointer);
  struct member member = {synchronize, NULL};
  bool added = false;
  HRESULT result;

  if (!synchronize)
    return E_INVALIDARG;
  result = synchronize->lpVtbl->QueryInterface(synchronize, &IID_ISynchronizeHandle,
                                               (void **)&member.handle);
  if (FAILED(result))
    return result;
  synchronize->lpVtbl->AddRef(synchronize);
  AcquireSRWLockExclusive(&container->lock);
  if (container->count < COM_WAIT_LIMIT) {
    container->members[container->count++] = member;
    added = true;
  }
  ReleaseSRWLockExclusive(&container->lock);
  if (added)
    return S_OK;
  member_release(&member);
  return RPC_E_OUT_OF_RESOURCES;
}

static void snapshot_release(struct snapshot *snapshot)
{
  for (ULONG i = 0; i < snapshot->count; i++)
    member_release(&snapshot->members[i]);
}

/* S_OK, RPC_E_NO_SYNC, or why an object has no handle; on failure there is nothing to release.
 */
static HRESULT snapshot_take(struct snapshot *snapshot, struct synchronize_container *container)
{
  HRESULT result = S_OK;

  /* Whoever is in the list is held by it: AddRef cannot call back into the last release. */
  AcquireSRWLockShared(&container->lock);
  snapshot->count = container->count;
  memcpy(snapshot->members, container->members, container->count * sizeof(struct member));
  for (ULONG i = 0; i < snapshot->count; i++)
    member_add_ref(&snapshot->members[i]);
  ReleaseSRWLockShared(&container->lock);

  for (ULONG i = 0; i < snapshot->count && SUCCEEDED(result); i++) {
    ISynchronizeHandle *handle = snapshot->members[i].handle;

    result = handle->lpVtbl->GetHandle(handle, &snapshot->handles[i]);
  }
  if (FAILED(result))
    snapshot_release(snapshot);
  else if (!snapshot->count)
    result = RPC_E_NO_SYNC;
  return result;
}

/* Takes the member out of the container; false: another thread was faster. */
static bool take_member(struct synchronize_container *container, const struct member *wanted)
{
  bool found = false;
  struct member taken = *wanted;

  AcquireSRWLockExclusive(&container->lock);
  for (ULONG i = 0; i < container->count && !found; i++) {
    if (container->members[i].synchronize != wanted->synchronize)
      continue;
    found = true;
    taken = container->members[i];
    container->count--;
    memmove(&container->members[i], &container->members[i + 1],
            (container->count - i) * sizeof(struct member));
  }
  ReleaseSRWLockExclusive(&container->lock);
  /* The reference on `synchronize` is the caller's now. */
  if (found)
    taken.handle->lpVtbl->Release(taken.handle);
  return found;
}

/* One wait. S_FALSE: what was signalled has gone to another thread, so wait for the others. */
static HRESULT wait_once(struct synchronize_container *container, DWORD flags,
                         DWORD milliseconds, ISynchronize **synchronize)
{
  struct snapshot snapshot;
  DWORD index;
  HRESULT result = snapshot_take(&snapshot, container);

  if (FAILED(result))
    return result;
  result = com_wait(flags, milliseconds, snapshot.count, snapshot.handles, &index);
  /* What an object's owner has abandoned is signalled, too. */
  if (result == S_OK && index >= WAIT_ABANDONED_0 && index < WAIT_ABANDONED_0 + snapshot.count)
    index -= WAIT_ABANDONED_0;
  if (result == S_OK && index >= snapshot.count) {
    result = RPC_S_CALLPENDING;
  } else if (result == S_OK) {
    result = take_member(container, &snapshot.members[index]) ? S_OK : S_FALSE;
    if (result == S_OK)
      *synchronize = snapshot.members[index].synchronize;
  }
  snapshot_release(&snapshot);
  return result;
}

static HRESULT WINAPI wait_multiple(ISynchronizeContainer *container, DWORD flags,
                                    DWORD milliseconds, ISynchronize **synchronize)
{
  DWORD start = GetTickCount(), remaining = milliseconds;
  HRESULT result;

  if (!synchronize)
    return E_INVALIDARG;
  *synchronize = NULL;
  if (flags & COWAIT_WAITALL)
    return E_INVALIDARG;
  for (;;) {
    DWORD passed;

    result = wait_once(from_interface(container), flags, remaining, synchronize);
    if (result != S_FALSE)
      return result;
    passed = GetTickCount() - start;
    if (milliseconds != INFINITE)
      remaining = passed < milliseconds ? milliseconds - passed : 0;
  }
}

static ISynchronizeContainerVtbl container_table = {query_interface, add_ref, release,
                                                    add_synchronize, wait_multiple};

HRESULT synchronize_container_create(IUnknown *outer, REFIID iid, void **object)
{
  struct synchronize_container *container;
  HRESULT result;

  *object = NULL;
  if (outer)
    return CLASS_E_NOAGGREGATION;
  container = calloc(1, sizeof(*container));
  if (!container)
    return E_OUTOFMEMORY;
  container->container.lpVtbl = &container_table;
  container->references = 1;
  InitializeSRWLock(&container->lock);
  result = query_interface(&container->container, iid, object);
  release(&container->container);
  return result;
}

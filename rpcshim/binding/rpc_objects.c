#include "rpc_objects.h"

#include <string.h>

#define BUCKETS 256

static SRWLOCK lock = SRWLOCK_INIT;
static struct rpc_object *expected;       /* written under the lock: at most one of a thread */
static struct rpc_object *known[BUCKETS]; /* lock */

/* The bits are random. */
static struct rpc_object **bucket_of(const unsigned char id[8])
{
  return &known[id[7] % BUCKETS];
}

/* Lock held. */
static void insert(struct rpc_object **list, struct rpc_object *object)
{
  object->list = list;
  object->next = *list;
  *list = object;
}

/* Lock held. */
static void take_out(struct rpc_object *object)
{
  struct rpc_object **entry = object->list;

  if (!entry)
    return;
  while (*entry != object)
    entry = &(*entry)->next;
  *entry = object->next;
  object->list = NULL;
}

/* Lock held. NULL: none. */
static struct rpc_object *find_expected(DWORD thread)
{
  struct rpc_object *object = expected;

  while (object && object->thread != thread)
    object = object->next;
  return object;
}

void rpc_objects_expect(struct rpc_object *object)
{
  struct rpc_object *former;

  AcquireSRWLockExclusive(&lock);
  object->thread = GetCurrentThreadId();
  former = find_expected(object->thread);
  if (former)
    take_out(former);
  insert(&expected, object);
  ReleaseSRWLockExclusive(&lock);
}

void rpc_objects_made_uuid(const UUID *uuid)
{
  struct rpc_object *object;

  /* Mostly none is; and what this thread has put there it sees. */
  if (!*(struct rpc_object *volatile *)&expected)
    return;
  AcquireSRWLockExclusive(&lock);
  object = find_expected(GetCurrentThreadId());
  if (object) {
    take_out(object);
    memcpy(object->id, uuid->Data4, sizeof(object->id));
    insert(bucket_of(object->id), object);
  }
  ReleaseSRWLockExclusive(&lock);
}

void rpc_objects_remove(struct rpc_object *object)
{
  AcquireSRWLockExclusive(&lock);
  take_out(object);
  ReleaseSRWLockExclusive(&lock);
}

bool rpc_objects_contain(const UUID *ipid)
{
  const struct rpc_object *object;

  AcquireSRWLockShared(&lock);
  object = *bucket_of(ipid->Data4);
  while (object && memcmp(object->id, ipid->Data4, sizeof(object->id)))
    object = object->next;
  ReleaseSRWLockShared(&lock);
  return object;
}

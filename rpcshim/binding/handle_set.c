#include "handle_set.h"

#include <stdint.h>
#include <stdlib.h>

#define HANDLE_SET_TOMBSTONE ((void *)1)
#define FIRST_CAPACITY       16u

static size_t home_slot(const struct handle_set *set, const void *object)
{
  /* The low bits of an address are always the same. */
  uint32_t hash = (uint32_t)((uintptr_t)object >> 4) * 0x9e3779b1u;

  return (hash ^ hash >> 15) & (set->capacity - 1);
}

/* The slot of `object`, or NULL. */
static void **find(const struct handle_set *set, const void *object)
{
  size_t i;

  if (set->count == 0 || !object || object == HANDLE_SET_TOMBSTONE)
    return NULL;
  for (i = home_slot(set, object); set->slots[i]; i = (i + 1) & (set->capacity - 1)) {
    if (set->slots[i] == object)
      return &set->slots[i];
  }
  return NULL;
}

static void put(struct handle_set *set, void *object)
{
  size_t i = home_slot(set, object);

  while (set->slots[i] && set->slots[i] != HANDLE_SET_TOMBSTONE)
    i = (i + 1) & (set->capacity - 1);
  if (set->slots[i])
    set->tombstones--;
  set->slots[i] = object;
  set->count++;
}

/* Makes room for one more, at most three quarters full, and clears the tombstones away. */
static bool make_room(struct handle_set *set)
{
  struct handle_set larger = {.capacity = set->capacity ? set->capacity : FIRST_CAPACITY};

  if (set->count + set->tombstones < set->capacity - set->capacity / 4)
    return true;
  while (set->count >= larger.capacity / 2)
    larger.capacity *= 2;
  larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
  if (!larger.slots)
    return false;
  for (size_t i = 0; i < set->capacity; i++) {
    if (set->slots[i] && set->slots[i] != HANDLE_SET_TOMBSTONE)
      put(&larger, set->slots[i]);
  }
  free(set->slots);
  set->slots = larger.slots;
  set->capacity = larger.capacity;
  set->tombstones = 0;
  return true;
}

bool handle_set_insert(struct handle_set *set, void *object)
{
  bool inserted;

  AcquireSRWLockExclusive(&set->lock);
  inserted = make_room(set);
  if (inserted)
    put(set, object);
  ReleaseSRWLockExclusive(&set->lock);
  return inserted;
}

bool handle_set_remove(struct handle_set *set, void *object)
{
  void **slot;

  AcquireSRWLockExclusive(&set->lock);
  slot = find(set, object);
  if (slot) {
    *slot = HANDLE_SET_TOMBSTONE;
    set->tombstones++;
    set->count--;
  }
  ReleaseSRWLockExclusive(&set->lock);
  return slot != NULL;
}

bool handle_set_acquire(struct handle_set *set, void *object, void (*acquire)(void *object))
{
  bool found;

  AcquireSRWLockShared(&set->lock);
  found = find(set, object) != NULL;
  if (found)
    acquire(object);
  ReleaseSRWLockShared(&set->lock);
  return found;
}

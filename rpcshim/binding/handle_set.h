/*
 * The set of live handles: what tells a handle of ours from a stale or foreign pointer.
 *
 * A hash set of pointers under one SRW lock. handle_set_acquire() calls `acquire` (which takes
 * a reference) while the lock is held, so that the object cannot go between the check and the
 * reference.
 */
#ifndef ASYNCSHIM_BINDING_HANDLE_SET_H
#define ASYNCSHIM_BINDING_HANDLE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

struct handle_set {
  SRWLOCK lock;
  void **slots; /* open addressing; NULL free, HANDLE_SET_TOMBSTONE removed */
  size_t capacity;
  size_t count;
  size_t tombstones;
};

#define HANDLE_SET_INIT                                                                        \
  {                                                                                            \
    SRWLOCK_INIT, NULL, 0, 0, 0                                                                \
  }

/* false: out of memory. */
bool handle_set_insert(struct handle_set *set, void *object);
/* false: was not in it. */
bool handle_set_remove(struct handle_set *set, void *object);
/* true: `object` is live and acquire(object) has been called. */
bool handle_set_acquire(struct handle_set *set, void *object, void (*acquire)(void *object));

#endif

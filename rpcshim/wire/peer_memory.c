#include "peer_memory.h"

void peer_memory_init(struct peer_memory *share, struct peer_memory_budget *budget)
{
  share->budget = budget;
  share->held = 0;
}

static bool fits(const struct peer_memory *share, size_t own, size_t all)
{
  size_t limit = share->budget->limit;

  return own <= PEER_MEMORY_FLOOR || (all <= limit && own <= limit - all);
}

/* Taken first and looked at then: two that grow at the same moment see each other. */
bool peer_memory_take(struct peer_memory *share, size_t bytes)
{
  size_t own;
  size_t all;

  if (bytes > PEER_MEMORY_FLOOR && bytes > share->budget->limit)
    return false;
  own = __atomic_add_fetch(&share->held, bytes, __ATOMIC_RELAXED);
  all = __atomic_add_fetch(&share->budget->held, bytes, __ATOMIC_RELAXED);
  if (fits(share, own, all))
    return true;
  peer_memory_give(share, bytes);
  return false;
}

void peer_memory_add(struct peer_memory *share, size_t bytes)
{
  __atomic_add_fetch(&share->held, bytes, __ATOMIC_RELAXED);
  __atomic_add_fetch(&share->budget->held, bytes, __ATOMIC_RELAXED);
}

void peer_memory_give(struct peer_memory *share, size_t bytes)
{
  __atomic_sub_fetch(&share->budget->held, bytes, __ATOMIC_RELAXED);
  __atomic_sub_fetch(&share->held, bytes, __ATOMIC_RELAXED);
}

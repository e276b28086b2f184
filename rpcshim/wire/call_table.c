#include "call_table.h"

#include <stdlib.h>

#define FIRST_CAPACITY 8u

void call_table_init(struct call_table *table)
{
  *table = (struct call_table){0};
}

void call_table_destroy(struct call_table *table)
{
  free(table->slots);
  *table = (struct call_table){0};
}

/*
 * Call ids are the peer's choice. The address of the slots, which it does not know, goes into
 * the hash, so that it cannot make all its calls collide.
 */
static size_t home_slot(const struct call_table *table, uint32_t id)
{
  uint32_t hash = id ^ (uint32_t)((uintptr_t)table->slots >> 4);

  hash = (hash ^ hash >> 16) * 0x9e3779b1u;
  hash = (hash ^ hash >> 15) * 0x85ebca77u;
  return (hash ^ hash >> 16) & (table->capacity - 1);
}

/* The slot of `id`, or the free one where it would go. At least one slot is free. */
static struct call_table_slot *probe(const struct call_table *table, uint32_t id)
{
  size_t mask = table->capacity - 1;
  size_t i = home_slot(table, id);

  while (table->slots[i].call && table->slots[i].id != id)
    i = (i + 1) & mask;
  return &table->slots[i];
}

static bool grow(struct call_table *table)
{
  struct call_table grown = {.capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY,
                             .count = table->count};

  grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
  if (!grown.slots)
    return false;
  for (size_t i = 0; i < table->capacity; i++) {
    if (table->slots[i].call)
      *probe(&grown, table->slots[i].id) = table->slots[i];
  }
  free(table->slots);
  *table = grown;
  return true;
}

bool call_table_insert(struct call_table *table, uint32_t id, void *call)
{
  struct call_table_slot *slot;

  if (!call || call_table_find(table, id))
    return false;
  /* At most three quarters full. */
  if (table->count >= table->capacity - table->capacity / 4 && !grow(table))
    return false;
  slot = probe(table, id);
  slot->id = id;
  slot->call = call;
  table->count++;
  return true;
}

void *call_table_find(const struct call_table *table, uint32_t id)
{
  return table->count ? probe(table, id)->call : NULL;
}

void *call_table_remove(struct call_table *table, uint32_t id)
{
  size_t mask = table->capacity - 1;
  struct call_table_slot *slot;
  size_t hole;
  void *call;

  if (table->count == 0)
    return NULL;
  slot = probe(table, id);
  call = slot->call;
  if (!call)
    return NULL;

  /* Moves up what the hole would otherwise cut off from its home slot: no tombstones are left.
   */
  hole = (size_t)(slot - table->slots);
  for (size_t i = (hole + 1) & mask; table->slots[i].call; i = (i + 1) & mask) {
    size_t distance = (i - home_slot(table, table->slots[i].id)) & mask;

    if (distance >= ((i - hole) & mask)) {
      table->slots[hole] = table->slots[i];
      hole = i;
    }
  }
  table->slots[hole].call = NULL;
  table->count--;
  return call;
}

void *call_table_next(const struct call_table *table, size_t *place)
{
  while (*place < table->capacity) {
    void *call = table->slots[(*place)++].call;

    if (call)
      return call;
  }
  return NULL;
}

void *call_table_any(const struct call_table *table, uint32_t *id)
{
  size_t mask = table->capacity - 1;
  /*
   * Starts elsewhere for every count, so that emptying the table does not search the part
   * emptied before again and again.
   */
  size_t i = table->count * 0x9e3779b1u & mask;

  if (table->count == 0)
    return NULL;
  while (!table->slots[i].call)
    i = (i + 1) & mask;
  *id = table->slots[i].id;
  return table->slots[i].call;
}

/*
 * Calls by call id: the calls in flight on one connection.
 *
 * Open addressing, grows by doubling. Not locked: the owning connection's lock guards it. The
 * table does not own what it points to.
 */
#ifndef ASYNCSHIM_WIRE_CALL_TABLE_H
#define ASYNCSHIM_WIRE_CALL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call_table_slot {
  uint32_t id;
  void *call; /* NULL: free */
};

struct call_table {
  struct call_table_slot *slots;
  size_t capacity; /* 0 or a power of two */
  size_t count;
};

void call_table_init(struct call_table *table);
void call_table_destroy(struct call_table *table);
/* false: out of memory, or `id` is taken. */
bool call_table_insert(struct call_table *table, uint32_t id, void *call);
void *call_table_find(const struct call_table *table, uint32_t id);
/* The call removed, or NULL. */
void *call_table_remove(struct call_table *table, uint32_t id);
/* All calls one by one, in no order: *place is 0 before the first; NULL: that was all. The
 * table must not change meanwhile. */
void *call_table_next(const struct call_table *table, size_t *place);
/* Any call of the table, NULL where it is empty: for emptying it when a connection ends. */
void *call_table_any(const struct call_table *table, uint32_t *id);

#endif

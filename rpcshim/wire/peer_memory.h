/*
 * What peers have this process hold: messages that have not arrived as a whole, calls in
 * progress with their data, answers that have not been read.
 *
 * A budget is what all peers may have together, a share what one of them has. A share may grow
 * as long as it is not larger than what is left of the budget: one peer gets half of it at the
 * most, two a third each, and however many there are, something is left for the next one.
 * (Known from the buffers of switches as dynamic thresholds: Choudhury and Hahne, 1998.) Below
 * PEER_MEMORY_FLOOR a share may always grow, so that small messages pass while large ones have
 * used the budget up.
 *
 * The counts are atomic: any thread, no lock. A budget outlives its shares.
 */
#ifndef ASYNCSHIM_WIRE_PEER_MEMORY_H
#define ASYNCSHIM_WIRE_PEER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define PEER_MEMORY_FLOOR 16384u

struct peer_memory_budget {
  size_t limit; /* bytes; at most SIZE_MAX / 4 */
  size_t held;  /* by all shares */
};

struct peer_memory {
  struct peer_memory_budget *budget;
  size_t held;
};

void peer_memory_init(struct peer_memory *share, struct peer_memory_budget *budget);
/* The peer is about to have `bytes` more. false: that is too much, and nothing has changed. */
bool peer_memory_take(struct peer_memory *share, size_t bytes);
/* The same for what is there in any case. */
void peer_memory_add(struct peer_memory *share, size_t bytes);
void peer_memory_give(struct peer_memory *share, size_t bytes);

#endif

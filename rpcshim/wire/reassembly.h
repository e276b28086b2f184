/*
 * Puts the stub data of a message's fragments together.
 *
 * Owned by one call and guarded by whatever guards that call. Memory comes from malloc and
 * follows what has really arrived: the peer's alloc_hint is believed only up to
 * REASSEMBLY_TRUST times that. While a message has not arrived as a whole, its memory is
 * charged to the peer's share, if it has one (peer_memory.h).
 */
#ifndef ASYNCSHIM_WIRE_REASSEMBLY_H
#define ASYNCSHIM_WIRE_REASSEMBLY_H

#include "pdu.h"
#include "peer_memory.h"

#define REASSEMBLY_TRUST 4

struct reassembly {
  struct peer_memory *memory; /* or NULL; outlives the message */
  uint8_t *data;
  size_t length;
  size_t capacity;
  size_t charged;
  size_t limit; /* most bytes one message may have */
  bool started;
  bool complete;
  bool believed; /* the capacity is what the peer announced: more is more than that */
};

void reassembly_init(struct reassembly *reassembly, size_t limit, struct peer_memory *memory);
void reassembly_destroy(struct reassembly *reassembly);

/*
 * Adds one fragment (request or response). PDU_OK (look at `complete`), PDU_MALFORMED (a first
 * fragment in the middle, a later one without a first), PDU_TOO_LARGE (past the limit, or
 * announced to be), PDU_NO_MEMORY (also: the peer has its share).
 */
enum pdu_status reassembly_add(struct reassembly *reassembly, const struct pdu *pdu);

/* Hands the malloc'ed bytes to the caller (never NULL once complete; 8-byte aligned). They are
 * charged to nobody from then on. */
uint8_t *reassembly_take(struct reassembly *reassembly, size_t *length);

#endif

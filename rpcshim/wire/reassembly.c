#include "reassembly.h"

#include <stdlib.h>
#include <string.h>

void reassembly_init(struct reassembly *reassembly, size_t limit, struct peer_memory *memory)
{
  *reassembly = (struct reassembly){.limit = limit, .memory = memory};
}

static void give_charge(struct reassembly *reassembly)
{
  if (reassembly->charged)
    peer_memory_give(reassembly->memory, reassembly->charged);
  reassembly->charged = 0;
}

void reassembly_destroy(struct reassembly *reassembly)
{
  give_charge(reassembly);
  free(reassembly->data);
  *reassembly = (struct reassembly){0};
}

static size_t alloc_hint(const struct pdu *pdu)
{
  return pdu->type == PDU_REQUEST ? pdu->u.request.alloc_hint : pdu->u.response.alloc_hint;
}

/* How long the message will be as the fragment has it: alloc_hint counts from its own stub data
 * on. At least what is here. */
static size_t announced_length(const struct reassembly *reassembly, const struct pdu *pdu)
{
  size_t room = reassembly->limit - reassembly->length;
  size_t rest = alloc_hint(pdu);

  if (pdu->flags & PDU_FLAG_LAST || rest < pdu->body_length)
    rest = pdu->body_length;
  return reassembly->length + (rest < room ? rest : room);
}

/* What a peer is believed: the more has arrived the more. */
static size_t trusted_length(const struct reassembly *reassembly, const struct pdu *pdu)
{
  size_t arrived = reassembly->length + pdu->body_length;
  size_t limit = reassembly->limit;

  return arrived > limit / REASSEMBLY_TRUST ? limit : arrived * REASSEMBLY_TRUST;
}

/*
 * The capacity to grow to, so that all the copying is linear: for an honest peer a few moves,
 * of which the last one fits the message exactly; for one that has announced less than it
 * sends, twice what it had.
 */
static size_t next_capacity(struct reassembly *reassembly, const struct pdu *pdu)
{
  size_t needed = reassembly->length + pdu->body_length;
  size_t announced = announced_length(reassembly, pdu);
  size_t trusted = trusted_length(reassembly, pdu);
  size_t doubled = reassembly->capacity > reassembly->limit / 2 ? reassembly->limit
                                                                : reassembly->capacity * 2;

  if (pdu->flags & PDU_FLAG_LAST)
    return needed;
  if (reassembly->believed)
    return doubled > needed ? doubled : needed;
  reassembly->believed = announced <= trusted;
  if (announced > trusted)
    announced = trusted;
  return announced > needed ? announced : needed;
}

/* A message of one fragment waits for nothing. */
static bool charge(struct reassembly *reassembly, const struct pdu *pdu, size_t capacity)
{
  if (!reassembly->memory || (pdu->flags & PDU_FLAGS_SINGLE) == PDU_FLAGS_SINGLE ||
      capacity <= reassembly->charged)
    return true;
  if (!peer_memory_take(reassembly->memory, capacity - reassembly->charged))
    return false;
  reassembly->charged = capacity;
  return true;
}

static bool reserve(struct reassembly *reassembly, const struct pdu *pdu)
{
  size_t capacity = reassembly->capacity;
  uint8_t *data;

  if (reassembly->data && pdu->body_length <= capacity - reassembly->length)
    return true;
  capacity = next_capacity(reassembly, pdu);
  if (!charge(reassembly, pdu, capacity))
    return false;
  data = realloc(reassembly->data, capacity ? capacity : 1);
  if (!data)
    return false;
  reassembly->data = data;
  reassembly->capacity = capacity;
  return true;
}

enum pdu_status reassembly_add(struct reassembly *reassembly, const struct pdu *pdu)
{
  bool first = (pdu->flags & PDU_FLAG_FIRST) != 0;

  if ((pdu->type != PDU_REQUEST && pdu->type != PDU_RESPONSE) || first == reassembly->started ||
      reassembly->complete)
    return PDU_MALFORMED;
  if (pdu->body_length > reassembly->limit - reassembly->length ||
      (first && !(pdu->flags & PDU_FLAG_LAST) && alloc_hint(pdu) > reassembly->limit))
    return PDU_TOO_LARGE;
  if (!reserve(reassembly, pdu))
    return PDU_NO_MEMORY;
  if (pdu->body_length)
    memcpy(reassembly->data + reassembly->length, pdu->body, pdu->body_length);
  reassembly->length += pdu->body_length;
  reassembly->started = true;
  reassembly->complete = (pdu->flags & PDU_FLAG_LAST) != 0;
  return PDU_OK;
}

uint8_t *reassembly_take(struct reassembly *reassembly, size_t *length)
{
  uint8_t *data = reassembly->data;

  *length = reassembly->length;
  give_charge(reassembly);
  *reassembly = (struct reassembly){.limit = reassembly->limit, .memory = reassembly->memory};
  return data;
}

#include "reassembly.h"

#include <stdlib.h>
#include <string.h>

void reassembly_init(struct reassembly *reassembly, size_t limit)
{
  *reassembly = (struct reassembly){.limit = limit};
}

void reassembly_destroy(struct reassembly *reassembly)
{
  free(reassembly->data);
  *reassembly = (struct reassembly){0};
}

/* For a single fragment just its bytes, else what the peer announces, within reason. */
static size_t first_capacity(const struct reassembly *reassembly, const struct pdu *pdu)
{
  size_t hint =
      pdu->type == PDU_REQUEST ? pdu->u.request.alloc_hint : pdu->u.response.alloc_hint;

  if (pdu->flags & PDU_FLAG_LAST)
    return pdu->body_length;
  if (hint > REASSEMBLY_TRUST)
    hint = REASSEMBLY_TRUST;
  if (hint > reassembly->limit)
    hint = reassembly->limit;
  return hint > pdu->body_length ? hint : pdu->body_length;
}

static bool reserve(struct reassembly *reassembly, size_t capacity)
{
  uint8_t *data;

  if (reassembly->data && capacity <= reassembly->capacity)
    return true;
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
  size_t needed, capacity, doubled;

  if ((pdu->type != PDU_REQUEST && pdu->type != PDU_RESPONSE) || first == reassembly->started ||
      reassembly->complete || pdu->body_length > reassembly->limit - reassembly->length)
    return PDU_MALFORMED;

  needed = reassembly->length + pdu->body_length;
  if (first) {
    capacity = first_capacity(reassembly, pdu);
  } else {
    /* Doubling keeps the copying linear; the last fragment needs no more than itself. */
    doubled = reassembly->capacity > reassembly->limit / 2 ? reassembly->limit
                                                           : reassembly->capacity * 2;
    capacity = pdu->flags & PDU_FLAG_LAST || doubled < needed ? needed : doubled;
    if (needed <= reassembly->capacity)
      capacity = reassembly->capacity;
  }
  if (!reserve(reassembly, capacity))
    return PDU_NO_MEMORY;
  if (pdu->body_length)
    memcpy(reassembly->data + reassembly->length, pdu->body, pdu->body_length);
  reassembly->length = needed;
  reassembly->started = true;
  reassembly->complete = (pdu->flags & PDU_FLAG_LAST) != 0;
  return PDU_OK;
}

uint8_t *reassembly_take(struct reassembly *reassembly, size_t *length)
{
  uint8_t *data = reassembly->data;

  *length = reassembly->length;
  *reassembly = (struct reassembly){.limit = reassembly->limit};
  return data;
}

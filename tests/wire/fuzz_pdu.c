/*
 * Fuzz target of wire/: whatever a peer may send.
 *
 * The first byte of an input chooses how the rest, a byte stream, is cut into reads. The stream
 * goes through framing, every fragment through the decoder, requests and responses through
 * reassembly. What was decoded is encoded again, and what the encoder wrote must decode to the
 * same: a difference aborts. corpus_replay.c runs the same function over the seed corpus
 * without libFuzzer.
 */
#include "fuzz_pdu.h"

#include "framing.h"
#include "reassembly.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_LIMIT (1u << 16)

#define REQUIRE(condition)                                                                     \
  do {                                                                                         \
    if (!(condition))                                                                          \
      abort();                                                                                 \
  } while (0)

static uint8_t encoded[PDU_MAX_FRAGMENT + 8];
/* Large: static, as the decoder fills only what a type calls for. */
static struct pdu first, second;

static void require_same_contexts(void)
{
  REQUIRE(first.u.bind.max_transmit == second.u.bind.max_transmit);
  REQUIRE(first.u.bind.max_receive == second.u.bind.max_receive);
  REQUIRE(first.u.bind.group_id == second.u.bind.group_id);
  REQUIRE(first.u.bind.context_count == second.u.bind.context_count);
  for (uint8_t i = 0; i < first.u.bind.context_count; i++) {
    const struct presentation_context *a = &first.u.bind.contexts[i];
    const struct presentation_context *b = &second.u.bind.contexts[i];

    REQUIRE(a->id == b->id && a->transfer_count == b->transfer_count);
    REQUIRE(syntax_equal(&a->abstract, &b->abstract));
    for (uint8_t j = 0; j < a->transfer_count; j++)
      REQUIRE(syntax_equal(&a->transfer[j], &b->transfer[j]));
  }
}

static void reencode_bind(void)
{
  struct bind_parameters parameters = {first.u.bind.max_transmit, first.u.bind.max_receive,
                                       first.u.bind.group_id, first.flags};
  size_t size = pdu_encode_bind(encoded, sizeof(encoded), first.type, first.call_id,
                                &parameters, first.u.bind.contexts, first.u.bind.context_count);

  REQUIRE(size && pdu_decode(encoded, size, &second) == PDU_OK);
  require_same_contexts();
}

static void reencode_bind_ack(void)
{
  struct bind_parameters parameters = {first.u.bind_ack.max_transmit,
                                       first.u.bind_ack.max_receive, first.u.bind_ack.group_id,
                                       first.flags};
  size_t address_length = first.u.bind_ack.secondary_address_length, size;
  char address[128];

  if (address_length >= sizeof(address) ||
      memchr(first.u.bind_ack.secondary_address, '\0', address_length))
    return; /* the encoder takes C strings */
  memcpy(address, first.u.bind_ack.secondary_address, address_length);
  address[address_length] = '\0';
  size = pdu_encode_bind_ack(encoded, sizeof(encoded), first.type, first.call_id, &parameters,
                             address, first.u.bind_ack.results, first.u.bind_ack.result_count);
  REQUIRE(size && pdu_decode(encoded, size, &second) == PDU_OK);
  REQUIRE(second.u.bind_ack.secondary_address_length == address_length);
  REQUIRE(memcmp(second.u.bind_ack.secondary_address, address, address_length) == 0);
  REQUIRE(second.u.bind_ack.result_count == first.u.bind_ack.result_count);
  for (uint8_t i = 0; i < first.u.bind_ack.result_count; i++)
    REQUIRE(memcmp(&first.u.bind_ack.results[i], &second.u.bind_ack.results[i],
                   sizeof(first.u.bind_ack.results[i])) == 0);
}

static void reencode_message(void)
{
  struct message_header header = {
      .type = first.type, .extra_flags = first.flags, .call_id = first.call_id};
  struct reassembly whole;
  size_t offset = 0, consumed, size;

  if (first.type == PDU_REQUEST) {
    header.context_id = first.u.request.context_id;
    header.opnum = first.u.request.opnum;
    header.has_object = first.u.request.has_object;
    header.object = first.u.request.object;
  } else {
    header.context_id = first.u.response.context_id;
    header.cancel_count = first.u.response.cancel_count;
  }
  reassembly_init(&whole, MESSAGE_LIMIT, NULL);
  do {
    /* Small fragments, so that a message of the corpus is cut in several. */
    size = message_encode_fragment(encoded, sizeof(encoded), &header, first.body,
                                   first.body_length, offset, 64, &consumed);
    REQUIRE(size && size <= 64 && pdu_decode(encoded, size, &second) == PDU_OK);
    REQUIRE(second.type == first.type && second.call_id == first.call_id);
    REQUIRE(reassembly_add(&whole, &second) == PDU_OK);
    offset += consumed;
  } while (offset < first.body_length);
  REQUIRE(whole.complete && whole.length == first.body_length);
  REQUIRE(!whole.length || memcmp(whole.data, first.body, whole.length) == 0);
  reassembly_destroy(&whole);
}

static void reencode_fault(void)
{
  size_t size =
      pdu_encode_fault(encoded, sizeof(encoded), first.call_id, first.u.response.context_id,
                       first.flags, first.u.response.cancel_count, first.u.response.status);

  REQUIRE(size == PDU_FAULT_SIZE && pdu_decode(encoded, size, &second) == PDU_OK);
  REQUIRE(second.u.response.status == first.u.response.status);
  REQUIRE(second.u.response.cancel_count == first.u.response.cancel_count);
}

/* Every pointer of a decoded fragment leads into it. */
static void require_within(const uint8_t *part, size_t size, const uint8_t *whole,
                           size_t length)
{
  REQUIRE(!size ||
          (part >= whole && size <= length && part - whole <= (ptrdiff_t)(length - size)));
}

static void take_fragment(const uint8_t *fragment, size_t length, struct reassembly *message)
{
  /* A copy of its own, so that the sanitizer sees every byte read past the fragment. */
  uint8_t *copy = malloc(length);

  REQUIRE(copy != NULL);
  memcpy(copy, fragment, length);
  if (pdu_decode(copy, length, &first) == PDU_OK) {
    require_within(first.body, first.body_length, copy, length);
    require_within(first.auth.value, first.auth.value_length, copy, length);
    switch (first.type) {
    case PDU_BIND:
    case PDU_ALTER_CONTEXT:
      reencode_bind();
      break;
    case PDU_BIND_ACK:
    case PDU_ALTER_CONTEXT_RESP:
      reencode_bind_ack();
      break;
    case PDU_REQUEST:
    case PDU_RESPONSE:
      reencode_message();
      if (reassembly_add(message, &first) != PDU_OK || message->complete) {
        reassembly_destroy(message);
        reassembly_init(message, MESSAGE_LIMIT, NULL);
      }
      break;
    case PDU_FAULT:
      reencode_fault();
      break;
    default:
      break;
    }
  }
  free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  enum pdu_status status = PDU_NEED_MORE;
  struct reassembly message;
  struct frame_reader reader;
  uint32_t cut;

  if (size == 0)
    return 0;
  cut = *data++;
  size--;
  frame_reader_init(&reader, 5840);
  reassembly_init(&message, MESSAGE_LIMIT, NULL);
  while (size && status != PDU_MALFORMED) {
    const uint8_t *fragment;
    size_t available, length, count;
    uint8_t *room;

    cut = cut * 1664525 + 1013904223;
    room = frame_reader_room(&reader, 1 + (cut >> 24), &available);
    REQUIRE(room && available);
    count = cut & 0x800 ? available : 1 + (cut >> 24);
    if (count > available)
      count = available;
    if (count > size)
      count = size;
    memcpy(room, data, count);
    frame_reader_commit(&reader, count);
    data += count;
    size -= count;
    while ((status = frame_reader_next(&reader, &fragment, &length)) == PDU_OK ||
           status == PDU_BAD_VERSION)
      take_fragment(fragment, length, &message);
  }
  reassembly_destroy(&message);
  frame_reader_destroy(&reader);
  return 0;
}

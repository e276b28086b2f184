/* The encoders write what C706 says, and never past the capacity given. */
#include "check.h"
#include "golden.h"

static const struct bind_parameters parameters = {.max_transmit = 5840,
                                                  .max_receive = 5840,
                                                  .group_id = 0xdeadbeef,
                                                  .flags = PDU_FLAG_CONCURRENT_MPX};

static struct syntax_id features_syntax(void)
{
  struct syntax_id features = {{0x6cb71c2c, 0x9812, 0x4540, {3}}, 1, 0};

  return features;
}

static size_t encode_golden_bind(uint8_t *out, size_t capacity)
{
  struct presentation_context contexts[2] = {
      {.id = 0, .transfer_count = 1, .abstract = golden_interface, .transfer = {syntax_ndr}},
      {.id = 1, .transfer_count = 1, .abstract = golden_interface},
  };

  contexts[1].transfer[0] = features_syntax();
  return pdu_encode_bind(out, capacity, PDU_BIND, 2, &parameters, contexts, 2);
}

static size_t encode_golden_bind_ack(uint8_t *out, size_t capacity)
{
  const struct presentation_result results[2] = {
      {.result = CONTEXT_ACCEPTED, .transfer = syntax_ndr},
      {.result = CONTEXT_NEGOTIATE_ACK, .reason = 3},
  };
  struct bind_parameters answer = {.max_transmit = 5840,
                                   .max_receive = 4280,
                                   .group_id = 0x02030405,
                                   .flags = PDU_FLAG_CONCURRENT_MPX};

  return pdu_encode_bind_ack(out, capacity, PDU_BIND_ACK, 2, &answer, "49152", results, 2);
}

static size_t encode_golden_bind_nak(uint8_t *out, size_t capacity)
{
  return pdu_encode_bind_nak(out, capacity, 7, REJECT_PROTOCOL_VERSION_NOT_SUPPORTED);
}

static size_t encode_golden_fault(uint8_t *out, size_t capacity)
{
  return pdu_encode_fault(out, capacity, 3, 1, PDU_FLAG_DID_NOT_EXECUTE, 2, 0x1c010002);
}

static size_t encode_golden_co_cancel(uint8_t *out, size_t capacity)
{
  return pdu_encode_empty(out, capacity, PDU_CO_CANCEL, 0x12345678, 0);
}

static size_t encode_golden_request(uint8_t *out, size_t capacity)
{
  struct message_header header = {
      .type = PDU_REQUEST, .call_id = 3, .context_id = 1, .opnum = 298};
  size_t consumed;

  return message_encode_fragment(out, capacity, &header, (const uint8_t *)"hello", 5, 0, 5840,
                                 &consumed);
}

static size_t encode_golden_request_object(uint8_t *out, size_t capacity)
{
  struct message_header header = {.type = PDU_REQUEST,
                                  .call_id = 4,
                                  .opnum = 7,
                                  .has_object = true,
                                  .object = golden_interface.uuid};
  size_t consumed;

  return message_encode_fragment(out, capacity, &header, (const uint8_t *)"\xff", 1, 0, 5840,
                                 &consumed);
}

static size_t encode_golden_response(uint8_t *out, size_t capacity)
{
  struct message_header header = {
      .type = PDU_RESPONSE, .call_id = 3, .context_id = 1, .cancel_count = 9};
  size_t consumed;

  return message_encode_fragment(out, capacity, &header, (const uint8_t *)"\1\2\3\4", 4, 0,
                                 5840, &consumed);
}

#define ENCODED(name)                                                                          \
  {                                                                                            \
    encode_golden_##name, golden_##name, sizeof(golden_##name)                                 \
  }
static const struct {
  size_t (*encode)(uint8_t *out, size_t capacity);
  const uint8_t *golden;
  size_t size;
} encoders[] = {
    ENCODED(bind),           ENCODED(bind_ack), ENCODED(bind_nak),  ENCODED(request),
    ENCODED(request_object), ENCODED(response), ENCODED(co_cancel), ENCODED(fault),
};
#define ENCODER_COUNT (sizeof(encoders) / sizeof(encoders[0]))

static void every_pdu_has_the_bytes_of_the_specification(void)
{
  for (size_t i = 0; i < ENCODER_COUNT; i++) {
    uint8_t out[256];
    size_t size;

    memset(out, 0xcc, sizeof(out));
    size = encoders[i].encode(out, sizeof(out));
    CHECK_BYTES(encoders[i].golden, encoders[i].size, out, size);
  }
}

static void too_little_capacity_is_refused_without_an_overrun(void)
{
  for (size_t i = 0; i < ENCODER_COUNT; i++) {
    for (size_t capacity = 0; capacity < encoders[i].size; capacity++) {
      uint8_t *out = malloc(capacity ? capacity : 1);

      CHECK_EQUAL(0, encoders[i].encode(capacity ? out : NULL, capacity));
      free(out);
    }
  }
}

static void exact_capacity_is_enough(void)
{
  for (size_t i = 0; i < ENCODER_COUNT; i++) {
    uint8_t *out = malloc(encoders[i].size);

    CHECK_EQUAL(encoders[i].size, encoders[i].encode(out, encoders[i].size));
    free(out);
  }
}

/* C706 12.6.4.2: alter_context_resp has no secondary address; results still begin at a multiple
 * of 4. */
static void alter_context_response_has_no_address(void)
{
  const struct presentation_result result = {.result = CONTEXT_PROVIDER_REJECTION,
                                             .reason = REASON_LOCAL_LIMIT_EXCEEDED};
  uint8_t out[128];
  struct pdu pdu;
  size_t size = pdu_encode_bind_ack(out, sizeof(out), PDU_ALTER_CONTEXT_RESP, 5, &parameters,
                                    "", &result, 1);

  CHECK_EQUAL(56, size);
  CHECK_EQUAL(PDU_OK, pdu_decode(out, size, &pdu));
  CHECK_EQUAL(PDU_ALTER_CONTEXT_RESP, pdu.type);
  CHECK_EQUAL(0, pdu.u.bind_ack.secondary_address_length);
  CHECK_EQUAL(1, pdu.u.bind_ack.result_count);
  CHECK_EQUAL(REASON_LOCAL_LIMIT_EXCEEDED, pdu.u.bind_ack.results[0].reason);
}

static void what_cannot_be_represented_is_refused(void)
{
  static struct presentation_context contexts[PDU_MAX_CONTEXTS + 1];
  static struct presentation_result results[PDU_MAX_CONTEXTS + 1];
  static char address[0x10001];
  static uint8_t out[0x20000];
  struct message_header header = {.type = PDU_FAULT};
  size_t consumed;

  CHECK_EQUAL(0, pdu_encode_bind(out, sizeof(out), PDU_BIND_ACK, 1, &parameters, contexts, 1));
  CHECK_EQUAL(0, pdu_encode_bind(out, sizeof(out), PDU_BIND, 1, &parameters, contexts,
                                 PDU_MAX_CONTEXTS + 1));
  contexts[0].transfer_count = PDU_MAX_TRANSFER_SYNTAXES + 1;
  CHECK_EQUAL(0, pdu_encode_bind(out, sizeof(out), PDU_BIND, 1, &parameters, contexts, 1));
  CHECK_EQUAL(0,
              pdu_encode_bind_ack(out, sizeof(out), PDU_BIND, 1, &parameters, "", results, 1));
  CHECK_EQUAL(0, pdu_encode_bind_ack(out, sizeof(out), PDU_BIND_ACK, 1, &parameters, "",
                                     results, PDU_MAX_CONTEXTS + 1));
  memset(address, 'a', sizeof(address) - 1);
  CHECK_EQUAL(0, pdu_encode_bind_ack(out, sizeof(out), PDU_BIND_ACK, 1, &parameters, address,
                                     results, 1));
  address[0xffff - 1] = '\0'; /* fits its own length field, but not the fragment */
  CHECK_EQUAL(0, pdu_encode_bind_ack(out, sizeof(out), PDU_BIND_ACK, 1, &parameters, address,
                                     results, 1));
  CHECK_EQUAL(0, pdu_encode_empty(out, sizeof(out), PDU_REQUEST, 1, 0));
  CHECK_EQUAL(0,
              message_encode_fragment(out, sizeof(out), &header, out, 1, 0, 5840, &consumed));
  header.type = PDU_REQUEST;
  CHECK_EQUAL(0, message_encode_fragment(out, sizeof(out), &header, out, 1, 0, 31, &consumed));
  CHECK_EQUAL(0,
              message_encode_fragment(out, sizeof(out), &header, out, 1, 1, 5840, &consumed));
  CHECK_EQUAL(0,
              message_encode_fragment(out, sizeof(out), &header, out, 1, 2, 5840, &consumed));
}

static void body_capacity_is_a_multiple_of_eight(void)
{
  struct message_header header = {.type = PDU_REQUEST};

  CHECK_EQUAL(5816, message_body_capacity(&header, 5840));
  CHECK_EQUAL(4256, message_body_capacity(&header, 4280));
  CHECK_EQUAL(1408, message_body_capacity(&header, 1432));
  CHECK_EQUAL(0, message_body_capacity(&header, 31));
  CHECK_EQUAL(0, message_body_capacity(&header, 0));
  header.has_object = true;
  CHECK_EQUAL(5800, message_body_capacity(&header, 5840));
  header.type = PDU_RESPONSE;
  CHECK_EQUAL(5816, message_body_capacity(&header, 5840));
  CHECK_EQUAL(65504, message_body_capacity(&header, 65535));
}

/* Flags and hints of each fragment of one message, for many sizes around the edges. */
static void long_messages_are_cut_into_fragments(void)
{
  static uint8_t body[10000], out[1432];
  struct message_header header = {.type = PDU_REQUEST,
                                  .extra_flags = PDU_FLAG_MAYBE | PDU_FLAG_PENDING_CANCEL,
                                  .call_id = 11,
                                  .opnum = 4,
                                  .has_object = true,
                                  .object = golden_interface.uuid};
  const size_t most = message_body_capacity(&header, sizeof(out));

  for (size_t i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(i * 7);
  for (size_t total = 0; total < sizeof(body); total += total % most < most - 9 ? 97 : 1) {
    size_t offset = 0;

    do {
      size_t consumed, size;
      struct pdu pdu;

      size = message_encode_fragment(out, sizeof(out), &header, body, total, offset,
                                     sizeof(out), &consumed);
      CHECK(size != 0);
      CHECK_EQUAL(PDU_OK, pdu_decode(out, size, &pdu));
      CHECK_EQUAL(offset == 0, (pdu.flags & PDU_FLAG_FIRST) != 0);
      CHECK_EQUAL(offset == 0, (pdu.flags & PDU_FLAG_PENDING_CANCEL) != 0);
      CHECK_EQUAL(offset + consumed == total, (pdu.flags & PDU_FLAG_LAST) != 0);
      CHECK(pdu.flags & PDU_FLAG_MAYBE);
      CHECK(pdu.u.request.has_object);
      CHECK_EQUAL(4, pdu.u.request.opnum);
      CHECK_EQUAL(total - offset, pdu.u.request.alloc_hint);
      CHECK_BYTES(body + offset, consumed, pdu.body, pdu.body_length);
      CHECK(offset + consumed == total || consumed == most);
      offset += consumed;
    } while (offset < total);
  }
}

static void an_empty_message_is_one_fragment(void)
{
  struct message_header header = {.type = PDU_RESPONSE, .call_id = 1};
  uint8_t out[64];
  size_t consumed = 99;
  struct pdu pdu;

  CHECK_EQUAL(24,
              message_encode_fragment(out, sizeof(out), &header, NULL, 0, 0, 5840, &consumed));
  CHECK_EQUAL(0, consumed);
  CHECK_EQUAL(PDU_OK, pdu_decode(out, 24, &pdu));
  CHECK_EQUAL(PDU_FLAGS_SINGLE, pdu.flags);
  CHECK_EQUAL(0, pdu.body_length);
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(every_pdu_has_the_bytes_of_the_specification),
      TEST(too_little_capacity_is_refused_without_an_overrun),
      TEST(exact_capacity_is_enough),
      TEST(alter_context_response_has_no_address),
      TEST(what_cannot_be_represented_is_refused),
      TEST(body_capacity_is_a_multiple_of_eight),
      TEST(long_messages_are_cut_into_fragments),
      TEST(an_empty_message_is_one_fragment),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

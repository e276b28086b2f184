/* What pdu_decode() takes, and what it refuses. */
#include "check.h"
#include "golden.h"

static enum pdu_status decode(const uint8_t *bytes, size_t size, struct pdu *pdu)
{
  uint8_t *copy = exact_copy(bytes, size);
  enum pdu_status status = pdu_decode(copy, size, pdu);

  free(copy);
  return status;
}

/* A changeable copy of a golden PDU. */
static size_t load(uint8_t *buffer, const uint8_t *bytes, size_t size)
{
  memcpy(buffer, bytes, size);
  return size;
}
#define LOAD(buffer, golden) load(buffer, golden, sizeof(golden))

static void bind_is_decoded(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_bind, sizeof(golden_bind), &pdu));
  CHECK_EQUAL(PDU_BIND, pdu.type);
  CHECK_EQUAL(PDU_FLAGS_SINGLE | PDU_FLAG_CONCURRENT_MPX, pdu.flags);
  CHECK_EQUAL(2, pdu.call_id);
  CHECK(!pdu.big_endian);
  CHECK_EQUAL(0, pdu.auth.value_length);
  CHECK_EQUAL(5840, pdu.u.bind.max_transmit);
  CHECK_EQUAL(5840, pdu.u.bind.max_receive);
  CHECK_EQUAL(0xdeadbeef, pdu.u.bind.group_id);
  CHECK_EQUAL(2, pdu.u.bind.context_count);
  CHECK_EQUAL(0, pdu.u.bind.contexts[0].id);
  CHECK_EQUAL(1, pdu.u.bind.contexts[0].transfer_count);
  CHECK(syntax_equal(&golden_interface, &pdu.u.bind.contexts[0].abstract));
  CHECK(syntax_equal(&syntax_ndr, &pdu.u.bind.contexts[0].transfer[0]));
  CHECK(!syntax_is_bind_time_features(&pdu.u.bind.contexts[0].transfer[0]));
  CHECK_EQUAL(1, pdu.u.bind.contexts[1].id);
  CHECK(syntax_is_bind_time_features(&pdu.u.bind.contexts[1].transfer[0]));
}

static void big_endian_bind_is_decoded(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_big_endian_bind, sizeof(golden_big_endian_bind), &pdu));
  CHECK(pdu.big_endian);
  CHECK_EQUAL(0x102, pdu.call_id);
  CHECK_EQUAL(5840, pdu.u.bind.max_transmit);
  CHECK_EQUAL(4280, pdu.u.bind.max_receive);
  CHECK_EQUAL(0xdeadbeef, pdu.u.bind.group_id);
  CHECK_EQUAL(1, pdu.u.bind.context_count);
  CHECK_EQUAL(3, pdu.u.bind.contexts[0].id);
  CHECK(syntax_equal(&golden_interface, &pdu.u.bind.contexts[0].abstract));
  CHECK(syntax_equal(&syntax_ndr, &pdu.u.bind.contexts[0].transfer[0]));
}

static void bind_ack_is_decoded(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_bind_ack, sizeof(golden_bind_ack), &pdu));
  CHECK_EQUAL(PDU_BIND_ACK, pdu.type);
  CHECK_EQUAL(5840, pdu.u.bind_ack.max_transmit);
  CHECK_EQUAL(4280, pdu.u.bind_ack.max_receive);
  CHECK_EQUAL(0x02030405, pdu.u.bind_ack.group_id);
  CHECK_EQUAL(5, pdu.u.bind_ack.secondary_address_length);
  CHECK(memcmp(pdu.u.bind_ack.secondary_address, "49152", 5) == 0);
  CHECK_EQUAL(2, pdu.u.bind_ack.result_count);
  CHECK_EQUAL(CONTEXT_ACCEPTED, pdu.u.bind_ack.results[0].result);
  CHECK(syntax_equal(&syntax_ndr, &pdu.u.bind_ack.results[0].transfer));
  CHECK_EQUAL(CONTEXT_NEGOTIATE_ACK, pdu.u.bind_ack.results[1].result);
  CHECK_EQUAL(3, pdu.u.bind_ack.results[1].reason);
}

/* The results begin at the next multiple of 4 after the address, whatever its length. */
static void secondary_address_of_any_length_is_decoded(void)
{
  for (uint8_t length = 0; length < 9; length++) {
    uint8_t bytes[64] = {5, 0, 12, 3, 0x10};
    size_t at = 24;
    struct pdu pdu;

    bytes[at++] = length;
    bytes[at++] = 0;
    memset(bytes + at, 'x', length);
    at = (at + length + 3) & ~(size_t)3;
    bytes[at] = 1;
    bytes[at + 4] = 2; /* provider rejection */
    bytes[at + 6] = 1; /* abstract syntax not supported */
    at += 28;
    bytes[8] = (uint8_t)at;
    CHECK_EQUAL(PDU_OK, decode(bytes, at, &pdu));
    CHECK_EQUAL(length, pdu.u.bind_ack.secondary_address_length);
    CHECK_EQUAL(1, pdu.u.bind_ack.result_count);
    CHECK_EQUAL(CONTEXT_PROVIDER_REJECTION, pdu.u.bind_ack.results[0].result);
    CHECK_EQUAL(REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED, pdu.u.bind_ack.results[0].reason);
  }
}

static void secondary_address_beyond_the_fragment_is_malformed(void)
{
  uint8_t bytes[sizeof(golden_bind_ack)];
  size_t size = LOAD(bytes, golden_bind_ack);
  struct pdu pdu;

  bytes[24] = bytes[25] = 0xff;
  CHECK_EQUAL(PDU_MALFORMED, decode(bytes, size, &pdu));
}

static void bind_nak_is_decoded_with_or_without_versions(void)
{
  uint8_t bytes[sizeof(golden_bind_nak)];
  struct pdu pdu;

  LOAD(bytes, golden_bind_nak);
  for (uint8_t size = 18; size <= sizeof(bytes); size++) {
    bytes[8] = size;
    CHECK_EQUAL(PDU_OK, decode(bytes, size, &pdu));
    CHECK_EQUAL(PDU_BIND_NAK, pdu.type);
    CHECK_EQUAL(REJECT_PROTOCOL_VERSION_NOT_SUPPORTED, pdu.u.bind_nak.reason);
  }
  bytes[8] = 17;
  CHECK_EQUAL(PDU_MALFORMED, decode(bytes, 17, &pdu));
}

static void request_is_decoded(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_request, sizeof(golden_request), &pdu));
  CHECK_EQUAL(PDU_REQUEST, pdu.type);
  CHECK_EQUAL(5, pdu.u.request.alloc_hint);
  CHECK_EQUAL(1, pdu.u.request.context_id);
  CHECK_EQUAL(298, pdu.u.request.opnum);
  CHECK(!pdu.u.request.has_object);
  CHECK(wire_uuid_is_nil(&pdu.u.request.object));
  CHECK(pdu.body == golden_request + 24);
  CHECK_EQUAL(5, pdu.body_length);
}

static void request_with_object_is_decoded(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_request_object, sizeof(golden_request_object), &pdu));
  CHECK(pdu.u.request.has_object);
  CHECK(!wire_uuid_is_nil(&pdu.u.request.object));
  CHECK(memcmp(&golden_interface.uuid, &pdu.u.request.object, sizeof(struct wire_uuid)) == 0);
  CHECK_EQUAL(7, pdu.u.request.opnum);
  CHECK_EQUAL(1, pdu.body_length);
  CHECK_EQUAL(0xff, pdu.body[0]);
}

static void response_is_decoded(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_response, sizeof(golden_response), &pdu));
  CHECK_EQUAL(PDU_RESPONSE, pdu.type);
  CHECK_EQUAL(1, pdu.u.response.context_id);
  CHECK_EQUAL(9, pdu.u.response.cancel_count);
  CHECK_BYTES((const uint8_t *)"\1\2\3\4", 4, pdu.body, pdu.body_length);
}

/* C706 wants 4 reserved bytes after the status; peers are seen that leave them out. */
static void fault_needs_its_status_and_no_more(void)
{
  uint8_t bytes[sizeof(golden_fault) + 8];
  struct pdu pdu;

  LOAD(bytes, golden_fault);
  memset(bytes + 32, 0x55, 8);
  bytes[8] = 28;
  CHECK_EQUAL(PDU_OK, decode(bytes, 28, &pdu));
  CHECK_EQUAL(0x1c010002, pdu.u.response.status);
  CHECK_EQUAL(0, pdu.body_length);
  bytes[8] = 32;
  CHECK_EQUAL(PDU_OK, decode(bytes, 32, &pdu));
  CHECK_EQUAL(PDU_FAULT, pdu.type);
  CHECK(pdu.flags & PDU_FLAG_DID_NOT_EXECUTE);
  CHECK_EQUAL(2, pdu.u.response.cancel_count);
  CHECK_EQUAL(0x1c010002, pdu.u.response.status);
  CHECK_EQUAL(0, pdu.body_length);
  bytes[8] = 40; /* extended error information */
  CHECK_EQUAL(PDU_OK, pdu_decode(bytes, 40, &pdu));
  CHECK_EQUAL(8, pdu.body_length);
  CHECK(pdu.body == bytes + 32);
  bytes[8] = 27;
  CHECK_EQUAL(PDU_MALFORMED, decode(bytes, 27, &pdu));
  bytes[8] = 30;
  CHECK_EQUAL(PDU_MALFORMED, decode(bytes, 30, &pdu));
}

static void cancel_is_decoded(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_co_cancel, sizeof(golden_co_cancel), &pdu));
  CHECK_EQUAL(PDU_CO_CANCEL, pdu.type);
  CHECK_EQUAL(0x12345678, pdu.call_id);
}

static void verifier_and_padding_come_off_the_body(void)
{
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(golden_authenticated_request,
                                 sizeof(golden_authenticated_request), &pdu));
  CHECK_BYTES((const uint8_t *)"hello", 5, pdu.body, pdu.body_length);
  CHECK_EQUAL(10, pdu.auth.type);
  CHECK_EQUAL(6, pdu.auth.level);
  CHECK_EQUAL(3, pdu.auth.pad_length);
  CHECK_EQUAL(0x01020304, pdu.auth.context_id);
  CHECK_BYTES((const uint8_t *)"\xaa\xbb\xcc\xdd", 4, pdu.auth.value, pdu.auth.value_length);
}

static void padding_into_the_header_is_malformed(void)
{
  uint8_t bytes[sizeof(golden_authenticated_request)];
  size_t size = LOAD(bytes, golden_authenticated_request);
  struct pdu pdu;

  bytes[34] = 8; /* all of the body */
  CHECK_EQUAL(PDU_OK, decode(bytes, size, &pdu));
  CHECK_EQUAL(0, pdu.body_length);
  for (unsigned int pad = 9; pad < 256; pad++) {
    bytes[34] = (uint8_t)pad;
    CHECK_EQUAL(PDU_MALFORMED, decode(bytes, size, &pdu));
  }
}

static void verifier_larger_than_the_fragment_is_malformed(void)
{
  uint8_t bytes[sizeof(golden_authenticated_request)];
  size_t size = LOAD(bytes, golden_authenticated_request);
  struct pdu pdu;

  for (unsigned int length = 13; length < 0x10000; length++) {
    bytes[10] = (uint8_t)length;
    bytes[11] = (uint8_t)(length >> 8);
    CHECK_EQUAL(PDU_MALFORMED, pdu_decode(bytes, size, &pdu));
  }
}

static void auth3_carries_a_verifier(void)
{
  /* 4 bytes of padding of its own (MS-RPCE 2.2.2.10), trailer, 1 byte of credentials */
  static const uint8_t bytes[] = {5, 0, 16, 3, 0x10, 0,  0, 0, 29, 0, 1, 0, 1, 0,   0,
                                  0, 9, 9,  9, 9,    10, 2, 0, 0,  7, 0, 0, 0, 0x5a};
  struct pdu pdu;

  CHECK_EQUAL(PDU_OK, pdu_decode(bytes, sizeof(bytes), &pdu));
  CHECK_EQUAL(PDU_AUTH3, pdu.type);
  CHECK_EQUAL(7, pdu.auth.context_id);
  CHECK_EQUAL(1, pdu.auth.value_length);
  CHECK_EQUAL(0x5a, pdu.auth.value[0]);
}

static void wrong_version_still_names_the_call(void)
{
  uint8_t bytes[sizeof(golden_bind)];
  size_t size = LOAD(bytes, golden_bind);
  struct pdu pdu;

  bytes[0] = 4;
  CHECK_EQUAL(PDU_BAD_VERSION, decode(bytes, size, &pdu));
  CHECK_EQUAL(PDU_BIND, pdu.type);
  CHECK_EQUAL(2, pdu.call_id);
  bytes[0] = 5;
  bytes[1] = 1;
  CHECK_EQUAL(PDU_OK, decode(bytes, size, &pdu));
  bytes[1] = 2;
  CHECK_EQUAL(PDU_BAD_VERSION, decode(bytes, size, &pdu));
}

static void unknown_types_are_malformed(void)
{
  static const bool known[256] = {
      [PDU_REQUEST] = true,       [PDU_RESPONSE] = true,           [PDU_FAULT] = true,
      [PDU_BIND] = true,          [PDU_BIND_ACK] = true,           [PDU_BIND_NAK] = true,
      [PDU_ALTER_CONTEXT] = true, [PDU_ALTER_CONTEXT_RESP] = true, [PDU_AUTH3] = true,
      [PDU_SHUTDOWN] = true,      [PDU_CO_CANCEL] = true,          [PDU_ORPHANED] = true,
  };

  for (unsigned int type = 0; type < 256; type++) {
    /* All zeros after the header: valid for every type there is. */
    uint8_t bytes[64] = {5, 0, (uint8_t)type, 3, 0x10, 0, 0, 0, 64};
    struct pdu pdu;

    CHECK_EQUAL(known[type] ? PDU_OK : PDU_MALFORMED, decode(bytes, sizeof(bytes), &pdu));
  }
}

static void unknown_integer_representation_is_malformed(void)
{
  uint8_t bytes[sizeof(golden_request)];
  size_t size = LOAD(bytes, golden_request);
  struct pdu pdu;

  for (unsigned int drep = 0x20; drep < 0x100; drep += 0x10) {
    bytes[4] = (uint8_t)drep;
    CHECK_EQUAL(PDU_MALFORMED, decode(bytes, size, &pdu));
  }
}

static void fragment_length_must_be_the_length(void)
{
  uint8_t bytes[sizeof(golden_request)];
  size_t size = LOAD(bytes, golden_request);
  struct pdu pdu;

  for (unsigned int length = 0; length < 0x10000; length++) {
    bytes[8] = (uint8_t)length;
    bytes[9] = (uint8_t)(length >> 8);
    CHECK_EQUAL(length == size ? PDU_OK : PDU_MALFORMED, pdu_decode(bytes, size, &pdu));
  }
}

/* Cut off anywhere, with the length field telling the truth: malformed, or less stub data. */
static void truncated_pdus_are_never_read_past_their_end(void)
{
  for (size_t i = 0; i < GOLDEN_COUNT; i++) {
    for (size_t size = 0; size < golden_pdus[i].size; size++) {
      uint8_t *bytes = exact_copy(golden_pdus[i].bytes, size);
      struct pdu pdu;
      enum pdu_status status;

      if (size >= 10)
        bytes[bytes[4] >> 4 ? 8 : 9] = (uint8_t)size;
      status = pdu_decode(bytes, size, &pdu);
      if (status == PDU_OK) {
        CHECK(pdu.type == PDU_REQUEST || pdu.type == PDU_RESPONSE || pdu.type == PDU_FAULT ||
              pdu.type == PDU_BIND_NAK);
        CHECK(pdu.body_length <= size);
      } else {
        CHECK_EQUAL(PDU_MALFORMED, status);
      }
      free(bytes);
    }
  }
}

static void counts_beyond_the_fragment_are_malformed(void)
{
  uint8_t bind[sizeof(golden_bind)], ack[sizeof(golden_bind_ack)];
  struct pdu pdu;

  LOAD(bind, golden_bind);
  LOAD(ack, golden_bind_ack);
  for (unsigned int count = 3; count < 256; count++) {
    bind[24] = (uint8_t)count;
    CHECK_EQUAL(PDU_MALFORMED, decode(bind, sizeof(bind), &pdu));
    ack[32] = (uint8_t)count;
    CHECK_EQUAL(PDU_MALFORMED, decode(ack, sizeof(ack), &pdu));
  }
  LOAD(bind, golden_bind);
  for (unsigned int count = 4; count < 256; count++) {
    bind[30] = (uint8_t)count; /* transfer syntaxes of the first context */
    CHECK_EQUAL(PDU_MALFORMED, decode(bind, sizeof(bind), &pdu));
  }
}

static void more_contexts_than_the_limit_are_malformed(void)
{
  static uint8_t bytes[28 + 255 * 24];

  for (unsigned int count = 0; count < 256; count++) {
    size_t size = 28 + count * 24; /* contexts without transfer syntax */
    struct pdu pdu;

    memcpy(bytes, golden_bind, 28);
    bytes[8] = (uint8_t)size;
    bytes[9] = (uint8_t)(size >> 8);
    bytes[24] = (uint8_t)count;
    CHECK_EQUAL(count <= PDU_MAX_CONTEXTS ? PDU_OK : PDU_MALFORMED, decode(bytes, size, &pdu));
    if (count <= PDU_MAX_CONTEXTS)
      CHECK_EQUAL(count, pdu.u.bind.context_count);
  }
}

static void transfer_syntaxes_past_the_limit_are_skipped(void)
{
  static const uint8_t context[] = {9, 0, 255, 0, INTERFACE_BYTES};
  static const uint8_t next[] = {10, 0, 1, 0, INTERFACE_BYTES, NDR64_BYTES};
  static const uint8_t ndr[] = {NDR_BYTES};
  static uint8_t bytes[28 + sizeof(context) + 255 * 20 + sizeof(next)];
  size_t size = 28 + sizeof(context);
  struct pdu pdu;

  memcpy(bytes, golden_bind, 28);
  bytes[8] = (uint8_t)sizeof(bytes);
  bytes[9] = (uint8_t)(sizeof(bytes) >> 8);
  memcpy(bytes + 28, context, sizeof(context));
  for (int i = 0; i < 255; i++, size += sizeof(ndr))
    memcpy(bytes + size, ndr, sizeof(ndr));
  memcpy(bytes + size, next, sizeof(next));
  CHECK_EQUAL(PDU_OK, decode(bytes, sizeof(bytes), &pdu));
  CHECK_EQUAL(PDU_MAX_TRANSFER_SYNTAXES, pdu.u.bind.contexts[0].transfer_count);
  CHECK_EQUAL(10, pdu.u.bind.contexts[1].id);
  CHECK(syntax_equal(&syntax_ndr64, &pdu.u.bind.contexts[1].transfer[0]));
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(bind_is_decoded),
      TEST(big_endian_bind_is_decoded),
      TEST(bind_ack_is_decoded),
      TEST(secondary_address_of_any_length_is_decoded),
      TEST(secondary_address_beyond_the_fragment_is_malformed),
      TEST(bind_nak_is_decoded_with_or_without_versions),
      TEST(request_is_decoded),
      TEST(request_with_object_is_decoded),
      TEST(response_is_decoded),
      TEST(fault_needs_its_status_and_no_more),
      TEST(cancel_is_decoded),
      TEST(verifier_and_padding_come_off_the_body),
      TEST(padding_into_the_header_is_malformed),
      TEST(verifier_larger_than_the_fragment_is_malformed),
      TEST(auth3_carries_a_verifier),
      TEST(wrong_version_still_names_the_call),
      TEST(unknown_types_are_malformed),
      TEST(unknown_integer_representation_is_malformed),
      TEST(fragment_length_must_be_the_length),
      TEST(truncated_pdus_are_never_read_past_their_end),
      TEST(counts_beyond_the_fragment_are_malformed),
      TEST(more_contexts_than_the_limit_are_malformed),
      TEST(transfer_syntaxes_past_the_limit_are_skipped),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

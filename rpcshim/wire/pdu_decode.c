/*
 * Decoding of one fragment. Every length and count is checked against the fragment before it is
 * used.
 *
 * Where peers are known to differ harmlessly from the letter of C706, the decoder takes both: a
 * fault that ends after its status, a bind_nak without a list of versions, a secondary address
 * without NUL, trailing bytes after the last member of a PDU that carries no stub data.
 */
#include "byte_order.h"

#include <string.h>

#define SECURITY_TRAILER_SIZE 8u /* MS-RPCE 2.2.2.11, without the credentials that follow */

const struct syntax_id syntax_ndr = {
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, 2, 0};
const struct syntax_id syntax_ndr64 = {
    {0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, 1, 0};

bool wire_uuid_equal(const struct wire_uuid *a, const struct wire_uuid *b)
{
  return memcmp(a, b, sizeof(*a)) == 0;
}

bool wire_uuid_is_nil(const struct wire_uuid *uuid)
{
  static const struct wire_uuid nil;

  return memcmp(uuid, &nil, sizeof(nil)) == 0;
}

bool syntax_equal(const struct syntax_id *a, const struct syntax_id *b)
{
  return a->major == b->major && a->minor == b->minor && wire_uuid_equal(&a->uuid, &b->uuid);
}

/* 6cb71c2c-9812-4540-xxxx-xxxxxxxxxxxx v1.0; the x carry the bits of the features offered. */
bool syntax_is_bind_time_features(const struct syntax_id *syntax)
{
  return syntax->uuid.data1 == 0x6cb71c2c && syntax->uuid.data2 == 0x9812 &&
         syntax->uuid.data3 == 0x4540 && syntax->major == 1 && syntax->minor == 0;
}

/* p_syntax_id_t: its version is one integer, the major version in the low half (C706 12.6.3.1).
 */
static void read_syntax(struct byte_reader *reader, struct syntax_id *syntax)
{
  uint32_t version;

  syntax->uuid = byte_reader_uuid(reader);
  version = byte_reader_u32(reader);
  syntax->major = (uint16_t)version;
  syntax->minor = (uint16_t)(version >> 16);
}

static bool type_is_known(uint8_t type)
{
  switch (type) {
  case PDU_REQUEST:
  case PDU_RESPONSE:
  case PDU_FAULT:
  case PDU_BIND:
  case PDU_BIND_ACK:
  case PDU_BIND_NAK:
  case PDU_ALTER_CONTEXT:
  case PDU_ALTER_CONTEXT_RESP:
  case PDU_AUTH3:
  case PDU_SHUTDOWN:
  case PDU_CO_CANCEL:
  case PDU_ORPHANED:
    return true;
  default:
    return false;
  }
}

/*
 * Takes the verifier and its padding off the end: reader->end is where the PDU's own members
 * stop. The padding comes before the trailer and has to lie within the PDU (MS-RPCE 2.2.2.11).
 */
static void read_auth(struct byte_reader *reader, uint16_t auth_length, struct pdu_auth *auth)
{
  struct byte_reader trailer = *reader;
  size_t room = reader->end - reader->position;

  if (auth_length == 0)
    return;
  if (room < SECURITY_TRAILER_SIZE + (size_t)auth_length) {
    reader->failed = true;
    return;
  }
  room -= SECURITY_TRAILER_SIZE + (size_t)auth_length;
  trailer.position = reader->position + room;
  auth->type = byte_reader_u8(&trailer);
  auth->level = byte_reader_u8(&trailer);
  auth->pad_length = byte_reader_u8(&trailer);
  byte_reader_u8(&trailer); /* reserved */
  auth->context_id = byte_reader_u32(&trailer);
  auth->value = byte_reader_take(&trailer, auth_length);
  auth->value_length = auth_length;
  if (auth->pad_length > room) {
    reader->failed = true;
    return;
  }
  reader->end = reader->position + room - auth->pad_length;
}

/* What is left is stub data. */
static void read_body(struct byte_reader *reader, struct pdu *pdu)
{
  size_t length = reader->end - reader->position;

  pdu->body = byte_reader_take(reader, length);
  pdu->body_length = pdu->body ? length : 0;
}

static void read_context(struct byte_reader *reader, struct presentation_context *context)
{
  struct syntax_id skipped;
  uint8_t transfer_count;

  context->id = byte_reader_u16(reader);
  transfer_count = byte_reader_u8(reader);
  byte_reader_u8(reader); /* reserved */
  read_syntax(reader, &context->abstract);
  context->transfer_count = 0;
  for (uint8_t i = 0; i < transfer_count && !reader->failed; i++) {
    if (i < PDU_MAX_TRANSFER_SYNTAXES)
      read_syntax(reader, &context->transfer[context->transfer_count++]);
    else
      read_syntax(reader, &skipped);
  }
}

static void read_bind(struct byte_reader *reader, struct pdu *pdu)
{
  pdu->u.bind.max_transmit = byte_reader_u16(reader);
  pdu->u.bind.max_receive = byte_reader_u16(reader);
  pdu->u.bind.group_id = byte_reader_u32(reader);
  pdu->u.bind.context_count = byte_reader_u8(reader);
  byte_reader_take(reader, 3); /* reserved */
  if (pdu->u.bind.context_count > PDU_MAX_CONTEXTS)
    reader->failed = true;
  for (uint8_t i = 0; i < pdu->u.bind.context_count && !reader->failed; i++)
    read_context(reader, &pdu->u.bind.contexts[i]);
}

/* port_any_t: the length counts the NUL. */
static void read_secondary_address(struct byte_reader *reader, struct pdu *pdu)
{
  uint16_t length = byte_reader_u16(reader);
  const uint8_t *address = byte_reader_take(reader, length);

  if (address && length && address[length - 1] == '\0')
    length--;
  pdu->u.bind_ack.secondary_address = (const char *)address;
  pdu->u.bind_ack.secondary_address_length = address ? length : 0;
}

static void read_bind_ack(struct byte_reader *reader, struct pdu *pdu)
{
  pdu->u.bind_ack.max_transmit = byte_reader_u16(reader);
  pdu->u.bind_ack.max_receive = byte_reader_u16(reader);
  pdu->u.bind_ack.group_id = byte_reader_u32(reader);
  read_secondary_address(reader, pdu);
  byte_reader_align(reader, 4);
  pdu->u.bind_ack.result_count = byte_reader_u8(reader);
  byte_reader_take(reader, 3); /* reserved */
  if (pdu->u.bind_ack.result_count > PDU_MAX_CONTEXTS)
    reader->failed = true;
  for (uint8_t i = 0; i < pdu->u.bind_ack.result_count && !reader->failed; i++) {
    struct presentation_result *result = &pdu->u.bind_ack.results[i];

    result->result = byte_reader_u16(reader);
    result->reason = byte_reader_u16(reader);
    read_syntax(reader, &result->transfer);
  }
}

static void read_request(struct byte_reader *reader, struct pdu *pdu)
{
  pdu->u.request.alloc_hint = byte_reader_u32(reader);
  pdu->u.request.context_id = byte_reader_u16(reader);
  pdu->u.request.opnum = byte_reader_u16(reader);
  pdu->u.request.has_object = (pdu->flags & PDU_FLAG_OBJECT_UUID) != 0;
  if (pdu->u.request.has_object)
    pdu->u.request.object = byte_reader_uuid(reader);
  else
    memset(&pdu->u.request.object, 0, sizeof(pdu->u.request.object));
  read_body(reader, pdu);
}

static void read_response(struct byte_reader *reader, struct pdu *pdu)
{
  pdu->u.response.alloc_hint = byte_reader_u32(reader);
  pdu->u.response.context_id = byte_reader_u16(reader);
  pdu->u.response.cancel_count = byte_reader_u8(reader);
  byte_reader_u8(reader); /* reserved */
  pdu->u.response.status = 0;
  if (pdu->type == PDU_FAULT) {
    pdu->u.response.status = byte_reader_u32(reader);
    /* Reserved bytes that align the stub data; some peers end the PDU before them. */
    if (reader->position < reader->end)
      byte_reader_take(reader, 4);
  }
  read_body(reader, pdu);
}

static void read_members(struct byte_reader *reader, struct pdu *pdu)
{
  switch (pdu->type) {
  case PDU_REQUEST:
    read_request(reader, pdu);
    break;
  case PDU_RESPONSE:
  case PDU_FAULT:
    read_response(reader, pdu);
    break;
  case PDU_BIND:
  case PDU_ALTER_CONTEXT:
    read_bind(reader, pdu);
    break;
  case PDU_BIND_ACK:
  case PDU_ALTER_CONTEXT_RESP:
    read_bind_ack(reader, pdu);
    break;
  case PDU_BIND_NAK:
    pdu->u.bind_nak.reason = byte_reader_u16(reader);
    break;
  case PDU_AUTH3:
  case PDU_SHUTDOWN:
  case PDU_CO_CANCEL:
  case PDU_ORPHANED:
    break; /* nothing but a verifier */
  }
}

enum pdu_status pdu_decode(const uint8_t *data, size_t length, struct pdu *pdu)
{
  struct byte_reader reader = {.data = data, .end = length};
  uint16_t auth_length;

  /* The union is some kilobytes: only what the type calls for is filled in. */
  memset(pdu, 0, offsetof(struct pdu, u));
  if (length < PDU_COMMON_HEADER_SIZE || data[4] >> 4 > 1)
    return PDU_MALFORMED;
  reader.big_endian = pdu->big_endian = data[4] >> 4 == 0; /* C706 14.1 */
  memcpy(pdu->drep, data + 4, sizeof(pdu->drep));
  pdu->type = data[2];
  pdu->flags = data[3];
  pdu->fragment_length = load_u16(data + 8, reader.big_endian);
  auth_length = load_u16(data + 10, reader.big_endian);
  pdu->call_id = load_u32(data + 12, reader.big_endian);
  if (data[0] != 5 || data[1] > 1)
    return PDU_BAD_VERSION;
  if (!type_is_known(data[2]) || pdu->fragment_length != length)
    return PDU_MALFORMED;

  reader.position = PDU_COMMON_HEADER_SIZE;
  read_auth(&reader, auth_length, &pdu->auth);
  read_members(&reader, pdu);
  return reader.failed ? PDU_MALFORMED : PDU_OK;
}

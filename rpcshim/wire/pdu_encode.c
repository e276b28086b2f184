/* Encoding of one fragment: always little-endian, ASCII, IEEE floating point. */
#include "byte_order.h"

#include <string.h>

/* Fills the caller's buffer; once something did not fit it writes no more. */
struct byte_writer {
  uint8_t *data;
  size_t position;
  size_t capacity;
  bool failed;
};

/* Room for `count` bytes, or NULL. */
static uint8_t *byte_writer_put(struct byte_writer *writer, size_t count)
{
  if (writer->failed || count > writer->capacity - writer->position) {
    writer->failed = true;
    return NULL;
  }
  writer->position += count;
  return writer->data + writer->position - count;
}

static void put_u8(struct byte_writer *writer, uint8_t value)
{
  uint8_t *p = byte_writer_put(writer, 1);

  if (p)
    *p = value;
}

static void put_u16(struct byte_writer *writer, uint16_t value)
{
  uint8_t *p = byte_writer_put(writer, 2);

  if (p)
    store_u16(p, value);
}

static void put_u32(struct byte_writer *writer, uint32_t value)
{
  uint8_t *p = byte_writer_put(writer, 4);

  if (p)
    store_u32(p, value);
}

static void put_bytes(struct byte_writer *writer, const void *bytes, size_t count)
{
  uint8_t *p = byte_writer_put(writer, count);

  if (p)
    memcpy(p, bytes, count);
}

static void put_zeros(struct byte_writer *writer, size_t count)
{
  uint8_t *p = byte_writer_put(writer, count);

  if (p)
    memset(p, 0, count);
}

static void put_uuid(struct byte_writer *writer, const struct wire_uuid *uuid)
{
  put_u32(writer, uuid->data1);
  put_u16(writer, uuid->data2);
  put_u16(writer, uuid->data3);
  put_bytes(writer, uuid->data4, sizeof(uuid->data4));
}

static void put_syntax(struct byte_writer *writer, const struct syntax_id *syntax)
{
  put_uuid(writer, &syntax->uuid);
  put_u16(writer, syntax->major);
  put_u16(writer, syntax->minor);
}

/* The common header; its fragment length is filled in by byte_writer_finish(). */
static struct byte_writer begin_pdu(uint8_t *out, size_t capacity, enum pdu_type type,
                                    uint8_t flags, uint32_t call_id)
{
  static const uint8_t drep[4] = {0x10, 0, 0, 0}; /* C706 14.1: little-endian, ASCII, IEEE */
  struct byte_writer writer = {.data = out, .capacity = capacity};

  put_u8(&writer, 5); /* rpc_vers */
  put_u8(&writer, 0); /* rpc_vers_minor */
  put_u8(&writer, (uint8_t)type);
  put_u8(&writer, flags);
  put_bytes(&writer, drep, sizeof(drep));
  put_u16(&writer, 0); /* frag_length */
  put_u16(&writer, 0); /* auth_length */
  put_u32(&writer, call_id);
  return writer;
}

static size_t finish_pdu(struct byte_writer *writer)
{
  if (writer->failed || writer->position > UINT16_MAX)
    return 0;
  store_u16(writer->data + 8, (uint16_t)writer->position);
  return writer->position;
}

size_t pdu_encode_bind(uint8_t *out, size_t capacity, enum pdu_type type, uint32_t call_id,
                       const struct bind_parameters *parameters,
                       const struct presentation_context *contexts, uint8_t context_count)
{
  struct byte_writer writer;

  if ((type != PDU_BIND && type != PDU_ALTER_CONTEXT) || context_count > PDU_MAX_CONTEXTS)
    return 0;
  writer = begin_pdu(out, capacity, type, PDU_FLAGS_SINGLE | parameters->flags, call_id);
  put_u16(&writer, parameters->max_transmit);
  put_u16(&writer, parameters->max_receive);
  put_u32(&writer, parameters->group_id);
  put_u8(&writer, context_count);
  put_zeros(&writer, 3);
  for (uint8_t i = 0; i < context_count; i++) {
    const struct presentation_context *context = &contexts[i];

    if (context->transfer_count > PDU_MAX_TRANSFER_SYNTAXES)
      return 0;
    put_u16(&writer, context->id);
    put_u8(&writer, context->transfer_count);
    put_u8(&writer, 0);
    put_syntax(&writer, &context->abstract);
    for (uint8_t j = 0; j < context->transfer_count; j++)
      put_syntax(&writer, &context->transfer[j]);
  }
  return finish_pdu(&writer);
}

size_t pdu_encode_bind_ack(uint8_t *out, size_t capacity, enum pdu_type type, uint32_t call_id,
                           const struct bind_parameters *parameters,
                           const char *secondary_address,
                           const struct presentation_result *results, uint8_t result_count)
{
  size_t address_size = *secondary_address ? strlen(secondary_address) + 1 : 0;
  struct byte_writer writer;

  if ((type != PDU_BIND_ACK && type != PDU_ALTER_CONTEXT_RESP) ||
      result_count > PDU_MAX_CONTEXTS || address_size > UINT16_MAX)
    return 0;
  writer = begin_pdu(out, capacity, type, PDU_FLAGS_SINGLE | parameters->flags, call_id);
  put_u16(&writer, parameters->max_transmit);
  put_u16(&writer, parameters->max_receive);
  put_u32(&writer, parameters->group_id);
  put_u16(&writer, (uint16_t)address_size);
  put_bytes(&writer, secondary_address, address_size);
  put_zeros(&writer, (0 - writer.position) & 3);
  put_u8(&writer, result_count);
  put_zeros(&writer, 3);
  for (uint8_t i = 0; i < result_count; i++) {
    put_u16(&writer, results[i].result);
    put_u16(&writer, results[i].reason);
    put_syntax(&writer, &results[i].transfer);
  }
  return finish_pdu(&writer);
}

size_t pdu_encode_bind_nak(uint8_t *out, size_t capacity, uint32_t call_id,
                           enum bind_reject_reason reason)
{
  struct byte_writer writer = begin_pdu(out, capacity, PDU_BIND_NAK, PDU_FLAGS_SINGLE, call_id);

  put_u16(&writer, (uint16_t)reason);
  put_u8(&writer, 1); /* one protocol version supported: 5.0 */
  put_u8(&writer, 5);
  put_u8(&writer, 0);
  return finish_pdu(&writer);
}

size_t pdu_encode_fault(uint8_t *out, size_t capacity, uint32_t call_id, uint16_t context_id,
                        uint8_t extra_flags, uint8_t cancel_count, uint32_t status)
{
  struct byte_writer writer =
      begin_pdu(out, capacity, PDU_FAULT, PDU_FLAGS_SINGLE | extra_flags, call_id);

  put_u32(&writer, 0); /* alloc_hint: no stub data follows */
  put_u16(&writer, context_id);
  put_u8(&writer, cancel_count);
  put_u8(&writer, 0);
  put_u32(&writer, status);
  put_u32(&writer, 0);
  return finish_pdu(&writer);
}

size_t pdu_encode_empty(uint8_t *out, size_t capacity, enum pdu_type type, uint32_t call_id,
                        uint8_t extra_flags)
{
  struct byte_writer writer;

  if (type != PDU_CO_CANCEL && type != PDU_ORPHANED && type != PDU_SHUTDOWN)
    return 0;
  writer = begin_pdu(out, capacity, type, PDU_FLAGS_SINGLE | extra_flags, call_id);
  return finish_pdu(&writer);
}

static size_t message_header_size(const struct message_header *header)
{
  if (header->type != PDU_REQUEST)
    return PDU_RESPONSE_HEADER_SIZE;
  return PDU_REQUEST_HEADER_SIZE + (header->has_object ? sizeof(struct wire_uuid) : 0);
}

/*
 * Every fragment but the last carries a multiple of 8 bytes, so that the alignment of the stub
 * data is the same in each of them (C706 12.6).
 */
size_t message_body_capacity(const struct message_header *header, uint16_t max_fragment)
{
  size_t header_size = message_header_size(header);

  return max_fragment > header_size ? (max_fragment - header_size) & ~(size_t)7 : 0;
}

static uint8_t fragment_flags(const struct message_header *header, bool first, bool last)
{
  uint8_t flags = header->extra_flags & ~(PDU_FLAGS_SINGLE | PDU_FLAG_OBJECT_UUID);

  if (first)
    flags |= PDU_FLAG_FIRST;
  else
    flags &= ~PDU_FLAG_PENDING_CANCEL;
  if (last)
    flags |= PDU_FLAG_LAST;
  if (header->type == PDU_REQUEST && header->has_object)
    flags |= PDU_FLAG_OBJECT_UUID;
  return flags;
}

size_t message_encode_fragment(uint8_t *out, size_t capacity,
                               const struct message_header *header, const uint8_t *body,
                               size_t total, size_t offset, uint16_t max_fragment,
                               size_t *consumed)
{
  size_t most = message_body_capacity(header, max_fragment);
  struct byte_writer writer;
  size_t left, count, size;

  *consumed = 0;
  if ((header->type != PDU_REQUEST && header->type != PDU_RESPONSE) || most == 0 ||
      total > UINT32_MAX || offset > total || (offset == total && total != 0))
    return 0;
  left = total - offset;
  count = left < most ? left : most;
  writer = begin_pdu(out, capacity, header->type,
                     fragment_flags(header, offset == 0, count == left), header->call_id);
  put_u32(&writer, (uint32_t)left); /* alloc_hint: the stub data from here on */
  put_u16(&writer, header->context_id);
  if (header->type == PDU_REQUEST) {
    put_u16(&writer, header->opnum);
    if (header->has_object)
      put_uuid(&writer, &header->object);
  } else {
    put_u8(&writer, header->cancel_count);
    put_u8(&writer, 0);
  }
  if (count)
    put_bytes(&writer, body + offset, count);
  size = finish_pdu(&writer);
  if (size)
    *consumed = count;
  return size;
}

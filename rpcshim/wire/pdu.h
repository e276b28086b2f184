/*
 * PDUs of connection-oriented DCE RPC: C706 chapter 12, MS-RPCE section 2.2.2.
 *
 * Portable C: knows bytes, not Windows. `pdu_decode` checks one whole fragment and fills a
 * `struct pdu` whose pointers lead into the caller's bytes: nothing is allocated, and the
 * result is valid as long as those bytes. The `pdu_encode_*` family writes one whole fragment
 * into the caller's buffer. Both are pure functions and may be called on any thread.
 *
 * Decoding accepts both byte orders of the header (C706 14.1); encoding is always
 * little-endian.
 */
#ifndef ASYNCSHIM_WIRE_PDU_H
#define ASYNCSHIM_WIRE_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pdu_type {
  PDU_REQUEST = 0,
  PDU_RESPONSE = 2,
  PDU_FAULT = 3,
  PDU_BIND = 11,
  PDU_BIND_ACK = 12,
  PDU_BIND_NAK = 13,
  PDU_ALTER_CONTEXT = 14,
  PDU_ALTER_CONTEXT_RESP = 15,
  PDU_AUTH3 = 16,
  PDU_SHUTDOWN = 17,
  PDU_CO_CANCEL = 18,
  PDU_ORPHANED = 19,
};

/* pfc_flags, C706 12.6.3.1. */
#define PDU_FLAG_FIRST           0x01
#define PDU_FLAG_LAST            0x02
#define PDU_FLAG_PENDING_CANCEL  0x04 /* in a request; in a bind it means "header signing" */
#define PDU_FLAG_CONCURRENT_MPX  0x10
#define PDU_FLAG_DID_NOT_EXECUTE 0x20
#define PDU_FLAG_MAYBE           0x40
#define PDU_FLAG_OBJECT_UUID     0x80
#define PDU_FLAGS_SINGLE         (PDU_FLAG_FIRST | PDU_FLAG_LAST)

#define PDU_COMMON_HEADER_SIZE    16u
#define PDU_REQUEST_HEADER_SIZE   24u /* without object UUID */
#define PDU_RESPONSE_HEADER_SIZE  24u
#define PDU_FAULT_SIZE            32u
#define PDU_MIN_FRAGMENT          1432u /* MustRecvFragSize, C706 12.6.2.1 */
#define PDU_MAX_FRAGMENT          65528u
#define PDU_MAX_CONTEXTS          32u /* in one bind; more is refused as malformed */
#define PDU_MAX_TRANSFER_SYNTAXES 8u  /* per context; the rest is skipped, not remembered */

/* Same layout as GUID and RPC_SYNTAX_IDENTIFIER, so that Windows code may copy them with
 * memcpy. */
struct wire_uuid {
  uint32_t data1;
  uint16_t data2;
  uint16_t data3;
  uint8_t data4[8];
};

struct syntax_id {
  struct wire_uuid uuid;
  uint16_t major;
  uint16_t minor;
};

extern const struct syntax_id syntax_ndr;   /* 8a885d04-1ceb-11c9-9fe8-08002b104860 v2.0 */
extern const struct syntax_id syntax_ndr64; /* 71710533-beba-4937-8319-b5dbef9ccc36 v1.0 */
/* Bind time feature negotiation, MS-RPCE 3.3.1.5.3: only the first 8 bytes of the UUID are
 * fixed. */
bool syntax_is_bind_time_features(const struct syntax_id *syntax);
bool syntax_equal(const struct syntax_id *a, const struct syntax_id *b);
bool wire_uuid_equal(const struct wire_uuid *a, const struct wire_uuid *b);
bool wire_uuid_is_nil(const struct wire_uuid *uuid);

/* p_cont_elem_t: one presentation context that a client proposes. */
struct presentation_context {
  uint16_t id;
  uint8_t transfer_count; /* how many of `transfer` are filled */
  struct syntax_id abstract;
  struct syntax_id transfer[PDU_MAX_TRANSFER_SYNTAXES];
};

/* p_result_t: what the server says of one of them, in the order proposed. */
enum context_result {
  CONTEXT_ACCEPTED = 0,
  CONTEXT_USER_REJECTION = 1,
  CONTEXT_PROVIDER_REJECTION = 2,
  CONTEXT_NEGOTIATE_ACK = 3, /* MS-RPCE: answer to bind time feature negotiation */
};
enum context_reason {
  REASON_NOT_SPECIFIED = 0,
  REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED = 1,
  REASON_TRANSFER_SYNTAXES_NOT_SUPPORTED = 2,
  REASON_LOCAL_LIMIT_EXCEEDED = 3,
};
struct presentation_result {
  uint16_t result;
  uint16_t reason;
  struct syntax_id transfer;
};

/* p_reject_reason_t of bind_nak, C706 12.6.4.5 and MS-RPCE 2.2.2.5. */
enum bind_reject_reason {
  REJECT_NOT_SPECIFIED = 0,
  REJECT_TEMPORARY_CONGESTION = 1,
  REJECT_LOCAL_LIMIT_EXCEEDED = 2,
  REJECT_PROTOCOL_VERSION_NOT_SUPPORTED = 4,
  REJECT_AUTHENTICATION_TYPE_NOT_RECOGNIZED = 8,
  REJECT_INVALID_CHECKSUM = 9,
};

enum pdu_status {
  PDU_OK,
  PDU_NEED_MORE,   /* framing only: the fragment is not complete yet */
  PDU_BAD_VERSION, /* rpc_vers is not 5, or rpc_vers_minor is above 1 */
  PDU_MALFORMED,   /* a length or count does not fit, or an unknown PDU type */
  PDU_TOO_LARGE,   /* reassembly only: more than a message may have */
  PDU_NO_MEMORY,
};

struct pdu_auth {
  uint8_t type;
  uint8_t level;
  uint8_t pad_length; /* already taken off the body */
  uint32_t context_id;
  const uint8_t *value;
  uint16_t value_length; /* 0: no verifier */
};

/* One decoded fragment. Which members are meaningful follows from `type`. */
struct pdu {
  enum pdu_type type;
  uint8_t flags;
  bool big_endian; /* integer representation of the sender, for the stub data too */
  uint8_t drep[4];
  uint16_t fragment_length;
  uint32_t call_id;
  struct pdu_auth auth;
  const uint8_t *body; /* stub data of request, response and fault */
  size_t body_length;
  union {
    struct { /* bind, alter_context */
      uint16_t max_transmit;
      uint16_t max_receive;
      uint32_t group_id;
      uint8_t context_count;
      struct presentation_context contexts[PDU_MAX_CONTEXTS];
    } bind;
    struct { /* bind_ack, alter_context_resp */
      uint16_t max_transmit;
      uint16_t max_receive;
      uint32_t group_id;
      const char *secondary_address; /* not terminated; length below, NUL excluded */
      uint16_t secondary_address_length;
      uint8_t result_count;
      struct presentation_result results[PDU_MAX_CONTEXTS];
    } bind_ack;
    struct {
      uint16_t reason;
    } bind_nak;
    struct {
      uint32_t alloc_hint; /* the peer's word: never allocate it unchecked */
      uint16_t context_id;
      uint16_t opnum;
      bool has_object;
      struct wire_uuid object;
    } request;
    struct { /* response and fault */
      uint32_t alloc_hint;
      uint16_t context_id;
      uint8_t cancel_count;
      uint32_t status; /* fault only */
    } response;
  } u;
};

/*
 * Decodes exactly one fragment of `length` bytes, which framing has cut off.
 * PDU_OK, PDU_BAD_VERSION (type, flags and call_id are filled all the same, so that a bind_nak
 * or fault can be sent) or PDU_MALFORMED.
 */
enum pdu_status pdu_decode(const uint8_t *data, size_t length, struct pdu *pdu);

/*
 * Encoders: write one fragment to `out` and return its size, or 0 where `capacity` is too small
 * or an argument cannot be represented. Bodies follow the header; the caller has put at most
 * pdu_body_capacity() bytes into one fragment.
 */
struct bind_parameters {
  uint16_t max_transmit;
  uint16_t max_receive;
  uint32_t group_id;
  uint8_t flags; /* or-ed to PDU_FLAGS_SINGLE: PDU_FLAG_CONCURRENT_MPX */
};
size_t pdu_encode_bind(uint8_t *out, size_t capacity, enum pdu_type type, uint32_t call_id,
                       const struct bind_parameters *parameters,
                       const struct presentation_context *contexts, uint8_t context_count);
/* `secondary_address`: NUL-terminated port or endpoint; "" in alter_context_resp. */
size_t pdu_encode_bind_ack(uint8_t *out, size_t capacity, enum pdu_type type, uint32_t call_id,
                           const struct bind_parameters *parameters,
                           const char *secondary_address,
                           const struct presentation_result *results, uint8_t result_count);
size_t pdu_encode_bind_nak(uint8_t *out, size_t capacity, uint32_t call_id,
                           enum bind_reject_reason reason);
/* A fault, always one fragment. `status`: NCA status or Win32 code as it goes on the wire. */
size_t pdu_encode_fault(uint8_t *out, size_t capacity, uint32_t call_id, uint16_t context_id,
                        uint8_t extra_flags, uint8_t cancel_count, uint32_t status);
/* co_cancel and orphaned: nothing but a common header (C706 12.6.4.6, 12.6.4.8). */
size_t pdu_encode_empty(uint8_t *out, size_t capacity, enum pdu_type type, uint32_t call_id,
                        uint8_t extra_flags);

/* What one message (all fragments of a request or response) has in common. */
struct message_header {
  enum pdu_type type;  /* PDU_REQUEST or PDU_RESPONSE */
  uint8_t extra_flags; /* PDU_FLAG_MAYBE, PDU_FLAG_PENDING_CANCEL (first fragment only), … */
  uint32_t call_id;
  uint16_t context_id;
  uint16_t opnum;       /* request */
  uint8_t cancel_count; /* response */
  bool has_object;      /* request */
  struct wire_uuid object;
};
/* Stub bytes that fit into one fragment of `max_fragment` bytes: a multiple of 8. */
size_t message_body_capacity(const struct message_header *header, uint16_t max_fragment);
/*
 * Writes the header of the fragment that carries body[offset, offset+n) of `total` body bytes,
 * then the bytes themselves. *consumed gets n. Returns the size of the fragment, 0 if
 * `capacity` cannot hold it (capacity >= max_fragment always can).
 */
size_t message_encode_fragment(uint8_t *out, size_t capacity,
                               const struct message_header *header, const uint8_t *body,
                               size_t total, size_t offset, uint16_t max_fragment,
                               size_t *consumed);

#endif

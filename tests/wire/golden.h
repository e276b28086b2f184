/*
 * PDUs written out by hand from C706 12.6.4 and MS-RPCE 2.2.2, little-endian unless named
 * otherwise. Shared by the tests of decoder and encoder; the interface is an invented one.
 */
#ifndef ASYNCSHIM_TESTS_WIRE_GOLDEN_H
#define ASYNCSHIM_TESTS_WIRE_GOLDEN_H

#include "pdu.h"

/* clang-format off */

/* 12345678-9abc-def0-1122-334455667788 v1.2 */
#define INTERFACE_UUID_BYTES \
  0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 0xf0, 0xde, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88
#define INTERFACE_BYTES INTERFACE_UUID_BYTES, 1, 0, 2, 0
#define NDR_BYTES \
  0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, \
  0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, \
  2, 0, 0, 0
#define NDR64_BYTES \
  0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49, \
  0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36, \
  1, 0, 0, 0
/* 6cb71c2c-9812-4540-0300-000000000000 v1.0 */
#define FEATURES_BYTES \
  0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45, 3, 0, 0, 0, 0, 0, 0, 0, \
  1, 0, 0, 0

static const struct syntax_id golden_interface = {
    {0x12345678, 0x9abc, 0xdef0, {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88}}, 1, 2};

/* Two contexts: NDR and bind time features. */
static const uint8_t golden_bind[] = {
    5, 0, 11, 0x13, 0x10, 0, 0, 0, 116, 0, 0, 0, 2, 0, 0, 0, /* common header, call 2 */
    0xd0, 0x16, 0xd0, 0x16,                                  /* 5840 both ways */
    0xef, 0xbe, 0xad, 0xde,                                  /* association group */
    2, 0, 0, 0,                                              /* contexts */
    0, 0, 1, 0, INTERFACE_BYTES, NDR_BYTES,
    1, 0, 1, 0, INTERFACE_BYTES, FEATURES_BYTES,
};

static const uint8_t golden_bind_ack[] = {
    5, 0, 12, 0x13, 0x10, 0, 0, 0, 84, 0, 0, 0, 2, 0, 0, 0,
    0xd0, 0x16, 0xb8, 0x10,           /* 5840, 4280 */
    0x05, 0x04, 0x03, 0x02,           /* association group */
    6, 0, '4', '9', '1', '5', '2', 0, /* ends at a multiple of 4 */
    2, 0, 0, 0,                       /* results */
    0, 0, 0, 0, NDR_BYTES,            /* accepted */
    3, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

static const uint8_t golden_bind_nak[] = {
    5, 0, 13, 3, 0x10, 0, 0, 0, 21, 0, 0, 0, 7, 0, 0, 0,
    4, 0,    /* version not supported */
    1, 5, 0, /* but 5.0 is */
};

static const uint8_t golden_request[] = {
    5, 0, 0, 3, 0x10, 0, 0, 0, 29, 0, 0, 0, 3, 0, 0, 0,
    5, 0, 0, 0, 1, 0, 0x2a, 0x01, /* opnum 298 */
    'h', 'e', 'l', 'l', 'o',
};

static const uint8_t golden_request_object[] = {
    5, 0, 0, 0x83, 0x10, 0, 0, 0, 41, 0, 0, 0, 4, 0, 0, 0,
    1, 0, 0, 0, 0, 0, 7, 0,
    INTERFACE_UUID_BYTES,
    0xff,
};

static const uint8_t golden_response[] = {
    5, 0, 2, 3, 0x10, 0, 0, 0, 28, 0, 0, 0, 3, 0, 0, 0,
    4, 0, 0, 0, 1, 0, 9, 0, /* cancel count 9 */
    1, 2, 3, 4,
};

/* nca_s_op_rng_error, did not execute */
static const uint8_t golden_fault[] = {
    5, 0, 3, 0x23, 0x10, 0, 0, 0, 32, 0, 0, 0, 3, 0, 0, 0,
    0, 0, 0, 0, 1, 0, 2, 0,
    0x02, 0x00, 0x01, 0x1c, 0, 0, 0, 0,
};

static const uint8_t golden_co_cancel[] = {
    5, 0, 18, 3, 0x10, 0, 0, 0, 16, 0, 0, 0, 0x78, 0x56, 0x34, 0x12,
};

/* Stub data of 5 bytes, 3 bytes of padding, verifier of 4 bytes: NTLM, privacy, context id. */
static const uint8_t golden_authenticated_request[] = {
    5, 0, 0, 3, 0x10, 0, 0, 0, 44, 0, 4, 0, 3, 0, 0, 0,
    5, 0, 0, 0, 1, 0, 2, 0,
    'h', 'e', 'l', 'l', 'o', 0xee, 0xee, 0xee,
    10, 6, 3, 0, 0x04, 0x03, 0x02, 0x01,
    0xaa, 0xbb, 0xcc, 0xdd,
};

/* The bind of a big-endian peer: one context, NDR. */
static const uint8_t golden_big_endian_bind[] = {
    5, 0, 11, 3, 0x00, 0, 0, 0, 0, 72, 0, 0, 0, 0, 0x01, 0x02, /* call 0x102 */
    0x16, 0xd0, 0x10, 0xb8,                                    /* 5840, 4280 */
    0xde, 0xad, 0xbe, 0xef,
    1, 0, 0, 0,
    0, 3, 1, 0, /* context 3 */
    0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
    0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
    0, 2, 0, 1, /* 1.2 */
    0x8a, 0x88, 0x5d, 0x04, 0x1c, 0xeb, 0x11, 0xc9,
    0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60,
    0, 0, 0, 2,
};

/* clang-format on */

struct golden_pdu {
  const char *name;
  const uint8_t *bytes;
  size_t size;
};
#define GOLDEN(name)                                                                           \
  {                                                                                            \
#name, golden_##name, sizeof(golden_##name)                                                \
  }
static const struct golden_pdu golden_pdus[] = {
    GOLDEN(bind),
    GOLDEN(bind_ack),
    GOLDEN(bind_nak),
    GOLDEN(request),
    GOLDEN(request_object),
    GOLDEN(response),
    GOLDEN(fault),
    GOLDEN(co_cancel),
    GOLDEN(authenticated_request),
    GOLDEN(big_endian_bind),
};
#define GOLDEN_COUNT (sizeof(golden_pdus) / sizeof(golden_pdus[0]))

#endif

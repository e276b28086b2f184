/*
 * A peer without a runtime: it says whatever bytes a test wants over the bare transport, as
 * client or as server.
 *
 * The PDU makers write well-formed connection-oriented PDUs (C706 chapter 12), little-endian,
 * for tests to send as they are or to break first; each returns the length. One connection at a
 * time.
 */
#ifndef ASYNCSHIM_TESTS_RAW_PEER_H
#define ASYNCSHIM_TESTS_RAW_PEER_H

#include "server.h"

struct raw_peer {
  enum wire wire;
  HANDLE pipe;
  UINT_PTR socket;
  UINT_PTR listener;
};

void raw_connect(struct raw_peer *peer, enum wire wire, const char *endpoint);
/*
 * Waits for a client at that endpoint; raw_listen() returns before, so that one can be started
 * in between.
 */
void raw_listen(struct raw_peer *peer, enum wire wire, const char *endpoint);
void raw_accept(struct raw_peer *peer);
/* After raw_close(), a server can accept again. */
void raw_close(struct raw_peer *peer);
/* From another thread: ends the connection, so that a raw_receive() of it returns. */
void raw_interrupt(struct raw_peer *peer);
void raw_stop_listening(struct raw_peer *peer);

/* false: the other side has closed. */
bool raw_send(struct raw_peer *peer, const void *data, size_t length);
/* One whole PDU into 8 KiB of `pdu`; its length, 0 when the other side has closed. */
size_t raw_receive(struct raw_peer *peer, BYTE *pdu);

#define RAW_PDU_ROOM 8192

enum {
  RAW_REQUEST = 0,
  RAW_RESPONSE = 2,
  RAW_FAULT = 3,
  RAW_BIND = 11,
  RAW_BIND_ACK = 12,
  RAW_BIND_NAK = 13,
  RAW_ALTER_CONTEXT = 14,
  RAW_ALTER_CONTEXT_RESP = 15,
  RAW_CO_CANCEL = 18,
  RAW_ORPHANED = 19,
};

/* In RAW_FLAGS. */
#define RAW_FIRST          0x01
#define RAW_LAST           0x02
#define RAW_PENDING_CANCEL 0x04 /* of a request */
#define RAW_MULTIPLEX      0x10

/* Offsets in the common header, and in a request or response. */
#define RAW_VERSION         0
#define RAW_TYPE            2
#define RAW_FLAGS           3
#define RAW_FRAGMENT_LENGTH 8
#define RAW_CALL_ID         12
#define RAW_ALLOC_HINT      16
#define RAW_OPNUM           22
#define RAW_STATUS          24 /* fault */

void raw_put16(BYTE *pdu, size_t offset, unsigned value);
void raw_put32(BYTE *pdu, size_t offset, unsigned value);
unsigned raw_get16(const BYTE *pdu, size_t offset);
unsigned raw_get32(const BYTE *pdu, size_t offset);

extern const UUID raw_calls_interface; /* `calls`, version 1.0 */
size_t raw_make_bind(BYTE *pdu, const UUID *interface_id);
/* co_cancel and orphaned */
size_t raw_make_cancel(BYTE *pdu, unsigned type, unsigned call_id);
size_t raw_make_request(BYTE *pdu, unsigned call_id, unsigned opnum, const void *stub,
                        size_t length);
/* What a server says: all contexts accepted; a result; a fault. */
size_t raw_make_bind_ack(BYTE *pdu, unsigned call_id, unsigned result, unsigned reason);
size_t raw_make_response(BYTE *pdu, unsigned call_id, const void *stub, size_t length);
size_t raw_make_fault(BYTE *pdu, unsigned call_id, unsigned status);

#endif

/* A raw client of our own server: one connection, over which it says what the test wants. */
#ifndef ASYNCSHIM_TESTS_RAW_CLIENT_H
#define ASYNCSHIM_TESTS_RAW_CLIENT_H

#include "raw_peer.h"

struct raw_client {
  struct raw_peer peer;   /* raw_connect(), raw_close() */
  BYTE pdu[RAW_PDU_ROOM]; /* what was received last */
  bool gathering;
  size_t gathered;
  BYTE batch[1024];
};

/*
 * From one to the other, what is said is gathered and then sent by one write: the server has
 * read all of it before it dispatches any.
 */
void raw_client_gather(struct raw_client *client);
void raw_client_flush(struct raw_client *client);

/* Binds to `calls`, multiplexed; `flags` besides. */
void raw_client_bind(struct raw_client *client, unsigned flags);
/* co_cancel or orphaned */
void raw_client_send(struct raw_client *client, unsigned type, unsigned call_id);
/* A fragment of a request; a whole request with one [in] long. */
void raw_client_request_part(struct raw_client *client, unsigned call_id, unsigned opnum,
                             unsigned flags, const void *stub, size_t length);
void raw_client_request(struct raw_client *client, unsigned call_id, unsigned opnum,
                        LONG number);
/* The next PDU, which must be that. */
void raw_client_receive(struct raw_client *client, unsigned type, unsigned call_id);
/* Proposes the context that is there already, with that call id. */
void raw_client_alter(struct raw_client *client, unsigned call_id, unsigned flags);

#define RAW_SYNC_ID 1000
/* Returns when the server has seen all that was sent; there must be no answer to it. */
void raw_client_sync(struct raw_client *client);

#endif

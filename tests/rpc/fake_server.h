/*
 * A server without a runtime that answers one bind and one request as a test tells it to, on a
 * thread of its own, for one client.
 */
#ifndef ASYNCSHIM_TESTS_FAKE_SERVER_H
#define ASYNCSHIM_TESTS_FAKE_SERVER_H

#include "raw_peer.h"

/* Writes an answer; its length. */
typedef size_t (*make_answer)(BYTE *pdu, unsigned call_id);

struct fake_server {
  struct raw_peer peer;
  make_answer to_bind;    /* NULL: closes instead */
  make_answer to_request; /* NULL: closes instead */
  HANDLE thread;
};

/* Listens, and returns a binding handle to it for fake_server_stop(). */
RPC_BINDING_HANDLE fake_server_start(struct fake_server *fake, enum wire wire);
void fake_server_stop(struct fake_server *fake, RPC_BINDING_HANDLE binding);

/* The answer to a bind that accepts it. */
size_t fake_server_accept_bind(BYTE *pdu, unsigned call_id);

#endif

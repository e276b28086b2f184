/*
 * The sending half of a connection: messages and PDUs leave in the order submitted, from any
 * thread, without waiting.
 *
 * Whoever submits to an idle sender writes at once, on its own thread; what is submitted while
 * a write is under way is gathered, several PDUs to one write, by whoever finishes that write.
 * Large messages are cut into fragments as they go, never held twice as a whole.
 *
 * Embedded into a connection, which it keeps alive (owner->add_reference, release) while a
 * write is under way. `lock` guards all members. Where a write fails the sender drops what it
 * has, refuses all that follows, and calls owner->failed() once, without the lock.
 */
#ifndef ASYNCSHIM_TRANSPORT_SENDER_H
#define ASYNCSHIM_TRANSPORT_SENDER_H

#include "../wire/pdu.h"
#include "stream.h"

struct sender_owner {
  void (*add_reference)(void *owner);
  void (*release)(void *owner);
  void (*failed)(void *owner, DWORD error);
};

struct outgoing;

struct sender {
  SRWLOCK lock;
  struct stream *stream;
  const struct sender_owner *owner_operations;
  void *owner;
  uint16_t max_fragment; /* set before the first message, from the bind */
  bool writing;
  DWORD error; /* 0, or why it takes no more */
  struct outgoing *head;
  struct outgoing *tail;
  uint8_t *staging; /* bytes of the write under way */
  struct completion written;
};

void sender_init(struct sender *sender, struct stream *stream,
                 const struct sender_owner *operations, void *owner);
/* No write may be under way. */
void sender_destroy(struct sender *sender);

/*
 * Sends one message; `body` (malloc'ed, may be NULL for 0 bytes) belongs to the sender from now
 * on, also where it fails. 0 (accepted; a later failure comes by owner->failed),
 * ERROR_OUTOFMEMORY, or why the sender has failed before.
 */
DWORD sender_send_message(struct sender *sender, const struct message_header *header,
                          void *body, size_t length);
/* Sends one encoded PDU (copied). The same results. */
DWORD sender_send_pdu(struct sender *sender, const uint8_t *pdu, size_t length);

/* Takes back what is left of a request not yet wholly sent; true: nothing of it has gone out.
 */
bool sender_withdraw(struct sender *sender, uint32_t call_id);

#endif

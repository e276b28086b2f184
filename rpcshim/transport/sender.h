/*
 * The sending half of a connection: messages and PDUs leave from any thread, without waiting.
 *
 * Whoever submits a little to an idle sender writes at once, on its own thread; a worker begins
 * what is larger. What is submitted while a write is under way is gathered, several PDUs to one
 * write, by whoever finishes that write.
 * Large messages are cut into fragments as they go, never held twice as a whole.
 *
 * What goes next:
 *   - encoded PDUs (cancels, faults, bind and alter_context with their answers) before anything
 *     else, in the order submitted: a cancel gets in between the fragments of its own request.
 *   - messages take turns, one fragment each, so that a small one never waits for a large one
 *     (PFC_CONC_MPX: the peer tells fragments apart by their call id).
 *   - messages with the same `order`, not 0, go one after the other, whole, and have one turn
 *     among them: the peer gets them complete in the order submitted. Requests of one thread
 *     on one binding have it, because servers dispatch by the order of completion.
 *
 * What waits is charged to the peer's share, where there is one (`memory`): a message that does
 * not fit in is refused. An owner that asks sender_is_full() or sender_has_many_pdus() and
 * hears yes is told, once, when neither is so any more: owner->drained(), on any thread,
 * without the lock.
 *
 * Embedded into a connection, which it keeps alive (owner->add_reference, release) while a
 * write is under way. `lock` guards all members. Where a write fails the sender drops what it
 * has, refuses all that follows, and calls owner->failed() once, without the lock.
 */
#ifndef ASYNCSHIM_TRANSPORT_SENDER_H
#define ASYNCSHIM_TRANSPORT_SENDER_H

#include "../wire/pdu.h"
#include "../wire/peer_memory.h"
#include "stream.h"

struct sender_owner {
  void (*add_reference)(void *owner);
  void (*release)(void *owner);
  void (*failed)(void *owner, DWORD error);
  void (*drained)(void *owner); /* NULL: the owner never asks for it */
};

struct outgoing;

struct outgoing_queue {
  struct outgoing *head;
  struct outgoing *tail;
};

struct sender {
  SRWLOCK lock;
  struct stream *stream;
  const struct sender_owner *owner_operations;
  void *owner;
  uint16_t max_fragment; /* set before the first message, from the bind */
  bool writing;
  DWORD error;                 /* 0, or why it takes no more */
  struct peer_memory *memory;  /* set at the beginning; NULL: nobody is charged */
  size_t queued;               /* bytes that wait, with what it takes to hold them … */
  size_t queued_pdus;          /* … and of those, PDUs' */
  bool drain_wanted;           /* the owner waits for drained() */
  struct outgoing_queue pdus;  /* go first */
  struct outgoing_queue turns; /* messages, the next one's turn at the head; those of one
                                  `order` wait behind the first of them */
  uint8_t *staging;            /* bytes of the write under way … */
  size_t staged;               /* … and how many; 0: it has still to be begun */
  struct completion written;
};

void sender_init(struct sender *sender, struct stream *stream,
                 const struct sender_owner *operations, void *owner);
/* No write may be under way. */
void sender_destroy(struct sender *sender);

/*
 * Queues one message, without writing; sender_flush() has to follow. So it may be called under
 * the owner's lock. 0 (accepted: `body`, malloc'ed, may be NULL for 0 bytes, belongs to the
 * sender; a later failure comes by owner->failed); else `body` is the caller's still:
 * ERROR_OUTOFMEMORY, or why the sender has failed before.
 */
DWORD sender_queue_message(struct sender *sender, const struct message_header *header,
                           void *body, size_t length, uintptr_t order);
/* The same for one encoded PDU (copied). */
DWORD sender_queue_pdu(struct sender *sender, const uint8_t *pdu, size_t length);
/* Writes what is queued, unless a write is under way already. Not under the owner's lock. */
void sender_flush(struct sender *sender);

/* Queue and flush; messages without an order. */
DWORD sender_send_message(struct sender *sender, const struct message_header *header,
                          void *body, size_t length);
DWORD sender_send_pdu(struct sender *sender, const uint8_t *pdu, size_t length);

#define SENDER_FULL      (1u << 20)
#define SENDER_MANY_PDUS (1u << 16)

/*
 * Do messages of SENDER_FULL bytes or more wait, besides the largest of them? (A large one
 * alone holds up no small ones.) Do PDUs of SENDER_MANY_PDUS bytes? Where they do,
 * owner->drained() follows, unless the sender fails. Also under the owner's lock.
 */
bool sender_is_full(struct sender *sender);
bool sender_has_many_pdus(struct sender *sender);

/* How far a message had gone. */
enum sender_progress {
  SENDER_UNSENT,  /* nothing of it has left, and nothing will */
  SENDER_PARTLY,  /* some fragments have left */
  SENDER_NOT_HERE /* it had left as a whole, or never came */
};
/* Takes back what is left of a message. */
enum sender_progress sender_withdraw(struct sender *sender, uint32_t call_id);
/* Sets PDU_FLAG_PENDING_CANCEL in a request of which nothing has left; false: too late. */
bool sender_flag_cancel(struct sender *sender, uint32_t call_id);

#endif

#include <stdlib.h>
#include <string.h>

#include "sender.h"

#define STAGING_SIZE 65536u
/* What pipes and sockets take at once; more is written by workers only, see sender_pump(). */
#define DIRECT_SIZE 32768u
/* More than the header of a fragment takes. */
#define HEADER_ROOM (PDU_REQUEST_HEADER_SIZE + 24u)

struct outgoing {
  struct outgoing *next;
  struct outgoing_queue behind; /* of the same order: it hands them its turn when it is done */
  uintptr_t order;
  bool started;
  bool encoded;                 /* a PDU as it leaves */
  struct message_header header; /* not for an encoded PDU */
  uint8_t *body;
  size_t length;
  size_t offset; /* what has been staged of body */
};

static void sender_written(struct completion *completion, DWORD bytes, DWORD error);

void sender_init(struct sender *sender, struct stream *stream,
                 const struct sender_owner *operations, void *owner)
{
  memset(sender, 0, sizeof(*sender));
  InitializeSRWLock(&sender->lock);
  sender->stream = stream;
  sender->owner_operations = operations;
  sender->owner = owner;
  sender->max_fragment = PDU_MIN_FRAGMENT;
  sender->written.routine = sender_written;
}

/* ---- queues ---- */

static void append(struct outgoing_queue *queue, struct outgoing *outgoing)
{
  outgoing->next = NULL;
  if (queue->tail)
    queue->tail->next = outgoing;
  else
    queue->head = outgoing;
  queue->tail = outgoing;
}

static struct outgoing *take_first(struct outgoing_queue *queue)
{
  struct outgoing *first = queue->head;

  if (!first)
    return NULL;
  queue->head = first->next;
  if (!queue->head)
    queue->tail = NULL;
  return first;
}

static void outgoing_free(struct outgoing *outgoing)
{
  free(outgoing->body);
  free(outgoing);
}

static size_t outgoing_cost(const struct outgoing *outgoing)
{
  return sizeof(*outgoing) + outgoing->length;
}

/* It has entered a queue. Lock held. */
static void count_in(struct sender *sender, const struct outgoing *outgoing)
{
  sender->queued += outgoing_cost(outgoing);
  if (outgoing->encoded)
    sender->queued_pdus += outgoing_cost(outgoing);
}

/* It has left the queues for good. Lock held. */
static void count_out(struct sender *sender, const struct outgoing *outgoing)
{
  sender->queued -= outgoing_cost(outgoing);
  if (outgoing->encoded)
    sender->queued_pdus -= outgoing_cost(outgoing);
  if (sender->memory)
    peer_memory_give(sender->memory, outgoing_cost(outgoing));
}

static void drop_all(struct sender *sender, struct outgoing_queue *queue)
{
  struct outgoing *outgoing;

  while ((outgoing = take_first(queue))) {
    drop_all(sender, &outgoing->behind); /* nobody waits behind those: one level */
    count_out(sender, outgoing);
    outgoing_free(outgoing);
  }
}

/* The message that waited behind `done` the longest, with the others behind it; NULL: none. */
static struct outgoing *take_successor(struct outgoing *done)
{
  struct outgoing *successor = take_first(&done->behind);

  if (successor)
    successor->behind = done->behind;
  return successor;
}

static void enqueue_message(struct sender *sender, struct outgoing *outgoing)
{
  struct outgoing *first = outgoing->order ? sender->turns.head : NULL;

  while (first && first->order != outgoing->order)
    first = first->next;
  append(first ? &first->behind : &sender->turns, outgoing);
}

void sender_destroy(struct sender *sender)
{
  drop_all(sender, &sender->pdus);
  drop_all(sender, &sender->turns);
  free(sender->staging);
}

/* ---- how much waits ---- */

/* Do messages and PDUs of `limit` bytes or more wait, besides the largest message? Lock held.
 */
static bool is_full(const struct sender *sender, size_t limit)
{
  size_t largest = 0;

  for (const struct outgoing *entry = sender->turns.head;
       entry && sender->queued - largest >= limit; entry = entry->next) {
    if (outgoing_cost(entry) > largest)
      largest = outgoing_cost(entry);
    for (const struct outgoing *waiting = entry->behind.head; waiting; waiting = waiting->next)
      if (outgoing_cost(waiting) > largest)
        largest = outgoing_cost(waiting);
  }
  return sender->queued - largest >= limit;
}

bool sender_is_full(struct sender *sender)
{
  bool full;

  AcquireSRWLockExclusive(&sender->lock);
  full = is_full(sender, SENDER_FULL);
  sender->drain_wanted |= full;
  ReleaseSRWLockExclusive(&sender->lock);
  return full;
}

bool sender_has_many_pdus(struct sender *sender)
{
  bool many;

  AcquireSRWLockExclusive(&sender->lock);
  many = sender->queued_pdus >= SENDER_MANY_PDUS;
  sender->drain_wanted |= many;
  ReleaseSRWLockExclusive(&sender->lock);
  return many;
}

/* Is the owner to be told? Half of what is much, so that it does not go to and fro. Lock held.
 */
static bool take_drained(struct sender *sender)
{
  bool drained = sender->drain_wanted && sender->queued_pdus < SENDER_MANY_PDUS / 2 &&
                 !is_full(sender, SENDER_FULL / 2);

  if (drained)
    sender->drain_wanted = false;
  return drained;
}

/* ---- staging ---- */

/* Adds to `size` what the queue has to send, up to a full staging buffer. */
static size_t add_queued_size(size_t size, const struct outgoing_queue *queue)
{
  for (const struct outgoing *entry = queue->head; entry && size < STAGING_SIZE;
       entry = entry->next) {
    size += entry->length - entry->offset + HEADER_ROOM;
    for (const struct outgoing *waiting = entry->behind.head; waiting && size < STAGING_SIZE;
         waiting = waiting->next)
      size += waiting->length + HEADER_ROOM;
  }
  return size;
}

static void stage_pdus(struct sender *sender, uint8_t *out, size_t capacity, size_t *size)
{
  struct outgoing *pdu;

  while ((pdu = sender->pdus.head) && pdu->length <= capacity - *size) {
    memcpy(out + *size, pdu->body, pdu->length);
    *size += pdu->length;
    count_out(sender, pdu);
    outgoing_free(take_first(&sender->pdus));
  }
}

/* One fragment of the message whose turn it is; false: it does not fit any more. */
static bool stage_fragment(struct sender *sender, uint8_t *out, size_t capacity, size_t *size)
{
  struct outgoing *message = sender->turns.head;
  size_t consumed;
  size_t staged = message_encode_fragment(out + *size, capacity - *size, &message->header,
                                          message->body, message->length, message->offset,
                                          sender->max_fragment, &consumed);

  if (!staged)
    return false;
  *size += staged;
  message->started = true;
  message->offset += consumed;
  take_first(&sender->turns);
  if (message->offset == message->length) {
    struct outgoing *successor = take_successor(message);

    count_out(sender, message);
    outgoing_free(message);
    message = successor;
  }
  if (message)
    append(&sender->turns, message);
  return true;
}

/* Fills a new staging buffer with what fits of `queued` bytes, not 0. 0 or ERROR_OUTOFMEMORY.
 * Lock held. */
static DWORD stage(struct sender *sender, size_t queued)
{
  size_t capacity = queued < STAGING_SIZE ? queued : STAGING_SIZE;

  sender->staging = malloc(capacity);
  if (!sender->staging)
    return ERROR_OUTOFMEMORY;
  stage_pdus(sender, sender->staging, capacity, &sender->staged);
  while (sender->turns.head &&
         stage_fragment(sender, sender->staging, capacity, &sender->staged))
    ;
  return sender->staged ? 0 : ERROR_INVALID_DATA;
}

/* ---- writing ---- */

static void sender_fail(struct sender *sender, DWORD error)
{
  bool first;

  AcquireSRWLockExclusive(&sender->lock);
  first = !sender->error;
  sender->error = error;
  ReleaseSRWLockExclusive(&sender->lock);
  /* The owner may want to know what has not been sent. */
  if (first)
    sender->owner_operations->failed(sender->owner, error);
  AcquireSRWLockExclusive(&sender->lock);
  sender->writing = false;
  drop_all(sender, &sender->pdus);
  drop_all(sender, &sender->turns);
  free(sender->staging);
  sender->staging = NULL;
  ReleaseSRWLockExclusive(&sender->lock);
}

enum next { NEXT_NOTHING, NEXT_WRITE, NEXT_HAND_OVER, NEXT_FAILED };

/* Stages the next write; `mine`: the last one was the caller's, and is over. NEXT_NOTHING: the
 * queues are empty, or somebody else writes. */
static enum next next_write(struct sender *sender, bool mine, DWORD *error)
{
  enum next next = NEXT_NOTHING;
  bool drained;

  AcquireSRWLockExclusive(&sender->lock);
  if (mine || !sender->writing) {
    size_t queued = add_queued_size(add_queued_size(0, &sender->pdus), &sender->turns);

    free(sender->staging);
    sender->staging = NULL;
    sender->staged = 0;
    *error = 0;
    if (queued && !mine && queued > DIRECT_SIZE && !completion_port_is_worker())
      next = NEXT_HAND_OVER;
    else if (queued)
      next = (*error = stage(sender, queued)) ? NEXT_FAILED : NEXT_WRITE;
    sender->writing = next != NEXT_NOTHING;
  }
  drained = take_drained(sender);
  ReleaseSRWLockExclusive(&sender->lock);
  if (drained)
    sender->owner_operations->drained(sender->owner);
  return next;
}

/* Starts the write; where it does not end here, sender_written() will go on. */
static DWORD write_staged(struct sender *sender)
{
  DWORD count = 0;
  DWORD error;

  sender->owner_operations->add_reference(sender->owner); /* for sender_written() */
  error = stream_write(sender->stream, sender->staging, (DWORD)sender->staged, &sender->written,
                       &count);
  if (error == ERROR_IO_PENDING)
    return error;
  sender->owner_operations->release(sender->owner);
  return error || count == sender->staged ? error : ERROR_WRITE_FAULT;
}

/* sender_written() will begin. */
static DWORD hand_over(struct sender *sender)
{
  DWORD error;

  sender->owner_operations->add_reference(sender->owner);
  error = completion_port_post(&sender->written);
  if (error)
    sender->owner_operations->release(sender->owner);
  return error ? error : ERROR_IO_PENDING;
}

/*
 * Writes until the queues are empty or a write is pending. That must not have been started by a
 * thread of the application: where such a thread ends at the wrong moment, Wine loses the rest
 * of the write. So what may not be done at once is handed over to a worker.
 */
static void sender_pump(struct sender *sender, bool mine)
{
  DWORD error = 0;

  while (!error) {
    switch (next_write(sender, mine, &error)) {
    case NEXT_NOTHING:
      return;
    case NEXT_WRITE:
      error = write_staged(sender);
      break;
    case NEXT_HAND_OVER:
      error = hand_over(sender);
      break;
    case NEXT_FAILED:
      break;
    }
    mine = true;
  }
  if (error != ERROR_IO_PENDING)
    sender_fail(sender, error);
}

static void sender_written(struct completion *completion, DWORD bytes, DWORD error)
{
  struct sender *sender = CONTAINING_RECORD(completion, struct sender, written);

  if (sender->staged) /* else there has been no write: hand_over() */
    stream_operation_ended(sender->stream);
  /* After a part of a write nothing more can be said. */
  if (!error && bytes != sender->staged)
    error = ERROR_WRITE_FAULT;
  if (error)
    sender_fail(sender, error);
  else
    sender_pump(sender, true);
  sender->owner_operations->release(sender->owner);
}

void sender_flush(struct sender *sender)
{
  sender_pump(sender, false);
}

/* ---- submitting ---- */

DWORD sender_queue_message(struct sender *sender, const struct message_header *header,
                           void *body, size_t length, uintptr_t order)
{
  struct outgoing *outgoing = calloc(1, sizeof(*outgoing));
  DWORD error;

  if (!outgoing)
    return ERROR_OUTOFMEMORY;
  outgoing->header = *header;
  outgoing->body = body;
  outgoing->length = length;
  outgoing->order = order;
  if (sender->memory && !peer_memory_take(sender->memory, outgoing_cost(outgoing))) {
    free(outgoing);
    return ERROR_OUTOFMEMORY;
  }
  AcquireSRWLockExclusive(&sender->lock);
  error = sender->error;
  if (!error) {
    enqueue_message(sender, outgoing);
    count_in(sender, outgoing);
  }
  ReleaseSRWLockExclusive(&sender->lock);
  if (!error)
    return 0;
  if (sender->memory)
    peer_memory_give(sender->memory, outgoing_cost(outgoing));
  free(outgoing);
  return error;
}

DWORD sender_queue_pdu(struct sender *sender, const uint8_t *pdu, size_t length)
{
  struct outgoing *outgoing = calloc(1, sizeof(*outgoing));
  DWORD error;

  if (!outgoing)
    return ERROR_OUTOFMEMORY;
  outgoing->body = malloc(length);
  outgoing->length = length;
  if (!outgoing->body) {
    free(outgoing);
    return ERROR_OUTOFMEMORY;
  }
  memcpy(outgoing->body, pdu, length);
  outgoing->encoded = true;
  AcquireSRWLockExclusive(&sender->lock);
  error = sender->error;
  if (!error) {
    append(&sender->pdus, outgoing);
    count_in(sender, outgoing);
    if (sender->memory)
      peer_memory_add(sender->memory, outgoing_cost(outgoing));
  }
  ReleaseSRWLockExclusive(&sender->lock);
  if (error)
    outgoing_free(outgoing);
  return error;
}

DWORD sender_send_message(struct sender *sender, const struct message_header *header,
                          void *body, size_t length)
{
  DWORD error = sender_queue_message(sender, header, body, length, 0);

  if (!error)
    sender_flush(sender);
  return error;
}

DWORD sender_send_pdu(struct sender *sender, const uint8_t *pdu, size_t length)
{
  DWORD error = sender_queue_pdu(sender, pdu, length);

  if (!error)
    sender_flush(sender);
  return error;
}

/* ---- cancelling ---- */

/* Takes the entry after `previous` (NULL: the first) out; `replacement`, if any, gets its
 * place. */
static void replace(struct outgoing_queue *queue, struct outgoing *previous,
                    struct outgoing *entry, struct outgoing *replacement)
{
  struct outgoing *follower = entry->next;

  if (replacement) {
    replacement->next = entry->next;
    follower = replacement;
  }
  if (previous)
    previous->next = follower;
  else
    queue->head = follower;
  if (queue->tail == entry)
    queue->tail = replacement ? replacement : previous;
}

/* Where a call's message waits. */
struct place {
  struct outgoing_queue *queue;
  struct outgoing *previous;
  struct outgoing *message; /* NULL: nowhere */
};

static struct place find_in(struct outgoing_queue *queue, uint32_t call_id)
{
  struct place place = {queue, NULL, queue->head};

  while (place.message && place.message->header.call_id != call_id) {
    place.previous = place.message;
    place.message = place.message->next;
  }
  return place;
}

/* Lock held. */
static struct place find_message(struct sender *sender, uint32_t call_id)
{
  struct place place = find_in(&sender->turns, call_id);

  for (struct outgoing *entry = sender->turns.head; entry && !place.message;
       entry = entry->next)
    place = find_in(&entry->behind, call_id);
  return place;
}

enum sender_progress sender_withdraw(struct sender *sender, uint32_t call_id)
{
  enum sender_progress progress = SENDER_NOT_HERE;
  bool drained = false;
  struct place place;

  AcquireSRWLockExclusive(&sender->lock);
  place = find_message(sender, call_id);
  if (place.message) {
    progress = place.message->started ? SENDER_PARTLY : SENDER_UNSENT;
    replace(place.queue, place.previous, place.message, take_successor(place.message));
    count_out(sender, place.message);
    drained = take_drained(sender);
  }
  ReleaseSRWLockExclusive(&sender->lock);
  if (drained)
    sender->owner_operations->drained(sender->owner);
  if (place.message)
    outgoing_free(place.message);
  return progress;
}

bool sender_flag_cancel(struct sender *sender, uint32_t call_id)
{
  struct outgoing *message;
  bool unsent;

  AcquireSRWLockExclusive(&sender->lock);
  message = find_message(sender, call_id).message;
  unsent = message && !message->started;
  if (unsent)
    message->header.extra_flags |= PDU_FLAG_PENDING_CANCEL;
  ReleaseSRWLockExclusive(&sender->lock);
  return unsent;
}

#include <stdlib.h>
#include <string.h>

#include "sender.h"

#define STAGING_SIZE 65536u

struct outgoing {
  struct outgoing *next;
  bool encoded; /* `body` is a whole PDU, not a message to be cut into fragments */
  struct message_header header;
  uint8_t *body;
  size_t length;
  size_t offset; /* what has been staged of body */
  bool started;
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

static void outgoing_free(struct outgoing *outgoing)
{
  free(outgoing->body);
  free(outgoing);
}

static void drop_queue(struct sender *sender)
{
  while (sender->head) {
    struct outgoing *outgoing = sender->head;
    sender->head = outgoing->next;
    outgoing_free(outgoing);
  }
  sender->tail = NULL;
}

void sender_destroy(struct sender *sender)
{
  drop_queue(sender);
  free(sender->staging);
}

/* What the queue has to send, as far as it matters for the size of the staging buffer; lock
 * held. */
static size_t queued_size(const struct sender *sender)
{
  size_t size = 0;

  for (const struct outgoing *entry = sender->head; entry && size < STAGING_SIZE;
       entry = entry->next)
    size += entry->encoded ? entry->length
                           : entry->length - entry->offset + PDU_COMMON_HEADER_SIZE + 32;
  return size < STAGING_SIZE ? size : STAGING_SIZE;
}

/* Stages what fits of the first entry; false: it did not fit at all. *done: nothing is left of
 * it. Lock held. */
static bool stage_entry(struct sender *sender, uint8_t *out, size_t room, size_t *staged,
                        bool *done)
{
  struct outgoing *entry = sender->head;
  size_t consumed;

  if (entry->encoded) {
    if (entry->length > room)
      return false;
    memcpy(out, entry->body, entry->length);
    *staged = entry->length;
    *done = true;
    return true;
  }
  *staged = message_encode_fragment(out, room, &entry->header, entry->body, entry->length,
                                    entry->offset, sender->max_fragment, &consumed);
  if (!*staged)
    return false;
  entry->started = true;
  entry->offset += consumed;
  *done = entry->offset == entry->length;
  return true;
}

/* Fills a new staging buffer from the queue. 0 with *size (0: nothing to send), or
 * ERROR_OUTOFMEMORY. Lock held. */
static DWORD stage(struct sender *sender, size_t *size)
{
  size_t capacity = queued_size(sender);

  *size = 0;
  if (!capacity)
    return 0;
  sender->staging = malloc(capacity);
  if (!sender->staging)
    return ERROR_OUTOFMEMORY;
  while (sender->head) {
    struct outgoing *entry = sender->head;
    size_t staged;
    bool done;

    if (!stage_entry(sender, sender->staging + *size, capacity - *size, &staged, &done))
      break;
    *size += staged;
    if (done) {
      sender->head = entry->next;
      if (!sender->head)
        sender->tail = NULL;
      outgoing_free(entry);
    }
  }
  return *size ? 0 : ERROR_INVALID_DATA;
}

static void sender_fail(struct sender *sender, DWORD error)
{
  bool first;

  AcquireSRWLockExclusive(&sender->lock);
  first = !sender->error;
  sender->error = error;
  sender->writing = false;
  drop_queue(sender);
  free(sender->staging);
  sender->staging = NULL;
  ReleaseSRWLockExclusive(&sender->lock);
  if (first)
    sender->owner_operations->failed(sender->owner, error);
}

/* Writes until the queue is empty or a write is pending. `writing` is set, the lock is not
 * held. */
static void sender_pump(struct sender *sender)
{
  for (;;) {
    size_t size;
    DWORD count;
    DWORD error;

    AcquireSRWLockExclusive(&sender->lock);
    free(sender->staging);
    sender->staging = NULL;
    error = stage(sender, &size);
    if (!error && !size)
      sender->writing = false;
    ReleaseSRWLockExclusive(&sender->lock);
    if (!error && !size)
      return;
    if (!error) {
      sender->owner_operations->add_reference(sender->owner); /* for sender_written() */
      error =
          stream_write(sender->stream, sender->staging, (DWORD)size, &sender->written, &count);
      if (error == ERROR_IO_PENDING)
        return;
      sender->owner_operations->release(sender->owner);
    }
    if (error) {
      sender_fail(sender, error);
      return;
    }
  }
}

static void sender_written(struct completion *completion, DWORD bytes, DWORD error)
{
  struct sender *sender = CONTAINING_RECORD(completion, struct sender, written);

  (void)bytes;
  if (error)
    sender_fail(sender, error);
  else
    sender_pump(sender);
  sender->owner_operations->release(sender->owner);
}

static DWORD submit(struct sender *sender, struct outgoing *outgoing)
{
  DWORD error;
  bool pump;

  AcquireSRWLockExclusive(&sender->lock);
  error = sender->error;
  pump = !error && !sender->writing;
  if (!error) {
    if (sender->tail)
      sender->tail->next = outgoing;
    else
      sender->head = outgoing;
    sender->tail = outgoing;
    sender->writing = true;
  }
  ReleaseSRWLockExclusive(&sender->lock);
  if (error)
    outgoing_free(outgoing);
  else if (pump)
    sender_pump(sender);
  return error;
}

DWORD sender_send_message(struct sender *sender, const struct message_header *header,
                          void *body, size_t length)
{
  struct outgoing *outgoing = calloc(1, sizeof(*outgoing));

  if (!outgoing) {
    free(body);
    return ERROR_OUTOFMEMORY;
  }
  outgoing->header = *header;
  outgoing->body = body;
  outgoing->length = length;
  return submit(sender, outgoing);
}

DWORD sender_send_pdu(struct sender *sender, const uint8_t *pdu, size_t length)
{
  struct outgoing *outgoing = calloc(1, sizeof(*outgoing));

  if (!outgoing)
    return ERROR_OUTOFMEMORY;
  outgoing->encoded = true;
  outgoing->body = malloc(length);
  outgoing->length = length;
  if (!outgoing->body) {
    free(outgoing);
    return ERROR_OUTOFMEMORY;
  }
  memcpy(outgoing->body, pdu, length);
  return submit(sender, outgoing);
}

bool sender_withdraw(struct sender *sender, uint32_t call_id)
{
  struct outgoing *previous = NULL;
  bool untouched = false;

  AcquireSRWLockExclusive(&sender->lock);
  for (struct outgoing *entry = sender->head; entry; previous = entry, entry = entry->next) {
    if (entry->encoded || entry->header.call_id != call_id)
      continue;
    untouched = !entry->started;
    if (previous)
      previous->next = entry->next;
    else
      sender->head = entry->next;
    if (sender->tail == entry)
      sender->tail = previous;
    outgoing_free(entry);
    break;
  }
  ReleaseSRWLockExclusive(&sender->lock);
  return untouched;
}

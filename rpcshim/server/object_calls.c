#include "object_calls.h"

#include <string.h>

#include "closing_apartment.h"
#include "turns.h"

#define REMOTE_UNKNOWN 0xffffu

static SRWLOCK lock = SRWLOCK_INIT;
static struct server_call *first;         /* lock */
static struct closing_apartment *closing; /* lock */

/* ---- apartments that end ---- */

static bool is_for(const struct server_call *call, DWORD thread)
{
  DWORD number = call->object.Data2;

  /* 0: the MTA's. */
  if (!call->has_object || !number)
    return false;
  if (number != REMOTE_UNKNOWN)
    return number == (USHORT)thread;
  memcpy(&number, call->object.Data4, sizeof(number));
  return number == thread;
}

/* Lock held. */
static struct closing_apartment *closing_for(const struct server_call *call)
{
  struct closing_apartment *apartment = closing;

  while (apartment && !is_for(call, apartment->thread))
    apartment = apartment->next;
  return apartment;
}

bool closing_apartment_begin(struct closing_apartment *apartment, DWORD thread)
{
  apartment->idle = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (!apartment->idle)
    return false;
  apartment->thread = thread;
  apartment->calls = 0;
  AcquireSRWLockExclusive(&lock);
  for (const struct server_call *call = first; call; call = call->next_object_call)
    apartment->calls += is_for(call, thread);
  apartment->next = closing;
  closing = apartment;
  if (!apartment->calls)
    SetEvent(apartment->idle);
  ReleaseSRWLockExclusive(&lock);
  return true;
}

void closing_apartment_end(struct closing_apartment *apartment)
{
  struct closing_apartment **link = &closing;

  if (!apartment->idle)
    return;
  AcquireSRWLockExclusive(&lock);
  while (*link != apartment)
    link = &(*link)->next;
  *link = apartment->next;
  ReleaseSRWLockExclusive(&lock);
  CloseHandle(apartment->idle);
  apartment->idle = NULL;
}

/* Lock held; it has just left the list. */
static void tell_closing(const struct server_call *call)
{
  struct closing_apartment *apartment = closing_for(call);

  if (apartment && !--apartment->calls)
    SetEvent(apartment->idle);
}

/* ---- the list ---- */

/* Lock held. */
static void insert(struct server_call *call)
{
  call->previous_object_call = NULL;
  call->next_object_call = first;
  if (first)
    first->previous_object_call = call;
  first = call;
}

bool object_calls_add(struct server_call *call)
{
  bool open;

  AcquireSRWLockExclusive(&lock);
  open = !closing_for(call);
  if (open)
    insert(call);
  ReleaseSRWLockExclusive(&lock);
  if (open)
    server_connection_watch_turn(call);
  return open;
}

void object_calls_remove(struct server_call *call)
{
  AcquireSRWLockExclusive(&lock);
  if (call->previous_object_call)
    call->previous_object_call->next_object_call = call->next_object_call;
  else
    first = call->next_object_call;
  if (call->next_object_call)
    call->next_object_call->previous_object_call = call->previous_object_call;
  tell_closing(call);
  ReleaseSRWLockExclusive(&lock);
}

struct server_call *object_calls_find(const RPC_MESSAGE *message)
{
  struct server_call *call;

  AcquireSRWLockShared(&lock);
  call = first;
  while (call && &call->message != message)
    call = call->next_object_call;
  if (call)
    server_call_add_reference(call);
  ReleaseSRWLockShared(&lock);
  return call;
}

void object_calls_pass_on(const RPC_MESSAGE *message)
{
  struct server_call *call = object_calls_find(message);

  if (!call)
    return;
  server_connection_pass_on(call->connection, call->turn);
  server_call_release(call);
}

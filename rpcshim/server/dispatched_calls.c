#include "dispatched_calls.h"

#include "server_connection.h"

static SRWLOCK lock = SRWLOCK_INIT;
static struct server_call *first; /* lock */

void dispatched_calls_add(struct server_call *call)
{
  watched_turn_begin(&call->watched, call->connection, call->turn);
  AcquireSRWLockExclusive(&lock);
  call->previous_dispatched = NULL;
  call->next_dispatched = first;
  if (first)
    first->previous_dispatched = call;
  first = call;
  ReleaseSRWLockExclusive(&lock);
}

void dispatched_calls_remove(struct server_call *call)
{
  AcquireSRWLockExclusive(&lock);
  if (call->previous_dispatched)
    call->previous_dispatched->next_dispatched = call->next_dispatched;
  else
    first = call->next_dispatched;
  if (call->next_dispatched)
    call->next_dispatched->previous_dispatched = call->previous_dispatched;
  ReleaseSRWLockExclusive(&lock);
}

struct server_call *dispatched_calls_find(const RPC_MESSAGE *message)
{
  struct server_call *call;

  AcquireSRWLockShared(&lock);
  call = first;
  while (call && &call->message != message)
    call = call->next_dispatched;
  if (call)
    server_call_add_reference(call);
  ReleaseSRWLockShared(&lock);
  return call;
}

void dispatched_calls_pass_on(const RPC_MESSAGE *message)
{
  struct server_call *call = dispatched_calls_find(message);

  if (!call)
    return;
  server_connection_pass_on(call->connection, call->turn);
  server_call_release(call);
}

/* An association's asynchronous calls: which connection each travels by, and how it is
 * cancelled. */
#include <stdlib.h>

#include "association_internal.h"

#define CAUSAL_LANES   8  /* connections for calls whose order matters, one each */
#define NONCAUSAL_LANE 8  /* calls whose order does not: connections of this lane … */
#define NONCAUSAL_MOST 32 /* … are as many as are busy, up to this */

static unsigned int choose_lane(bool noncausal)
{
  /* Thread ids are multiples of 4. */
  return noncausal ? NONCAUSAL_LANE : (GetCurrentThreadId() >> 2) % CAUSAL_LANES;
}

/* What keeps the calls of one thread on one binding in order, not 0. Where two such pairs have
 * the same by chance, one is in order with the other, too. */
static uintptr_t causal_order(const struct client_call *call)
{
  return ((uintptr_t)call->binding ^ GetCurrentThreadId()) | 1;
}

/* The best of the connections met so far. */
struct choice {
  struct client_connection *connection;
  size_t load;        /* calls in flight on it, and on their way to it */
  unsigned int count; /* met, of that lane */
};

/* Takes it where it serves the call better; its lock held. A connection to a peer that does not
 * multiplex serves any lane, one call at a time. */
static void consider(struct choice *choice, struct client_connection *connection,
                     const struct client_call *call, unsigned int lane)
{
  size_t load = 0;

  if (connection->multiplexed) {
    if (connection->lane != lane)
      return;
    load = connection->calls.count + (ULONG)connection->expected;
  } else if (connection->busy ||
             !syntax_equal(&connection->contexts[0].interface_id, &call->interface_id)) {
    return;
  }
  choice->count++;
  if (choice->connection && choice->load <= load)
    return;
  choice->connection = connection;
  choice->load = load;
}

/* Nothing better can follow. */
static bool is_settled(const struct choice *choice, unsigned int lane)
{
  return choice->connection && (lane != NONCAUSAL_LANE || !choice->load);
}

/* A reference to the connection, which expects the call; NULL: another one is to be opened. */
static struct client_connection *settle(const struct choice *choice, unsigned int lane)
{
  struct client_connection *connection = choice->connection;

  if (!connection || (!is_settled(choice, lane) && choice->count < NONCAUSAL_MOST))
    return NULL;
  if (!connection->multiplexed) {
    AcquireSRWLockExclusive(&connection->lock);
    connection->busy = true;
    ReleaseSRWLockExclusive(&connection->lock);
  }
  InterlockedIncrement(&connection->expected);
  client_connection_add_reference(connection);
  return connection;
}

/*
 * A connection for a call in that lane, as settle() has it; dead ones met on the way are
 * dropped. Lock held. Calls without an order get one without other calls, as long as there are
 * not too many: where a manager routine keeps the server from dispatching the next request of
 * its connection, it then holds up none of them.
 */
static struct client_connection *find_shared(struct association *association,
                                             const struct client_call *call, unsigned int lane)
{
  struct client_connection **entry = &association->shared;
  struct choice choice = {NULL, 0, 0};

  while (*entry && !is_settled(&choice, lane)) {
    struct client_connection *connection = *entry;
    bool dead;

    AcquireSRWLockExclusive(&connection->lock);
    dead = connection->dead;
    if (!dead)
      consider(&choice, connection, call, lane);
    ReleaseSRWLockExclusive(&connection->lock);
    if (dead) {
      *entry = connection->next;
      connection->next = NULL;
      client_connection_release(connection);
    } else {
      entry = &connection->next;
    }
  }
  return settle(&choice, lane);
}

static struct client_connection *find_shared_in_lane(struct association *association,
                                                     const struct client_call *call,
                                                     unsigned int lane)
{
  struct client_connection *connection;

  AcquireSRWLockExclusive(&association->lock);
  connection = find_shared(association, call, lane);
  ReleaseSRWLockExclusive(&association->lock);
  return connection;
}

/* A connection that has just been opened begins to serve that lane. */
static RPC_STATUS share(struct association *association, struct client_connection *connection,
                        unsigned int lane)
{
  struct client_connection **end;

  connection->lane = lane;
  connection->busy = true;
  connection->expected = 1;
  if (client_connection_go_asynchronous(connection)) {
    client_connection_fail(connection, RPC_S_CALL_FAILED);
    client_connection_release(connection);
    return RPC_S_CALL_FAILED_DNE;
  }
  client_connection_add_reference(connection);
  AcquireSRWLockExclusive(&association->lock);
  for (end = &association->shared; *end; end = &(*end)->next)
    ;
  *end = connection;
  ReleaseSRWLockExclusive(&association->lock);
  return RPC_S_OK;
}

/* Opens a connection for that lane, unless another thread has meanwhile. */
static RPC_STATUS open_shared(struct association *association, struct client_call *call,
                              unsigned int lane, struct client_connection **connection)
{
  RPC_STATUS status = association_begin_opening(association, call);

  if (status != RPC_S_OK)
    return status;
  *connection = find_shared_in_lane(association, call, lane);
  if (!*connection) {
    status = association_open_connection(association, call, connection);
    if (status == RPC_S_OK)
      status = share(association, *connection, lane);
  }
  association_end_opening(association);
  return status;
}

static void tell_of_cancel(struct client_call *call, bool abandon)
{
  struct client_connection *connection;

  AcquireSRWLockShared(&call->lock);
  connection = call->connection;
  if (connection)
    client_connection_add_reference(connection);
  ReleaseSRWLockShared(&call->lock);
  if (!connection)
    return;
  client_connection_cancel(connection, call, abandon);
  client_connection_release(connection);
}

/* The call is over for the client, whatever the server does. */
static void abandon(struct client_call *call, RPC_STATUS status)
{
  tell_of_cancel(call, true);
  client_call_complete(call, status, NULL, 0, NULL);
}

static void cancel_now(struct client_call *call, bool given_up)
{
  if (given_up)
    abandon(call, RPC_S_CALL_CANCELLED);
  else
    tell_of_cancel(call, false);
}

static void give_up(struct client_call *call)
{
  abandon(call, RPC_S_CALL_CANCELLED);
}

/* A call that has been made: its time-out, if it has one, and the cancel that came early. */
static void call_is_made(struct client_call *call)
{
  RPC_STATUS status = RPC_S_OK;
  bool given_up;

  if (call->timeout != INFINITE)
    status = client_call_limit_silence(call, give_up);
  if (status != RPC_S_OK)
    abandon(call, status);
  else if (client_call_take_kept_cancel(call, &given_up))
    cancel_now(call, given_up);
}

RPC_STATUS association_submit(struct client_call *call, uint8_t *body, size_t length,
                              bool noncausal)
{
  struct association *association = call->association;
  unsigned int lane = choose_lane(noncausal);
  uintptr_t order = noncausal ? 0 : causal_order(call);
  RPC_STATUS status = RPC_S_CALL_FAILED_DNE;

  /* A second try where the connection turned out to be dead: the server may have been started
   * anew. */
  for (int attempt = 0; attempt < 2 && status == RPC_S_CALL_FAILED_DNE; attempt++) {
    struct client_connection *connection = find_shared_in_lane(association, call, lane);

    status = connection ? RPC_S_OK : open_shared(association, call, lane, &connection);
    if (status != RPC_S_OK)
      break;
    association_set_connection(call, connection);
    status = client_connection_submit(connection, call, body, length, order);
    InterlockedDecrement(&connection->expected);
    if (status == RPC_S_OK) {
      call_is_made(call);
      return RPC_S_OK;
    }
    association_set_connection(call, NULL);
    client_connection_release(connection);
  }
  return status;
}

void association_cancel(struct client_call *call, bool given_up)
{
  if (!client_call_keep_cancel(call, given_up))
    cancel_now(call, given_up);
}

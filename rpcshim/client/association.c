#include "association.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "client_connection.h"

#define CAUSAL_LANES   8  /* connections for calls whose order matters, one each */
#define NONCAUSAL_LANE 8  /* calls whose order does not: connections of this lane … */
#define NONCAUSAL_MOST 32 /* … are as many as are busy, up to this */
/* A connection idle for longer is looked at before it is used again. */
#define IDLE_CHECK_MS 100

/* On the stack of a thread that waits until it may open a connection. */
struct opening_waiter {
  struct opening_waiter *next;
  HANDLE event;
};

struct association {
  struct binding_route route; /* first: what bindings hold */
  LONG references;            /* list_lock */
  struct association *next;   /* list_lock */
  const struct protocol_sequence *protocol;
  WCHAR *network_address;
  WCHAR *endpoint;
  WCHAR *network_options; /* NULL: none */
  bool unique;

  SRWLOCK lock;
  bool opening; /* lock: a connection is being opened that others would want too */
  struct opening_waiter *waiters;   /* lock: for the end of that */
  uint32_t group_id;                /* lock; 0 until the first bind */
  struct client_connection *idle;   /* lock: synchronous, last used first */
  struct client_connection *shared; /* lock: asynchronous, oldest first */
};

static SRWLOCK list_lock = SRWLOCK_INIT;
static struct association *list;

static bool same_string(const WCHAR *a, const WCHAR *b)
{
  return !_wcsicmp(a ? a : L"", b ? b : L"");
}

static void association_free(struct association *association)
{
  free(association->network_address);
  free(association->endpoint);
  free(association->network_options);
  free(association);
}

static void route_add_reference(struct binding_route *route)
{
  association_add_reference(CONTAINING_RECORD(route, struct association, route));
}

static void route_release(struct binding_route *route)
{
  association_release(CONTAINING_RECORD(route, struct association, route));
}

static struct association *association_create(const struct protocol_sequence *protocol,
                                              const WCHAR *network_address,
                                              const WCHAR *endpoint,
                                              const WCHAR *network_options, bool unique)
{
  struct association *association = calloc(1, sizeof(*association));

  if (!association)
    return NULL;
  association->route.add_reference = route_add_reference;
  association->route.release = route_release;
  association->references = 1;
  association->protocol = protocol;
  association->unique = unique;
  InitializeSRWLock(&association->lock);
  association->network_address = wcsdup(network_address ? network_address : L"");
  association->endpoint = wcsdup(endpoint);
  if (network_options)
    association->network_options = wcsdup(network_options);
  if (association->network_address && association->endpoint &&
      (!network_options || association->network_options))
    return association;
  association_free(association);
  return NULL;
}

/* The association of that address, with a reference; strings are copied, `unique` ones never
 * shared. NULL: out of memory. */
static struct association *find_or_create(const struct protocol_sequence *protocol,
                                          const WCHAR *network_address, const WCHAR *endpoint,
                                          const WCHAR *network_options, bool unique)
{
  struct association *association = NULL;

  AcquireSRWLockExclusive(&list_lock);
  if (!unique) {
    for (association = list; association; association = association->next)
      if (!association->unique && association->protocol == protocol &&
          same_string(association->network_address, network_address) &&
          same_string(association->endpoint, endpoint) &&
          same_string(association->network_options, network_options))
        break;
  }
  if (association) {
    association->references++;
  } else {
    association =
        association_create(protocol, network_address, endpoint, network_options, unique);
    if (association) {
      association->next = list;
      list = association;
    }
  }
  ReleaseSRWLockExclusive(&list_lock);
  return association;
}

RPC_STATUS association_of_binding(struct binding *binding, struct association **result)
{
  struct association *association;
  RPC_STATUS status = RPC_S_OK;

  AcquireSRWLockExclusive(&binding->lock);
  if (binding->auth_info) {
    status = RPC_S_UNKNOWN_AUTHN_SERVICE;
  } else if (!binding->route && !binding->endpoint) {
    status = RPC_S_NO_ENDPOINT_FOUND;
  } else if (!binding->route) {
    association = find_or_create(binding->protocol, binding->network_address, binding->endpoint,
                                 binding->network_options, binding->options.unique_binding);
    if (association)
      binding->route = &association->route;
    else
      status = RPC_S_OUT_OF_MEMORY;
  }
  if (status == RPC_S_OK) {
    *result = CONTAINING_RECORD(binding->route, struct association, route);
    association_add_reference(*result);
  }
  ReleaseSRWLockExclusive(&binding->lock);
  return status;
}

void association_add_reference(struct association *association)
{
  AcquireSRWLockExclusive(&list_lock);
  association->references++;
  ReleaseSRWLockExclusive(&list_lock);
}

static void close_all(struct client_connection *connection)
{
  while (connection) {
    struct client_connection *next = connection->next;
    client_connection_fail(connection, RPC_S_CALL_FAILED);
    client_connection_release(connection);
    connection = next;
  }
}

void association_release(struct association *association)
{
  bool last;

  AcquireSRWLockExclusive(&list_lock);
  last = !--association->references;
  if (last) {
    struct association **entry = &list;
    while (*entry != association)
      entry = &(*entry)->next;
    *entry = association->next;
  }
  ReleaseSRWLockExclusive(&list_lock);
  if (!last)
    return;
  close_all(association->idle);
  close_all(association->shared);
  association_free(association);
}

static bool try_opening(struct association *association)
{
  bool mine;

  AcquireSRWLockExclusive(&association->lock);
  mine = !association->opening;
  association->opening = true;
  ReleaseSRWLockExclusive(&association->lock);
  return mine;
}

static void enter_waiters(struct association *association, struct opening_waiter *waiter)
{
  AcquireSRWLockExclusive(&association->lock);
  waiter->next = association->waiters;
  association->waiters = waiter;
  ReleaseSRWLockExclusive(&association->lock);
}

static void leave_waiters(struct association *association, struct opening_waiter *waiter)
{
  struct opening_waiter **entry = &association->waiters;

  AcquireSRWLockExclusive(&association->lock);
  while (*entry != waiter)
    entry = &(*entry)->next;
  *entry = waiter->next;
  ReleaseSRWLockExclusive(&association->lock);
}

/* Waits until nobody else opens a connection. RPC_S_OK, RPC_S_CALL_CANCELLED,
 * RPC_S_OUT_OF_RESOURCES. */
static RPC_STATUS begin_opening(struct association *association, struct client_call *call)
{
  struct opening_waiter waiter;
  struct call_wait wait;
  bool mine = try_opening(association);

  if (mine)
    return RPC_S_OK;
  waiter.event = CreateEventW(NULL, FALSE, FALSE, NULL);
  if (!waiter.event)
    return RPC_S_OUT_OF_RESOURCES;
  enter_waiters(association, &waiter);
  call_wait_begin(&wait, call, waiter.event);
  while (!(mine = try_opening(association)) && !call_wait_is_over(&wait))
    WaitForSingleObject(waiter.event, deadline_rest(wait.stream.deadline));
  call_wait_end(&wait);
  leave_waiters(association, &waiter);
  CloseHandle(waiter.event);
  return mine ? RPC_S_OK : RPC_S_CALL_CANCELLED;
}

static void end_opening(struct association *association)
{
  AcquireSRWLockExclusive(&association->lock);
  association->opening = false;
  for (struct opening_waiter *waiter = association->waiters; waiter; waiter = waiter->next)
    SetEvent(waiter->event);
  ReleaseSRWLockExclusive(&association->lock);
}

static uint32_t group_of(struct association *association)
{
  uint32_t group_id;

  AcquireSRWLockShared(&association->lock);
  group_id = association->group_id;
  ReleaseSRWLockShared(&association->lock);
  return group_id;
}

static RPC_STATUS open_connection(struct association *association, struct client_call *call,
                                  struct client_connection **connection)
{
  struct connection_target target = {association->protocol, association->network_address,
                                     association->endpoint, group_of(association)};
  RPC_STATUS status = client_connection_open(&target, call, connection);

  if (status != RPC_S_OK)
    return status;
  /* The server names the group anew where it no longer knows ours: all earlier connections are
   * gone then. */
  AcquireSRWLockExclusive(&association->lock);
  association->group_id = (*connection)->group_id;
  ReleaseSRWLockExclusive(&association->lock);
  return RPC_S_OK;
}

/* Opens a connection for a synchronous call; the first one of an association alone, because it
 * makes the group. */
static RPC_STATUS open_own(struct association *association, struct client_call *call,
                           struct client_connection **connection)
{
  bool first = !group_of(association);
  RPC_STATUS status = first ? begin_opening(association, call) : RPC_S_OK;

  if (status != RPC_S_OK)
    return status;
  status = open_connection(association, call, connection);
  if (first)
    end_opening(association);
  return status;
}

/* ---- synchronous calls ---- */

static struct client_connection *take_idle(struct association *association,
                                           const struct syntax_id *interface_id)
{
  struct client_connection *connection = NULL;

  AcquireSRWLockExclusive(&association->lock);
  for (struct client_connection **entry = &association->idle; *entry; entry = &(*entry)->next) {
    if (!syntax_equal(&(*entry)->contexts[0].interface_id, interface_id))
      continue;
    connection = *entry;
    *entry = connection->next;
    connection->next = NULL;
    break;
  }
  ReleaseSRWLockExclusive(&association->lock);
  return connection;
}

static void drop_route(struct client_call *call)
{
  if (call->connection)
    client_connection_release(call->connection);
  association_release(call->association);
}

void association_adopt_call(struct association *association, struct client_call *call)
{
  call->association = association;
  call->drop_route = drop_route;
}

/* Under the call's lock, because a cancel may look at it on another thread. */
static void set_connection(struct client_call *call, struct client_connection *connection)
{
  AcquireSRWLockExclusive(&call->lock);
  call->connection = connection;
  ReleaseSRWLockExclusive(&call->lock);
}

RPC_STATUS association_route_synchronous(struct client_call *call, bool fresh)
{
  struct association *association = call->association;
  struct client_connection *connection;
  RPC_STATUS status;

  while (!fresh) {
    connection = take_idle(association, &call->interface_id);
    if (!connection)
      break;
    if (GetTickCount64() - connection->idle_since < IDLE_CHECK_MS ||
        stream_is_quiet(&connection->stream)) {
      set_connection(call, connection);
      return RPC_S_OK;
    }
    client_connection_release(connection);
  }
  status = open_own(association, call, &connection);
  if (status == RPC_S_OK)
    set_connection(call, connection);
  return status;
}

void association_unroute_synchronous(struct client_call *call)
{
  struct association *association = call->association;
  struct client_connection *connection = call->connection;

  if (!connection)
    return;
  set_connection(call, NULL);
  if (connection->dead) {
    client_connection_release(connection);
    return;
  }
  connection->idle_since = GetTickCount64();
  AcquireSRWLockExclusive(&association->lock);
  connection->next = association->idle;
  association->idle = connection;
  ReleaseSRWLockExclusive(&association->lock);
}

/* ---- asynchronous calls ---- */

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
  RPC_STATUS status = begin_opening(association, call);

  if (status != RPC_S_OK)
    return status;
  *connection = find_shared_in_lane(association, call, lane);
  if (!*connection) {
    status = open_connection(association, call, connection);
    if (status == RPC_S_OK)
      status = share(association, *connection, lane);
  }
  end_opening(association);
  return status;
}

/* The call is over for the client, whatever the server does. */
static void abandon(struct client_call *call, RPC_STATUS status)
{
  association_cancel(call, true);
  client_call_complete(call, status, NULL, 0, NULL);
}

static void give_up(struct client_call *call)
{
  abandon(call, RPC_S_CALL_CANCELLED);
}

/* A call that has been made: its time-out, if it has one. */
static void start_clock(struct client_call *call)
{
  RPC_STATUS status = RPC_S_OK;

  if (call->timeout != INFINITE)
    status = client_call_limit_silence(call, give_up);
  if (status != RPC_S_OK)
    abandon(call, status);
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
    set_connection(call, connection);
    status = client_connection_submit(connection, call, body, length, order);
    InterlockedDecrement(&connection->expected);
    if (status == RPC_S_OK) {
      start_clock(call);
      return RPC_S_OK;
    }
    set_connection(call, NULL);
    client_connection_release(connection);
  }
  free(body);
  return status;
}

void association_cancel(struct client_call *call, bool abandon)
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

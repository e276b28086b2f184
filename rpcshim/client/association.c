#include "association.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "association_internal.h"

/* The group that is to be joined may go each time. */
#define GROUP_TRIES 4

/* A connection idle for longer is looked at before it is used again. */
#define IDLE_CHECK_MS 100

/* On the stack of a thread that waits until it may open a connection. */
struct opening_waiter {
  struct opening_waiter *next;
  HANDLE event;
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
  if (binding->auth_info && binding->protocol->transport != TRANSPORT_LOCAL) {
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
RPC_STATUS association_begin_opening(struct association *association, struct client_call *call)
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

void association_end_opening(struct association *association)
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

/* A connection of the group that the server has refused, from the same address: to the server,
 * only those are of one client. */
static bool is_of_refused_group(struct client_connection *connection,
                                const struct connection_target *target)
{
  BYTE address[STREAM_ADDRESS_MAX];

  return connection->group_id == target->group_id &&
         stream_local_address(&connection->stream, address) == target->local_address_length &&
         !memcmp(address, target->local_address, target->local_address_length);
}

/* Takes those out of a list; lock held. */
static struct client_connection *take_refused(struct client_connection **list,
                                              const struct connection_target *target)
{
  struct client_connection *taken = NULL;

  while (*list) {
    struct client_connection *connection = *list;

    if (!is_of_refused_group(connection, target)) {
      list = &connection->next;
      continue;
    }
    *list = connection->next;
    connection->next = taken;
    taken = connection;
  }
  return taken;
}

/*
 * The server does not know that group: its last connection has closed meanwhile, or the server
 * has been started anew. The next connection makes a new one. What we still have of the old one
 * leads nowhere, whether its end has reached us or not: calls on it end. (Where it may just not
 * take the new connection for the same client's, because that has another address, they go on.)
 */
static void forget_group(struct association *association,
                         const struct connection_target *target)
{
  struct client_connection *idle, *shared;

  AcquireSRWLockExclusive(&association->lock);
  if (association->group_id == target->group_id)
    association->group_id = 0;
  idle = take_refused(&association->idle, target);
  shared = take_refused(&association->shared, target);
  ReleaseSRWLockExclusive(&association->lock);
  close_all(idle);
  close_all(shared);
}

/* *again: the group had gone; the next try joins another, or makes one. */
static RPC_STATUS try_open(struct association *association, struct client_call *call,
                           struct client_connection **connection, bool *again)
{
  struct connection_target target = {.protocol = association->protocol,
                                     .network_address = association->network_address,
                                     .endpoint = association->endpoint,
                                     .group_id = group_of(association)};
  RPC_STATUS status = client_connection_open(&target, call, connection);

  *again = target.group_refused;
  if (*again)
    forget_group(association, &target);
  if (status != RPC_S_OK)
    return status;
  AcquireSRWLockExclusive(&association->lock);
  association->group_id = (*connection)->group_id;
  ReleaseSRWLockExclusive(&association->lock);
  return RPC_S_OK;
}

RPC_STATUS association_open_connection(struct association *association,
                                       struct client_call *call,
                                       struct client_connection **connection)
{
  RPC_STATUS status;
  bool again;

  for (int tries = 0; tries < GROUP_TRIES; tries++) {
    status = try_open(association, call, connection, &again);
    if (!again)
      break;
  }
  return status;
}

/* Opens a connection for a synchronous call; the first one of an association alone, because it
 * makes the group. */
static RPC_STATUS open_own(struct association *association, struct client_call *call,
                           struct client_connection **connection)
{
  RPC_STATUS status;
  bool again = false;

  if (group_of(association)) {
    status = try_open(association, call, connection, &again);
    if (!again)
      return status;
  }
  status = association_begin_opening(association, call);
  if (status != RPC_S_OK)
    return status;
  status = association_open_connection(association, call, connection);
  association_end_opening(association);
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
  if (call->association)
    association_release(call->association);
  call->association = association;
  call->drop_route = drop_route;
}

/* Under the call's lock, because a cancel may look at it on another thread. */
void association_set_connection(struct client_call *call, struct client_connection *connection)
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
      association_set_connection(call, connection);
      return RPC_S_OK;
    }
    client_connection_release(connection);
  }
  status = open_own(association, call, &connection);
  if (status == RPC_S_OK)
    association_set_connection(call, connection);
  return status;
}

void association_unroute_synchronous(struct client_call *call)
{
  struct association *association = call->association;
  struct client_connection *connection = call->connection;

  if (!connection)
    return;
  association_set_connection(call, NULL);
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

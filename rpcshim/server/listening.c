#include "listening.h"

#include <stdlib.h>
#include <wchar.h>

#include "../transport/endpoint.h"
#include "server_connection.h"

struct server_endpoint {
  struct server_endpoint *next;
  struct listener *listener;
};

static SRWLOCK lock = SRWLOCK_INIT;
static SRWLOCK change_lock = SRWLOCK_INIT; /* taken before `lock` */
static struct server_endpoint *endpoints;
static struct server_connection *connections;
static bool started;    /* since RpcServerListen, until somebody has waited for the end of it */
static bool listening;  /* RpcServerListen is in force: started, and not stopped */
static bool waited_for; /* a thread is in server_listening_wait() */
static unsigned int auto_listen; /* interfaces */
static unsigned int active_calls;
static ULONG calls_received;
static HANDLE quiet; /* set while not listening and without a call */

const WCHAR *server_endpoint_name(const struct server_endpoint *endpoint)
{
  return listener_endpoint(endpoint->listener);
}

const struct protocol_sequence *server_endpoint_protocol(const struct server_endpoint *endpoint)
{
  return endpoint->listener->protocol;
}

static void accepted(void *context, struct stream *stream)
{
  server_connection_start(context, stream);
}

/* lock held */
static bool should_accept(void)
{
  return listening || auto_listen;
}

/* change_lock held */
static struct server_endpoint *find_endpoint(const struct protocol_sequence *protocol,
                                             const WCHAR *name)
{
  struct server_endpoint *endpoint = endpoints;

  while (endpoint && !(server_endpoint_protocol(endpoint) == protocol &&
                       (!name || !_wcsicmp(server_endpoint_name(endpoint), name))))
    endpoint = endpoint->next;
  return endpoint;
}

RPC_STATUS server_endpoint_use(const WCHAR *protocol_sequence, const WCHAR *name,
                               SECURITY_DESCRIPTOR *security)
{
  const struct protocol_sequence *protocol = protocol_sequence_find(protocol_sequence);
  struct server_endpoint *endpoint;
  RPC_STATUS status;
  bool start;

  if (!protocol)
    return RPC_S_PROTSEQ_NOT_SUPPORTED;
  endpoint = calloc(1, sizeof(*endpoint));
  if (!endpoint)
    return RPC_S_OUT_OF_MEMORY;
  AcquireSRWLockExclusive(&change_lock);
  if (find_endpoint(protocol, name))
    status = name ? RPC_S_DUPLICATE_ENDPOINT : RPC_S_OK;
  else
    status = listener_create(protocol, name, security, accepted, endpoint, &endpoint->listener);
  if (status == RPC_S_OK && endpoint->listener) {
    AcquireSRWLockExclusive(&lock);
    endpoint->next = endpoints;
    endpoints = endpoint;
    start = should_accept();
    ReleaseSRWLockExclusive(&lock);
    if (start)
      status = listener_start(endpoint->listener);
    endpoint = NULL;
  }
  ReleaseSRWLockExclusive(&change_lock);
  free(endpoint);
  return status;
}

RPC_STATUS server_endpoint_bindings(RPC_BINDING_VECTOR **result)
{
  RPC_BINDING_VECTOR *vector;
  unsigned int count = 0;
  RPC_STATUS status = RPC_S_OK;

  *result = NULL;
  AcquireSRWLockShared(&change_lock);
  for (struct server_endpoint *endpoint = endpoints; endpoint; endpoint = endpoint->next)
    count++;
  vector = calloc(1, sizeof(*vector) + count * sizeof(vector->BindingH[0]));
  if (!vector)
    status = RPC_S_OUT_OF_MEMORY;
  for (struct server_endpoint *endpoint = endpoints; endpoint && status == RPC_S_OK;
       endpoint = endpoint->next) {
    struct binding *binding;
    status = binding_create_client(server_endpoint_protocol(endpoint), L"",
                                   server_endpoint_name(endpoint), NULL, NULL, &binding);
    if (status == RPC_S_OK)
      vector->BindingH[vector->Count++] = binding_handle(binding);
  }
  ReleaseSRWLockShared(&change_lock);
  if (status == RPC_S_OK && !count)
    status = RPC_S_NO_BINDINGS;
  if (status == RPC_S_OK)
    *result = vector;
  else if (vector && vector->Count)
    RpcBindingVectorFree(&vector);
  else
    free(vector);
  return status;
}

/* ---- starting and stopping; change_lock held ---- */

static RPC_STATUS start_listeners(void)
{
  RPC_STATUS status = RPC_S_OK;

  for (struct server_endpoint *endpoint = endpoints; endpoint; endpoint = endpoint->next) {
    RPC_STATUS one = listener_start(endpoint->listener);
    if (one != RPC_S_OK)
      status = one;
  }
  return status;
}

static void stop_listeners(void)
{
  for (struct server_endpoint *endpoint = endpoints; endpoint; endpoint = endpoint->next)
    listener_stop(endpoint->listener);
}

/* lock held */
static void update_quiet(void)
{
  if (!quiet)
    return;
  if (!listening && !active_calls)
    SetEvent(quiet);
  else
    ResetEvent(quiet);
}

RPC_STATUS server_listening_start(void)
{
  RPC_STATUS status = RPC_S_OK;

  AcquireSRWLockExclusive(&change_lock);
  AcquireSRWLockExclusive(&lock);
  if (!endpoints)
    status = RPC_S_NO_PROTSEQS_REGISTERED;
  else if (started)
    status = RPC_S_ALREADY_LISTENING;
  if (status == RPC_S_OK && !quiet) {
    quiet = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!quiet)
      status = RPC_S_OUT_OF_RESOURCES;
  }
  if (status == RPC_S_OK) {
    started = listening = true;
    update_quiet();
  }
  ReleaseSRWLockExclusive(&lock);
  if (status == RPC_S_OK)
    status = start_listeners();
  ReleaseSRWLockExclusive(&change_lock);
  return status;
}

RPC_STATUS server_listening_stop(void)
{
  RPC_STATUS status = RPC_S_OK;
  bool stop;

  AcquireSRWLockExclusive(&change_lock);
  AcquireSRWLockExclusive(&lock);
  if (!started)
    status = RPC_S_NOT_LISTENING;
  listening = false;
  update_quiet();
  stop = status == RPC_S_OK && !should_accept();
  ReleaseSRWLockExclusive(&lock);
  if (stop)
    stop_listeners();
  ReleaseSRWLockExclusive(&change_lock);
  return status;
}

RPC_STATUS server_listening_wait(void)
{
  RPC_STATUS status = RPC_S_OK;

  AcquireSRWLockExclusive(&lock);
  if (!started)
    status = RPC_S_NOT_LISTENING;
  else if (waited_for)
    status = RPC_S_ALREADY_LISTENING;
  else
    waited_for = true;
  ReleaseSRWLockExclusive(&lock);
  if (status != RPC_S_OK)
    return status;
  WaitForSingleObject(quiet, INFINITE);
  AcquireSRWLockExclusive(&lock);
  started = waited_for = false;
  ReleaseSRWLockExclusive(&lock);
  return RPC_S_OK;
}

bool server_is_listening(void)
{
  bool result;

  AcquireSRWLockShared(&lock);
  result = listening;
  ReleaseSRWLockShared(&lock);
  return result;
}

void server_listening_auto(int change)
{
  bool start;
  bool stop;

  if (!change)
    return;
  AcquireSRWLockExclusive(&change_lock);
  AcquireSRWLockExclusive(&lock);
  start = change > 0 && !should_accept();
  auto_listen += (unsigned int)change;
  stop = change < 0 && !should_accept();
  ReleaseSRWLockExclusive(&lock);
  if (start)
    start_listeners();
  if (stop)
    stop_listeners();
  ReleaseSRWLockExclusive(&change_lock);
}

bool server_listening_for(const struct server_interface *server_interface)
{
  return server_interface->flags & RPC_IF_AUTOLISTEN || server_is_listening();
}

/* ---- connections and calls ---- */

void server_listening_remember(struct server_connection *connection)
{
  AcquireSRWLockExclusive(&lock);
  connection->next = connections;
  connections = connection;
  ReleaseSRWLockExclusive(&lock);
}

bool server_listening_forget(struct server_connection *connection)
{
  bool found = false;

  AcquireSRWLockExclusive(&lock);
  for (struct server_connection **link = &connections; *link; link = &(*link)->next) {
    if (*link != connection)
      continue;
    *link = connection->next;
    connection->next = NULL;
    found = true;
    break;
  }
  ReleaseSRWLockExclusive(&lock);
  return found;
}

void server_listening_call_begins(void)
{
  AcquireSRWLockExclusive(&lock);
  active_calls++;
  calls_received++;
  if (active_calls == 1 && !listening)
    update_quiet();
  ReleaseSRWLockExclusive(&lock);
}

void server_listening_call_ends(void)
{
  AcquireSRWLockExclusive(&lock);
  if (!--active_calls && !listening)
    update_quiet();
  ReleaseSRWLockExclusive(&lock);
}

ULONG server_calls_received(void)
{
  ULONG count;

  AcquireSRWLockShared(&lock);
  count = calls_received;
  ReleaseSRWLockShared(&lock);
  return count;
}

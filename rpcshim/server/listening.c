#include "listening.h"

#include <stdlib.h>
#include <wchar.h>

#include "../transport/listener.h"
#include "calls_in_progress.h"
#include "server_interface.h"

/* How long clients of a new endpoint wait for the server to listen before they are refused. */
#define ENDPOINT_GRACE_MS 200

struct server_endpoint {
  struct server_endpoint *next; /* endpoints_lock */
  struct listener *listener;
  struct timer grace;
  client_accepted accepted;
};

static SRWLOCK lock = SRWLOCK_INIT;
static SRWLOCK endpoints_lock = SRWLOCK_INIT; /* taken before `lock` */
static struct server_endpoint *endpoints;     /* endpoints_lock */
static bool started;    /* since RpcServerListen, until somebody has waited for the end of it */
static bool listening;  /* RpcServerListen is in force: started, and not stopped */
static bool waited_for; /* a thread is in server_listening_wait() */
static unsigned int auto_listen; /* interfaces */

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
  struct server_endpoint *endpoint = context;

  endpoint->accepted(endpoint, stream);
}

/* lock held */
static bool should_accept(void)
{
  return listening || auto_listen;
}

bool server_is_accepting(void)
{
  bool result;

  AcquireSRWLockShared(&lock);
  result = should_accept();
  ReleaseSRWLockShared(&lock);
  return result;
}

/* endpoints_lock held; `name` NULL: any. */
static struct server_endpoint *find_endpoint(const struct protocol_sequence *protocol,
                                             const WCHAR *name)
{
  struct server_endpoint *endpoint = endpoints;

  while (endpoint && !(server_endpoint_protocol(endpoint) == protocol &&
                       (!name || !_wcsicmp(server_endpoint_name(endpoint), name))))
    endpoint = endpoint->next;
  return endpoint;
}

static void grace_is_over(struct timer *timer)
{
  listener_start(CONTAINING_RECORD(timer, struct server_endpoint, grace)->listener);
}

/* endpoints_lock held */
static void start_listeners(void)
{
  for (struct server_endpoint *endpoint = endpoints; endpoint; endpoint = endpoint->next)
    if (timer_disarm(&endpoint->grace))
      listener_start(endpoint->listener);
}

/* endpoints_lock held exclusively. RPC_S_OK and listener_create()'s. */
static RPC_STATUS add_endpoint(const struct protocol_sequence *protocol, const WCHAR *name,
                               SECURITY_DESCRIPTOR *security, client_accepted routine)
{
  struct server_endpoint *endpoint = calloc(1, sizeof(*endpoint));
  RPC_STATUS status;

  if (!endpoint)
    return RPC_S_OUT_OF_MEMORY;
  endpoint->accepted = routine;
  status = listener_create(protocol, name, security, accepted, endpoint, &endpoint->listener);
  if (status != RPC_S_OK) {
    free(endpoint);
    return status;
  }
  endpoint->next = endpoints;
  endpoints = endpoint;
  timer_init(&endpoint->grace, grace_is_over);
  if (server_is_accepting() || timer_arm(&endpoint->grace, deadline_after(ENDPOINT_GRACE_MS)))
    listener_start(endpoint->listener);
  return RPC_S_OK;
}

RPC_STATUS server_endpoint_use(const WCHAR *protocol_sequence, const WCHAR *name,
                               SECURITY_DESCRIPTOR *security, client_accepted routine)
{
  const struct protocol_sequence *protocol = protocol_sequence_find(protocol_sequence);
  WCHAR *copy;
  RPC_STATUS status;

  if (!protocol)
    return RPC_S_PROTSEQ_NOT_SUPPORTED;
  /* Before the lock: it may point nowhere, and somebody may catch the exception. */
  copy = name ? wcsdup(name) : NULL;
  if (name && !copy)
    return RPC_S_OUT_OF_MEMORY;
  AcquireSRWLockExclusive(&endpoints_lock);
  if (find_endpoint(protocol, copy))
    status = name ? RPC_S_DUPLICATE_ENDPOINT : RPC_S_OK;
  else
    status = add_endpoint(protocol, copy, security, routine);
  ReleaseSRWLockExclusive(&endpoints_lock);
  free(copy);
  return status;
}

bool server_endpoint_is_used(const WCHAR *protocol_sequence, const WCHAR *name)
{
  const struct protocol_sequence *protocol = protocol_sequence_find(protocol_sequence);
  bool used;

  AcquireSRWLockShared(&endpoints_lock);
  used = protocol && find_endpoint(protocol, name);
  ReleaseSRWLockShared(&endpoints_lock);
  return used;
}

RPC_STATUS server_endpoint_bindings(RPC_BINDING_VECTOR **result)
{
  RPC_BINDING_VECTOR *vector;
  unsigned int count = 0;
  RPC_STATUS status = RPC_S_OK;

  *result = NULL;
  AcquireSRWLockShared(&endpoints_lock);
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
  ReleaseSRWLockShared(&endpoints_lock);
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

/* ---- starting and stopping ---- */

/* endpoints_lock and lock held */
static RPC_STATUS enter_listening(void)
{
  RPC_STATUS status;

  if (!endpoints)
    return RPC_S_NO_PROTSEQS_REGISTERED;
  if (started)
    return RPC_S_ALREADY_LISTENING;
  status = calls_in_progress_expect();
  if (status == RPC_S_OK)
    started = listening = true;
  return status;
}

RPC_STATUS server_listening_start(void)
{
  RPC_STATUS status;

  AcquireSRWLockShared(&endpoints_lock);
  AcquireSRWLockExclusive(&lock);
  status = enter_listening();
  ReleaseSRWLockExclusive(&lock);
  if (status == RPC_S_OK)
    start_listeners();
  ReleaseSRWLockShared(&endpoints_lock);
  return status;
}

RPC_STATUS server_listening_stop(void)
{
  RPC_STATUS status = RPC_S_OK;

  AcquireSRWLockExclusive(&lock);
  if (!started)
    status = RPC_S_NOT_LISTENING;
  listening = false;
  calls_in_progress_expect_none();
  ReleaseSRWLockExclusive(&lock);
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
  calls_in_progress_wait();
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
  if (!change)
    return;
  AcquireSRWLockShared(&endpoints_lock);
  AcquireSRWLockExclusive(&lock);
  auto_listen += (unsigned int)change;
  ReleaseSRWLockExclusive(&lock);
  if (change > 0)
    start_listeners();
  ReleaseSRWLockShared(&endpoints_lock);
}

bool server_listening_for(const struct server_interface *server_interface)
{
  return server_interface->flags & RPC_IF_AUTOLISTEN || server_is_listening();
}

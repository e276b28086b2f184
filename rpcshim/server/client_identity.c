#include "client_identity.h"

#include "../call/thread_state.h"
#include "../security/local_identity.h"
#include "listening.h"
#include "server_connection.h"

static enum transport_kind transport_of(const struct server_call *call)
{
  return server_endpoint_protocol(call->connection->endpoint)->transport;
}

bool client_is_known(const struct server_call *call)
{
  return !call || transport_of(call) != TRANSPORT_TCP;
}

bool client_is_authenticated(const struct server_call *call)
{
  return !call || transport_of(call) == TRANSPORT_LOCAL;
}

/* `kept` says it once and for all: of two threads that look it up, one has to give up its own.
 */
static struct identity *keep(struct identity *volatile *kept, struct identity *identity)
{
  struct identity *first =
      InterlockedCompareExchangePointer((void *volatile *)kept, identity, NULL);

  if (!first)
    return identity;
  identity_release(identity);
  return first;
}

RPC_STATUS client_identity(struct server_call *call, struct identity **result)
{
  static struct identity *volatile self; /* for good */
  struct identity *volatile *kept = call ? &call->connection->identity : &self;
  struct identity *identity = *kept;
  RPC_STATUS status = RPC_S_OK;

  if (!identity) {
    status = call ? local_identity_of_peer(&call->connection->stream, &identity)
                  : local_identity_of_self(&identity);
    if (status != RPC_S_OK)
      return status;
    identity = keep(kept, identity);
  }
  identity_add_reference(identity);
  *result = identity;
  return RPC_S_OK;
}

RPC_STATUS client_impersonation_begin(struct server_call *call)
{
  struct thread_state *thread = thread_state_get();
  struct identity *identity;
  RPC_STATUS status;

  if (!thread)
    return RPC_S_OUT_OF_MEMORY;
  status = client_identity(call, &identity);
  if (status != RPC_S_OK)
    return status;
  status = identity_impersonate(identity);
  if (status == RPC_S_OK)
    thread->impersonates = true;
  identity_release(identity);
  return status;
}

RPC_STATUS client_impersonation_end(void)
{
  struct thread_state *thread = thread_state_get();

  if (!thread || !thread->impersonates)
    return RPC_S_OK;
  if (!SetThreadToken(NULL, NULL))
    return RPC_S_NO_CONTEXT_AVAILABLE;
  thread->impersonates = false;
  return RPC_S_OK;
}

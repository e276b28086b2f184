#include "listener.h"

/* `asked` is set. Where there is no memory for a timer either, a worker tries at once. */
static void retry_later(struct listener *listener)
{
  if (timer_arm(&listener->retry, deadline_after(LISTENER_RETRY_MS)) &&
      completion_port_post(&listener->listen))
    InterlockedExchange(&listener->asked, 0);
}

static void retry(struct timer *timer)
{
  struct listener *listener = CONTAINING_RECORD(timer, struct listener, retry);

  if (completion_port_post(&listener->listen))
    retry_later(listener);
}

static void listen_on_worker(struct completion *completion, DWORD bytes, DWORD error)
{
  struct listener *listener = CONTAINING_RECORD(completion, struct listener, listen);

  (void)bytes;
  (void)error;
  InterlockedExchange(&listener->asked, 0);
  if (!listener->operations->listen(listener))
    listener_try_again(listener);
}

RPC_STATUS listener_create(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                           SECURITY_DESCRIPTOR *security, listener_accepted accepted,
                           void *context, struct listener **listener)
{
  RPC_STATUS status;

  if (endpoint && !protocol_sequence_takes(protocol, endpoint))
    return RPC_S_INVALID_ENDPOINT_FORMAT;
  if (protocol->transport == TRANSPORT_TCP)
    status = tcp_listener_create(endpoint, listener);
  else
    status = pipe_listener_create(protocol, endpoint, security, listener);
  if (status == RPC_S_OK) {
    (*listener)->protocol = protocol;
    (*listener)->accepted = accepted;
    (*listener)->context = context;
    (*listener)->listen.routine = listen_on_worker;
    timer_init(&(*listener)->retry, retry);
  }
  return status;
}

const WCHAR *listener_endpoint(const struct listener *listener)
{
  return listener->endpoint;
}

void listener_try_again(struct listener *listener)
{
  if (!InterlockedExchange(&listener->asked, 1))
    retry_later(listener);
}

/* By a worker: what waits for a client is best not started by a thread that may end. */
void listener_start(struct listener *listener)
{
  if (InterlockedExchange(&listener->asked, 1))
    return;
  if (completion_port_post(&listener->listen))
    retry_later(listener);
}

void listener_destroy(struct listener *listener)
{
  listener->operations->destroy(listener);
}

/*
 * Listeners: where the streams of a server come from. One implementation for named pipes
 * (ncalrpc and ncacn_np, pipe.c) and one for TCP (tcp.c); listener.c picks by protocol
 * sequence.
 *
 * listener_create() takes the endpoint: nobody else can have it from then on, and clients that
 * come wait. listener_start() lets them in, for good: `accepted` is called on a worker for
 * each, with a stream that it owns from then on, attached to the completion port. A listener
 * goes on listening whatever fails (no memory, no handles): what could not be had is asked for
 * again every LISTENER_RETRY_MS.
 *
 * A listener is owned by its creator until it is started; then it stays until the process ends.
 * Nothing of the caller's is kept but `context`.
 */
#ifndef ASYNCSHIM_TRANSPORT_LISTENER_H
#define ASYNCSHIM_TRANSPORT_LISTENER_H

#include <rpc.h>

#include "../workers/timer.h"
#include "protocol_sequence.h"
#include "stream.h"

#define LISTENER_RETRY_MS 100

struct listener;
typedef void (*listener_accepted)(void *context, struct stream *stream);

/*
 * `endpoint` NULL: a dynamic one is chosen; listener_endpoint() names it. `security`: who may
 * connect to a pipe; NULL: the system's default. RPC_S_OK, RPC_S_DUPLICATE_ENDPOINT,
 * RPC_S_CANT_CREATE_ENDPOINT, RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_INVALID_SECURITY_DESC,
 * RPC_S_OUT_OF_RESOURCES (no Winsock), RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS listener_create(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                           SECURITY_DESCRIPTOR *security, listener_accepted accepted,
                           void *context, struct listener **listener);
const WCHAR *listener_endpoint(const struct listener *listener);
/* Any thread; more than once does no harm. */
void listener_start(struct listener *listener);
/* Not started. */
void listener_destroy(struct listener *listener);

/* What pipe.c and tcp.c implement. */
struct listener_operations {
  /* Makes whatever does not wait for a client do so; on a worker. false: some of it failed. */
  bool (*listen)(struct listener *listener);
  void (*destroy)(struct listener *listener);
};
struct listener {
  const struct listener_operations *operations;
  const struct protocol_sequence *protocol;
  WCHAR *endpoint;
  listener_accepted accepted;
  void *context;
  volatile LONG asked;      /* interlocked: one of the next two is on its way */
  struct completion listen; /* calls operations->listen */
  struct timer retry;       /* posts that */
};

/* For those: listening has failed somewhere, and is to be tried again. Any thread. */
void listener_try_again(struct listener *listener);

RPC_STATUS pipe_listener_create(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                                SECURITY_DESCRIPTOR *security, struct listener **listener);
RPC_STATUS tcp_listener_create(const WCHAR *endpoint, struct listener **listener);

#endif

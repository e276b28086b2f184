/*
 * Where streams come from: connecting to an endpoint, and listening on one. One implementation
 * for named pipes (ncalrpc and ncacn_np, pipe.c) and one for TCP (tcp.c); endpoint.c picks by
 * protocol sequence.
 *
 * A listener is owned by its creator. After listener_start(), `accepted` is called on a worker
 * for each client with a stream that it owns from then on, attached to the completion port.
 * listener_stop() ends accepting; when it has returned, `accepted` neither runs nor comes
 * again. listener_destroy() frees a stopped listener. start and stop must not run at the same
 * time on one listener.
 */
#ifndef ASYNCSHIM_TRANSPORT_ENDPOINT_H
#define ASYNCSHIM_TRANSPORT_ENDPOINT_H

#include <rpc.h>

#include "protocol_sequence.h"
#include "stream.h"

/*
 * Connects, waiting in place. RPC_S_OK, RPC_S_SERVER_UNAVAILABLE, RPC_S_SERVER_TOO_BUSY,
 * RPC_S_INVALID_NET_ADDR, RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_CALL_CANCELLED (the deadline has
 * passed), RPC_S_OUT_OF_MEMORY, RPC_S_OUT_OF_RESOURCES (no Winsock).
 */
RPC_STATUS endpoint_connect(const struct protocol_sequence *protocol,
                            const WCHAR *network_address, const WCHAR *endpoint,
                            const struct stream_wait *wait, struct stream *stream);

struct listener;
typedef void (*listener_accepted)(void *context, struct stream *stream);

/*
 * `endpoint` NULL: a dynamic one is chosen; listener_endpoint() names it. RPC_S_OK,
 * RPC_S_DUPLICATE_ENDPOINT, RPC_S_CANT_CREATE_ENDPOINT, RPC_S_INVALID_ENDPOINT_FORMAT,
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS listener_create(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                           SECURITY_DESCRIPTOR *security, listener_accepted accepted,
                           void *context, struct listener **listener);
const WCHAR *listener_endpoint(const struct listener *listener);
RPC_STATUS listener_start(struct listener *listener);
void listener_stop(struct listener *listener);
void listener_destroy(struct listener *listener);

/* What pipe.c and tcp.c implement. */
struct listener_operations {
  RPC_STATUS (*start)(struct listener *listener);
  void (*stop)(struct listener *listener);
  void (*destroy)(struct listener *listener);
};
struct listener {
  const struct listener_operations *operations;
  const struct protocol_sequence *protocol;
  WCHAR *endpoint;
  listener_accepted accepted;
  void *context;
};

RPC_STATUS pipe_connect(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                        const struct stream_wait *wait, struct stream *stream);
RPC_STATUS pipe_listener_create(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                                SECURITY_DESCRIPTOR *security, struct listener **listener);
RPC_STATUS tcp_connect(const WCHAR *network_address, const WCHAR *endpoint,
                       const struct stream_wait *wait, struct stream *stream);
RPC_STATUS tcp_listener_create(const WCHAR *endpoint, struct listener **listener);

#endif

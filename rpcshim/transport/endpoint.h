/*
 * Where the streams of clients come from: connecting to an endpoint. One implementation for
 * named pipes (ncalrpc and ncacn_np, pipe.c) and one for TCP (tcp.c); endpoint.c picks by
 * protocol sequence. The other side is listener.h.
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

enum endpoint_presence {
  ENDPOINT_GONE,  /* nobody is there */
  ENDPOINT_BUSY,  /* somebody is, or was: there is a name, but nobody takes a connection */
  ENDPOINT_SERVED /* a connection can be made */
};
/* Looks whether a server is there, without waiting for one that is busy. Any thread. */
enum endpoint_presence endpoint_find(const struct protocol_sequence *protocol,
                                     const WCHAR *network_address, const WCHAR *endpoint);

/* What pipe.c and tcp.c implement. */
enum endpoint_presence pipe_find(const struct protocol_sequence *protocol,
                                 const WCHAR *endpoint);
RPC_STATUS pipe_connect(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                        const struct stream_wait *wait, struct stream *stream);
RPC_STATUS tcp_connect(const WCHAR *network_address, const WCHAR *endpoint,
                       const struct stream_wait *wait, struct stream *stream);

#endif

#include "endpoint.h"

RPC_STATUS endpoint_connect(const struct protocol_sequence *protocol,
                            const WCHAR *network_address, const WCHAR *endpoint,
                            const struct stream_wait *wait, struct stream *stream)
{
  stream_init_closed(stream);
  if (protocol->transport == TRANSPORT_TCP)
    return tcp_connect(network_address, endpoint, wait, stream);
  return pipe_connect(protocol, endpoint, wait, stream);
}

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

RPC_STATUS listener_create(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                           SECURITY_DESCRIPTOR *security, listener_accepted accepted,
                           void *context, struct listener **listener)
{
  RPC_STATUS status;

  if (protocol->transport == TRANSPORT_TCP)
    status = tcp_listener_create(endpoint, listener);
  else
    status = pipe_listener_create(protocol, endpoint, security, listener);
  if (status == RPC_S_OK) {
    (*listener)->protocol = protocol;
    (*listener)->accepted = accepted;
    (*listener)->context = context;
  }
  return status;
}

const WCHAR *listener_endpoint(const struct listener *listener)
{
  return listener->endpoint;
}

RPC_STATUS listener_start(struct listener *listener)
{
  return listener->operations->start(listener);
}

void listener_stop(struct listener *listener)
{
  listener->operations->stop(listener);
}

void listener_destroy(struct listener *listener)
{
  listener->operations->destroy(listener);
}

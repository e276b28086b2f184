#include "endpoint.h"

#include "this_machine.h"

#define FIND_MS 2000 /* for an answer over TCP */

/* There is no other way to ask than to connect. */
static enum endpoint_presence tcp_find(const WCHAR *network_address, const WCHAR *endpoint)
{
  struct stream_wait wait = {.event = CreateEventW(NULL, TRUE, FALSE, NULL),
                             .deadline = deadline_after(FIND_MS)};
  enum endpoint_presence presence = ENDPOINT_BUSY;
  struct stream stream;

  if (!wait.event)
    return ENDPOINT_BUSY;
  stream_init_closed(&stream);
  switch (tcp_connect(network_address, endpoint, &wait, &stream)) {
  case RPC_S_OK:
    stream_close(&stream);
    presence = ENDPOINT_SERVED;
    break;
  case RPC_S_SERVER_UNAVAILABLE:
  case RPC_S_INVALID_ENDPOINT_FORMAT:
    presence = ENDPOINT_GONE;
    break;
  default:
    break;
  }
  CloseHandle(wait.event);
  return presence;
}

enum endpoint_presence endpoint_find(const struct protocol_sequence *protocol,
                                     const WCHAR *network_address, const WCHAR *endpoint)
{
  if (protocol->transport == TRANSPORT_TCP)
    return tcp_find(network_address, endpoint);
  if (!this_machine_is(network_address))
    return ENDPOINT_GONE;
  return pipe_find(protocol, endpoint);
}

RPC_STATUS endpoint_connect(const struct protocol_sequence *protocol,
                            const WCHAR *network_address, const WCHAR *endpoint,
                            const struct stream_wait *wait, struct stream *stream)
{
  stream_init_closed(stream);
  if (!protocol_sequence_takes(protocol, endpoint))
    return RPC_S_INVALID_ENDPOINT_FORMAT;
  if (protocol->transport == TRANSPORT_TCP)
    return tcp_connect(network_address, endpoint, wait, stream);
  if (!this_machine_is(network_address))
    return RPC_S_SERVER_UNAVAILABLE;
  return pipe_connect(protocol, endpoint, wait, stream);
}

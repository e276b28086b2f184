#include "protocol_sequence.h"

#include <wchar.h>

static const struct protocol_sequence protocol_sequences[] = {
    {L"ncacn_ip_tcp", TRANSPORT_TCP, TRANSPORT_TYPE_CN},
    {L"ncacn_np", TRANSPORT_NAMED_PIPE, TRANSPORT_TYPE_CN},
    {L"ncalrpc", TRANSPORT_LOCAL, TRANSPORT_TYPE_LPC},
};

const struct protocol_sequence *protocol_sequence_find(const WCHAR *name)
{
  for (size_t i = 0; i < sizeof(protocol_sequences) / sizeof(protocol_sequences[0]); i++) {
    if (!_wcsicmp(protocol_sequences[i].name, name))
      return &protocol_sequences[i];
  }
  return NULL;
}

static bool is_port(const WCHAR *endpoint)
{
  WCHAR *end;
  unsigned long port = wcstoul(endpoint, &end, 10);

  return end != endpoint && !*end && port > 0 && port <= 65535 && iswdigit(endpoint[0]);
}

/* With something behind it. */
static bool begins_with(const WCHAR *endpoint, const WCHAR *beginning)
{
  return !_wcsnicmp(endpoint, beginning, wcslen(beginning)) && endpoint[wcslen(beginning)];
}

bool protocol_sequence_takes(const struct protocol_sequence *protocol, const WCHAR *endpoint)
{
  switch (protocol->transport) {
  case TRANSPORT_TCP:
    return is_port(endpoint);
  case TRANSPORT_NAMED_PIPE:
    return begins_with(endpoint, L"\\pipe\\");
  default:
    return *endpoint && (!wcschr(endpoint, L'\\') || begins_with(endpoint, L"\\pipe\\OLE_"));
  }
}

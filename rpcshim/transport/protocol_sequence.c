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

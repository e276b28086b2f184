#include "string_binding.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../engine/engine.h"
#include "string_binding_parts.h"
#include "text.h"

/* Protocol sequences that Windows has or had: valid, but not here. */
static const WCHAR *const foreign_protocols[] = {
    L"ncacn_http",   L"ncacn_nb_tcp",   L"ncacn_nb_ipx", L"ncacn_nb_nb",
    L"ncacn_spx",    L"ncacn_dnet_nsp", L"ncacn_at_dsp", L"ncacn_vns_spp",
    L"ncadg_ip_udp", L"ncadg_ipx",      L"ncadg_mq",
};

static RPC_STATUS find_protocol(const WCHAR *name, const struct protocol_sequence **protocol)
{
  *protocol = protocol_sequence_find(name);
  if (*protocol)
    return RPC_S_OK;
  for (size_t i = 0; i < sizeof(foreign_protocols) / sizeof(foreign_protocols[0]); i++) {
    if (!_wcsicmp(foreign_protocols[i], name))
      return RPC_S_PROTSEQ_NOT_SUPPORTED;
  }
  return RPC_S_INVALID_RPC_PROTSEQ;
}

/* A TCP endpoint is a port number. */
static RPC_STATUS check_endpoint(const struct protocol_sequence *protocol,
                                 const WCHAR *endpoint)
{
  unsigned long port = 0;

  if (protocol->transport != TRANSPORT_TCP || !endpoint)
    return RPC_S_OK;
  for (; *endpoint; endpoint++) {
    if (*endpoint < L'0' || *endpoint > L'9')
      return RPC_S_INVALID_ENDPOINT_FORMAT;
    port = port * 10 + (unsigned long)(*endpoint - L'0');
    if (port > 65535)
      return RPC_S_INVALID_ENDPOINT_FORMAT;
  }
  return RPC_S_OK;
}

/* NULL for what is not there. */
static const WCHAR *part(const WCHAR *text)
{
  return *text ? text : NULL;
}

RPC_STATUS string_binding_parse(const WCHAR *string, struct binding **binding)
{
  const struct protocol_sequence *protocol = NULL;
  struct string_binding_parts parts;
  RPC_STATUS status;
  UUID object;

  *binding = NULL;
  status = string_binding_split(string, &parts);
  if (status != RPC_S_OK)
    return status;
  status = engine.UuidFromStringW((RPC_WSTR)part(parts.object), &object); /* NULL: nil */
  if (status == RPC_S_OK)
    status = find_protocol(parts.protocol, &protocol);
  if (status == RPC_S_OK)
    status = check_endpoint(protocol, part(parts.endpoint));
  if (status == RPC_S_OK)
    status = binding_create_client(protocol, parts.network_address, part(parts.endpoint),
                                   part(parts.options), &object, binding);
  string_binding_parts_free(&parts);
  return status;
}

RPC_STATUS string_binding_compose(struct binding *binding, WCHAR **string)
{
  static const UUID nil;
  struct string_binding_parts parts = {0};
  RPC_WSTR object = NULL;
  RPC_STATUS status = RPC_S_OK;
  WCHAR *joined = NULL;

  *string = NULL;
  AcquireSRWLockShared(&binding->lock);
  if (memcmp(&binding->object, &nil, sizeof(nil)))
    status = engine.UuidToStringW(&binding->object, &object);
  parts.object = (WCHAR *)object;
  parts.protocol = (WCHAR *)binding->protocol->name;
  parts.network_address = binding->network_address;
  parts.endpoint = binding->endpoint;
  parts.options = binding->network_options;
  if (status == RPC_S_OK)
    joined = string_binding_join(&parts);
  ReleaseSRWLockShared(&binding->lock);
  if (object)
    engine.RpcStringFreeW(&object);
  *string = text_for_application(joined);
  free(joined);
  return *string ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

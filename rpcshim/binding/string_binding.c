#include "string_binding.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../engine/engine.h"

/* Protocol sequences that Windows has or had: valid, but not here. */
static const WCHAR *const foreign_protocols[] = {
    L"ncacn_http",   L"ncacn_nb_tcp",   L"ncacn_nb_ipx", L"ncacn_nb_nb",
    L"ncacn_spx",    L"ncacn_dnet_nsp", L"ncacn_at_dsp", L"ncacn_vns_spp",
    L"ncadg_ip_udp", L"ncadg_ipx",      L"ncadg_mq",
};

struct components {
  RPC_WSTR object;
  RPC_WSTR protocol;
  RPC_WSTR network_address;
  RPC_WSTR endpoint;
  RPC_WSTR options;
};

static void components_free(struct components *parts)
{
  engine.RpcStringFreeW(&parts->object);
  engine.RpcStringFreeW(&parts->protocol);
  engine.RpcStringFreeW(&parts->network_address);
  engine.RpcStringFreeW(&parts->endpoint);
  engine.RpcStringFreeW(&parts->options);
}

/* Wine's parser reads on behind a string whose last backslash escapes nothing. */
static bool ends_inside_escape(const WCHAR *string)
{
  for (; *string; string++) {
    if (*string == L'\\' && !*++string)
      return true;
  }
  return false;
}

static RPC_STATUS find_protocol(const WCHAR *name, const struct protocol_sequence **protocol)
{
  if (!name)
    return RPC_S_INVALID_STRING_BINDING;
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

RPC_STATUS string_binding_parse(const WCHAR *string, struct binding **binding)
{
  const struct protocol_sequence *protocol = NULL;
  struct components parts = {0};
  RPC_STATUS status;
  UUID object;

  *binding = NULL;
  if (!string || ends_inside_escape(string))
    return RPC_S_INVALID_STRING_BINDING;
  status =
      engine.RpcStringBindingParseW((RPC_WSTR)string, &parts.object, &parts.protocol,
                                    &parts.network_address, &parts.endpoint, &parts.options);
  if (status == RPC_S_OK)
    status = engine.UuidFromStringW(parts.object, &object); /* NULL: nil */
  if (status == RPC_S_OK)
    status = find_protocol((const WCHAR *)parts.protocol, &protocol);
  if (status == RPC_S_OK)
    status = check_endpoint(protocol, (const WCHAR *)parts.endpoint);
  if (status == RPC_S_OK)
    status = binding_create_client(protocol, (const WCHAR *)parts.network_address,
                                   (const WCHAR *)parts.endpoint, (const WCHAR *)parts.options,
                                   &object, binding);
  components_free(&parts);
  return status;
}

RPC_STATUS string_binding_compose(struct binding *binding, WCHAR **string)
{
  static const UUID nil;
  RPC_WSTR object = NULL, composed = NULL;
  RPC_STATUS status = RPC_S_OK;

  *string = NULL;
  AcquireSRWLockShared(&binding->lock);
  if (memcmp(&binding->object, &nil, sizeof(nil)))
    status = engine.UuidToStringW(&binding->object, &object);
  if (status == RPC_S_OK)
    status = engine.RpcStringBindingComposeW(
        object, (RPC_WSTR)binding->protocol->name, (RPC_WSTR)binding->network_address,
        (RPC_WSTR)binding->endpoint, (RPC_WSTR)binding->network_options, &composed);
  ReleaseSRWLockShared(&binding->lock);
  if (object)
    engine.RpcStringFreeW(&object);
  if (status == RPC_S_OK)
    *string = (WCHAR *)composed;
  return status;
}

/*
 * RpcServerUseProtseq*: the protocol sequences and endpoints that the process serves.
 *
 * All come down to server_endpoint_use(); `max_calls` (a hint for a backlog that the transports
 * size themselves) and the policies (which network cards) have no effect.
 */
#include <stdlib.h>
#include <wchar.h>

#include "listening.h"
#include "server_connection.h"
#include "../binding/text.h"
#include "wine_module.h"

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpExW(RPC_WSTR protseq, unsigned int max_calls,
                                              RPC_WSTR endpoint, void *security,
                                              RPC_POLICY *policy)
{
  (void)max_calls;
  (void)policy;
  if (!protseq)
    return RPC_S_INVALID_RPC_PROTSEQ;
  return server_endpoint_use(protseq, endpoint, security, server_connection_start);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpW(RPC_WSTR protseq, unsigned int max_calls,
                                            RPC_WSTR endpoint, void *security)
{
  RPC_STATUS status = RpcServerUseProtseqEpExW(protseq, max_calls, endpoint, security, NULL);

  /* Wine's own may have it already, and more than once. */
  if (status == RPC_S_DUPLICATE_ENDPOINT && is_in_wine_module(__builtin_return_address(0)) &&
      server_endpoint_is_used((const WCHAR *)protseq, (const WCHAR *)endpoint))
    return RPC_S_OK;
  return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqExW(RPC_WSTR protseq, unsigned int max_calls,
                                            void *security, RPC_POLICY *policy)
{
  return RpcServerUseProtseqEpExW(protseq, max_calls, NULL, security, policy);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqW(RPC_WSTR protseq, unsigned int max_calls,
                                          void *security)
{
  return RpcServerUseProtseqEpExW(protseq, max_calls, NULL, security, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpExA(RPC_CSTR protseq, unsigned int max_calls,
                                              RPC_CSTR endpoint, void *security,
                                              RPC_POLICY *policy)
{
  WCHAR *wide_protseq;
  WCHAR *wide_endpoint;
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (!protseq)
    return RPC_S_INVALID_RPC_PROTSEQ;
  wide_protseq = text_from_ansi((const char *)protseq);
  wide_endpoint = text_from_ansi((const char *)endpoint);
  if (wide_protseq && (wide_endpoint || !endpoint))
    status = RpcServerUseProtseqEpExW((RPC_WSTR)wide_protseq, max_calls,
                                      (RPC_WSTR)wide_endpoint, security, policy);
  free(wide_protseq);
  free(wide_endpoint);
  return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpA(RPC_CSTR protseq, unsigned int max_calls,
                                            RPC_CSTR endpoint, void *security)
{
  return RpcServerUseProtseqEpExA(protseq, max_calls, endpoint, security, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqExA(RPC_CSTR protseq, unsigned int max_calls,
                                            void *security, RPC_POLICY *policy)
{
  return RpcServerUseProtseqEpExA(protseq, max_calls, NULL, security, policy);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqA(RPC_CSTR protseq, unsigned int max_calls,
                                          void *security)
{
  return RpcServerUseProtseqEpExA(protseq, max_calls, NULL, security, NULL);
}

/* The endpoint that the interface's IDL names for that protocol sequence.
 * RPC_S_PROTSEQ_NOT_FOUND: it names none. */
RPC_STATUS RPC_ENTRY RpcServerUseProtseqIfExA(RPC_CSTR protseq, unsigned int max_calls,
                                              RPC_IF_HANDLE spec, void *security,
                                              RPC_POLICY *policy)
{
  const RPC_SERVER_INTERFACE *interface_spec = spec;

  if (!protseq || !spec)
    return RPC_S_INVALID_RPC_PROTSEQ;
  for (unsigned int i = 0; i < interface_spec->RpcProtseqEndpointCount; i++) {
    const RPC_PROTSEQ_ENDPOINT *entry = &interface_spec->RpcProtseqEndpoint[i];
    if (!_stricmp((const char *)entry->RpcProtocolSequence, (const char *)protseq))
      return RpcServerUseProtseqEpExA(protseq, max_calls, entry->Endpoint, security, policy);
  }
  return RPC_S_PROTSEQ_NOT_FOUND;
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqIfA(RPC_CSTR protseq, unsigned int max_calls,
                                            RPC_IF_HANDLE spec, void *security)
{
  return RpcServerUseProtseqIfExA(protseq, max_calls, spec, security, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqIfExW(RPC_WSTR protseq, unsigned int max_calls,
                                              RPC_IF_HANDLE spec, void *security,
                                              RPC_POLICY *policy)
{
  char *narrow;
  RPC_STATUS status;

  if (!protseq)
    return RPC_S_INVALID_RPC_PROTSEQ;
  narrow = text_to_ansi((const WCHAR *)protseq);
  if (!narrow)
    return RPC_S_OUT_OF_MEMORY;
  status = RpcServerUseProtseqIfExA((RPC_CSTR)narrow, max_calls, spec, security, policy);
  free(narrow);
  return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqIfW(RPC_WSTR protseq, unsigned int max_calls,
                                            RPC_IF_HANDLE spec, void *security)
{
  return RpcServerUseProtseqIfExW(protseq, max_calls, spec, security, NULL);
}

/* Every protocol sequence there is, each with an endpoint of the runtime's choice. RPC_S_OK or
 * the first failure. */
RPC_STATUS RPC_ENTRY RpcServerUseAllProtseqsEx(unsigned int max_calls, void *security,
                                               RPC_POLICY *policy)
{
  static WCHAR *const all[] = {L"ncacn_ip_tcp", L"ncacn_np", L"ncalrpc"};
  RPC_STATUS status = RPC_S_OK;

  for (size_t i = 0; i < ARRAYSIZE(all) && status == RPC_S_OK; i++)
    status = RpcServerUseProtseqEpExW((RPC_WSTR)all[i], max_calls, NULL, security, policy);
  return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseAllProtseqs(unsigned int max_calls, void *security)
{
  return RpcServerUseAllProtseqsEx(max_calls, security, NULL);
}

/* Every endpoint that the interface's IDL names. RPC_S_OK, RPC_S_NO_PROTSEQS, or the first
 * failure. */
RPC_STATUS RPC_ENTRY RpcServerUseAllProtseqsIfEx(unsigned int max_calls, RPC_IF_HANDLE spec,
                                                 void *security, RPC_POLICY *policy)
{
  const RPC_SERVER_INTERFACE *interface_spec = spec;
  RPC_STATUS status = RPC_S_NO_PROTSEQS;

  for (unsigned int i = 0; spec && i < interface_spec->RpcProtseqEndpointCount; i++) {
    const RPC_PROTSEQ_ENDPOINT *entry = &interface_spec->RpcProtseqEndpoint[i];
    status = RpcServerUseProtseqEpExA(entry->RpcProtocolSequence, max_calls, entry->Endpoint,
                                      security, policy);
    if (status != RPC_S_OK)
      break;
  }
  return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseAllProtseqsIf(unsigned int max_calls, RPC_IF_HANDLE spec,
                                               void *security)
{
  return RpcServerUseAllProtseqsIfEx(max_calls, spec, security, NULL);
}

/*
 * The same on one of the machine's network addresses, which the transports do not tell apart:
 * RPC_S_CANNOT_SUPPORT, rather than listen on all of them.
 */
RPC_STATUS RPC_ENTRY I_RpcServerUseProtseqEp2W(RPC_WSTR network_address, RPC_WSTR protseq,
                                               unsigned int max_calls, RPC_WSTR endpoint,
                                               void *security, void *policy)
{
  if (network_address && *network_address)
    return RPC_S_CANNOT_SUPPORT;
  return RpcServerUseProtseqEpExW(protseq, max_calls, endpoint, security, policy);
}

RPC_STATUS RPC_ENTRY I_RpcServerUseProtseqEp2A(RPC_CSTR network_address, RPC_CSTR protseq,
                                               unsigned int max_calls, RPC_CSTR endpoint,
                                               void *security, void *policy)
{
  if (network_address && *network_address)
    return RPC_S_CANNOT_SUPPORT;
  return RpcServerUseProtseqEpExA(protseq, max_calls, endpoint, security, policy);
}

RPC_STATUS RPC_ENTRY I_RpcServerUseProtseq2W(RPC_WSTR network_address, RPC_WSTR protseq,
                                             unsigned int max_calls, void *security,
                                             void *policy)
{
  return I_RpcServerUseProtseqEp2W(network_address, protseq, max_calls, NULL, security, policy);
}

RPC_STATUS RPC_ENTRY I_RpcServerUseProtseq2A(RPC_CSTR network_address, RPC_CSTR protseq,
                                             unsigned int max_calls, void *security,
                                             void *policy)
{
  return I_RpcServerUseProtseqEp2A(network_address, protseq, max_calls, NULL, security, policy);
}

/* A vector of bindings, one per endpoint, for RpcBindingVectorFree(). RPC_S_OK,
 * RPC_S_NO_BINDINGS, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcServerInqBindings(RPC_BINDING_VECTOR **vector)
{
  return vector ? server_endpoint_bindings(vector) : RPC_S_INVALID_ARG;
}

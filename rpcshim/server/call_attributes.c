#include "call_attributes.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../binding/text.h"
#include "client_identity.h"
#include "listening.h"
#include "server_connection.h"

_Static_assert(offsetof(RPC_CALL_ATTRIBUTES_V3_W, NullSession) ==
                       offsetof(RPC_CALL_ATTRIBUTES_V1_W, NullSession) &&
                   offsetof(RPC_CALL_ATTRIBUTES_V3_W, InterfaceUuid) ==
                       offsetof(RPC_CALL_ATTRIBUTES_V2_W, InterfaceUuid),
               "each version begins with the one before");

/* The flags that each version brought. */
static const ULONG flags_of_version[] = {
    0,
    RPC_QUERY_SERVER_PRINCIPAL_NAME | RPC_QUERY_CLIENT_PRINCIPAL_NAME,
    RPC_QUERY_CALL_LOCAL_ADDRESS | RPC_QUERY_CLIENT_PID | RPC_QUERY_IS_CLIENT_LOCAL |
        RPC_QUERY_NO_AUTH_REQUIRED,
    RPC_QUERY_CLIENT_ID,
};

static RPC_STATUS check_request(const RPC_CALL_ATTRIBUTES_V3_W *attributes)
{
  ULONG known = 0;

  if (attributes->Version < 1 || attributes->Version >= ARRAYSIZE(flags_of_version))
    return RPC_S_INVALID_ARG;
  for (unsigned int version = 1; version <= attributes->Version; version++)
    known |= flags_of_version[version];
  if (attributes->Flags & ~known)
    return RPC_S_INVALID_ARG;
  return attributes->Flags & RPC_QUERY_CLIENT_ID ? RPC_S_CANNOT_SUPPORT : RPC_S_OK;
}

/* Copies `size` bytes; *capacity: of `buffer`, then what there is. RPC_S_OK, ERROR_MORE_DATA,
 * RPC_S_INVALID_ARG. */
static RPC_STATUS put(void *buffer, ULONG *capacity, const void *data, size_t size)
{
  ULONG room = *capacity;

  if (room && !buffer)
    return RPC_S_INVALID_ARG;
  *capacity = (ULONG)size;
  if (room < size)
    return ERROR_MORE_DATA;
  memcpy(buffer, data, size);
  return RPC_S_OK;
}

static RPC_STATUS put_name(const struct identity *identity, bool ansi, void *buffer,
                           ULONG *capacity)
{
  char *narrow;
  RPC_STATUS status;

  if (!ansi)
    return put(buffer, capacity, identity->name, (wcslen(identity->name) + 1) * sizeof(WCHAR));
  narrow = text_to_ansi(identity->name);
  if (!narrow)
    return RPC_S_OUT_OF_MEMORY;
  status = put(buffer, capacity, narrow, strlen(narrow) + 1);
  free(narrow);
  return status;
}

/* `call` NULL: of the server itself. */
static RPC_STATUS put_name_of(struct server_call *call, bool ansi, void *buffer,
                              ULONG *capacity)
{
  struct identity *identity;
  RPC_STATUS status = client_identity(call, &identity);

  if (status != RPC_S_OK)
    return status;
  status = put_name(identity, ansi, buffer, capacity);
  identity_release(identity);
  return status;
}

/* ERROR_MORE_DATA goes on to the end, any other failure ends it. */
static bool go_on(RPC_STATUS *overall, RPC_STATUS status)
{
  if (status != RPC_S_OK)
    *overall = status;
  return status == RPC_S_OK || status == ERROR_MORE_DATA;
}

static RPC_STATUS fill_in_names(struct server_call *call, RPC_CALL_ATTRIBUTES_V3_W *attributes,
                                bool ansi)
{
  bool is_known = client_is_authenticated(call);
  RPC_STATUS status = RPC_S_OK;

  if (attributes->Flags & RPC_QUERY_SERVER_PRINCIPAL_NAME) {
    if (!is_known)
      attributes->ServerPrincipalNameBufferLength = 0;
    else if (!go_on(&status, put_name_of(NULL, ansi, attributes->ServerPrincipalName,
                                         &attributes->ServerPrincipalNameBufferLength)))
      return status;
  }
  if (attributes->Flags & RPC_QUERY_CLIENT_PRINCIPAL_NAME) {
    if (!is_known)
      attributes->ClientPrincipalNameBufferLength = 0;
    else
      go_on(&status, put_name_of(call, ansi, attributes->ClientPrincipalName,
                                 &attributes->ClientPrincipalNameBufferLength));
  }
  return status;
}

/* ---- the second version ---- */

static ULONG protocol_number(struct server_call *call)
{
  switch (server_endpoint_protocol(call->connection->endpoint)->transport) {
  case TRANSPORT_TCP:
    return RPC_PROTSEQ_TCP;
  case TRANSPORT_NAMED_PIPE:
    return RPC_PROTSEQ_NMP;
  default:
    return RPC_PROTSEQ_LRPC;
  }
}

static ULONG call_status(struct server_call *call)
{
  ULONG status = 0;

  AcquireSRWLockShared(&call->lock);
  if (call->cancelled)
    status |= RPC_CALL_STATUS_CANCELLED;
  if (call->orphaned)
    status |= RPC_CALL_STATUS_DISCONNECTED;
  ReleaseSRWLockShared(&call->lock);
  return status;
}

/* *process: NULL where the client is gone. */
static RPC_STATUS client_process(struct server_call *call, HANDLE *process)
{
  DWORD id = 0;

  if (!client_is_known(call))
    return RPC_S_CANNOT_SUPPORT;
  stream_peer_process(&call->connection->stream, &id);
  *process = (HANDLE)(ULONG_PTR)id;
  return RPC_S_OK;
}

RPC_STATUS call_local_address(struct server_call *call, void *buffer, ULONG *size,
                              ULONG *format)
{
  struct stream *stream = &call->connection->stream;
  BYTE address[STREAM_ADDRESS_MAX];
  size_t length;

  if (!stream->operations->local_address)
    return RPC_S_CANNOT_SUPPORT;
  length = stream_local_address(stream, address);
  if (!length)
    return RPC_S_CALL_FAILED;
  *format = length == STREAM_ADDRESS_MAX ? rlafIPv6 : rlafIPv4;
  return put(buffer, size, address, length);
}

static RPC_STATUS fill_in_address(struct server_call *call, RPC_CALL_LOCAL_ADDRESS_W *address)
{
  ULONG format = rlafInvalid;
  RPC_STATUS status;

  if (!address || address->Version != 1)
    return RPC_S_INVALID_ARG;
  status = call_local_address(call, address->Buffer, &address->BufferSize, &format);
  address->AddressFormat = (RpcLocalAddressFormat)format;
  return status;
}

static RPC_STATUS fill_in_second(struct server_call *call, RPC_CALL_ATTRIBUTES_V3_W *attributes)
{
  RPC_STATUS status = RPC_S_OK;

  attributes->KernelModeCaller = FALSE;
  attributes->ProtocolSequence = protocol_number(call);
  attributes->IsClientLocal = client_is_known(call) ? rcclLocal : rcclClientUnknownLocality;
  attributes->CallStatus = call_status(call);
  attributes->CallType = rctNormal;
  attributes->OpNum = call->opnum;
  memcpy(&attributes->InterfaceUuid, &call->interface_id.uuid, sizeof(UUID));
  if (attributes->Flags & RPC_QUERY_CLIENT_PID)
    status = client_process(call, &attributes->ClientPID);
  if (status == RPC_S_OK && attributes->Flags & RPC_QUERY_CALL_LOCAL_ADDRESS)
    status = fill_in_address(call, attributes->CallLocalAddress);
  return status;
}

RPC_STATUS call_attributes(struct server_call *call, RPC_CALL_ATTRIBUTES_V3_W *attributes,
                           bool ansi)
{
  bool is_known = client_is_authenticated(call);
  RPC_STATUS status = check_request(attributes);

  if (status != RPC_S_OK)
    return status;
  if (!is_known && !(attributes->Flags & RPC_QUERY_NO_AUTH_REQUIRED))
    return RPC_S_BINDING_HAS_NO_AUTH;
  if (!go_on(&status, fill_in_names(call, attributes, ansi)))
    return status;
  attributes->AuthenticationLevel =
      is_known ? RPC_C_AUTHN_LEVEL_PKT_PRIVACY : RPC_C_AUTHN_LEVEL_NONE;
  attributes->AuthenticationService = is_known ? RPC_C_AUTHN_WINNT : RPC_C_AUTHN_NONE;
  attributes->NullSession = FALSE;
  if (attributes->Version >= 2)
    go_on(&status, fill_in_second(call, attributes));
  return status;
}

/*
 * RpcServerInqCallAttributes: what a server can learn of a call, in three versions of one
 * structure, each of which begins with the one before. [RPC_CALL_ATTRIBUTES_V1, _V2]
 *
 * Called by the exports (api_call_attributes.c). Any thread, as long as the call lasts.
 */
#ifndef ASYNCSHIM_SERVER_CALL_ATTRIBUTES_H
#define ASYNCSHIM_SERVER_CALL_ATTRIBUTES_H

#include "../../include/asyncshim/rpc.h"
#include "server_call.h"

/*
 * Fills in what `attributes->Version` has and `attributes->Flags` ask for; names in the ANSI
 * code page where `ansi`. Nothing behind that version is touched, and the members of the third
 * only where their flag is given: Microsoft's later headers call a structure of the second
 * version's size by the third's number.
 *
 * RPC_S_OK; RPC_S_INVALID_ARG: unknown version or flag, a length without a buffer, no place for
 * the address; ERROR_MORE_DATA: a buffer is too short, its length says what it takes, all else
 * is filled in; RPC_S_BINDING_HAS_NO_AUTH: the client is not authenticated, and no
 * RPC_QUERY_NO_AUTH_REQUIRED; RPC_S_CANNOT_SUPPORT: the transport does not know the client's
 * process or has no local address, or RPC_QUERY_CLIENT_ID; client_identity()'s statuses;
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS call_attributes(struct server_call *call, RPC_CALL_ATTRIBUTES_V3_W *attributes,
                           bool ansi);

/*
 * The address at which the server has been called, in network byte order. *size: of `buffer`,
 * then of the address (4 or 16 bytes); *format: rlafIPv4 or rlafIPv6. RPC_S_OK,
 * ERROR_MORE_DATA (with *size), RPC_S_CANNOT_SUPPORT (not TCP), RPC_S_INVALID_ARG (no buffer),
 * RPC_S_CALL_FAILED (the connection is gone).
 */
RPC_STATUS call_local_address(struct server_call *call, void *buffer, ULONG *size,
                              ULONG *format);

#endif

/*
 * String bindings: ObjectUUID@ProtocolSequence:NetworkAddress[Endpoint,Option].
 *
 * The text is string_binding_parts.h's; here it gets its meaning.
 */
#ifndef ASYNCSHIM_BINDING_STRING_BINDING_H
#define ASYNCSHIM_BINDING_STRING_BINDING_H

#include "binding.h"

/*
 * New client binding of that string. RPC_S_OK, RPC_S_INVALID_STRING_BINDING,
 * RPC_S_INVALID_STRING_UUID, RPC_S_INVALID_RPC_PROTSEQ, RPC_S_PROTSEQ_NOT_SUPPORTED (one of
 * Windows that the runtime has not), RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS string_binding_parse(const WCHAR *string, struct binding **binding);

/* The string of a binding, to be freed by RpcStringFreeW. RPC_S_OK, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS string_binding_compose(struct binding *binding, WCHAR **string);

#endif

/*
 * The security descriptors that servers give for their endpoints: absolute or self-relative, of
 * memory that is theirs again when the call returns.
 */
#ifndef ASYNCSHIM_TRANSPORT_SECURITY_DESCRIPTOR_H
#define ASYNCSHIM_TRANSPORT_SECURITY_DESCRIPTOR_H

#include <rpc.h>

/*
 * A self-relative copy, for free(); NULL of NULL. RPC_S_OK; RPC_S_INVALID_SECURITY_DESC: it is
 * none, or an owner, group or list in it is malformed; RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS security_descriptor_copy(SECURITY_DESCRIPTOR *given, SECURITY_DESCRIPTOR **copy);

#endif

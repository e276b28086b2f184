/*
 * Security descriptors of interfaces (RpcServerRegisterIf3): who may call.
 *
 * There is one right, to call. Microsoft's pages name no number for it; it is bit 0 here, and
 * each generic right has it, so that "D:(A;;GA;;;WD)", "D:(A;;GX;;;BU)" and "D:(A;;0x1;;;SY)"
 * mean what their writers expect.
 */
#ifndef ASYNCSHIM_SECURITY_ACCESS_DESCRIPTOR_H
#define ASYNCSHIM_SECURITY_ACCESS_DESCRIPTOR_H

#include <stdbool.h>

#include "identity.h"

/*
 * A self-relative copy of what says who may: owner, group (this process's user where there is
 * none: an access check needs both) and the access list. free() it. RPC_S_OK,
 * RPC_S_INVALID_SECURITY_DESC, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS access_descriptor_copy(SECURITY_DESCRIPTOR *descriptor, SECURITY_DESCRIPTOR **copy);
/* `identity` NULL: nobody knows who it is; then only without a list, or by an entry for
 * Anonymous. */
bool access_descriptor_admits(SECURITY_DESCRIPTOR *descriptor, const struct identity *identity);

#endif

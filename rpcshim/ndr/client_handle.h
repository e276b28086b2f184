/*
 * Which binding handle a client call goes to. [Microsoft, "Procedure Header Descriptor"]
 *
 * Explicit handles are found among the arguments, implicit ones through the stub description.
 * Primitive handles stay the application's, context handles keep their own; a generic handle is
 * bound by the application's routine for the time of the call; an automatic one is made here
 * once for each stub and kept.
 */
#ifndef ASYNCSHIM_NDR_CLIENT_HANDLE_H
#define ASYNCSHIM_NDR_CLIENT_HANDLE_H

#include "procedure.h"

/*
 * The binding handle for a call with the arguments at `stack`. Never NULL. Raises
 * RPC_S_INVALID_BINDING, RPC_X_SS_IN_NULL_CONTEXT, RPC_X_SS_CONTEXT_MISMATCH,
 * RPC_X_NULL_REF_POINTER, or what an automatic handle fails with.
 */
RPC_BINDING_HANDLE client_handle_bind(const struct procedure *procedure,
                                      const unsigned char *stack);
/* The automatic handle of that stub, made where there is none yet; raises what that fails with.
 */
RPC_BINDING_HANDLE client_handle_automatic(const MIDL_STUB_DESC *description);
/* The end of its use: calls the unbind routine of a generic handle. */
void client_handle_unbind(const struct procedure *procedure, const unsigned char *stack,
                          RPC_BINDING_HANDLE handle);

#endif

/*
 * How much memory an [out] parameter needs that the server has to provide.
 *
 * Called by the server interpreter between unmarshalling and the manager routine. Looks at the
 * unmarshalled [in] arguments (size_is), which come from the peer: a size that does not fit is
 * refused.
 */
#ifndef ASYNCSHIM_NDR_ARGUMENT_SIZE_H
#define ASYNCSHIM_NDR_ARGUMENT_SIZE_H

#include "format.h"

/*
 * Bytes for the type at `format`, the arguments being at message->StackTop. Raises
 * RPC_X_BAD_STUB_DATA for a type that cannot be the top of an [out] parameter, RPC_X_NO_MEMORY
 * where the size would overflow.
 */
size_t argument_size(MIDL_STUB_MESSAGE *message, PFORMAT_STRING format);

#endif

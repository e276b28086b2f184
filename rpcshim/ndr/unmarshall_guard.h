/*
 * Unmarshalling a request under guard: whatever malformed data makes the engine or the
 * application's own unmarshalling routines do, it is the data that is bad, not the server.
 */
#ifndef ASYNCSHIM_NDR_UNMARSHALL_GUARD_H
#define ASYNCSHIM_NDR_UNMARSHALL_GUARD_H

#include "server_frame.h"

/*
 * As server_frame_unmarshall, within a budget of stack (stack_budget.h); access violations,
 * misalignment and bad bounds are raised as RPC_X_BAD_STUB_DATA, an overflow of the stack as
 * RPC_S_OUT_OF_MEMORY.
 */
void unmarshall_guarded(struct server_frame *frame);

#endif

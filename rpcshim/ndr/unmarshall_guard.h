/*
 * Unmarshalling a request under guard: whatever malformed data makes the engine or the
 * application's own unmarshalling routines do, it is the data that is bad, not the server.
 */
#ifndef ASYNCSHIM_NDR_UNMARSHALL_GUARD_H
#define ASYNCSHIM_NDR_UNMARSHALL_GUARD_H

#include "server_frame.h"

/*
 * From the request to a frame whose manager routine can be called. Access violations,
 * misalignment and bad bounds are raised as RPC_X_BAD_STUB_DATA, what is too deep for the stack
 * (stack_budget.h) as RPC_S_OUT_OF_MEMORY.
 *
 * With `resume`, for a frame on the heap, false: the call waits for its contexts and is parked
 * (server_call_find_contexts); `resume` goes on with unmarshall_rest_guarded(). The frame is
 * not the caller's any more.
 */
bool unmarshall_guarded(struct server_frame *frame, server_call_resume resume, void *context);
/* Raises `status` where that is not RPC_S_OK. */
void unmarshall_rest_guarded(struct server_frame *frame, RPC_STATUS status);

#endif

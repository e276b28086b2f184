/*
 * Whether a server's [in] arguments can be freed: tried before the manager routine gets them.
 *
 * Wine's engine allocates by what the request says of itself (the size of an array, the arm of
 * a union) and frees by what is in memory (the member that is its size, its switch). Where a
 * client says one thing here and another there, freeing goes past the end of arrays and frees
 * whatever is there, or leaves memory behind. [Windows compares the two while it unmarshalls,
 * the engine does not.]
 *
 * So the arguments are freed once with a pfnFree that only notes: what it gets has to be a
 * block that unmarshalling has allocated, each one once. What it does not get is out of
 * everybody's reach and belongs to the frame, which frees it in the end. Only for procedures
 * whose [in] arguments are plain (plain_type.h); the others are taken as they are.
 *
 * Called by the server interpreters; one thread at a time for a frame.
 */
#ifndef ASYNCSHIM_NDR_TRIAL_FREE_H
#define ASYNCSHIM_NDR_TRIAL_FREE_H

#include "argument.h"

/* Blocks that nobody else frees; the array is malloc'ed, and its owner frees it. */
struct unreachable_blocks {
  void **blocks;
  size_t count;
};

/*
 * All [in] arguments have been unmarshalled, nothing else has been allocated for the message.
 * Raises RPC_X_BAD_STUB_DATA (the blocks are all the message's still), RPC_S_OUT_OF_MEMORY.
 */
void trial_free(MIDL_STUB_MESSAGE *message, const struct procedure *procedure,
                unsigned char *stack, struct unreachable_blocks *unreachable);

/* After the arguments have been freed, unless the whole message has been. */
void unreachable_blocks_free(MIDL_STUB_MESSAGE *message,
                             struct unreachable_blocks *unreachable);

#endif

/*
 * Calls that have reached the server and wait there until a test lets them go.
 *
 * An asynchronous manager routine puts its call here and returns; a synchronous one waits
 * inside. Both are released, in any order and from any thread, by the number that the client
 * gave. One table per process, with one lock; a call leaves it when it is released or aborted.
 */
#ifndef ASYNCSHIM_TESTS_HELD_CALLS_H
#define ASYNCSHIM_TESTS_HELD_CALLS_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

enum held_kind { HELD_LONG, HELD_VOID, HELD_MEMORY };

/* What [out] parameters of hold_memory are, and what came in. */
struct held_memory {
  long count;
  unsigned char *data;
  LONG *reply_count;
  unsigned char **reply;
};

/* Manager routines, asynchronous: from now on the call is completed by somebody else. */
void held_calls_park(RPC_ASYNC_STATE *state, enum held_kind kind, long number, LONG *answer,
                     const struct held_memory *memory);
/*
 * Manager routines, synchronous: returns what it was released with; raises what it was aborted
 * with.
 */
long held_calls_block(RPC_BINDING_HANDLE binding, long number);

/* Returns once `count` calls are here. */
void held_calls_wait(long count);
/*
 * Completes the call: the status of RpcAsyncCompleteCall. Waits for a call of that number to
 * come.
 */
RPC_STATUS held_calls_release(long number, long answer);
RPC_STATUS held_calls_abort(long number, unsigned long code);
/* RpcServerTestCancel by the call's own handle. */
RPC_STATUS held_calls_test_cancel(long number);
/*
 * The state of the asynchronous call, which leaves the table: the test completes or aborts it
 * itself.
 */
RPC_ASYNC_STATE *held_calls_take(long number);
/*
 * Completes all of them in a shuffled order, each with held_answer(number). How many there
 * were.
 */
long held_calls_release_all(unsigned long seed);

/*
 * Completes all that are here, each with held_answer(number): clients may have gone, and synchronous
 * manager routines may be among them. How many there were. Where none is, it waits a little for one:
 * who sweeps until something has happened comes to look whether it has.
 */
long held_calls_sweep(void);

/* A right answer that differs from call to call. */
static inline long held_answer(long number)
{
  return (long)((unsigned long)number * 2654435761u % 1000003u);
}

/* hold_memory answers with the bytes that came, each xor-ed with this, `answer` times over. */
#define HELD_MEMORY_XOR 0x5a

#endif

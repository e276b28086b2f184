/*
 * How much of its stack a thread may spend on unmarshalling what a peer has sent.
 *
 * Wine's type engine descends a level of its own stack for every level of the data: a list of
 * 10,000 nodes, 80 KB, takes megabytes. But for each pointee it asks the stub's allocator for
 * memory, and there the stack is measured: past half of what was left when the unmarshalling
 * began there is none (the engine raises RPC_X_NO_MEMORY, which is RPC_S_OUT_OF_MEMORY). The
 * other half is for what is done with the data afterwards, a level for a level again: sizing,
 * marshalling and freeing.
 *
 * 32-bit servers unmarshal some structures in place, without memory; there the guard of a
 * worker's stack tells (worker_pool.h, guarded_call).
 *
 * Where it is not known when the unmarshalling began (Wine's own interpreter, for interfaces of
 * COM) the last part of the stack does: stack_is_low().
 *
 * A budget is on the stack of its thread and known to the thread's state; they nest, because
 * unmarshalling routines of the application may make calls.
 */
#ifndef ASYNCSHIM_NDR_STACK_BUDGET_H
#define ASYNCSHIM_NDR_STACK_BUDGET_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

/*
 * body(context), which unmarshals `message`, within a budget. The message has its own allocator
 * again afterwards. Raises what body raises; RPC_S_OUT_OF_MEMORY.
 */
void stack_budget_call(MIDL_STUB_MESSAGE *message, void (*body)(void *context), void *context);

/* Of the calling thread's stack less than STACK_RESERVE is left, or, of a small one, less than
 * a quarter. */
#define STACK_RESERVE 0x40000
bool stack_is_low(void);

#endif

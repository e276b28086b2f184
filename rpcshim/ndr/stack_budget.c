#include "stack_budget.h"

#include "../call/thread_state.h"
#include "finally.h"
#include "raise.h"

struct stack_budget {
  struct stack_budget *outer;
  struct thread_state *thread;
  ULONG_PTR floor; /* the stack may reach down to here */
  MIDL_STUB_MESSAGE *message;
  void *(__RPC_API *allocate)(size_t size); /* the message's own */
  void (*body)(void *context);
  void *context;
};

static void *__RPC_API allocate_within_budget(size_t size)
{
  struct thread_state *thread = thread_state_get();
  const struct stack_budget *budget = thread ? thread->stack_budget : NULL;

  if (!budget || (ULONG_PTR)&thread < budget->floor)
    return NULL;
  return budget->allocate(size);
}

/* An application that runs on memory of its own knows what it does. */
static ULONG_PTR floor_from(ULONG_PTR here)
{
  ULONG_PTR low, high;

  GetCurrentThreadStackLimits(&low, &high);
  return here > low && here < high ? low + (here - low) / 2 : 0;
}

bool stack_is_low(void)
{
  ULONG_PTR low, high, here = (ULONG_PTR)&low, reserve = STACK_RESERVE;

  GetCurrentThreadStackLimits(&low, &high);
  if (reserve > (high - low) / 4)
    reserve = (high - low) / 4;
  return here > low && here < high && here - low < reserve;
}

static void run(void *context)
{
  struct stack_budget *budget = context;

  budget->body(budget->context);
}

static void end(void *context, bool unwinding)
{
  struct stack_budget *budget = context;

  (void)unwinding;
  budget->message->pfnAllocate = budget->allocate;
  budget->thread->stack_budget = budget->outer;
}

void stack_budget_call(MIDL_STUB_MESSAGE *message, void (*body)(void *context), void *context)
{
  struct stack_budget budget = {.thread = thread_state_get(),
                                .message = message,
                                .allocate = message->pfnAllocate,
                                .body = body,
                                .context = context};

  if (!budget.thread)
    raise_status(RPC_S_OUT_OF_MEMORY);
  budget.outer = budget.thread->stack_budget;
  budget.floor = floor_from((ULONG_PTR)&budget);
  budget.thread->stack_budget = &budget;
  message->pfnAllocate = allocate_within_budget;
  finally_call(run, end, &budget);
}

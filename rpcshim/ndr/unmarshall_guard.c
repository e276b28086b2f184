#include "unmarshall_guard.h"

#include "guard.h"
#include "raise.h"
#include "stack_budget.h"

static void unmarshall(void *context)
{
  server_frame_unmarshall(context);
}

static void prepare(void *context)
{
  server_frame_prepare(context);
}

/* A step on the frame, within a budget of stack. */
struct guarded_step {
  struct server_frame *frame;
  void (*step)(void *frame);
};

static void take_step(void *context)
{
  struct guarded_step *guarded = context;

  stack_budget_call(&guarded->frame->message, guarded->step, guarded->frame);
}

/* The set is that of RPC_BAD_STUB_DATA_EXCEPTION_FILTER in <rpcndr.h>, guard pages, and data that
 * is too deep for the stack. */
static LONG is_bad_data(EXCEPTION_POINTERS *pointers, void *context)
{
  (void)context;
  switch (pointers->ExceptionRecord->ExceptionCode) {
  case (DWORD)STATUS_ACCESS_VIOLATION:
  case (DWORD)STATUS_DATATYPE_MISALIGNMENT:
  case (DWORD)STATUS_GUARD_PAGE_VIOLATION:
  case (DWORD)STATUS_STACK_OVERFLOW:
  case RPC_X_BAD_STUB_DATA:
  case RPC_S_INVALID_BOUND:
    return EXCEPTION_EXECUTE_HANDLER;
  default:
    return EXCEPTION_CONTINUE_SEARCH;
  }
}

static void take_guarded(struct server_frame *frame, void (*step)(void *frame))
{
  struct guarded_step guarded = {frame, step};
  DWORD code;

  if (!guarded_call(take_step, is_bad_data, &guarded, &code))
    raise_status(code == (DWORD)STATUS_STACK_OVERFLOW ? RPC_S_OUT_OF_MEMORY
                                                      : RPC_X_BAD_STUB_DATA);
}

bool unmarshall_guarded(struct server_frame *frame, server_call_resume resume, void *context)
{
  RPC_STATUS status;

  take_guarded(frame, unmarshall);
  status = server_frame_find_contexts(frame, resume, context);
  if (status == RPC_S_ASYNC_CALL_PENDING)
    return false;
  unmarshall_rest_guarded(frame, status);
  return true;
}

void unmarshall_rest_guarded(struct server_frame *frame, RPC_STATUS status)
{
  if (status != RPC_S_OK)
    raise_status(status);
  take_guarded(frame, prepare);
}

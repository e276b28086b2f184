#include "unmarshall_guard.h"

#include "guard.h"
#include "raise.h"
#include "stack_budget.h"

static void unmarshall(void *context)
{
  server_frame_unmarshall(context);
}

static void body(void *context)
{
  struct server_frame *frame = context;

  stack_budget_call(&frame->message, unmarshall, frame);
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

void unmarshall_guarded(struct server_frame *frame)
{
  DWORD code;

  if (!guarded_call(body, is_bad_data, frame, &code))
    raise_status(code == (DWORD)STATUS_STACK_OVERFLOW ? RPC_S_OUT_OF_MEMORY
                                                      : RPC_X_BAD_STUB_DATA);
}

#include "unmarshall_guard.h"

#include "guard.h"
#include "raise.h"

static void body(void *context)
{
  server_frame_unmarshall(context);
}

/* The set is that of RPC_BAD_STUB_DATA_EXCEPTION_FILTER in <rpcndr.h>, and guard pages. */
static LONG is_bad_data(EXCEPTION_POINTERS *pointers, void *context)
{
  (void)context;
  switch (pointers->ExceptionRecord->ExceptionCode) {
  case (DWORD)STATUS_ACCESS_VIOLATION:
  case (DWORD)STATUS_DATATYPE_MISALIGNMENT:
  case (DWORD)STATUS_GUARD_PAGE_VIOLATION:
  case RPC_X_BAD_STUB_DATA:
  case RPC_S_INVALID_BOUND:
    return EXCEPTION_EXECUTE_HANDLER;
  default:
    return EXCEPTION_CONTINUE_SEARCH;
  }
}

void unmarshall_guarded(struct server_frame *frame)
{
  if (!guarded_call(body, is_bad_data, frame, NULL))
    raise_status(RPC_X_BAD_STUB_DATA);
}

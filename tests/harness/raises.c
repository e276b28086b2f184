#include "raises.h"

#include "../../rpcshim/seh/guard.h"

struct raises_frame {
  raises_stub stub;
  ULONG_PTR arguments[8];
  ULONG_PTR returned;
};

static __thread ULONG_PTR last_returned;

/* __cdecl: the callee ignores arguments beyond its own, and the caller pops them. */
static void raises_body(void *context)
{
  struct raises_frame *frame = context;
  const ULONG_PTR *a = frame->arguments;
  frame->returned = frame->stub(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
}

DWORD raises_call(raises_stub stub, const ULONG_PTR *arguments, size_t count)
{
  struct raises_frame frame = {.stub = stub};
  for (size_t i = 0; i < count && i < 8; i++)
    frame.arguments[i] = arguments[i];
  DWORD code = 0;
  if (!guarded_call(raises_body, NULL, &frame, &code))
    return code ? code : ~0u;
  last_returned = frame.returned;
  return 0;
}

ULONG_PTR raises_returned(void)
{
  return last_returned;
}

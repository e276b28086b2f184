#include "raises.h"

#include "../../rpcshim/seh/guard.h"

struct raises_frame {
  raises_stub stub;
  ULONG_PTR arguments[8];
  ULONG_PTR returned;
  size_t popped;
};

static __thread ULONG_PTR last_returned;
static __thread size_t last_popped;

#ifdef __i386__
/*
 * Whoever pops the arguments, the callee (__stdcall) or the caller (__cdecl): the stack pointer
 * is put back to what it was. Its own arguments are the lowest; it does not see those beyond.
 */
static __attribute__((noinline)) void call_stub(struct raises_frame *frame)
{
  ULONG_PTR result = (ULONG_PTR)frame->stub, popped;

  __asm__ volatile("movl %%esp, %%edi\n\t"
                   "andl $-16, %%esp\n\t"
                   "pushl 28(%%esi)\n\t"
                   "pushl 24(%%esi)\n\t"
                   "pushl 20(%%esi)\n\t"
                   "pushl 16(%%esi)\n\t"
                   "pushl 12(%%esi)\n\t"
                   "pushl 8(%%esi)\n\t"
                   "pushl 4(%%esi)\n\t"
                   "pushl (%%esi)\n\t"
                   "movl %%esp, %%ebx\n\t"
                   "call *%%eax\n\t"
                   "subl %%esp, %%ebx\n\t"
                   "negl %%ebx\n\t"
                   "movl %%edi, %%esp"
                   : "+a"(result), "=&b"(popped)
                   : "S"(frame->arguments)
                   : "ecx", "edx", "edi", "cc", "memory");
  frame->returned = result;
  frame->popped = popped;
}
#else
/* The callee ignores arguments beyond its own, and the caller pops them. */
static void call_stub(struct raises_frame *frame)
{
  const ULONG_PTR *a = frame->arguments;

  frame->returned = frame->stub(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
}
#endif

static void raises_body(void *context)
{
  call_stub(context);
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
  last_popped = frame.popped;
  return 0;
}

ULONG_PTR raises_returned(void)
{
  return last_returned;
}

size_t raises_popped(void)
{
  return last_popped;
}

/*
 * Guarded calls and termination handlers (rpcshim/seh): what is caught, by whom, in which
 * order, and that nothing of the caller's registers is lost.
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "finally.h"
#include "guard.h"
#include "raise.h"
#include "stack_guard.h"

static LONG failures;

#define CHECK(condition)                                                                       \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      InterlockedIncrement(&failures);                                                         \
      printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                           \
    }                                                                                          \
  } while (0)

#define WATCHDOG_MS 60000

static DWORD WINAPI watchdog(void *argument)
{
  (void)argument;
  Sleep(WATCHDOG_MS);
  printf("watchdog: the test hangs\n");
  fflush(stdout);
  ExitProcess(3);
}

static void do_nothing(void *context)
{
  ++*(int *)context;
}

static void raise_it(void *context)
{
  raise_status(*(DWORD *)context);
}

static void write_to_null(void *context)
{
  static int *volatile address = (int *)16;

  (void)context;
  *address = 1;
}

static LONG refuse(EXCEPTION_POINTERS *pointers, void *context)
{
  (void)pointers;
  (void)context;
  return EXCEPTION_CONTINUE_SEARCH;
}

static void test_no_exception(void)
{
  DWORD code = 77;
  int runs = 0;

  CHECK(guarded_call(do_nothing, NULL, &runs, &code));
  CHECK(guarded_call(do_nothing, refuse, &runs, NULL));
  CHECK(runs == 2);
  CHECK(code == 77);
}

static void test_caught(void)
{
  DWORD code = 0, raised = 1702;
  int runs = 0;

  CHECK(!guarded_call(raise_it, NULL, &raised, &code));
  CHECK(code == 1702);
  raised = 0xe0000001;
  CHECK(!guarded_call(raise_it, NULL, &raised, &code));
  CHECK(code == 0xe0000001);
  CHECK(!guarded_call(raise_it, NULL, &raised, NULL));
  CHECK(!guarded_call(write_to_null, NULL, NULL, &code));
  CHECK(code == EXCEPTION_ACCESS_VIOLATION);
  CHECK(guarded_call(do_nothing, NULL, &runs, &code));
}

struct filter_seen {
  DWORD code;
  DWORD flags;
  ULONG_PTR address;
  int calls;
};

static LONG look(EXCEPTION_POINTERS *pointers, void *context)
{
  struct filter_seen *seen = context;

  seen->code = pointers->ExceptionRecord->ExceptionCode;
  seen->flags = pointers->ExceptionRecord->ExceptionFlags;
  if (pointers->ExceptionRecord->NumberParameters > 1)
    seen->address = pointers->ExceptionRecord->ExceptionInformation[1];
  seen->calls++;
  return EXCEPTION_EXECUTE_HANDLER;
}

static void test_filter_sees_the_exception(void)
{
  struct filter_seen seen = {0};
  DWORD code = 0;

  CHECK(!guarded_call(write_to_null, look, &seen, &code));
  CHECK(seen.calls == 1);
  CHECK(seen.code == EXCEPTION_ACCESS_VIOLATION && code == seen.code);
  CHECK(seen.address == 16);
}

static LONG repair(EXCEPTION_POINTERS *pointers, void *context)
{
  (void)pointers;
  ++*(int *)context;
  return EXCEPTION_CONTINUE_EXECUTION;
}

static void raise_continuable(void *context)
{
  RaiseException(0xe0000002, 0, 0, NULL);
  *(int *)context += 10;
}

static void test_continue_execution(void)
{
  int seen = 0;

  CHECK(guarded_call(raise_continuable, repair, &seen, NULL));
  CHECK(seen == 11);
}

struct nested {
  DWORD raised;
  guard_filter inner_filter;
  bool inner_returned;
  bool inner_result;
  DWORD inner_code;
};

static void nested_body(void *context)
{
  struct nested *nested = context;

  nested->inner_result =
      guarded_call(raise_it, nested->inner_filter, &nested->raised, &nested->inner_code);
  nested->inner_returned = true;
  raise_status(nested->raised + 1);
}

static void test_nested(void)
{
  struct nested nested = {.raised = 5};
  DWORD code = 0;

  CHECK(!guarded_call(nested_body, NULL, &nested, &code));
  CHECK(nested.inner_returned && !nested.inner_result && nested.inner_code == 5);
  CHECK(code == 6);

  nested = (struct nested){.raised = 7, .inner_filter = refuse};
  CHECK(!guarded_call(nested_body, NULL, &nested, &code));
  CHECK(!nested.inner_returned);
  CHECK(code == 7);
}

struct order {
  char trace[16];
  int length;
  int depth;
};

static void note(struct order *order, char what)
{
  if (order->length < (int)sizeof(order->trace) - 1)
    order->trace[order->length++] = what;
}

static void note_cleanup(void *context, bool unwinding)
{
  note(context, unwinding ? 'u' : 'n');
}

static LONG note_filter(EXCEPTION_POINTERS *pointers, void *context)
{
  (void)pointers;
  note(context, 'f');
  return EXCEPTION_EXECUTE_HANDLER;
}

static void order_body(void *context)
{
  struct order *order = context;

  note(order, 'b');
  if (order->depth-- > 0)
    finally_call(order_body, note_cleanup, order);
  else
    raise_status(1);
  note(order, 'x');
}

static void quiet_body(void *context)
{
  note(context, 'b');
}

static void test_finally(void)
{
  struct order order = {.depth = 2};
  DWORD code;

  /*
   * Bodies, then the filter of the frame that handles it, then the termination handlers from
   * the inside out.
   */
  CHECK(!guarded_call(order_body, note_filter, &order, &code));
  CHECK(strcmp(order.trace, "bbbfuu") == 0);

  order = (struct order){0};
  finally_call(quiet_body, note_cleanup, &order);
  CHECK(strcmp(order.trace, "bn") == 0);
}

static void raising_cleanup(void *context, bool unwinding)
{
  note_cleanup(context, unwinding);
  raise_status(9);
}

static void raising_cleanup_body(void *context)
{
  finally_call(quiet_body, raising_cleanup, context);
}

static void test_cleanup_runs_once(void)
{
  struct order order = {0};
  DWORD code = 0;

  CHECK(!guarded_call(raising_cleanup_body, NULL, &order, &code));
  CHECK(code == 9);
  CHECK(strcmp(order.trace, "bn") == 0);
}

/*
 * Overwrites every callee-saved register, then raises: guarded_call must give the caller its
 * own back.
 */
static void clobber(void *context)
{
  (void)context;
#ifdef __x86_64__
  __asm__ volatile("pxor %%xmm6, %%xmm6\n\tpxor %%xmm7, %%xmm7\n\tpxor %%xmm8, %%xmm8\n\t"
                   "pxor %%xmm15, %%xmm15\n\t"
                   "xorq %%rbx, %%rbx\n\txorq %%rsi, %%rsi\n\txorq %%rdi, %%rdi\n\t"
                   "xorq %%r12, %%r12\n\txorq %%r13, %%r13\n\txorq %%r14, %%r14\n\t"
                   "xorq %%r15, %%r15\n\t" ::
                       : "xmm6", "xmm7", "xmm8", "xmm15", "rbx", "rsi", "rdi", "r12", "r13",
                         "r14", "r15");
#else
  __asm__ volatile("xorl %%esi, %%esi\n\txorl %%edi, %%edi\n\txorl %%ebx, %%ebx\n\t" ::
                       : "esi", "edi", "ebx");
#endif
  raise_status(3);
}

static __attribute__((noinline)) double mix(double a, double b, int c)
{
  return a * b + c;
}

static void test_registers(void)
{
  double d[6];
  long long n[6];
  volatile int seed = 3;
  DWORD code = 0;

  for (int i = 0; i < 6; i++) {
    d[i] = mix(seed, 1.5 + i, i);
    n[i] = (long long)seed * 1000003 + i;
  }
  double a = d[0], b = d[1], c = d[2], e = d[3];
  long long i0 = n[0], i1 = n[1], i2 = n[2], i3 = n[3], i4 = n[4];
  bool returned = guarded_call(clobber, NULL, NULL, &code);
  CHECK(!returned && code == 3);
  CHECK(a == d[0] && b == d[1] && c == d[2] && e == d[3]);
  CHECK(i0 == n[0] && i1 == n[1] && i2 == n[2] && i3 == n[3] && i4 == n[4]);
}

/*
 * The same without the compiler's help: known values in the callee-saved registers,
 * guarded_call, and what is in them afterwards. fill_and_call(values, body) returns the values
 * in place.
 */
struct register_values {
  ULONG_PTR integers[3];
  double floating[2];
};
void fill_and_call(struct register_values *values, guard_body body);

#ifdef __x86_64__
__asm__(".text\n"
        ".globl fill_and_call\n"
        ".seh_proc fill_and_call\n"
        "fill_and_call:\n\t"
        "pushq %rbx\n\t.seh_pushreg %rbx\n\t"
        "pushq %rsi\n\t.seh_pushreg %rsi\n\t"
        "pushq %r12\n\t.seh_pushreg %r12\n\t"
        "subq $0x50, %rsp\n\t.seh_stackalloc 0x50\n\t"
        "movups %xmm6, 0x20(%rsp)\n\t.seh_savexmm %xmm6, 0x20\n\t"
        "movups %xmm15, 0x30(%rsp)\n\t.seh_savexmm %xmm15, 0x30\n\t"
        ".seh_endprologue\n\t"
        "movq %rcx, 0x40(%rsp)\n\t"
        "movq (%rcx), %rbx\n\tmovq 8(%rcx), %rsi\n\tmovq 16(%rcx), %r12\n\t"
        "movsd 24(%rcx), %xmm6\n\tmovsd 32(%rcx), %xmm15\n\t"
        "movq %rdx, %rcx\n\txorl %edx, %edx\n\txorl %r8d, %r8d\n\txorl %r9d, %r9d\n\t"
        "call guarded_call\n\t"
        "movq 0x40(%rsp), %rcx\n\t"
        "movq %rbx, (%rcx)\n\tmovq %rsi, 8(%rcx)\n\tmovq %r12, 16(%rcx)\n\t"
        "movsd %xmm6, 24(%rcx)\n\tmovsd %xmm15, 32(%rcx)\n\t"
        "movups 0x20(%rsp), %xmm6\n\tmovups 0x30(%rsp), %xmm15\n\t"
        "addq $0x50, %rsp\n\tpopq %r12\n\tpopq %rsi\n\tpopq %rbx\n\tret\n\t"
        ".seh_endproc\n");
#else
__asm__(".text\n"
        ".globl _fill_and_call\n"
        "_fill_and_call:\n\t"
        "pushl %ebx\n\tpushl %esi\n\tpushl %edi\n\t"
        "movl 16(%esp), %ecx\n\tmovl 20(%esp), %edx\n\t"
        "movl (%ecx), %ebx\n\tmovl 4(%ecx), %esi\n\tmovl 8(%ecx), %edi\n\t"
        "pushl $0\n\tpushl $0\n\tpushl $0\n\tpushl %edx\n\t"
        "call _guarded_call\n\t"
        "addl $16, %esp\n\t"
        "movl 16(%esp), %ecx\n\t"
        "movl %ebx, (%ecx)\n\tmovl %esi, 4(%ecx)\n\tmovl %edi, 8(%ecx)\n\t"
        "popl %edi\n\tpopl %esi\n\tpopl %ebx\n\tret\n");
#endif

static void test_registers_directly(void)
{
  struct register_values values = {{0x1111, 0x2222, 0x3333}, {1.25, -7.5}};

  fill_and_call(&values, clobber);
  CHECK(values.integers[0] == 0x1111 && values.integers[1] == 0x2222 &&
        values.integers[2] == 0x3333);
  CHECK(values.floating[0] == 1.25 && values.floating[1] == -7.5);
}

static volatile int depth;

static __attribute__((noinline)) int recurse(volatile char *caller)
{
  volatile char frame[200];

  frame[0] = caller[0];
  depth++;
  return depth ? recurse(frame) + frame[0] : 0; /* always */
}

static void overflow(void *context)
{
  volatile char start = 0;

  (void)context;
  recurse(&start);
}

/* The stack is whole again each time: as deep, and guarded. */
static DWORD WINAPI overflow_often(void *argument)
{
  (void)argument;
  stack_guard_guarantee(0x10000);
  for (int i = 0; i < 5; i++) {
    DWORD code = 0;

    depth = 0;
    CHECK(!guarded_call(overflow, NULL, NULL, &code));
    CHECK(code == (DWORD)EXCEPTION_STACK_OVERFLOW);
    CHECK(depth > 1000);
  }
  return 0;
}

static void test_stack_overflow(void)
{
  HANDLE thread = CreateThread(NULL, 0, overflow_often, NULL, 0, NULL);

  CHECK(thread && WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
  CloseHandle(thread);
}

static DWORD WINAPI many(void *argument)
{
  DWORD number = (DWORD)(ULONG_PTR)argument;

  for (DWORD i = 0; i < 2000; i++) {
    DWORD raised = 0x20000000 + number * 10000 + i, code = 0;
    struct nested nested = {.raised = raised, .inner_filter = i & 1 ? refuse : NULL};

    CHECK(!guarded_call(nested_body, NULL, &nested, &code));
    CHECK(code == raised + !(i & 1));
  }
  return 0;
}

static void test_threads(void)
{
  HANDLE threads[8];

  for (int i = 0; i < 8; i++) {
    threads[i] = CreateThread(NULL, 0, many, (void *)(ULONG_PTR)i, 0, NULL);
    CHECK(threads[i]);
  }
  for (int i = 0; i < 8; i++) {
    CHECK(WaitForSingleObject(threads[i], INFINITE) == WAIT_OBJECT_0);
    CloseHandle(threads[i]);
  }
}

int main(void)
{
  CloseHandle(CreateThread(NULL, 0, watchdog, NULL, 0, NULL));
  test_no_exception();
  test_caught();
  test_filter_sees_the_exception();
  test_continue_execution();
  test_nested();
  test_finally();
  test_cleanup_runs_once();
  test_registers();
  test_registers_directly();
  test_threads();
  test_stack_overflow();
  printf("%s\n", failures ? "FAILED" : "ok");
  return failures != 0;
}

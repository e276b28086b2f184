/*
 * Calling functions whose parameters are known at run time: arguments, results, registers,
 * stacks.
 */
#include "../../rpcshim/ndr/manager_call.h"
#include "../../rpcshim/seh/guard.h"
#include "../../rpcshim/seh/raise.h"
#include "../harness/harness.h"

/* A stack as a procedure's format string lays it out: each argument in whole slots. */
struct stack {
  _Alignas(8) unsigned char bytes[512];
  size_t size;
};

static void push(struct stack *stack, const void *argument, size_t size)
{
  size_t slots = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);

  memset(stack->bytes + stack->size, 0, slots);
  memcpy(stack->bytes + stack->size, argument, size);
  stack->size += slots;
}

#define PUSH(stack, type, value)                                                               \
  do {                                                                                         \
    type pushed_ = (value);                                                                    \
    push(stack, &pushed_, sizeof(pushed_));                                                    \
  } while (0)

static int calls;

static void none(void)
{
  calls++;
}

static LONG subtract(LONG a, LONG b)
{
  return a - b;
}

static LONG __stdcall subtract_stdcall(LONG a, LONG b)
{
  return a - b;
}

static LONGLONG widen(signed char a, LONGLONG b, short c)
{
  return a + b * 2 + c;
}

static float half(float a)
{
  return a / 2;
}

static double mixed(int a, double b, float c, double d, float e, LONGLONG f, float g)
{
  return a + b * 10 + c * 100 + d * 1000 + e * 10000 + (double)f * 100000 + g * 1000000;
}

static ULONG_PTR many(ULONG_PTR a, ULONG_PTR b, ULONG_PTR c, ULONG_PTR d, ULONG_PTR e,
                      ULONG_PTR f, ULONG_PTR g, ULONG_PTR h, ULONG_PTR i)
{
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i;
}

TEST(arguments_and_results)
{
  struct manager_result result;
  struct stack stack = {.size = 0};

  manager_call(none, stack.bytes, stack.size, false, &result);
  CHECK_EQ(calls, 1);

  PUSH(&stack, LONG, 50);
  PUSH(&stack, LONG, 8);
  manager_call(subtract, stack.bytes, stack.size, false, &result);
  CHECK_EQ((LONG)result.integer, 42);
  manager_call(subtract_stdcall, stack.bytes, stack.size, false, &result);
  CHECK_EQ((LONG)result.integer, 42);

  stack.size = 0;
  PUSH(&stack, signed char, -1);
  PUSH(&stack, LONGLONG, 0x123456789abLL);
  PUSH(&stack, short, -3);
  manager_call(widen, stack.bytes, stack.size, false, &result);
  CHECK_EQ((LONGLONG)result.integer, 0x123456789abLL * 2 - 4);

  stack.size = 0;
  for (ULONG_PTR i = 1; i <= 9; i++)
    PUSH(&stack, ULONG_PTR, i);
  manager_call(many, stack.bytes, stack.size, false, &result);
  CHECK_EQ((ULONG_PTR)result.integer, 285);
}

TEST(floating_arguments_and_results)
{
  struct manager_result result;
  struct stack stack = {.size = 0};

  PUSH(&stack, float, 5.0f);
  manager_call(half, stack.bytes, stack.size, true, &result);
#ifdef _WIN64
  {
    float value;

    memcpy(&value, &result.floating, sizeof(value));
    CHECK(value == 2.5f);
  }
#else
  CHECK(result.floating == 2.5);
#endif

  stack.size = 0;
  PUSH(&stack, int, 1);
  PUSH(&stack, double, 2);
  PUSH(&stack, float, 3);
  PUSH(&stack, double, 4);
  PUSH(&stack, float, 5);
  PUSH(&stack, LONGLONG, 6);
  PUSH(&stack, float, 7);
  manager_call(mixed, stack.bytes, stack.size, true, &result);
  CHECK(result.floating == 7654321);
}

static ULONG_PTR sum_of_stack(ULONG_PTR first, ...)
{
  ULONG_PTR *argument = &first, sum = 0;

  for (int i = 0; i < 65528 / (int)sizeof(ULONG_PTR); i++)
    sum += argument[i];
  return sum;
}

/* The largest stack a format string can have does not jump over the guard page. */
static DWORD WINAPI call_with_large_stack(void *argument)
{
  ULONG_PTR *stack = argument;
  struct manager_result result;

  manager_call(sum_of_stack, stack, 65528, false, &result);
  return (DWORD)result.integer;
}

TEST(large_stack)
{
  ULONG_PTR *stack = HeapAlloc(GetProcessHeap(), 0, 65536);
  DWORD sum = 0, expected = 0;
  HANDLE thread;

  CHECK(stack);
  for (size_t i = 0; i < 65536 / sizeof(*stack); i++)
    stack[i] = i % 97;
  for (size_t i = 0; i < 65528 / sizeof(*stack); i++)
    expected += i % 97;
  thread = CreateThread(NULL, 1 << 20, call_with_large_stack, stack, 0, NULL);
  CHECK(thread);
  CHECK_SIGNALLED(thread);
  CHECK(GetExitCodeThread(thread, &sum));
  CHECK_EQ(sum, expected);
  CloseHandle(thread);
  HeapFree(GetProcessHeap(), 0, stack);
}

static void raise_sum(LONG a, LONG b)
{
  raise_status(a + b);
}

static void call_raising(void *context)
{
  struct stack *stack = context;
  struct manager_result result;

  manager_call(raise_sum, stack->bytes, stack->size, false, &result);
}

TEST(exceptions_pass_through)
{
  struct stack stack = {.size = 0};
  DWORD code = 0;

  PUSH(&stack, LONG, 40);
  PUSH(&stack, LONG, 2);
  CHECK(!guarded_call(call_raising, NULL, &stack, &code));
  CHECK_EQ(code, 42);
}

/* The synchronous manager routines of `calls`, and those of `control`. */
#include "calls.h"
#include "held_calls.h"
#include "procedures.h"
#include "usage.h"

LONG sync_server_add(handle_t binding, LONG a, LONG b)
{
  (void)binding;
  return a + b;
}

void sync_server_hold(handle_t binding, LONG number, LONG *answer)
{
  *answer = held_calls_block(binding, number);
}

void sync_server_hold_void(handle_t binding, LONG number)
{
  held_calls_block(binding, number);
}

LONG sync_server_hold_memory(handle_t binding, LONG number, node_t *list, LONG count,
                             byte *data, LONG *reply_count, byte **reply)
{
  (void)list;
  LONG answer = held_calls_block(binding, number);
  *reply_count = count;
  *reply = echo_run(count, data);
  for (LONG i = 0; i < count; i++)
    (*reply)[i] ^= HELD_MEMORY_XOR;
  return answer;
}

LONG sync_server_fail(handle_t binding, ULONG code, LONG *never)
{
  (void)binding;
  *never = 1;
  RpcRaiseException(code);
}

void sync_server_nothing(handle_t binding)
{
  (void)binding;
}

hyper sync_server_scalars(handle_t binding, char a, short b, float c, hyper d, double e,
                          boolean f, double *sum, float *product)
{
  (void)binding;
  return scalars_run(a, b, c, d, e, f, sum, product);
}

void sync_server_join(handle_t binding, const wchar_t *first, const wchar_t *second,
                      label_t *joined)
{
  (void)binding;
  joined->text = join_run(first, second);
}

LONG sync_server_squares(handle_t binding, LONG count, LONG *values, hyper *squares)
{
  (void)binding;
  return squares_run(count, values, squares);
}

void sync_server_drop_odd(handle_t binding, LONG capacity, LONG *length, LONG *values)
{
  (void)binding, (void)capacity;
  drop_odd_run(length, values);
}

void sync_server_flip(handle_t binding, point_t *point)
{
  (void)binding;
  flip_run(point);
}

LONG sync_server_reverse(handle_t binding, node_t **list)
{
  (void)binding;
  return reverse_run(list);
}

void sync_server_are_same(handle_t binding, LONG *a, LONG *b, LONG *same)
{
  (void)binding;
  *same = a == b;
}

void sync_server_negate(handle_t binding, LONG kind, number_t *number)
{
  (void)binding;
  negate_run(kind, number);
}

void sync_server_echo(handle_t binding, LONG count, byte *data, LONG *reply_count, byte **reply)
{
  (void)binding;
  *reply_count = count;
  *reply = echo_run(count, data);
}

void sync_server_session_open(handle_t binding, LONG start, session_t *session)
{
  (void)binding;
  *session = session_create(start);
}

LONG sync_server_session_add(session_t session, LONG amount)
{
  return ((struct session *)session)->total += amount;
}

void sync_server_session_close(session_t *session)
{
  session_destroy(*session);
  *session = NULL;
}

LONG sync_server_mark(handle_t binding, LONG thread, LONG sequence)
{
  (void)binding;
  return mark_run(thread, sequence);
}

/*
 * Both compilations name the context handle's rundown routine alike: this is the one for both.
 */
void __RPC_USER session_t_rundown(session_t session)
{
  session_destroy(session);
}

void server_control_wait_held(handle_t binding, LONG count)
{
  (void)binding;
  held_calls_wait(count);
}

ULONG server_control_release(handle_t binding, LONG number, LONG answer)
{
  (void)binding;
  return held_calls_release(number, answer);
}

LONG server_control_release_all(handle_t binding, ULONG seed)
{
  (void)binding;
  return held_calls_release_all(seed);
}

ULONG server_control_abort(handle_t binding, LONG number, ULONG code)
{
  (void)binding;
  return held_calls_abort(number, code);
}

ULONG server_control_test_cancel(handle_t binding, LONG number)
{
  (void)binding;
  return held_calls_test_cancel(number);
}

LONG server_control_sweep(handle_t binding)
{
  (void)binding;
  return held_calls_sweep();
}

void server_control_left(handle_t binding, LONG *handles, LONG *heap_blocks, LONG *sessions,
                         LONG *blocks)
{
  (void)binding;
  *handles = usage_handles();
  *heap_blocks = usage_heap_blocks();
  *sessions = session_count();
  *blocks = midl_blocks();
}

void server_control_usage(handle_t binding, LONG *threads, hyper *private_bytes)
{
  (void)binding;
  *threads = usage_threads();
  *private_bytes = usage_private_bytes();
}

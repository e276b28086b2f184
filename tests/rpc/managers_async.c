/*
 * The asynchronous manager routines of `calls`. Those that do not hold complete their call
 * inside the manager routine; the held ones are completed later and elsewhere (held_calls.c).
 */
#include "calls.h"
#include "held_calls.h"
#include "procedures.h"

#include "../harness/harness.h"

static void complete(RPC_ASYNC_STATE *state, void *reply)
{
  CHECK_EQ(RpcAsyncCompleteCall(state, reply), RPC_S_OK);
}

void async_server_add(PRPC_ASYNC_STATE state, handle_t binding, LONG a, LONG b)
{
  (void)binding;
  LONG sum = a + b;
  complete(state, &sum);
}

void async_server_hold(PRPC_ASYNC_STATE state, handle_t binding, LONG number, LONG *answer)
{
  (void)binding;
  held_calls_park(state, HELD_LONG, number, answer, NULL);
}

void async_server_hold_void(PRPC_ASYNC_STATE state, handle_t binding, LONG number)
{
  (void)binding;
  held_calls_park(state, HELD_VOID, number, NULL, NULL);
}

void async_server_hold_memory(PRPC_ASYNC_STATE state, handle_t binding, LONG number,
                              node_t *list, LONG count, byte *data, LONG *reply_count,
                              byte **reply)
{
  (void)binding, (void)list;
  struct held_memory memory = {count, data, reply_count, reply};
  held_calls_park(state, HELD_MEMORY, number, NULL, &memory);
}

void async_server_fail(PRPC_ASYNC_STATE state, handle_t binding, ULONG code, LONG *never)
{
  (void)state, (void)binding, (void)never;
  RpcRaiseException(code);
}

void async_server_nothing(PRPC_ASYNC_STATE state, handle_t binding)
{
  (void)binding;
  complete(state, NULL);
}

void async_server_scalars(PRPC_ASYNC_STATE state, handle_t binding, char a, short b, float c,
                          hyper d, double e, boolean f, double *sum, float *product)
{
  (void)binding;
  hyper reply = scalars_run(a, b, c, d, e, f, sum, product);
  complete(state, &reply);
}

void async_server_join(PRPC_ASYNC_STATE state, handle_t binding, const wchar_t *first,
                       const wchar_t *second, label_t *joined)
{
  (void)binding;
  joined->text = join_run(first, second);
  complete(state, NULL);
}

void async_server_squares(PRPC_ASYNC_STATE state, handle_t binding, LONG count, LONG *values,
                          hyper *squares)
{
  (void)binding;
  LONG reply = squares_run(count, values, squares);
  complete(state, &reply);
}

void async_server_drop_odd(PRPC_ASYNC_STATE state, handle_t binding, LONG capacity,
                           LONG *length, LONG *values)
{
  (void)binding, (void)capacity;
  drop_odd_run(length, values);
  complete(state, NULL);
}

void async_server_flip(PRPC_ASYNC_STATE state, handle_t binding, point_t *point)
{
  (void)binding;
  flip_run(point);
  complete(state, NULL);
}

void async_server_reverse(PRPC_ASYNC_STATE state, handle_t binding, node_t **list)
{
  (void)binding;
  LONG reply = reverse_run(list);
  complete(state, &reply);
}

void async_server_are_same(PRPC_ASYNC_STATE state, handle_t binding, LONG *a, LONG *b,
                           LONG *same)
{
  (void)binding;
  *same = a == b;
  complete(state, NULL);
}

void async_server_negate(PRPC_ASYNC_STATE state, handle_t binding, LONG kind, number_t *number)
{
  (void)binding;
  negate_run(kind, number);
  complete(state, NULL);
}

void async_server_echo(PRPC_ASYNC_STATE state, handle_t binding, LONG count, byte *data,
                       LONG *reply_count, byte **reply)
{
  (void)binding;
  *reply_count = count;
  *reply = echo_run(count, data);
  complete(state, NULL);
}

void async_server_session_open(PRPC_ASYNC_STATE state, handle_t binding, LONG start,
                               session_t *session)
{
  (void)binding;
  *session = session_create(start);
  complete(state, NULL);
}

void async_server_session_add(PRPC_ASYNC_STATE state, session_t session, LONG amount)
{
  LONG reply = ((struct session *)session)->total += amount;
  complete(state, &reply);
}

void async_server_session_close(PRPC_ASYNC_STATE state, session_t *session)
{
  session_destroy(*session);
  *session = NULL;
  complete(state, NULL);
}

void async_server_mark(PRPC_ASYNC_STATE state, handle_t binding, LONG thread, LONG sequence)
{
  (void)binding;
  LONG reply = mark_run(thread, sequence);
  complete(state, &reply);
}

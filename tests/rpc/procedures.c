#include "procedures.h"

#include "../harness/harness.h"

#include <stdlib.h>
#include <string.h>

static LONG live_sessions;
static LONG live_blocks;

void *__RPC_USER midl_user_allocate(size_t size)
{
  void *block = malloc(size ? size : 1);
  if (block)
    InterlockedIncrement(&live_blocks);
  return block;
}

void __RPC_USER midl_user_free(void *block)
{
  if (block)
    InterlockedDecrement(&live_blocks);
  free(block);
}

LONG midl_blocks(void)
{
  return InterlockedCompareExchange(&live_blocks, 0, 0);
}

hyper scalars_run(char a, short b, float c, hyper d, double e, boolean f, double *sum,
                  float *product)
{
  *sum = a + b + c + (double)d + e + f;
  *product = b * c;
  return d * a + f;
}

wchar_t *join_run(const wchar_t *first, const wchar_t *second)
{
  size_t length = lstrlenW(first), more = second ? lstrlenW(second) : 0;
  wchar_t *joined = midl_user_allocate((length + more + 1) * sizeof(*joined));
  CHECK(joined);
  memcpy(joined, first, length * sizeof(*joined));
  if (more)
    memcpy(joined + length, second, more * sizeof(*joined));
  joined[length + more] = 0;
  return joined;
}

LONG squares_run(LONG count, const LONG *values, hyper *squares)
{
  LONG sum = 0;
  for (LONG i = 0; i < count; i++) {
    squares[i] = (hyper)values[i] * values[i];
    sum += values[i];
  }
  return sum;
}

void drop_odd_run(LONG *length, LONG *values)
{
  LONG kept = 0;
  for (LONG i = 0; i < *length; i++)
    if (!(values[i] & 1))
      values[kept++] = values[i];
  *length = kept;
}

void flip_run(point_t *point)
{
  point->x = -point->x;
  point->y = -point->y;
}

LONG reverse_run(node_t **list)
{
  node_t *reversed = NULL;
  LONG count = 0;
  while (*list) {
    node_t *node = *list;
    *list = node->next;
    node->next = reversed;
    reversed = node;
    count++;
  }
  *list = reversed;
  return count;
}

void negate_run(LONG kind, number_t *number)
{
  if (kind == 1)
    number->integer = -number->integer;
  else if (kind == 2)
    number->real = -number->real;
  else if (kind == 3)
    flip_run(&number->point);
}

unsigned char *echo_run(LONG count, const unsigned char *data)
{
  unsigned char *reply = midl_user_allocate(count);
  CHECK(reply);
  memcpy(reply, data, count);
  return reply;
}

LONG mark_run(LONG thread, LONG sequence)
{
  static LONG last[MARK_THREADS], misplaced;
  CHECK(thread >= 0 && thread < MARK_THREADS);
  if (InterlockedExchange(&last[thread], sequence) != sequence - 1)
    return InterlockedIncrement(&misplaced);
  return InterlockedCompareExchange(&misplaced, 0, 0);
}

struct session *session_create(LONG start)
{
  struct session *session = calloc(1, sizeof(*session));
  CHECK(session);
  session->total = start;
  InterlockedIncrement(&live_sessions);
  return session;
}

void session_destroy(struct session *session)
{
  free(session);
  InterlockedDecrement(&live_sessions);
}

LONG session_count(void)
{
  return InterlockedCompareExchange(&live_sessions, 0, 0);
}

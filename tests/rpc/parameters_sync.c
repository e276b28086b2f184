#include "parameters.h"

#include <stdlib.h>

static void check_scalars(RPC_BINDING_HANDLE binding)
{
  double sum = 0;
  float product = 0;
  CHECK_EQ(sync_add(binding, 40, 2), 42);
  CHECK_EQ(sync_add(binding, 0x7fffffff, (LONG)0x80000000), -1);
  CHECK_EQ(sync_scalars(binding, -3, 1000, 0.5f, 1LL << 40, 0.25, TRUE, &sum, &product),
           -3 * (1LL << 40) + 1);
  CHECK(sum == -3 + 1000 + 0.5 + (double)(1LL << 40) + 0.25 + 1);
  CHECK(product == 500.0f);
  sync_nothing(binding);
}

static void check_strings(RPC_BINDING_HANDLE binding)
{
  label_t joined = {NULL};
  sync_join(binding, L"asyn", L"chron", &joined);
  CHECK_WIDE_EQ(joined.text, L"asynchron");
  midl_user_free(joined.text);
  joined.text = NULL;
  sync_join(binding, L"", NULL, &joined);
  CHECK_WIDE_EQ(joined.text, L"");
  midl_user_free(joined.text);
}

static void check_arrays(RPC_BINDING_HANDLE binding)
{
  LONG values[5] = {1, -2, 3, 100000, 5}, more[8] = {1, 2, 3, 4, 5, 6}, length = 6;
  hyper squares[5] = {0};
  CHECK_EQ(sync_squares(binding, 5, values, squares), 100007);
  CHECK_EQ(squares[1], 4);
  CHECK_EQ(squares[3], 10000000000LL);
  CHECK_EQ(squares[4], 25);
  CHECK_EQ(sync_squares(binding, 0, values, squares), 0);
  sync_drop_odd(binding, 8, &length, more);
  CHECK_EQ(length, 3);
  CHECK(more[0] == 2 && more[1] == 4 && more[2] == 6);
}

static node_t *make_list(void)
{
  node_t *first = midl_user_allocate(sizeof(*first)), *last = midl_user_allocate(sizeof(*last));
  CHECK(first && last);
  *first = (node_t){2, COLOR_BLUE, NULL, last};
  *last = (node_t){3, COLOR_RED, NULL, NULL};
  return first;
}

/* The first node's memory is used again for what came back; everything else may be new. */
static void check_reversed_and_free(node_t *list)
{
  CHECK(list && list->value == 3 && list->next && list->next->value == 2 && !list->next->next);
  CHECK(list->color == COLOR_RED && list->next->color == COLOR_BLUE);
  midl_user_free(list->next);
  midl_user_free(list);
}

static void check_structures(RPC_BINDING_HANDLE binding)
{
  point_t point = {17, -(1LL << 50)};
  sync_flip(binding, &point);
  CHECK(point.x == -17 && point.y == 1LL << 50);

  node_t *list = make_list();
  CHECK_EQ(sync_reverse(binding, &list), 2);
  check_reversed_and_free(list);
  list = NULL;
  CHECK_EQ(sync_reverse(binding, &list), 0);
  CHECK(!list);
}

static void check_unions(RPC_BINDING_HANDLE binding)
{
  number_t number = {.integer = 5};
  sync_negate(binding, 1, &number);
  CHECK_EQ(number.integer, -5);
  number.real = 2.5;
  sync_negate(binding, 2, &number);
  CHECK(number.real == -2.5);
  number.point.x = 8;
  number.point.y = -(1LL << 40);
  sync_negate(binding, 3, &number);
  CHECK(number.point.x == -8 && number.point.y == 1LL << 40);
  sync_negate(binding, 99, &number);
}

static void check_pointers(RPC_BINDING_HANDLE binding)
{
  LONG a = 1, b = 1, same = 9;
  sync_are_same(binding, &a, &a, &same);
  CHECK_EQ(same, 1);
  sync_are_same(binding, &a, &b, &same);
  CHECK_EQ(same, 0);
  sync_are_same(binding, NULL, &b, &same);
  CHECK_EQ(same, 0);
}

/* 1 MiB goes in many fragments, both ways. */
static void check_fragments(RPC_BINDING_HANDLE binding)
{
  static const LONG sizes[] = {1, 5839, 5840, 5841, 65536, 1 << 20};
  byte *data = malloc(1 << 20);
  CHECK(data);
  for (LONG i = 0; i < 1 << 20; i++)
    data[i] = (byte)(i * 31 + (i >> 8));
  for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
    LONG count = 0;
    byte *reply = NULL;
    sync_echo(binding, sizes[i], data, &count, &reply);
    CHECK_EQ(count, sizes[i]);
    CHECK(!memcmp(reply, data, count));
    midl_user_free(reply);
  }
  free(data);
}

static void check_context_handles(RPC_BINDING_HANDLE binding)
{
  session_t one = NULL, two = NULL;
  sync_session_open(binding, 10, &one);
  sync_session_open(binding, 20, &two);
  CHECK(one && two && one != two);
  CHECK_EQ(sync_session_add(one, 1), 11);
  CHECK_EQ(sync_session_add(two, 2), 22);
  CHECK_EQ(sync_session_add(one, 3), 14);
  sync_session_close(&one);
  CHECK(!one);
  CHECK_EQ(sync_session_add(two, 1), 23);
  sync_session_close(&two);
  CHECK(!two);
}

static void check_exceptions(RPC_BINDING_HANDLE binding)
{
  LONG never = 0;
  CHECK_EQ(RAISED(sync_fail, binding, 1234567, &never), 1234567);
  CHECK_EQ(RAISED(sync_fail, binding, ERROR_ACCESS_DENIED, &never), ERROR_ACCESS_DENIED);
  CHECK_EQ(never, 0);
  /* Neither the connection nor the server has taken harm. */
  CHECK_EQ(sync_add(binding, 1, 2), 3);
}

void parameters_check_sync(RPC_BINDING_HANDLE binding)
{
  check_scalars(binding);
  check_strings(binding);
  check_arrays(binding);
  check_structures(binding);
  check_unions(binding);
  check_pointers(binding);
  check_fragments(binding);
  check_context_handles(binding);
  check_exceptions(binding);
}

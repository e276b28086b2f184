#include "async_call.h"
#include "parameters.h"

#include <stdlib.h>

/* Makes one call by the statement `start`, which uses `call`, and waits for its end. */
#define CALL(start, reply)                                                                     \
  do {                                                                                         \
    struct async_call call;                                                                    \
    async_call_init(&call);                                                                    \
    start;                                                                                     \
    CHECK_EQ(async_call_finish(&call, (reply)), RPC_S_OK);                                     \
  } while (0)

static void check_scalars(RPC_BINDING_HANDLE binding)
{
  LONG reply = 0;
  hyper wide = 0;
  double sum = 0;
  float product = 0;
  CALL(async_add(&call.state, binding, 40, 2), &reply);
  CHECK_EQ(reply, 42);
  CALL(async_scalars(&call.state, binding, -3, 1000, 0.5f, 1LL << 40, 0.25, TRUE, &sum,
                     &product),
       &wide);
  CHECK_EQ(wide, -3 * (1LL << 40) + 1);
  CHECK(sum == -3 + 1000 + 0.5 + (double)(1LL << 40) + 0.25 + 1);
  CHECK(product == 500.0f);
  CALL(async_nothing(&call.state, binding), NULL);
}

static void check_strings(RPC_BINDING_HANDLE binding)
{
  label_t joined = {NULL};
  CALL(async_join(&call.state, binding, L"asyn", L"chron", &joined), NULL);
  CHECK_WIDE_EQ(joined.text, L"asynchron");
  midl_user_free(joined.text);
  joined.text = NULL;
  CALL(async_join(&call.state, binding, L"", NULL, &joined), NULL);
  CHECK_WIDE_EQ(joined.text, L"");
  midl_user_free(joined.text);
}

static void check_arrays(RPC_BINDING_HANDLE binding)
{
  LONG values[5] = {1, -2, 3, 100000, 5}, more[8] = {1, 2, 3, 4, 5, 6}, length = 6, reply = 0;
  hyper squares[5] = {0};
  CALL(async_squares(&call.state, binding, 5, values, squares), &reply);
  CHECK_EQ(reply, 100007);
  CHECK_EQ(squares[1], 4);
  CHECK_EQ(squares[3], 10000000000LL);
  CHECK_EQ(squares[4], 25);
  CALL(async_drop_odd(&call.state, binding, 8, &length, more), NULL);
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
  LONG reply = 0;
  CALL(async_flip(&call.state, binding, &point), NULL);
  CHECK(point.x == -17 && point.y == 1LL << 50);

  node_t *list = make_list();
  CALL(async_reverse(&call.state, binding, &list), &reply);
  CHECK_EQ(reply, 2);
  check_reversed_and_free(list);
}

static void check_unions(RPC_BINDING_HANDLE binding)
{
  number_t number = {.integer = 5};
  CALL(async_negate(&call.state, binding, 1, &number), NULL);
  CHECK_EQ(number.integer, -5);
  number.real = 2.5;
  CALL(async_negate(&call.state, binding, 2, &number), NULL);
  CHECK(number.real == -2.5);
  number.point.x = 8;
  number.point.y = -(1LL << 40);
  CALL(async_negate(&call.state, binding, 3, &number), NULL);
  CHECK(number.point.x == -8 && number.point.y == 1LL << 40);
}

static void check_pointers(RPC_BINDING_HANDLE binding)
{
  LONG a = 1, b = 1, same = 9;
  CALL(async_are_same(&call.state, binding, &a, &a, &same), NULL);
  CHECK_EQ(same, 1);
  CALL(async_are_same(&call.state, binding, &a, &b, &same), NULL);
  CHECK_EQ(same, 0);
}

static void check_fragments(RPC_BINDING_HANDLE binding)
{
  static const LONG sizes[] = {1, 5840, 65536, 1 << 20};
  byte *data = malloc(1 << 20);
  CHECK(data);
  for (LONG i = 0; i < 1 << 20; i++)
    data[i] = (byte)(i * 31 + (i >> 8));
  for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
    LONG count = 0;
    byte *reply = NULL;
    CALL(async_echo(&call.state, binding, sizes[i], data, &count, &reply), NULL);
    CHECK_EQ(count, sizes[i]);
    CHECK(!memcmp(reply, data, count));
    midl_user_free(reply);
  }
  free(data);
}

static void check_context_handles(RPC_BINDING_HANDLE binding)
{
  session_t one = NULL, two = NULL;
  LONG reply = 0;
  CALL(async_session_open(&call.state, binding, 10, &one), NULL);
  CALL(async_session_open(&call.state, binding, 20, &two), NULL);
  CHECK(one && two && one != two);
  CALL(async_session_add(&call.state, one, 1), &reply);
  CHECK_EQ(reply, 11);
  CALL(async_session_add(&call.state, two, 2), &reply);
  CHECK_EQ(reply, 22);
  CALL(async_session_close(&call.state, &one), NULL);
  CHECK(!one);
  CALL(async_session_close(&call.state, &two), NULL);
  CHECK(!two);
}

static void check_exceptions(RPC_BINDING_HANDLE binding)
{
  LONG never = 0, reply = 0;
  struct async_call call;
  async_call_init(&call);
  async_fail(&call.state, binding, 1234567, &never);
  CHECK_SIGNALLED(call.event);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), 1234567);
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, &reply), 1234567);
  async_call_close(&call);
  CHECK_EQ(never, 0);
  CHECK_EQ(reply, 0);
  CALL(async_nothing(&call.state, binding), NULL);
}

void parameters_check_async(RPC_BINDING_HANDLE binding)
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

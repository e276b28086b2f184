/* The synchronous interpreters, client against server in one process. */
#include "../../rpcshim/engine/engine.h"
#include "../harness/harness.h"
#include "../harness/raises.h"
#include "interpreter.h"
#include "interpreter_managers.h"
#include "loopback.h"

static void begin(void)
{
  loopback_serve(server_interpreter_v1_0_s_ifspec);
  interpreter_binding = loopback_binding();
}

/* Whatever a test did, nothing of it is left behind. */
static void end(void)
{
  loopback_disconnect();
  CHECK_EQ(loopback_live_buffers(), 0);
  CHECK_EQ(loopback_live_bindings(), 0);
  CHECK_EQ(loopback_live_memory(), 0);
}

TEST(no_parameters_and_plain_numbers)
{
  begin();
  client_nothing();
  CHECK_EQ(client_add(40, 2), 42);
  CHECK_EQ(client_add(-5, 2), -3);
  CHECK_EQ(manager_calls, 3);
  end();
}

TEST(floating_arguments_in_every_place)
{
  double sum;
  float product;
  hyper twice;

  begin();
  CHECK_EQ(
      client_mixed(-1, 2.5f, 0.25, 1000000000000LL, 4.0f, 0.125, 65535, &sum, &product, &twice),
      65535);
  CHECK_EQ(twice, 2000000000000LL);
  CHECK(product == 10.0f);
  CHECK(sum == -1 + 2.5 + 0.25 + 1e12 + 4.0 + 0.125 + 65535);
  end();
}

TEST(numbers_that_change_size_on_the_wire)
{
  UINT_PTR complement;
  colour_t colours = GREEN;

  begin();
  CHECK_EQ(client_pointer_sized(-7, &complement), -8);
  CHECK_EQ(complement, 6);
  CHECK_EQ(client_next_colour(RED, &colours), GREEN);
  CHECK_EQ(colours, RED);
  CHECK_EQ(client_next_colour(BLUE, &colours), BLUE);
  CHECK_EQ(colours, BLUE);
  CHECK_EQ(RAISED(client_next_colour, 0x10000, &colours), RPC_X_ENUM_VALUE_OUT_OF_RANGE);
  end();
}

TEST(structures_by_value)
{
  small_pair_t pair = {1, 2}, swapped;
  triple_t triple = {3, 1LL << 40, 5}, doubled;

  begin();
  client_by_value(pair, triple, &swapped, &doubled);
  CHECK_EQ(swapped.a, 2);
  CHECK_EQ(swapped.b, 1);
  CHECK_EQ(doubled.a, 6);
  CHECK_EQ(doubled.b, 1LL << 41);
  CHECK_EQ(doubled.c, 10);
  end();
}

TEST(range_is_checked_by_the_server)
{
  LONG values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, sum = 99;

  begin();
  client_in_range(3, values, &sum);
  CHECK_EQ(sum, 6);
  manager_calls = 0;
  CHECK_EQ(RAISED(client_in_range, 11, values, &sum), RPC_X_BAD_STUB_DATA);
  CHECK_EQ(manager_calls, 0);
  end();
}

TEST(strings_and_null_pointers)
{
  LONG limit = 2;
  text_t text;

  begin();
  text = client_upper("hello", NULL);
  CHECK(strcmp(text, "HELLO") == 0);
  midl_user_free(text);
  text = client_upper("hello", &limit);
  CHECK(strcmp(text, "HEllo") == 0);
  midl_user_free(text);
  CHECK_EQ(RAISED(client_upper, NULL, NULL), RPC_X_NULL_REF_POINTER);
  end();
}

TEST(out_arrays_of_unknown_size)
{
  item_t items[5] = {{0}};
  LONG squares[8];

  begin();
  client_fill(5, items);
  for (LONG i = 0; i < 5; i++) {
    CHECK_EQ(items[i].key, i);
    CHECK(strcmp(items[i].name, "name") == 0);
    CHECK_EQ(!items[i].next, i % 2);
    midl_user_free(items[i].name);
    if (items[i].next)
      CHECK_EQ(items[i].next->key, -i);
    midl_user_free(items[i].next);
  }
  client_squares(4, squares);
  for (LONG i = 0; i < 8; i++)
    CHECK_EQ(squares[i], i * i);
  client_squares(0, squares);
  /* A size that no memory has: refused, not wrapped around. */
  CHECK(RAISED(client_squares, 0x7fffffff, squares) != 0);
  CHECK(RAISED(client_squares, -1, squares) != 0);
  end();
}

/* What the client has is reused: the answer is written over it, names included. */
TEST(linked_list_in_and_out)
{
  char one[] = "one", two[] = "two", three[] = "tre";
  item_t third = {3, three, NULL}, second = {2, two, &third}, first = {1, one, &second};
  item_t *list = &first;

  begin();
  client_reverse(&list);
  CHECK(list == &first);
  for (LONG key = 3; key > 0; key--) {
    CHECK(list);
    CHECK_EQ(list->key, key);
    list = list->next;
  }
  CHECK(!list);
  CHECK(strcmp(one, "tre") == 0);
  client_reverse(&list);
  CHECK(!list);
  end();
}

TEST(full_pointers_keep_their_aliases)
{
  LONG a = 1, b = 2, is_same = -1;

  begin();
  client_same(&a, &a, &is_same);
  CHECK_EQ(is_same, 1);
  client_same(&a, &b, &is_same);
  CHECK_EQ(is_same, 0);
  client_same(NULL, NULL, &is_same);
  CHECK_EQ(is_same, 1);
  end();
}

TEST(out_strings)
{
  texts_t texts = {NULL, NULL};

  begin();
  client_text_out(3, &texts);
  CHECK(!texts.first);
  CHECK(strcmp(texts.second, "xxx") == 0);
  midl_user_free(texts.second);
  texts.second = NULL;
  client_text_out(-1, &texts);
  CHECK(!texts.first && !texts.second);
  CHECK_EQ(RAISED(client_text_out, 3, NULL), RPC_X_NULL_REF_POINTER);
  end();
}

TEST(handles_of_every_kind)
{
  handle_t binding = loopback_binding();

  begin();
  CHECK_EQ(client_explicit_handle(binding, 5), 6);
  CHECK_EQ(client_generic(42, 7), 42007);
  CHECK_EQ(tenants_bound, 1);
  CHECK_EQ(tenants_unbound, 1);
  CHECK_EQ(RAISED(client_explicit_handle, NULL, 5), RPC_S_INVALID_BINDING);
  interpreter_binding = NULL;
  CHECK_EQ(RAISED(client_add, 1, 2), RPC_S_INVALID_BINDING);
  /* An unbind routine runs whatever becomes of the call. */
  loopback_fail_next(RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(RAISED(client_generic, 42, 7), RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(tenants_bound, 2);
  CHECK_EQ(tenants_unbound, 2);
  end();
}

TEST(failures_of_the_runtime_are_raised)
{
  begin();
  loopback_fail_next(RPC_S_CALL_FAILED);
  CHECK_EQ(RAISED(client_add, 1, 2), RPC_S_CALL_FAILED);
  loopback_fail_next_buffer(RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(RAISED(client_add, 1, 2), RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(manager_calls, 0);
  CHECK_EQ(client_add(1, 2), 3);
  end();
}

TEST(a_manager_that_raises_leaves_nothing_behind)
{
  item_t next = {2, "next", NULL}, item = {1, "item", &next};
  texts_t texts = {NULL, NULL};

  begin();
  CHECK_EQ(RAISED(client_fail, 0xe0001234, &item, &texts), 0xe0001234);
  CHECK_EQ(RAISED(client_fail, RPC_X_BAD_STUB_DATA, &item, &texts), RPC_X_BAD_STUB_DATA);
  CHECK_EQ(manager_calls, 2);
  CHECK(!texts.first && !texts.second);
  end();
}

/*
 * Every request that is cut short or has one byte changed: an exception or an answer, and no
 * leak.
 */
TEST(malformed_requests)
{
  static const unsigned char bytes[] = {0, 1, 0x7f, 0x80, 0xff};
  char one[] = "one", two[] = "two";
  item_t next = {2, two, NULL}, item = {1, one, &next};

  begin();
  for (unsigned int cut = 1; cut < 60; cut++) {
    item_t *list = &item;
    DWORD code;

    loopback_corrupt(cut, 0, 0);
    code = RAISED(client_reverse, &list);
    CHECK(code == 0 || code == RPC_X_BAD_STUB_DATA);
    next = (item_t){2, two, NULL};
    item = (item_t){1, one, &next};
    CHECK_EQ(loopback_live_buffers(), 0);
  }
  for (unsigned int offset = 0; offset < 64; offset++) {
    for (size_t i = 0; i < sizeof(bytes); i++) {
      text_t text = NULL;
      DWORD code;

      loopback_corrupt(0, offset, bytes[i]);
      code = RAISED(client_upper, "a string of some length", NULL);
      CHECK(code == 0 || code == RPC_X_BAD_STUB_DATA || code == RPC_X_NO_MEMORY ||
            code == RPC_S_OUT_OF_MEMORY);
      text = code ? NULL : (text_t)RETURNED();
      midl_user_free(text);
    }
  }
  end();
}

TEST(context_handles)
{
  counter_t counter, other = NULL;

  begin();
  counter = client_open(10);
  CHECK(counter);
  client_open_out(20, 0, &other);
  CHECK(other && other != counter);
  CHECK_EQ(client_count(counter, 1), 11);
  CHECK_EQ(client_count(other, 1), 21);
  CHECK_EQ(client_count(counter, 1), 12);
  client_close(&counter);
  CHECK(!counter);
  CHECK_EQ(counters_run_down, 0);
  CHECK(!client_open(-1));
  client_close(&other);
  end();
  CHECK_EQ(counters_run_down, 0);
}

TEST(context_handles_that_are_none)
{
  counter_t counter, stale;
  int foreign[8] = {0};

  begin();
  CHECK_EQ(RAISED(client_count, NULL, 1), RPC_X_SS_IN_NULL_CONTEXT);
  CHECK_EQ(RAISED(client_count, foreign, 1), RPC_X_SS_CONTEXT_MISMATCH);
  counter = client_open(1);
  stale = counter;
  client_close(&counter);
  CHECK_EQ(RAISED(client_count, stale, 1), RPC_X_SS_CONTEXT_MISMATCH);
  /* The server does not know it: the association is another one. */
  counter = client_open(1);
  loopback_disconnect();
  CHECK_EQ(counters_run_down, 1);
  CHECK_EQ(RAISED(client_count, counter, 1), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RAISED(RpcSsDestroyClientContext, &counter), 0);
  CHECK(!counter);
  CHECK_EQ(RAISED(RpcSsDestroyClientContext, &counter), RPC_X_SS_CONTEXT_MISMATCH);
  end();
}

TEST(context_handle_of_a_call_that_failed)
{
  counter_t counter = NULL;

  begin();
  CHECK_EQ(RAISED(client_open_out, 1, 0xe0000007, &counter), 0xe0000007);
  CHECK(!counter);
  end();
  CHECK_EQ(counters_run_down, 0);
}

TEST(contexts_are_run_down_once)
{
  counter_t counters[50];

  begin();
  for (int i = 0; i < 50; i++)
    counters[i] = client_open(i);
  loopback_disconnect();
  CHECK_EQ(counters_run_down, 50);
  for (int i = 0; i < 50; i++)
    CHECK_EQ(RpcSmDestroyClientContext(&counters[i]), RPC_S_OK);
  end();
  CHECK_EQ(counters_run_down, 50);
}

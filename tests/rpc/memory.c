/*
 * Memory of asynchronous calls, in every shape that arguments have: it arrives as it was, on
 * both sides what the stubs allocated is freed however the call ends, and the application's own
 * is left alone.
 */
#include "async_call.h"
#include "memory_calls.h"
#include "procedures.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

/* Both wires, in this process: midl_blocks() counts both sides. */
#define WITH_MEMORY(name)                                                                      \
  static void name##_with(struct server *server);                                              \
  TEST_WITHIN(name##_local, 60000)                                                             \
  {                                                                                            \
    run(name##_with, WIRE_LOCAL);                                                              \
  }                                                                                            \
  TEST_WITHIN(name##_tcp, 60000)                                                               \
  {                                                                                            \
    run(name##_with, WIRE_TCP);                                                                \
  }                                                                                            \
  static void name##_with(struct server *server)

static void run(void (*body)(struct server *server), enum wire wire)
{
  struct server server;
  LONG blocks = midl_blocks();
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  CHECK_EQ(RpcServerRegisterIf(server_memory_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  body(&server);
  CHECK_EQ(midl_blocks(), blocks);
  server_stop(&server);
}

/* Makes one call by the statement `start`, which uses `call`, and waits for its end. */
#define CALL(start, reply)                                                                     \
  do {                                                                                         \
    struct async_call call;                                                                    \
    async_call_init(&call);                                                                    \
    start;                                                                                     \
    CHECK_EQ(async_call_finish(&call, (reply)), RPC_S_OK);                                     \
  } while (0)

/* ---- it arrives ---- */

WITH_MEMORY(strings_in_out_and_allocated_by_the_callee)
{
  wchar_t greeting[40] = L"hello", *wide = NULL;
  char *name = text_make("jack"), *upper = NULL;
  CALL(async_memory_strings(&call.state, server->binding, greeting, &name, &upper, &wide),
       NULL);
  CHECK_WIDE_EQ(greeting, L"hello, world");
  CHECK_WIDE_EQ(wide, L"hello, world");
  CHECK(!strcmp(name, "Jack") && !strcmp(upper, "JACK"));
  midl_user_free(name);
  midl_user_free(upper);
  midl_user_free(wide);
  name = upper = NULL;
  wide = NULL;
  greeting[0] = 0;
  sync_memory_strings(server->binding, greeting, &name, &upper, &wide);
  CHECK(!name && !upper);
  CHECK_WIDE_EQ(wide, L", world");
  midl_user_free(wide);
}

WITH_MEMORY(arrays_of_strings)
{
  char *texts[4] = {"a", "", NULL, "four"};
  wchar_t *wide[4] = {L"bc", NULL, L"", L"d"};
  LONG length = 0;
  CALL(async_memory_texts(&call.state, server->binding, 4, texts, wide, &length), NULL);
  CHECK_EQ(length, 3005);
  CALL(async_memory_texts(&call.state, server->binding, 4, texts, NULL, &length), NULL);
  CHECK_EQ(length, 5);
  sync_memory_texts(server->binding, 4, texts, wide, &length);
  CHECK_EQ(length, 3005);
  sync_memory_texts(server->binding, 0, texts, wide, &length);
  CHECK_EQ(length, 0);
}

WITH_MEMORY(string_as_the_result)
{
  for (LONG length = -1; length < 3; length++) {
    ansi_t result = (ansi_t)0x1; /* whatever was there is not looked at */
    CALL(async_memory_result(&call.state, server->binding, length), &result);
    CHECK(length < 0 ? !result : result && strlen(result) == (size_t)length);
    midl_user_free(result);
    result = sync_memory_result(server->binding, length);
    CHECK(length < 0 ? !result : result && strlen(result) == (size_t)length);
    midl_user_free(result);
  }
}

static void check_out(LONG value, LONG *number, link_t *list, hyper *squares)
{
  if (!value) {
    CHECK(!number && !list && !squares);
    return;
  }
  CHECK_EQ(*number, value);
  CHECK_EQ(links_count(list), value);
  for (LONG i = 0; i < 9; i++)
    CHECK_EQ(squares[i], i * i);
  midl_user_free(number);
  links_free(list);
  midl_user_free(squares);
}

WITH_MEMORY(out_pointers_are_allocated_by_the_callee_or_null)
{
  for (LONG value = 0; value < 3; value++) {
    LONG *number = NULL;
    link_t *list = NULL;
    hyper *squares = NULL;
    CALL(async_memory_out(&call.state, server->binding, value, &number, &list, 9, &squares),
         NULL);
    check_out(value, number, list, squares);
    number = NULL, list = NULL, squares = NULL;
    sync_memory_out(server->binding, value, &number, &list, 9, &squares);
    check_out(value, number, list, squares);
  }
}

WITH_MEMORY(structures_of_unions_enums_strings_and_arrays)
{
  enum { COUNT = 5 };
  record_t records[COUNT];
  for (int round = 0; round < 2; round++) {
    for (LONG i = 0; i < COUNT; i++)
      record_make(&records[i], i, i);
    if (round == 0)
      CALL(async_memory_records(&call.state, server->binding, COUNT, records), NULL);
    else
      sync_memory_records(server->binding, COUNT, records);
    for (LONG i = 0; i < COUNT; i++) {
      record_check_changed(&records[i], i, i);
      record_free(&records[i]);
    }
  }
}

WITH_MEMORY(arrays_of_enums)
{
  shade_t shades[3] = {SHADE_NONE, SHADE_DARK, SHADE_LIGHT};
  CALL(async_memory_shades(&call.state, server->binding, 3, shades), NULL);
  CHECK(shades[0] == SHADE_LIGHT && shades[1] == SHADE_DARK && shades[2] == SHADE_NONE);
  sync_memory_shades(server->binding, 3, shades);
  CHECK(shades[0] == SHADE_NONE && shades[1] == SHADE_DARK && shades[2] == SHADE_LIGHT);
}

WITH_MEMORY(unique_pointers_in_and_out)
{
  link_t *list = links_make(3);
  CALL(async_memory_link(&call.state, server->binding, list), NULL);
  CHECK(list->value == 100 && list->next->value == 101 && list->next->next->value == 102);
  CALL(async_memory_link(&call.state, server->binding, NULL), NULL);
  sync_memory_link(server->binding, list);
  CHECK(list->value == 200 && list->next->value == 201 && list->next->next->value == 202);
  links_free(list);
}

/* Two names of one thing stay two names of one thing. */
WITH_MEMORY(full_pointers_keep_aliases)
{
  LONG a = 1, b = 1, found = 0;
  cell_t *graph = graph_make(1), *turned = graph_make(5);
  CALL(async_memory_aliases(&call.state, server->binding, &a, &a, graph, &turned, &found),
       NULL);
  CHECK_EQ(found, 31);
  graph_check(turned, 15);
  sync_memory_aliases(server->binding, &a, &b, graph, &turned, &found);
  CHECK_EQ(found, 30);
  graph_check(turned, 25);
  CALL(async_memory_aliases(&call.state, server->binding, NULL, &b, NULL, &turned, &found),
       NULL);
  CHECK_EQ(found, 0);
  graph_check(turned, 35);
  graph_check(graph, 1);
  graph_free(graph);
  graph_free(turned);
}

/* ---- whose it is, and when it goes ---- */

/* memory_finish() overwrites and frees what the manager had as soon as RpcAsyncCompleteCall is
 * back. */
WITH_MEMORY(out_is_marshalled_when_complete_returns)
{
  struct memory_arguments arguments;
  struct async_call call;
  LONG blocks;
  memory_arguments_make(&arguments, 5);
  blocks = midl_blocks();
  async_call_init(&call);
  memory_all_async(&call.state, server->binding, ENDING_HOLD, &arguments);
  memory_wait_held();
  CHECK(midl_blocks() > blocks);
  CHECK_EQ(memory_finish(true), RPC_S_OK);
  /* Nothing is left of it on the server, and the client has not got it yet. */
  CHECK_EQ(midl_blocks(), blocks);
  CHECK_EQ(async_call_finish(&call, &arguments.result), RPC_S_OK);
  memory_arguments_check(&arguments, false);
  memory_arguments_free(&arguments);
}

/* The client's [in] memory is its own again when the stub has returned. */
WITH_MEMORY(in_belongs_to_the_client_again_when_the_call_is_issued)
{
  struct memory_arguments arguments;
  struct async_call call;
  memory_arguments_make(&arguments, 5);
  async_call_init(&call);
  memory_all_async(&call.state, server->binding, ENDING_HOLD, &arguments);
  links_free(arguments.list);
  arguments.list = NULL;
  memset(arguments.ansi, 0xdd, 4);
  memset(arguments.wide, 0xdd, 4 * sizeof(wchar_t));
  memset(arguments.blob, 0xdd, sizeof(*arguments.blob) + 5);
  memset(arguments.texts[0], 0xdd, 4);
  graph_free(arguments.graph);
  arguments.graph = NULL;
  memory_wait_held();
  CHECK_EQ(memory_finish(true), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, &arguments.result), RPC_S_OK);
  memory_arguments_check(&arguments, false);
  memory_arguments_free(&arguments);
}

#define ROUNDS 200

#define LARGE_BLOCK 2048u /* blocks from here on are counted as one size */

/* What is in use of all heaps of the process: whatever any DLL has allocated. */
struct heap_usage {
  size_t bytes;
  LONG blocks[LARGE_BLOCK + 1]; /* of so many bytes */
};

static void add_heap(struct heap_usage *usage, HANDLE heap)
{
  PROCESS_HEAP_ENTRY entry = {0};
  CHECK(HeapLock(heap));
  while (HeapWalk(heap, &entry)) {
    if (!(entry.wFlags & PROCESS_HEAP_ENTRY_BUSY))
      continue;
    usage->bytes += entry.cbData;
    usage->blocks[entry.cbData < LARGE_BLOCK ? entry.cbData : LARGE_BLOCK]++;
  }
  HeapUnlock(heap);
}

static void heap_usage_take(struct heap_usage *usage)
{
  HANDLE heaps[16];
  DWORD count = GetProcessHeaps(16, heaps);
  ZeroMemory(usage, sizeof(*usage));
  CHECK(count && count <= 16);
  for (DWORD i = 0; i < count; i++)
    add_heap(usage, heaps[i]);
}

/* For the log: of which sizes there are more, or fewer, than before. */
static void heap_usage_print_change(const struct heap_usage *before,
                                    const struct heap_usage *after)
{
  printf("  %lld bytes more:", (long long)after->bytes - (long long)before->bytes);
  for (size_t size = 0; size <= LARGE_BLOCK; size++)
    if (after->blocks[size] != before->blocks[size])
      printf(" %+ld of %zu", after->blocks[size] - before->blocks[size], size);
  printf("\n");
}

typedef void (*round_body)(struct server *server, LONG round);

/*
 * The same ROUNDS times, and again: every allocation of the stubs is balanced, and there comes
 * a turn in which the heaps do not grow by what would be a few bytes a call. They may before:
 * buffers are kept, and Wine 10 reserves 31 blocks of a size for each thread that allocates
 * one, for up to 32 threads, and counts them as in use.
 */
#define TURNS 60

static void repeat(struct server *server, round_body body)
{
  static struct heap_usage before, after;
  LONG blocks = midl_blocks();
  long long grown = 0;
  for (int turn = 0; turn < TURNS; turn++) {
    heap_usage_take(&before);
    for (LONG i = 0; i < ROUNDS; i++) {
      body(server, i);
      CHECK_EQ(midl_blocks(), blocks);
    }
    heap_usage_take(&after);
    grown = (long long)after.bytes - (long long)before.bytes;
    if (turn && grown <= ROUNDS * 4)
      return;
    if (turn)
      heap_usage_print_change(&before, &after);
  }
  CHECK_AT_MOST(grown, ROUNDS * 4);
}

/* One asynchronous memory_all that ends so inside of its manager routine. */
static RPC_STATUS call_once(struct server *server, enum memory_ending ending, LONG round,
                            struct memory_arguments *arguments)
{
  struct async_call call;
  memory_arguments_make(arguments, 1 + round % 7);
  async_call_init(&call);
  memory_all_async(&call.state, server->binding, ending, arguments);
  return async_call_finish(&call, &arguments->result);
}

static void fail_once(struct server *server, enum memory_ending ending, LONG round)
{
  struct memory_arguments arguments;
  CHECK_EQ((ULONG)call_once(server, ending, round, &arguments), MEMORY_CODE);
  memory_arguments_check_untouched(&arguments);
  memory_arguments_free(&arguments);
}

static void complete_round(struct server *server, LONG round)
{
  struct memory_arguments arguments;
  bool null = round & 1;
  CHECK_EQ(call_once(server, null ? ENDING_COMPLETE_NULL : ENDING_COMPLETE, round, &arguments),
           RPC_S_OK);
  memory_arguments_check(&arguments, null);
  memory_arguments_free(&arguments);
}

WITH_MEMORY(every_allocation_is_freed_after_complete)
{
  repeat(server, complete_round);
}

static void complete_sync_round(struct server *server, LONG round)
{
  struct memory_arguments arguments;
  memory_arguments_make(&arguments, 1 + round % 7);
  memory_all_sync(server->binding, ENDING_COMPLETE, &arguments);
  memory_arguments_check(&arguments, false);
  memory_arguments_free(&arguments);
}

WITH_MEMORY(every_allocation_is_freed_after_a_synchronous_call)
{
  repeat(server, complete_sync_round);
}

static void abort_round(struct server *server, LONG round)
{
  fail_once(server, round & 1 ? ENDING_ABORT_LATE : ENDING_ABORT, round);
}

WITH_MEMORY(every_allocation_is_freed_after_abort)
{
  repeat(server, abort_round);
}

static void raise_round(struct server *server, LONG round)
{
  fail_once(server, round & 1 ? ENDING_RAISE_LATE : ENDING_RAISE, round);
}

WITH_MEMORY(every_allocation_is_freed_after_an_exception)
{
  repeat(server, raise_round);
}

/* Abortive: the client is done at once, the server ends its call later, in either way. */
static void cancel_round(struct server *server, LONG round)
{
  struct memory_arguments arguments;
  struct async_call call;
  memory_arguments_make(&arguments, 1 + round % 7);
  async_call_init(&call);
  memory_all_async(&call.state, server->binding, ENDING_HOLD, &arguments);
  memory_wait_held();
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, &arguments.result), RPC_S_CALL_CANCELLED);
  memory_arguments_check_untouched(&arguments);
  memory_finish(round & 1);
  memory_arguments_free(&arguments);
}

WITH_MEMORY(every_allocation_is_freed_after_cancel)
{
  repeat(server, cancel_round);
}

/* ---- lost clients ---- */

/* memory_client WIRE ENDPOINT: leaves a call pending. */
HELPER(memory_client)
{
  static struct memory_arguments arguments;
  static struct async_call call;
  CHECK_EQ(argc, 2);
  memory_arguments_make(&arguments, 5);
  async_call_init(&call);
  memory_all_async(&call.state, endpoint_bind(atoi(argv[0]), argv[1]), ENDING_HOLD, &arguments);
  helper_ready("call is pending");
  helper_wait_for_stop();
}

WITH_MEMORY(every_allocation_is_freed_after_the_client_is_lost)
{
  char arguments[80];
  LONG blocks = midl_blocks();
  snprintf(arguments, sizeof(arguments), "%d %s", server->wire, server->endpoint);
  for (int round = 0; round < 6; round++) {
    struct helper client;
    RPC_STATUS status;
    helper_start(&client, "memory_client", arguments, RUNTIME_SHIM);
    memory_wait_held();
    helper_kill(&client);
    while ((status = memory_test_cancel()) == RPC_S_CALL_IN_PROGRESS)
      SwitchToThread();
    CHECK_EQ(status, RPC_S_OK);
    memory_finish(round & 1);
    CHECK_EQ(midl_blocks(), blocks);
  }
}

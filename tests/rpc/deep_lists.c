/*
 * Peers that send lists too deep for the stack of whoever unmarshals them: a level of the stack
 * for a node, 8 bytes. The call fails, and nothing else: neither the server's workers nor the
 * application's thread end of it.
 */
#include "async_call.h"
#include "deep_lists.h"
#include "deep_lists_async.h"
#include "flat_lists.h"
#include "server.h"

#include <stdlib.h>

#define SHALLOW 500    /* nodes that any stack has room for */
#define DEEP    100000 /* nodes that none has */
#define ROUNDS  10
#define CALLERS 8

static unsigned long *make_list(LONG nodes)
{
  unsigned long *words = malloc(2 * (size_t)nodes * sizeof(*words));
  CHECK(words);
  for (LONG i = 0; i < nodes; i++) {
    words[2 * i] = i + 1 < nodes ? 0x20000 + 4 * i : 0;
    words[2 * i + 1] = (unsigned long)i;
  }
  return words;
}

/* ---- managers ---- */

LONG server_deep_list_count(handle_t binding, LONG words, deep_node *list)
{
  LONG count = 0;
  (void)binding, (void)words;
  for (; list; list = list->next)
    count++;
  return count;
}

void server_deep_list_get(handle_t binding, LONG words, deep_node **list)
{
  (void)binding, (void)words;
  *list = NULL;
}

void server_deep_list_echo(handle_t binding, LONG words, deep_node *list)
{
  (void)binding, (void)words, (void)list;
}

LONG server_flat_list_count(handle_t binding, LONG words, unsigned long *list)
{
  (void)binding, (void)list;
  return words;
}

void server_flat_list_get(handle_t binding, LONG words, unsigned long *list)
{
  unsigned long *made = make_list(words / 2);
  (void)binding;
  memcpy(list, made, (size_t)words * sizeof(*list));
  free(made);
}

void server_flat_list_echo(handle_t binding, LONG words, unsigned long *list)
{
  (void)binding, (void)words, (void)list;
}

/* ---- */

static RPC_BINDING_HANDLE listen_here(enum wire wire, RPC_IF_HANDLE specification)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(specification, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

/* Ends only when no call is left. */
static void stop_here(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  CHECK_EQ(RpcServerUnregisterIf(NULL, NULL, TRUE), RPC_S_OK);
}

static void check_deep_is_refused(RPC_BINDING_HANDLE binding)
{
  unsigned long *list = make_list(DEEP);
  DWORD raised = RAISED(client_flat_list_count, binding, 2 * DEEP, list);
  if (raised != RPC_S_OUT_OF_MEMORY && raised != RPC_S_SERVER_OUT_OF_MEMORY)
    check_failed(__FILE__, __LINE__, "raised %lu", raised);
  raised = RAISED(client_flat_list_echo, binding, 2 * DEEP, list);
  if (raised != RPC_S_OUT_OF_MEMORY && raised != RPC_S_SERVER_OUT_OF_MEMORY)
    check_failed(__FILE__, __LINE__, "raised %lu", raised);
  free(list);
}

static void check_shallow_is_served(RPC_BINDING_HANDLE binding)
{
  unsigned long *list = make_list(SHALLOW);
  CHECK_EQ(client_flat_list_count(binding, 2 * SHALLOW, list), SHALLOW);
  free(list);
}

static DWORD WINAPI send_deep_often(void *binding)
{
  for (int i = 0; i < ROUNDS; i++) {
    check_deep_is_refused(binding);
    check_shallow_is_served(binding);
  }
  return 0;
}

static void send_deep(enum wire wire)
{
  HANDLE threads[CALLERS];
  RPC_BINDING_HANDLE binding = listen_here(wire, server_deep_deep_lists_v1_0_s_ifspec);
  check_shallow_is_served(binding);
  for (int i = 0; i < CALLERS; i++) {
    threads[i] = CreateThread(NULL, 0, send_deep_often, binding, 0, NULL);
    CHECK(threads[i]);
  }
  for (int i = 0; i < CALLERS; i++) {
    CHECK_SIGNALLED(threads[i]);
    CloseHandle(threads[i]);
  }
  check_deep_is_refused(binding);
  check_shallow_is_served(binding);
  stop_here(binding);
}

TEST_WITHIN(server_refuses_a_list_that_is_too_deep_local, 90000)
{
  send_deep(WIRE_LOCAL);
}

TEST_WITHIN(server_refuses_a_list_that_is_too_deep_tcp, 90000)
{
  send_deep(WIRE_TCP);
}

static LONG free_list(deep_node *list)
{
  LONG count = 0;
  for (deep_node *next; list; list = next, count++) {
    next = list->next;
    midl_user_free(list);
  }
  return count;
}

static DWORD WINAPI get_deep_often(void *binding)
{
  for (int i = 0; i < ROUNDS; i++) {
    struct async_call call;
    deep_node *list = NULL;
    CHECK_EQ(RAISED(client_deep_list_get, binding, 2 * DEEP, &list), RPC_S_OUT_OF_MEMORY);
    list = NULL;
    client_deep_list_get(binding, 2 * SHALLOW, &list);
    CHECK_EQ(free_list(list), SHALLOW);
    async_call_init(&call);
    list = NULL;
    async_deep_list_get(&call.state, binding, 2 * DEEP, &list);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OUT_OF_MEMORY);
    async_call_init(&call);
    list = NULL;
    async_deep_list_get(&call.state, binding, 2 * SHALLOW, &list);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
    CHECK_EQ(free_list(list), SHALLOW);
  }
  return 0;
}

/* On threads of the application's, one with a small stack. */
TEST_WITHIN(client_refuses_a_list_that_is_too_deep, 90000)
{
  static const SIZE_T stack_sizes[] = {0, 0x80000};
  RPC_BINDING_HANDLE binding = listen_here(WIRE_LOCAL, server_flat_flat_lists_v1_0_s_ifspec);
  for (int i = 0; i < 2; i++) {
    HANDLE thread = CreateThread(NULL, stack_sizes[i], get_deep_often, binding,
                                 STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    CHECK(thread);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
  }
  stop_here(binding);
}

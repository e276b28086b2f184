#include "async_interpreter_managers.h"

#include <ctype.h>
#include <string.h>

#include "../../rpcshim/seh/raise.h"
#include "../harness/harness.h"
#include "async_interpreter.h"

RPC_ASYNC_STATE *pending_call;
LONG pending_sum, pending_count, sessions_run_down;
LONG *pending_values;
hyper *pending_squares;

void server_add(PRPC_ASYNC_STATE call, handle_t binding, LONG a, LONG b)
{
  CHECK(binding == RpcAsyncGetCallHandle(call));
  pending_call = call;
  pending_sum = a + b;
}

void server_mixed_out(PRPC_ASYNC_STATE call, handle_t binding, float a, double b, hyper c,
                      small d, double *sum)
{
  double result = a * b;

  (void)binding;
  *sum = a + b + c + d;
  CHECK_EQ(RpcAsyncCompleteCall(call, &result), RPC_S_OK);
}

void server_reverse(PRPC_ASYNC_STATE call, handle_t binding, node_t **list)
{
  node_t *reversed = NULL;

  (void)binding;
  while (*list) {
    node_t *next = (*list)->next;

    (*list)->next = reversed;
    reversed = *list;
    *list = next;
  }
  *list = reversed;
  CHECK_EQ(RpcAsyncCompleteCall(call, NULL), RPC_S_OK);
}

void server_squares(PRPC_ASYNC_STATE call, handle_t binding, LONG count, LONG *values,
                    hyper *squares)
{
  (void)binding;
  pending_call = call;
  pending_count = count;
  pending_values = values;
  pending_squares = squares;
}

void server_upper(PRPC_ASYNC_STATE call, handle_t binding, char *text)
{
  text_t result = midl_user_allocate(strlen(text) + 1);

  (void)binding;
  strcpy(result, text);
  for (char *c = result; *c; c++)
    *c = (char)toupper((unsigned char)*c);
  CHECK_EQ(RpcAsyncCompleteCall(call, &result), RPC_S_OK);
}

static DWORD WINAPI complete_on_thread(void *call)
{
  LONG result = 6;

  CHECK_EQ(RpcAsyncCompleteCall(call, &result), RPC_S_OK);
  return 0;
}

static void complete_elsewhere(PRPC_ASYNC_STATE call)
{
  HANDLE thread = CreateThread(NULL, 0, complete_on_thread, call, 0, NULL);

  CHECK(thread);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
}

static void fault(void)
{
  static int *volatile address = (int *)16;

  *address = 1;
}

void server_behave(PRPC_ASYNC_STATE call, handle_t binding, LONG how, node_t *node)
{
  LONG result = how;

  (void)binding;
  CHECK(node && node->next);
  pending_call = call;
  switch (how) {
  case BEHAVE_COMPLETE:
  case BEHAVE_COMPLETE_THEN_RAISE:
    CHECK_EQ(RpcAsyncCompleteCall(call, &result), RPC_S_OK);
    break;
  case BEHAVE_ABORT:
  case BEHAVE_ABORT_THEN_RAISE:
    CHECK_EQ(RpcAsyncAbortCall(call, BEHAVE_CODE), RPC_S_OK);
    break;
  case BEHAVE_COMPLETE_ON_ANOTHER_THREAD:
    complete_elsewhere(call);
    break;
  case BEHAVE_FAULT:
    fault();
    break;
  }
  if (how == BEHAVE_RAISE)
    raise_status(BEHAVE_CODE);
  if (how == BEHAVE_COMPLETE_THEN_RAISE || how == BEHAVE_ABORT_THEN_RAISE)
    raise_status(0xe0000099); /* too late to be told */
}

void server_open(PRPC_ASYNC_STATE call, handle_t binding, session_t *session)
{
  (void)binding;
  CHECK(!*session);
  *session = midl_user_allocate(1);
  CHECK_EQ(RpcAsyncCompleteCall(call, NULL), RPC_S_OK);
}

void server_use(PRPC_ASYNC_STATE call, session_t session)
{
  CHECK(session);
  pending_call = call;
}

void server_close(PRPC_ASYNC_STATE call, session_t *session)
{
  midl_user_free(*session);
  *session = NULL;
  CHECK_EQ(RpcAsyncCompleteCall(call, NULL), RPC_S_OK);
}

void __RPC_USER session_t_rundown(session_t session)
{
  sessions_run_down++;
  midl_user_free(session);
}

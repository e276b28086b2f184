#include "async_client.h"

#include <stdlib.h>

#include "async_call.h"
#include "client_frame.h"
#include "comm_status.h"
#include "finally.h"
#include "guard.h"
#include "message_buffer.h"
#include "raise.h"
#include "stub_message.h"
#include "sync_client.h"

struct async_client {
  struct client_frame frame;
  _Alignas(8) unsigned char stack[];
};

/* What the issuing thread knows of the call while it issues it. */
struct issue {
  RPC_ASYNC_STATE *state;
  struct async_client *call; /* no longer ours when `sent` */
  bool sent;
};

/* Makes the call asynchronous and sends the request. */
static void send_request(struct issue *issue)
{
  struct client_frame *frame = &issue->call->frame;
  RPC_STATUS status = I_RpcAsyncSetHandle(&frame->rpc, issue->state);

  if (status != RPC_S_OK)
    raise_status(status);
  frame->rpc.BufferLength =
      (unsigned int)(frame->message.Buffer - (unsigned char *)frame->rpc.Buffer);
  status = I_RpcSend(&frame->rpc);
  if (status != RPC_S_OK)
    raise_status(status);
  issue->sent = true;
}

static void issue_body(void *context)
{
  struct issue *issue = context;
  struct async_client *call = issue->call;

  client_frame_begin(&call->frame, call->stack, RPC_BUFFER_ASYNC);
  client_frame_marshall(&call->frame);
  send_request(issue);
}

static void issue_cleanup(void *context, bool unwinding)
{
  struct issue *issue = context;

  (void)unwinding;
  if (issue->sent)
    return;
  client_frame_end(&issue->call->frame);
  free(issue->call);
  issue->state->RuntimeInfo = NULL;
  InterlockedExchangePointer(&issue->state->StubInfo, NULL);
}

static RPC_ASYNC_STATE *check_state(unsigned char *stack)
{
  RPC_ASYNC_STATE *state = *(RPC_ASYNC_STATE **)stack;

  if (!state || state->Signature != ASYNC_SIGNATURE || state->Size != sizeof(*state) ||
      state->RuntimeInfo)
    raise_status(RPC_S_INVALID_ASYNC_HANDLE);
  return state;
}

static struct async_client *create_call(const struct procedure *procedure,
                                        const unsigned char *stack)
{
  struct async_client *call = calloc(1, sizeof(*call) + procedure->stack_size);

  if (!call)
    raise_status(RPC_S_OUT_OF_MEMORY);
  call->frame.procedure = *procedure;
  memcpy(call->stack, stack, procedure->stack_size);
  client_arguments_demote(procedure, call->stack);
  return call;
}

ULONGLONG async_client_call(PMIDL_STUB_DESC description, PFORMAT_STRING format,
                            unsigned char *stack)
{
  struct procedure procedure;
  struct issue issue = {0};

  procedure_parse(&procedure, description, format);
  if (procedure.flags & PROCEDURE_OF_OBJECT)
    raise_status(RPC_X_WRONG_STUB_VERSION); /* those have no asynchronous handle */
  issue.state = check_state(stack);
  issue.call = create_call(&procedure, stack);
  /* Of two threads with the same state, one makes its call. */
  if (InterlockedCompareExchangePointer(&issue.state->StubInfo, issue.call, NULL)) {
    free(issue.call);
    raise_status(RPC_S_INVALID_ASYNC_HANDLE);
  }
  finally_call(issue_body, issue_cleanup, &issue);
  return 0;
}

struct completion {
  struct async_client *call;
  void *reply;
};

static void unmarshall_reply(void *context)
{
  struct completion *completion = context;

  client_frame_unmarshall(&completion->call->frame, completion->reply);
}

/* comm_status and fault_status: the failure becomes a value. */
static RPC_STATUS store_status(struct async_client *call, void *reply, RPC_STATUS status)
{
  const struct procedure *procedure = &call->frame.procedure;

  if (status == RPC_S_OK || !(procedure->flags & PROCEDURE_HAS_COMM_OR_FAULT) ||
      !comm_status_is_status(status))
    return status;
  return comm_status_store(procedure, call->stack, reply, status) ? RPC_S_OK : status;
}

static void end_call(void *context)
{
  client_frame_end(&((struct async_client *)context)->frame);
}

RPC_STATUS ndr_async_client_complete(RPC_ASYNC_STATE *state, void *reply)
{
  struct completion completion = {state->StubInfo, reply};
  struct async_client *call = completion.call;
  RPC_STATUS status = I_RpcReceive(&call->frame.rpc, 0);
  DWORD code;

  if (status == RPC_S_ASYNC_CALL_PENDING)
    return status;
  if (status == RPC_S_OK) {
    message_begin_reply(&call->frame.message);
    if (!guarded_call(unmarshall_reply, NULL, &completion, &code))
      status = (RPC_STATUS)code;
  }
  status = store_status(call, reply, status);
  guarded_call(end_call, NULL, call, NULL); /* the application's unbind routine may raise */
  free(call);
  InterlockedExchangePointer(&state->StubInfo, NULL);
  return status;
}

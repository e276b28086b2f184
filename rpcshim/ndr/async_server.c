#include "async_server.h"

#include <stdlib.h>

#include "../server/running_call.h"
#include "async_call.h"
#include "async_state.h"
#include "finally.h"
#include "guard.h"
#include "raise.h"
#include "server_frame.h"
#include "sync_server.h"
#include "unmarshall_guard.h"

struct async_server {
  RPC_ASYNC_STATE *state; /* what the manager routine and RpcAsync* see */
  LONG references;
  RPC_MESSAGE *rpc; /* the runtime's, valid until the call ends */
  bool has_frame;   /* server_frame_begin has been entered */
  struct procedure procedure;
  struct server_frame frame;
  _Alignas(8) unsigned char stack[];
};

static void release(struct async_server *call)
{
  if (InterlockedDecrement(&call->references))
    return;
  async_state_retire(call->state);
  free(call);
}

static struct async_server *create_call(RPC_MESSAGE *rpc)
{
  struct procedure procedure;
  struct async_server *call;

  procedure_parse(&procedure, server_information(rpc)->pStubDesc, server_procedure_format(rpc));
  if (procedure.stack_size < sizeof(void *))
    raise_status(RPC_X_BAD_STUB_DATA); /* no place for the asynchronous handle */
  call = calloc(1, sizeof(*call) + procedure_frame_size(&procedure));
  if (!call)
    raise_status(RPC_S_OUT_OF_MEMORY);
  call->state = async_state_create();
  if (!call->state) {
    free(call);
    raise_status(RPC_S_OUT_OF_MEMORY);
  }
  call->references = 2;
  call->rpc = rpc;
  call->procedure = procedure;
  call->state->StubInfo = call;
  return call;
}

/* A thread's part of what comes before the manager routine: the call may have to wait for its
 * contexts in between. */
struct part {
  struct async_server *call;
  RPC_STATUS status; /* of the waiting, for the second one */
  bool parked;       /* the second one has it by now */
};

static void resume(void *context, RPC_STATUS status);

/* All arguments are there. */
static void become_asynchronous(struct async_server *call)
{
  RPC_STATUS status = I_RpcAsyncSetHandle(call->rpc, call->state);

  if (status != RPC_S_OK)
    raise_status(status);
}

static void prepare_first(void *context)
{
  struct part *part = context;
  struct async_server *call = part->call;

  call->has_frame = true;
  server_frame_begin(&call->frame, &call->procedure, call->rpc, call->stack);
  /* The handle is no parameter of the format string, but its slot is the first of the stack. */
  *(RPC_ASYNC_STATE **)call->stack = call->state;
  part->parked = !unmarshall_guarded(&call->frame, resume, call);
  if (!part->parked)
    become_asynchronous(call);
}

static void prepare_second(void *context)
{
  struct part *part = context;

  unmarshall_rest_guarded(&part->call->frame, part->status);
  become_asynchronous(part->call);
}

static void prepare_cleanup(void *context, bool unwinding)
{
  struct async_server *call = ((struct part *)context)->call;

  if (!unwinding)
    return;
  if (call->has_frame)
    server_frame_end(&call->frame);
  async_state_retire(call->state);
  free(call);
}

static void run_manager(void *context)
{
  struct async_server *call = context;

  server_call_enters_manager(call->rpc->Handle);
  server_frame_call_and_forget(&call->frame);
}

static void call_manager(struct async_server *call)
{
  DWORD code;

  /*
   * Where the manager has completed the call and then raises, or another thread is about to
   * complete it, RpcAsyncAbortCall finds it claimed and does nothing.
   */
  if (!guarded_call(run_manager, NULL, call, &code))
    RpcAsyncAbortCall(call->state, code);
  release(call);
}

static void resume(void *context, RPC_STATUS status)
{
  struct part part = {context, status, false};

  finally_call(prepare_second, prepare_cleanup, &part);
  call_manager(part.call);
}

void async_server_call(RPC_MESSAGE *rpc)
{
  struct part part = {create_call(rpc), RPC_S_OK, false};

  finally_call(prepare_first, prepare_cleanup, &part);
  if (!part.parked)
    call_manager(part.call);
}

/* The call has ended or is about to; the handle is dead. */
static void retire(struct async_server *call)
{
  call->state->Signature = 0;
  call->state->StubInfo = NULL;
  call->state->RuntimeInfo = NULL;
  release(call);
}

struct reply {
  struct async_server *call;
  void *result;
};

static void marshall_reply(void *context)
{
  struct reply *reply = context;

  server_frame_set_result(&reply->call->frame, reply->result);
  server_frame_marshall(&reply->call->frame);
}

RPC_STATUS ndr_async_server_complete(RPC_ASYNC_STATE *state, void *result)
{
  struct async_server *call = state->StubInfo;
  struct reply reply = {call, result};
  RPC_STATUS status;
  DWORD code;
  bool marshalled = guarded_call(marshall_reply, NULL, &reply, &code);

  server_frame_end(&call->frame);
  if (marshalled) {
    status = I_RpcSend(call->rpc);
  } else {
    I_RpcAsyncAbortCall(state, code);
    status = (RPC_STATUS)code;
  }
  retire(call);
  return status;
}

RPC_STATUS ndr_async_server_abort(RPC_ASYNC_STATE *state, ULONG code)
{
  struct async_server *call = state->StubInfo;
  RPC_STATUS status;

  server_frame_end(&call->frame);
  status = I_RpcAsyncAbortCall(state, code);
  retire(call);
  return status;
}

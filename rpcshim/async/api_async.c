/* RpcAsync*: Microsoft, "Asynchronous RPC"; the state tables are in ../README.md. */
#include <string.h>

#include "../call/client_call.h"
#include "../client/association.h"
#include "../server/server_call.h"
#include "../ndr/async_call.h"

/* The call behind a handle: exactly one of the two is set, with a reference, where it returns
 * RPC_S_OK. */
struct async_target {
  struct client_call *client;
  struct server_call *server;
};

static void async_target_release(struct async_target *target)
{
  if (target->client)
    client_call_release(target->client);
  if (target->server)
    server_call_release(target->server);
}

/*
 * RPC_S_OK, RPC_S_INVALID_ASYNC_HANDLE (signature, size), RPC_S_INVALID_BINDING (sound, but
 * there is no call: never used, or ended).
 */
static RPC_STATUS async_target_find(RPC_ASYNC_STATE *state, struct async_target *target)
{
  target->client = NULL;
  target->server = NULL;
  if (!state || state->Signature != ASYNC_SIGNATURE || state->Size != sizeof(*state))
    return RPC_S_INVALID_ASYNC_HANDLE;
  target->client = client_call_from_state(state);
  if (!target->client)
    target->server = server_call_from_state(state);
  return target->client || target->server ? RPC_S_OK : RPC_S_INVALID_BINDING;
}

/* For completing, aborting and cancelling: a handle without a call is an invalid handle. */
static RPC_STATUS async_target_require(RPC_ASYNC_STATE *state, struct async_target *target)
{
  RPC_STATUS status = async_target_find(state, target);

  return status == RPC_S_INVALID_BINDING ? RPC_S_INVALID_ASYNC_HANDLE : status;
}

/*
 * Prepares `state` for a call; UserInfo, Event and the notification are the caller's to set.
 * RPC_S_OK, ERROR_INVALID_PARAMETER (size).
 */
RPC_STATUS RPC_ENTRY RpcAsyncInitializeHandle(RPC_ASYNC_STATE *state, unsigned int size)
{
  if (!state || size != sizeof(*state))
    return ERROR_INVALID_PARAMETER;
  state->Size = sizeof(*state);
  state->Signature = ASYNC_SIGNATURE;
  state->Lock = 0;
  state->Flags = 0;
  state->StubInfo = NULL;
  state->RuntimeInfo = NULL;
  memset(state->Reserved, 0, sizeof(state->Reserved));
  return RPC_S_OK;
}

/*
 * RPC_S_OK, RPC_S_ASYNC_CALL_PENDING, the call's error; RPC_S_INVALID_BINDING: no call;
 * RPC_S_INVALID_ASYNC_HANDLE. A server's call is pending until it has been completed.
 */
RPC_STATUS RPC_ENTRY RpcAsyncGetCallStatus(RPC_ASYNC_STATE *state)
{
  struct async_target target;
  RPC_STATUS status = RPC_S_INVALID_BINDING;

  if (!state)
    return RPC_S_INVALID_ASYNC_HANDLE;
  /* Recorded from Windows: a zeroed state is one that was never used. */
  if (!state->Signature && !state->RuntimeInfo)
    return RPC_S_INVALID_BINDING;
  status = async_target_find(state, &target);
  if (status != RPC_S_OK)
    return status;
  status = target.client ? client_call_status(target.client) : RPC_S_ASYNC_CALL_PENDING;
  async_target_release(&target);
  return status;
}

static RPC_STATUS complete_client(RPC_ASYNC_STATE *state, struct client_call *call, void *reply)
{
  RPC_STATUS status = client_call_claim(call);

  if (status != RPC_S_OK)
    return status;
  if (state->StubInfo) {
    status = ndr_async_client_complete(state, reply);
  } else {
    /* The bare message API: I_RpcReceive fetches the reply. */
    status = client_call_status(call);
  }
  state->RuntimeInfo = ASYNC_RUNTIME_INFO_ENDED;
  return status;
}

/*
 * Client: the reply, or the failure, of a call that is complete; RPC_S_ASYNC_CALL_PENDING where
 * it is not. Server: marshals the [out] parameters and sends the response, on any thread; the
 * handle is dead afterwards. RPC_S_INVALID_ASYNC_HANDLE, RPC_S_INVALID_ASYNC_CALL (another
 * thread has completed or aborted it); server: RPC_S_CALL_FAILED, the client is gone.
 */
RPC_STATUS RPC_ENTRY RpcAsyncCompleteCall(RPC_ASYNC_STATE *state, void *reply)
{
  struct async_target target;
  RPC_STATUS status = async_target_require(state, &target);

  if (status != RPC_S_OK)
    return status;
  if (target.client) {
    status = complete_client(state, target.client, reply);
  } else {
    status = server_call_claim(target.server);
    if (status == RPC_S_OK)
      status = state->StubInfo ? ndr_async_server_complete(state, reply)
                               : server_call_respond(target.server, target.server->reply_data,
                                                     target.server->message.BufferLength);
  }
  async_target_release(&target);
  return status;
}

/* Ends a server's call with a fault, without marshalling. As I_RpcAsyncAbortCall, but the stub
 * cleans up too. */
RPC_STATUS RPC_ENTRY RpcAsyncAbortCall(RPC_ASYNC_STATE *state, ULONG code)
{
  struct async_target target;
  RPC_STATUS status = async_target_require(state, &target);

  if (status != RPC_S_OK)
    return status;
  if (target.client)
    status = RPC_S_INVALID_ASYNC_CALL;
  else
    status = server_call_claim(target.server);
  if (status == RPC_S_OK)
    status = state->StubInfo ? ndr_async_server_abort(state, code)
                             : server_call_fault(target.server, code, true);
  async_target_release(&target);
  return status;
}

/* Sends the fault and ends the call: for stubs, and for COM. RPC_S_OK,
 * RPC_S_INVALID_ASYNC_HANDLE, … as above. */
RPC_STATUS RPC_ENTRY I_RpcAsyncAbortCall(RPC_ASYNC_STATE *state, ULONG code)
{
  struct async_target target;
  RPC_STATUS status = async_target_require(state, &target);

  if (status != RPC_S_OK)
    return status;
  status =
      target.server ? server_call_fault(target.server, code, true) : RPC_S_INVALID_ASYNC_CALL;
  async_target_release(&target);
  return status;
}

/*
 * Client: tells the server; with `abort_call` also completes the call at once with
 * RPC_S_CALL_CANCELLED; as soon as it has been made, where another thread is about to.
 * RPC_S_OK, also for a call that is complete already; RPC_S_INVALID_ASYNC_HANDLE;
 * RPC_S_INVALID_ASYNC_CALL on the server.
 */
RPC_STATUS RPC_ENTRY RpcAsyncCancelCall(RPC_ASYNC_STATE *state, WINBOOL abort_call)
{
  struct async_target target;
  RPC_STATUS status = async_target_require(state, &target);

  if (status != RPC_S_OK)
    return status;
  if (!target.client) {
    status = RPC_S_INVALID_ASYNC_CALL;
  } else {
    association_cancel(target.client, abort_call);
  }
  async_target_release(&target);
  return status;
}

/*
 * The notification of a client's call is what the state says now. Without effect on a call that
 * is complete, or not made yet. RPC_S_OK, RPC_S_INVALID_ASYNC_HANDLE (also: the call is over),
 * RPC_S_INVALID_ASYNC_CALL (server), notification_capture()'s statuses.
 */
RPC_STATUS RPC_ENTRY RpcAsyncRegisterInfo(RPC_ASYNC_STATE *state)
{
  struct async_target target;
  RPC_STATUS status = async_target_find(state, &target);

  if (status == RPC_S_INVALID_BINDING)
    return state->RuntimeInfo ? RPC_S_INVALID_ASYNC_HANDLE : RPC_S_OK;
  if (status != RPC_S_OK)
    return status;
  status = target.client ? client_call_register(target.client) : RPC_S_INVALID_ASYNC_CALL;
  async_target_release(&target);
  return status;
}

/* Cancelling threads and finding out about it. */
#include "../call/thread_state.h"
#include "../server/in_place.h"
#include "../server/server_call.h"

/* Has the client cancelled the call? RPC_S_OK: yes; RPC_S_CALL_IN_PROGRESS: no;
 * RPC_S_NO_CALL_ACTIVE, RPC_S_INVALID_BINDING. */
RPC_STATUS RPC_ENTRY RpcServerTestCancel(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;
  RPC_STATUS status = server_call_from_handle(handle, &call);

  if (status != RPC_S_OK)
    return status;
  server_connection_poll(call->connection);
  status = server_call_is_cancelled(call) ? RPC_S_OK : RPC_S_CALL_IN_PROGRESS;
  server_call_release(call);
  return status;
}

/*
 * RPC_S_OK: the call of this thread has been cancelled, or the thread itself, which then takes
 * that cancel (its next call does not see it). RPC_S_ACCESS_DENIED: not, as on Windows.
 */
RPC_STATUS RPC_ENTRY RpcTestCancel(void)
{
  struct thread_state *thread = thread_state_get();
  ULONG grace;

  if (RpcServerTestCancel(NULL) == RPC_S_OK)
    return RPC_S_OK;
  return thread && thread_state_take_cancel(thread, &grace) ? RPC_S_OK : RPC_S_ACCESS_DENIED;
}

/* RPC_C_CANCEL_INFINITE_TIMEOUT or a number of seconds. */
static bool valid_timeout(LONG timeout)
{
  return timeout >= 0 || timeout == RPC_C_CANCEL_INFINITE_TIMEOUT;
}

/*
 * Cancels the synchronous call that a thread of this process waits for, or else its next one:
 * the server is told, and has as long to end the call as the thread's RpcMgmtSetCancelTimeout
 * says. RPC_S_OK, RPC_S_ACCESS_DENIED, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY RpcCancelThread(void *thread)
{
  return thread_state_request_cancel(thread, CANCEL_GRACE_DEFAULT);
}

/* The same; the server has `timeout` seconds. RPC_S_INVALID_TIMEOUT besides. */
RPC_STATUS RPC_ENTRY RpcCancelThreadEx(void *thread, LONG timeout)
{
  return valid_timeout(timeout) ? thread_state_request_cancel(thread, (ULONG)timeout)
                                : RPC_S_INVALID_TIMEOUT;
}

/* How long this thread waits for the server after a cancel, in seconds; 0: not at all.
 * RPC_S_OK, RPC_S_INVALID_TIMEOUT, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcMgmtSetCancelTimeout(LONG timeout)
{
  return valid_timeout(timeout) ? thread_state_set_cancel_timeout((ULONG)timeout)
                                : RPC_S_INVALID_TIMEOUT;
}

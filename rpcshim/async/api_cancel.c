/* Cancelling threads and finding out about it. */
#include "../call/thread_state.h"
#include "../server/server_connection.h"

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

/* The same for the call of this thread: RPC_S_OK: cancelled. */
RPC_STATUS RPC_ENTRY RpcTestCancel(void)
{
  struct thread_state *thread = thread_state_get();
  RPC_STATUS status = RpcServerTestCancel(NULL);

  if (status == RPC_S_OK)
    return status;
  if (thread && thread_state_take_cancel(thread))
    return RPC_S_OK;
  return RPC_S_CALL_IN_PROGRESS;
}

/* Cancels the synchronous call that a thread of this process waits for. RPC_S_OK,
 * ERROR_INVALID_PARAMETER, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcCancelThread(void *thread)
{
  return thread_state_request_cancel(thread);
}

/* The same; the thread waits at most `timeout` seconds longer (RPC_C_CANCEL_INFINITE_TIMEOUT:
 * for the server). */
RPC_STATUS RPC_ENTRY RpcCancelThreadEx(void *thread, LONG timeout)
{
  RPC_STATUS status = thread_state_set_cancel_timeout(thread, timeout);

  return status == RPC_S_OK ? thread_state_request_cancel(thread) : status;
}

/* How long this thread waits for the server after a cancel, in seconds. RPC_S_OK,
 * RPC_S_INVALID_TIMEOUT, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcMgmtSetCancelTimeout(LONG timeout)
{
  if (timeout < 0 && timeout != RPC_C_CANCEL_INFINITE_TIMEOUT)
    return RPC_S_INVALID_TIMEOUT;
  return thread_state_set_cancel_timeout(GetCurrentThread(), timeout);
}

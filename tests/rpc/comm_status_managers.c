/* The manager routines of `statuses`: see status_procedures.h. */
#include "comm_status.h"

#include "../harness/harness.h"

static void wait_for_cancel(void)
{
  while (RpcServerTestCancel(NULL) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
}

static error_status_t fail_or(ULONG code)
{
  if (code == UNTIL_CANCELLED)
    wait_for_cancel();
  if (code)
    RpcRaiseException(code);
  return STATUS_OF_MANAGER;
}

void sync_server_to_comm(handle_t binding, ULONG code, error_status_t *comm)
{
  (void)binding;
  *comm = fail_or(code);
}

void sync_server_to_fault(handle_t binding, ULONG code, error_status_t *fault)
{
  (void)binding;
  *fault = fail_or(code);
}

LONG sync_server_to_comm_and_fault(handle_t binding, ULONG code, error_status_t *comm,
                                   error_status_t *fault)
{
  (void)binding;
  return *comm = *fault = fail_or(code);
}

void sync_server_to_both(handle_t binding, ULONG code, error_status_t *both)
{
  (void)binding;
  *both = fail_or(code);
}

error_status_t sync_server_return_comm(handle_t binding, ULONG code)
{
  (void)binding;
  return fail_or(code);
}

error_status_t sync_server_return_fault(handle_t binding, ULONG code)
{
  (void)binding;
  return fail_or(code);
}

error_status_t sync_server_return_both(handle_t binding, ULONG code)
{
  (void)binding;
  return fail_or(code);
}

error_status_t sync_server_return_comm_to_fault(handle_t binding, ULONG code,
                                                error_status_t *fault)
{
  (void)binding;
  return *fault = fail_or(code);
}

/* The [out] parameters are set already; fails the call in the way of asynchronous managers. */
static void end(RPC_ASYNC_STATE *state, ULONG code)
{
  error_status_t reply = STATUS_OF_MANAGER;
  if (code == UNTIL_CANCELLED) {
    wait_for_cancel();
    RpcAsyncAbortCall(state, code); /* nobody waits for it */
    return;
  }
  CHECK_EQ(code ? RpcAsyncAbortCall(state, code) : RpcAsyncCompleteCall(state, &reply),
           RPC_S_OK);
}

void async_server_to_comm(PRPC_ASYNC_STATE state, handle_t binding, ULONG code,
                          error_status_t *comm)
{
  (void)binding;
  *comm = STATUS_OF_MANAGER;
  end(state, code);
}

void async_server_to_fault(PRPC_ASYNC_STATE state, handle_t binding, ULONG code,
                           error_status_t *fault)
{
  (void)binding;
  *fault = STATUS_OF_MANAGER;
  end(state, code);
}

void async_server_to_comm_and_fault(PRPC_ASYNC_STATE state, handle_t binding, ULONG code,
                                    error_status_t *comm, error_status_t *fault)
{
  (void)binding;
  *comm = *fault = STATUS_OF_MANAGER;
  end(state, code);
}

void async_server_to_both(PRPC_ASYNC_STATE state, handle_t binding, ULONG code,
                          error_status_t *both)
{
  (void)binding;
  *both = STATUS_OF_MANAGER;
  end(state, code);
}

void async_server_return_comm(PRPC_ASYNC_STATE state, handle_t binding, ULONG code)
{
  (void)binding;
  end(state, code);
}

void async_server_return_fault(PRPC_ASYNC_STATE state, handle_t binding, ULONG code)
{
  (void)binding;
  end(state, code);
}

void async_server_return_both(PRPC_ASYNC_STATE state, handle_t binding, ULONG code)
{
  (void)binding;
  end(state, code);
}

void async_server_return_comm_to_fault(PRPC_ASYNC_STATE state, handle_t binding, ULONG code,
                                       error_status_t *fault)
{
  (void)binding;
  *fault = STATUS_OF_MANAGER;
  end(state, code);
}

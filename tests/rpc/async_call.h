/*
 * A client's asynchronous call with its notification event: what nearly every test needs.
 *
 *   struct async_call call;
 *   async_call_init(&call);                    RPC_ASYNC_STATE ready, notification by event
 *   async_add(&call.state, binding, 1, 2);
 *   CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);    waits, completes, closes the event
 */
#ifndef ASYNCSHIM_TESTS_ASYNC_CALL_H
#define ASYNCSHIM_TESTS_ASYNC_CALL_H

#include "../harness/harness.h"

#include <rpc.h>
#include <rpcasync.h>

struct async_call {
  RPC_ASYNC_STATE state;
  HANDLE event;
};

static inline void async_call_init(struct async_call *call)
{
  CHECK_EQ(RpcAsyncInitializeHandle(&call->state, sizeof(call->state)), RPC_S_OK);
  call->event = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(call->event);
  call->state.UserInfo = call;
  call->state.NotificationType = RpcNotificationTypeEvent;
  call->state.u.hEvent = call->event;
}

static inline bool async_call_is_notified(struct async_call *call)
{
  return WaitForSingleObject(call->event, 0) == WAIT_OBJECT_0;
}

/* For a call that was notified already, or never will be. */
static inline void async_call_close(struct async_call *call)
{
  CloseHandle(call->event);
}

static inline RPC_STATUS async_call_finish(struct async_call *call, void *reply)
{
  CHECK_SIGNALLED(call->event);
  RPC_STATUS status = RpcAsyncCompleteCall(&call->state, reply);
  async_call_close(call);
  return status;
}

#endif

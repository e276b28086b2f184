/*
 * The programs of the Windows team's series "COM asynchronous interfaces" (2022), each
 * part a test of what it shows. Their pipe has no ICallFactory of its own, and so answers
 * synchronously; its client is asynchronous.
 */
#include <initguid.h>

#include "call_outer.h"
#include "slow_pipe.h"

static void *query(void *object, REFIID iid)
{
  void *found;

  CHECK_EQ(IUnknown_QueryInterface((IUnknown *)object, iid, &found), S_OK);
  return found;
}

static void begin(AsyncIPipeByte *call)
{
  CHECK_EQ(AsyncIPipeByte_Begin_Pull(call, 2 * SLOW_PIPE_BYTES), S_OK);
}

static HRESULT wait(void *call, DWORD milliseconds)
{
  ISynchronize *synchronize = query(call, &IID_ISynchronize);
  HRESULT result = ISynchronize_Wait(synchronize, COWAIT_DEFAULT, milliseconds);

  ISynchronize_Release(synchronize);
  return result;
}

IN_MTA(part_1_a_slow_pipe_is_pulled_while_its_client_does_something_else)
{
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);
  AsyncIPipeByte *call = slow_pipe_new_call(proxy);

  begin(call);
  CHECK_SIGNALLED(pipe.pulled); /* something else */
  SetEvent(pipe.answer);
  slow_pipe_finish(call);
  AsyncIPipeByte_Release(call);
  IPipeByte_Release(proxy);
  slow_pipe_end(&pipe);
}

IN_MTA(part_2_a_call_is_abandoned_by_releasing_its_call_object)
{
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);
  AsyncIPipeByte *call = slow_pipe_new_call(proxy);

  begin(call);
  CHECK_SIGNALLED(pipe.pulled);
  CHECK_EQ(AsyncIPipeByte_Release(call), 0); /* the pipe has not answered */
  SetEvent(pipe.answer);
  IPipeByte_Release(proxy);
  slow_pipe_end(&pipe);
}

IN_MTA(part_3_a_call_that_takes_too_long_is_abandoned)
{
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);
  AsyncIPipeByte *call = slow_pipe_new_call(proxy);

  begin(call);
  CHECK_EQ(wait(call, 50), RPC_S_CALLPENDING);
  CHECK_EQ(AsyncIPipeByte_Release(call), 0);
  SetEvent(pipe.answer);
  IPipeByte_Release(proxy);
  slow_pipe_end(&pipe);
}

IN_MTA(part_3_a_call_that_takes_too_long_is_cancelled)
{
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);
  AsyncIPipeByte *call = slow_pipe_new_call(proxy);
  ICancelMethodCalls *cancel = query(call, &IID_ICancelMethodCalls);
  BYTE data[2 * SLOW_PIPE_BYTES];
  ULONG returned;

  begin(call);
  CHECK_EQ(wait(call, 50), RPC_S_CALLPENDING);
  CHECK_EQ(ICancelMethodCalls_Cancel(cancel, 0), S_OK);
  CHECK_EQ(wait(call, INFINITE), S_OK);
  CHECK_EQ(AsyncIPipeByte_Finish_Pull(call, data, &returned), RPC_E_CALL_CANCELED);
  ICancelMethodCalls_Release(cancel);
  CHECK_EQ(AsyncIPipeByte_Release(call), 0);
  SetEvent(pipe.answer);
  IPipeByte_Release(proxy);
  slow_pipe_end(&pipe);
}

IN_MTA(part_4_work_goes_on_until_the_call_is_complete)
{
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);
  AsyncIPipeByte *call = slow_pipe_new_call(proxy);
  int pieces_of_work = 0;

  begin(call);
  while (wait(call, 0) == RPC_S_CALLPENDING) {
    if (++pieces_of_work == 3)
      SetEvent(pipe.answer);
    SwitchToThread();
  }
  CHECK(pieces_of_work >= 3);
  slow_pipe_finish(call);
  AsyncIPipeByte_Release(call);
  IPipeByte_Release(proxy);
  slow_pipe_end(&pipe);
}

IN_MTA(part_5_a_hung_server_holds_nobody_up)
{
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);
  AsyncIPipeByte *call;

  slow_pipe_hang(&pipe);
  call = slow_pipe_new_call(proxy);
  begin(call);
  CHECK_EQ(wait(call, 0), RPC_S_CALLPENDING);
  CHECK_EQ(wait(call, 50), RPC_S_CALLPENDING);
  CHECK_EQ(WaitForSingleObject(pipe.pulled, 0), WAIT_TIMEOUT);
  SetEvent(pipe.answer);
  SetEvent(pipe.go_on);
  slow_pipe_finish(call);
  AsyncIPipeByte_Release(call);
  IPipeByte_Release(proxy);
  slow_pipe_end(&pipe);
}

/* The call object's own: not to be closed. */
static HANDLE handle_of(AsyncIPipeByte *call)
{
  ISynchronizeHandle *synchronize = query(call, &IID_ISynchronizeHandle);
  HANDLE handle;

  CHECK_EQ(ISynchronizeHandle_GetHandle(synchronize, &handle), S_OK);
  ISynchronizeHandle_Release(synchronize);
  return handle;
}

IN_STA(part_6_the_first_of_two_calls_to_complete_is_told_by_its_handle)
{
  struct slow_pipe pipes[2];
  IPipeByte *proxies[2];
  AsyncIPipeByte *calls[2];
  HANDLE handles[2];
  DWORD index;

  for (int i = 0; i < 2; i++) {
    proxies[i] = slow_pipe_create(&pipes[i]);
    calls[i] = slow_pipe_new_call(proxies[i]);
    begin(calls[i]);
    handles[i] = handle_of(calls[i]);
  }
  SetEvent(pipes[1].answer);
  CHECK_EQ(CoWaitForMultipleHandles(COWAIT_DEFAULT, INFINITE, 2, handles, &index), S_OK);
  CHECK_EQ(index, 1);
  SetEvent(pipes[0].answer);
  for (int i = 0; i < 2; i++) {
    slow_pipe_finish(calls[i]);
    AsyncIPipeByte_Release(calls[i]);
    IPipeByte_Release(proxies[i]);
    slow_pipe_end(&pipes[i]);
  }
}

static void finish_in_signal(struct call_outer *outer)
{
  slow_pipe_finish(outer->call);
  SetEvent(outer->done);
}

IN_STA(part_7_an_outer_object_is_called_directly_when_the_call_is_complete)
{
  struct call_outer outer;
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);

  call_outer_create(&outer, proxy, &IID_AsyncIPipeByte, finish_in_signal);
  begin(outer.call);
  SetEvent(pipe.answer);
  apartment_wait(outer.done);
  CHECK_EQ(outer.signal_thread, GetCurrentThreadId());
  call_outer_end(&outer);
  IPipeByte_Release(proxy);
  slow_pipe_end(&pipe);
}

/* The reference of the proxy is the call's from Begin_Release on. */
IN_MTA(part_8_the_last_reference_of_a_hung_server_is_released_without_waiting)
{
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);
  ICallFactory *factory = query(proxy, &IID_ICallFactory);
  AsyncIUnknown *call;

  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIUnknown, NULL, &IID_AsyncIUnknown,
                                   (IUnknown **)(void *)&call),
           S_OK);
  ICallFactory_Release(factory);
  slow_pipe_hang(&pipe);
  CHECK_EQ(AsyncIUnknown_Begin_Release(call), S_OK);
  CHECK_EQ(wait(call, 0), RPC_S_CALLPENDING);
  SetEvent(pipe.go_on);
  CHECK_EQ(wait(call, INFINITE), S_OK);
  CHECK_EQ(AsyncIUnknown_Finish_Release(call), 0);
  slow_pipe_end(&pipe);
}

/* Finish_Release has taken the call object with it. */
static void finish_release(struct call_outer *outer)
{
  CHECK_EQ(AsyncIUnknown_Finish_Release((AsyncIUnknown *)outer->call), 0);
  outer->part = NULL;
  SetEvent(outer->done);
}

static void release_asynchronously(void *unused)
{
  struct call_outer outer;
  struct slow_pipe pipe;
  IPipeByte *proxy = slow_pipe_create(&pipe);

  (void)unused;
  call_outer_create(&outer, proxy, &IID_AsyncIUnknown, finish_release);
  slow_pipe_hang(&pipe);
  CHECK_EQ(AsyncIUnknown_Begin_Release((AsyncIUnknown *)outer.call), S_OK);
  CHECK_EQ(WaitForSingleObject(outer.done, 0), WAIT_TIMEOUT);
  SetEvent(pipe.go_on);
  apartment_wait(outer.done);
  call_outer_end(&outer);
  slow_pipe_end(&pipe);
}

APARTMENT_TEST(part_9_who_releases_forgets_about_it_in_an_sta, STA, release_asynchronously)
APARTMENT_TEST(part_9_who_releases_forgets_about_it_in_the_mta, MTA, release_asynchronously)

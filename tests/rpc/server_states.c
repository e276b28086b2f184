/*
 * The server's states of an asynchronous call (Microsoft, "Asynchronous Call State"): each
 * arrow of the table, on the manager's thread and on others, before and after the manager
 * routine has returned; and each move that is none: it is refused, and neither this call nor
 * another notices.
 */
#include "async_call.h"
#include "hold_manager.h"

#define ANSWER 4711
#define CODE   1234

static void check_add(RPC_BINDING_HANDLE binding)
{
  struct async_call call;
  LONG sum = 0;
  async_call_init(&call);
  async_add(&call.state, binding, 20, 3);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
}

/* The call of a server that has ended: its handle is good for nothing any more. */
static void check_dead(RPC_ASYNC_STATE *state)
{
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncAbortCall(state, CODE + 1), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCancelCall(state, FALSE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCancelCall(state, TRUE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_INVALID_BINDING);
}

/* The client may know of the end before the thread that sent it has put the handle away. */
static void wait_dead(RPC_ASYNC_STATE *state)
{
  RPC_STATUS status;
  while ((status = RpcAsyncCompleteCall(state, NULL)) == RPC_S_INVALID_ASYNC_CALL)
    SwitchToThread();
  CHECK_EQ(status, RPC_S_INVALID_ASYNC_HANDLE);
  check_dead(state);
}

/* What a manager routine hands over to the test, or to a thread of its own. */
static struct {
  HANDLE arrived; /* automatic */
  HANDLE go_on;   /* automatic */
  RPC_ASYNC_STATE *state;
  LONG *answer;
  LONG number;
  DWORD thread;
} handed;

static void handed_init(void)
{
  if (handed.arrived)
    return;
  handed.arrived = CreateEventW(NULL, FALSE, FALSE, NULL);
  handed.go_on = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(handed.arrived && handed.go_on);
}

static void hand_over(RPC_ASYNC_STATE *state, handle_t binding, LONG number, LONG *answer)
{
  (void)binding;
  handed.state = state;
  handed.answer = answer;
  handed.number = number;
  handed.thread = GetCurrentThreadId();
  SetEvent(handed.arrived);
}

/* Makes the call, and returns when its manager routine has handed it over. */
static RPC_ASYNC_STATE *start(RPC_BINDING_HANDLE binding, struct async_call *call, LONG number,
                              LONG *answer)
{
  handed_init();
  async_call_init(call);
  async_hold(&call->state, binding, number, answer);
  CHECK_SIGNALLED(handed.arrived);
  CHECK_EQ(handed.number, number);
  return handed.state;
}

static RPC_STATUS complete(RPC_ASYNC_STATE *state)
{
  *handed.answer = ANSWER;
  return RpcAsyncCompleteCall(state, NULL);
}

/* ---- D: dispatch ---- */

/* What the handle is for the manager routine, and that the call is its own. */
static void inspect_and_complete(RPC_ASYNC_STATE *state, handle_t binding, LONG number,
                                 LONG *answer)
{
  CHECK_EQ(state->Size, sizeof(*state));
  CHECK_EQ(state->Signature, 0x43595341);
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
  CHECK(RpcAsyncGetCallHandle(state) == binding);
  CHECK(I_RpcGetCurrentCallHandle() == binding);
  CHECK_EQ(RpcServerTestCancel(RpcAsyncGetCallHandle(state)), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(RpcServerTestCancel(NULL), RPC_S_CALL_IN_PROGRESS);
  *answer = number + 1;
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
}

WITH_MANAGER(manager_gets_the_handle_as_its_first_parameter, inspect_and_complete)
{
  struct async_call call;
  LONG answer = 5;
  async_call_init(&call);
  async_hold(&call.state, binding, 41, &answer);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, 42);
}

static void raise_at_once(RPC_ASYNC_STATE *state, handle_t binding, LONG number, LONG *answer)
{
  (void)binding, (void)number, (void)answer;
  handed.state = state;
  RpcRaiseException(CODE);
}

WITH_MANAGER(exception_in_the_manager_is_the_end, raise_at_once)
{
  struct async_call call;
  LONG answer = 5;
  async_call_init(&call);
  async_hold(&call.state, binding, 1, &answer);
  CHECK_EQ(async_call_finish(&call, NULL), CODE);
  wait_dead(handed.state);
  CHECK_EQ(answer, 5);
  check_add(binding);
}

/* ---- Comp: complete, from any thread, before or after the manager routine has returned ----
 */

static DWORD WINAPI complete_on_a_thread(void *context)
{
  return complete(context);
}

static void check_completes_on_a_thread(RPC_ASYNC_STATE *state)
{
  DWORD status;
  HANDLE thread = CreateThread(NULL, 0, complete_on_a_thread, state, 0, NULL);
  CHECK(thread);
  CHECK_SIGNALLED(thread);
  CHECK(GetExitCodeThread(thread, &status));
  CHECK_EQ(status, RPC_S_OK);
  CloseHandle(thread);
}

/* Returns only when the client has the answer, so that nothing waits for the manager. */
static void complete_elsewhere_and_stay(RPC_ASYNC_STATE *state, handle_t binding, LONG number,
                                        LONG *answer)
{
  hand_over(state, binding, number, answer);
  check_completes_on_a_thread(state);
  CHECK_SIGNALLED(handed.go_on);
  check_dead(state);
}

WITH_MANAGER(another_thread_completes_before_the_manager_returns, complete_elsewhere_and_stay)
{
  for (LONG i = 0; i < 20; i++) {
    struct async_call call;
    LONG answer = 5;
    start(binding, &call, i, &answer);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
    CHECK_EQ(answer, ANSWER);
    SetEvent(handed.go_on);
  }
}

WITH_MANAGER(another_thread_completes_after_the_manager_has_returned, hand_over)
{
  for (LONG i = 0; i < 20; i++) {
    struct async_call call;
    LONG answer = 5;
    RPC_ASYNC_STATE *state = start(binding, &call, i, &answer);
    /* Dispatched in order: with this, the manager of the call before has returned. */
    check_add(binding);
    CHECK(handed.thread != GetCurrentThreadId());
    CHECK(!async_call_is_notified(&call));
    check_completes_on_a_thread(state);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
    CHECK_EQ(answer, ANSWER);
    check_dead(state);
  }
}

static void complete_and_stay(RPC_ASYNC_STATE *state, handle_t binding, LONG number,
                              LONG *answer)
{
  (void)binding;
  *answer = number;
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
  check_dead(state);
  CHECK_SIGNALLED(handed.go_on);
}

/* The answer is sent by RpcAsyncCompleteCall, not by the manager's return. */
WITH_MANAGER(client_has_the_answer_before_the_manager_returns, complete_and_stay)
{
  struct async_call call;
  LONG answer = 5;
  handed_init();
  async_call_init(&call);
  async_hold(&call.state, binding, 77, &answer);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, 77);
  SetEvent(handed.go_on);
}

static void complete_with_a_reply(RPC_ASYNC_STATE *state, handle_t binding, LONG number,
                                  LONG *answer)
{
  LONG reply = 3;
  (void)binding, (void)number;
  *answer = ANSWER;
  CHECK_EQ(RpcAsyncCompleteCall(state, &reply), RPC_S_OK);
}

WITH_MANAGER(reply_for_a_procedure_without_result_is_ignored, complete_with_a_reply)
{
  struct async_call call;
  LONG answer = 5, reply = 6;
  async_call_init(&call);
  async_hold(&call.state, binding, 1, &answer);
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
  CHECK_EQ(reply, 6);
}

/* ---- A: abort, from any thread, before or after the manager routine has returned ---- */

static void abort_at_once(RPC_ASYNC_STATE *state, handle_t binding, LONG number, LONG *answer)
{
  (void)binding, (void)number;
  *answer = ANSWER; /* is not sent */
  CHECK_EQ(RpcAsyncAbortCall(state, CODE), RPC_S_OK);
  check_dead(state);
}

WITH_MANAGER(manager_aborts, abort_at_once)
{
  struct async_call call;
  LONG answer = 5;
  async_call_init(&call);
  async_hold(&call.state, binding, 1, &answer);
  CHECK_EQ(async_call_finish(&call, NULL), CODE);
  CHECK_EQ(answer, 5);
  check_add(binding);
}

WITH_MANAGER(abort_after_the_manager_has_returned, hand_over)
{
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *state = start(binding, &call, 1, &answer);
  check_add(binding);
  CHECK_EQ(RpcAsyncAbortCall(state, CODE), RPC_S_OK);
  check_dead(state);
  CHECK_EQ(async_call_finish(&call, NULL), CODE);
  CHECK_EQ(answer, 5);
}

/* No error cannot be told: the call has failed all the same. */
WITH_MANAGER(abort_with_no_code_is_a_failed_call, hand_over)
{
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *state = start(binding, &call, 1, &answer);
  CHECK_EQ(RpcAsyncAbortCall(state, 0), RPC_S_OK);
  check_dead(state);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_CALL_FAILED);
  CHECK_EQ(answer, 5);
}

/* ---- twice ---- */

enum ending { COMPLETE, ABORT };

static RPC_STATUS end(RPC_ASYNC_STATE *state, enum ending ending)
{
  return ending == COMPLETE ? complete(state) : RpcAsyncAbortCall(state, CODE);
}

/*
 * Complete and abort after each of the two, at once and when other calls have come and gone;
 * the running ones are nothing to a dead handle.
 */
WITH_MANAGER(second_end_of_a_call_is_refused, hand_over)
{
  for (enum ending first = COMPLETE; first <= ABORT; first++) {
    struct async_call call, other;
    LONG answer = 5, other_answer = 5;
    RPC_ASYNC_STATE *dead = start(binding, &call, 1, &answer);
    CHECK_EQ(end(dead, first), RPC_S_OK);
    check_dead(dead);
    CHECK_EQ(async_call_finish(&call, NULL), first == COMPLETE ? RPC_S_OK : CODE);
    for (LONG i = 0; i < 50; i++) {
      RPC_ASYNC_STATE *state = start(binding, &other, i, &other_answer);
      CHECK(state != dead);
      check_dead(dead);
      CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
      CHECK_EQ(complete(state), RPC_S_OK);
      CHECK_EQ(async_call_finish(&other, NULL), RPC_S_OK);
      CHECK_EQ(other_answer, ANSWER);
      other_answer = 5;
    }
  }
}

struct ender {
  RPC_ASYNC_STATE *state;
  enum ending ending;
  LONG *go;
  RPC_STATUS status;
};

static DWORD WINAPI end_when_told(void *context)
{
  struct ender *ender = context;
  while (!InterlockedCompareExchange(ender->go, 0, 0))
    SwitchToThread();
  ender->status = ender->ending == COMPLETE ? RpcAsyncCompleteCall(ender->state, NULL)
                                            : RpcAsyncAbortCall(ender->state, CODE);
  return 0;
}

/* Two threads at once: one ends the call, the other is told no, and the client hears the one.
 */
static void end_twice_at_once(RPC_BINDING_HANDLE binding, enum ending one, enum ending two)
{
  for (LONG round = 0; round < 200; round++) {
    struct async_call call;
    LONG answer = 5, go = 0;
    RPC_ASYNC_STATE *state = start(binding, &call, round, &answer);
    struct ender enders[2] = {{state, one, &go, 0}, {state, two, &go, 0}};
    HANDLE threads[2];
    *handed.answer = ANSWER;
    for (int i = 0; i < 2; i++) {
      threads[i] = CreateThread(NULL, 0, end_when_told, &enders[i], 0, NULL);
      CHECK(threads[i]);
    }
    InterlockedExchange(&go, 1);
    for (int i = 0; i < 2; i++) {
      CHECK_SIGNALLED(threads[i]);
      CloseHandle(threads[i]);
    }
    int winner = enders[0].status == RPC_S_OK ? 0 : 1;
    CHECK_EQ(enders[winner].status, RPC_S_OK);
    RPC_STATUS refused = enders[!winner].status;
    CHECK(refused == RPC_S_INVALID_ASYNC_CALL || refused == RPC_S_INVALID_ASYNC_HANDLE);
    bool completed = enders[winner].ending == COMPLETE;
    CHECK_EQ(async_call_finish(&call, NULL), completed ? RPC_S_OK : CODE);
    CHECK_EQ(answer, completed ? ANSWER : 5);
    check_dead(state);
  }
  check_add(binding);
}

WITH_MANAGER(two_threads_that_complete_at_once_are_one, hand_over)
{
  end_twice_at_once(binding, COMPLETE, COMPLETE);
}

WITH_MANAGER(complete_and_abort_at_once_are_one, hand_over)
{
  end_twice_at_once(binding, COMPLETE, ABORT);
}

WITH_MANAGER(two_threads_that_abort_at_once_are_one, hand_over)
{
  end_twice_at_once(binding, ABORT, ABORT);
}

/* ---- exceptions of a manager routine whose call has ended, or is another thread's ---- */

static void complete_and_raise(RPC_ASYNC_STATE *state, handle_t binding, LONG number,
                               LONG *answer)
{
  (void)binding;
  *answer = number;
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
  RpcRaiseException(CODE);
}

WITH_MANAGER(exception_after_complete_changes_nothing, complete_and_raise)
{
  for (LONG i = 0; i < 20; i++) {
    struct async_call call;
    LONG answer = 5;
    async_call_init(&call);
    async_hold(&call.state, binding, i, &answer);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
    CHECK_EQ(answer, i);
    check_add(binding);
  }
}

static void abort_and_raise(RPC_ASYNC_STATE *state, handle_t binding, LONG number, LONG *answer)
{
  (void)binding, (void)number, (void)answer;
  CHECK_EQ(RpcAsyncAbortCall(state, CODE), RPC_S_OK);
  RpcRaiseException(CODE + 1);
}

WITH_MANAGER(exception_after_abort_changes_nothing, abort_and_raise)
{
  for (LONG i = 0; i < 20; i++) {
    struct async_call call;
    LONG answer = 5;
    async_call_init(&call);
    async_hold(&call.state, binding, i, &answer);
    CHECK_EQ(async_call_finish(&call, NULL), CODE);
    check_add(binding);
  }
}

static void hand_over_and_raise(RPC_ASYNC_STATE *state, handle_t binding, LONG number,
                                LONG *answer)
{
  hand_over(state, binding, number, answer);
  RpcRaiseException(CODE);
}

/* The call was given away, but the manager fails it: who comes later is told so. */
WITH_MANAGER(exception_wins_over_a_thread_that_completes_later, hand_over_and_raise)
{
  for (LONG i = 0; i < 20; i++) {
    struct async_call call;
    LONG answer = 5;
    RPC_ASYNC_STATE *state = start(binding, &call, i, &answer);
    CHECK_EQ(async_call_finish(&call, NULL), CODE);
    wait_dead(state);
    CHECK_EQ(answer, 5);
  }
  check_add(binding);
}

/* Or at the same time: one of the two, and the client hears which. */
WITH_MANAGER(exception_and_abort_at_once_are_one, hand_over_and_raise)
{
  for (LONG i = 0; i < 200; i++) {
    struct async_call call;
    LONG answer = 5;
    RPC_ASYNC_STATE *state = start(binding, &call, i, &answer);
    RPC_STATUS status = RpcAsyncAbortCall(state, CODE + 1);
    CHECK(status == RPC_S_OK || status == RPC_S_INVALID_ASYNC_CALL ||
          status == RPC_S_INVALID_ASYNC_HANDLE);
    CHECK_EQ(async_call_finish(&call, NULL), status == RPC_S_OK ? CODE + 1 : CODE);
    wait_dead(state);
  }
  check_add(binding);
}

/* ---- moves that are none ---- */

WITH_MANAGER(cancel_and_register_are_no_moves_of_a_server, hand_over)
{
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *state = start(binding, &call, 1, &answer);
  CHECK_EQ(RpcAsyncCancelCall(state, FALSE), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcAsyncCancelCall(state, TRUE), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcAsyncRegisterInfo(state), RPC_S_INVALID_ASYNC_CALL);
  CHECK_EQ(RpcServerTestCancel(RpcAsyncGetCallHandle(state)), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(complete(state), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
}

WITH_MANAGER(call_with_a_server_handle_raises_and_harms_nothing, hand_over)
{
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *state = start(binding, &call, 1, &answer);
  CHECK_EQ(RAISED(async_add, state, binding, 1, 2), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(complete(state), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
}

static void check_refused(RPC_ASYNC_STATE *state)
{
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncAbortCall(state, CODE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCancelCall(state, TRUE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncRegisterInfo(state), RPC_S_INVALID_ASYNC_HANDLE);
}

WITH_MANAGER(broken_server_handle_is_refused_and_harms_nothing, hand_over)
{
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *state = start(binding, &call, 1, &answer);
  RPC_ASYNC_STATE was = *state;
  state->Signature++;
  check_refused(state);
  *state = was;
  state->Size--;
  check_refused(state);
  memset(state, 0, sizeof(*state));
  check_dead(state);
  *state = was;
  CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(complete(state), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
}

/* A server has one handle for its call. One that somebody copied is none. */
WITH_MANAGER(copy_of_a_server_handle_is_refused, hand_over)
{
  struct async_call call;
  LONG answer = 5;
  RPC_ASYNC_STATE *state = start(binding, &call, 1, &answer);
  RPC_ASYNC_STATE copy = *state;
  check_dead(&copy);
  CHECK_EQ(I_RpcAsyncAbortCall(&copy, CODE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(complete(state), RPC_S_OK);
  check_dead(&copy);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, ANSWER);
}

/* ---- a call whose client has given it up ---- */

static void wait_cancelled(RPC_ASYNC_STATE *state)
{
  RPC_STATUS status;
  while ((status = RpcServerTestCancel(RpcAsyncGetCallHandle(state))) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
  CHECK_EQ(status, RPC_S_OK);
}

/* The server still has to end it, which is final whatever comes of it. */
WITH_MANAGER(cancelled_call_still_has_to_be_ended, hand_over)
{
  for (enum ending ending = COMPLETE; ending <= ABORT; ending++) {
    struct async_call call;
    LONG answer = 5;
    RPC_ASYNC_STATE *state = start(binding, &call, 1, &answer);
    CHECK_EQ(RpcAsyncCancelCall(&call.state, FALSE), RPC_S_OK);
    wait_cancelled(state);
    CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
    CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_CALL_CANCELLED);
    CHECK_EQ(RpcAsyncGetCallStatus(state), RPC_S_ASYNC_CALL_PENDING);
    RPC_STATUS status = end(state, ending);
    CHECK(status == RPC_S_OK || status == RPC_S_CALL_FAILED);
    check_dead(state);
    CHECK_EQ(answer, 5);
    check_add(binding);
  }
}

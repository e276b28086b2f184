/*
 * Requests that somebody has changed on the way: each byte of one, and each length. The server
 * refuses them or serves them as something else, and frees whatever it had allocated by then.
 */
#include "../../rpcshim/engine/engine.h"
#include "../harness/harness.h"
#include "../harness/raises.h"
#include "../rpc/memory_calls.h"
#include "loopback.h"

/* An asynchronous memory_all whose request has been changed: its status. */
static RPC_STATUS call_once(enum memory_ending ending, struct memory_arguments *arguments)
{
  RPC_ASYNC_STATE state;
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state)), RPC_S_OK);
  memory_all_async(&state, loopback_binding(), ending, arguments);
  return RpcAsyncCompleteCall(&state, &arguments->result);
}

static void begin(struct memory_arguments *arguments)
{
  loopback_serve(server_memory_v1_0_s_ifspec);
  memory_arguments_make(arguments, 3);
}

/* The length of the request that the loopback sees, and that all is well without changes. */
static unsigned int request_length(void)
{
  struct memory_arguments arguments;
  unsigned int length;
  memory_arguments_make(&arguments, 3);
  CHECK_EQ(call_once(ENDING_COMPLETE, &arguments), RPC_S_OK);
  memory_arguments_check(&arguments, false);
  memory_arguments_free(&arguments);
  length = loopback_last_request();
  CHECK(length > 400);
  return length;
}

static void end(struct memory_arguments *arguments)
{
  memory_arguments_free(arguments);
  CHECK_EQ(loopback_live_memory(), 0);
  CHECK_EQ(loopback_live_buffers(), 0);
}

TEST_WITHIN(truncated_requests_are_refused_and_their_memory_freed, 120000)
{
  struct memory_arguments arguments;
  unsigned int length;
  long memory;
  begin(&arguments);
  length = request_length();
  memory = loopback_live_memory();
  for (unsigned int cut = 1; cut <= length; cut++) {
    loopback_corrupt(cut, ~0u, 0);
    CHECK_EQ(call_once(ENDING_ABORT, &arguments), RPC_X_BAD_STUB_DATA);
    CHECK_EQ(loopback_live_memory(), memory);
  }
  end(&arguments);
}

/*
 * The manager routine gets what was understood of it, and aborts: nothing of the client's
 * changes. (What tells it how to end are the first four bytes.)
 */
static void change_each_byte(unsigned char to)
{
  struct memory_arguments arguments;
  unsigned int length, refused = 0;
  long memory;
  begin(&arguments);
  length = request_length();
  memory = loopback_live_memory();
  for (unsigned int offset = 4; offset < length; offset++) {
    loopback_corrupt(0, offset, to);
    refused += (ULONG)call_once(ENDING_ABORT, &arguments) != MEMORY_CODE;
    CHECK_EQ(loopback_live_memory(), memory);
  }
  CHECK(refused > length / 20);
  test_note("%u of %u refused", refused, length);
  memory_arguments_check_untouched(&arguments);
  end(&arguments);
}

TEST_WITHIN(changed_requests_leave_no_memory_behind_ff, 120000)
{
  change_each_byte(0xff);
}

TEST_WITHIN(changed_requests_leave_no_memory_behind_00, 120000)
{
  change_each_byte(0x00);
}

TEST_WITHIN(changed_requests_leave_no_memory_behind_01, 120000)
{
  change_each_byte(0x01);
}

TEST_WITHIN(changed_requests_leave_no_memory_behind_80, 120000)
{
  change_each_byte(0x80);
}

/*
 * [comm_status] and [fault_status]: failures as values, of synchronous and asynchronous calls,
 * in parameters and as the result.
 */
#include "comm_status.h"

#include "async_call.h"
#include "server.h"

#include <stdlib.h>

/* What a server's fault may say of the communication, and of the server. */
#define COMM_CODE  RPC_S_SERVER_TOO_BUSY
#define FAULT_CODE 0xe0000001
#define UNTOUCHED  99

static void listen_here(enum wire wire, enum managers managers, char *endpoint, size_t size)
{
  endpoint_choose(wire, endpoint, size);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(managers == MANAGERS_ASYNC ? async_server_statuses_v1_0_s_ifspec
                                                          : sync_server_statuses_v1_0_s_ifspec,
                               NULL, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
}

HELPER(status_server)
{
  char endpoint[64];
  CHECK_EQ(argc, 1);
  listen_here(WIRE_TCP, atoi(argv[0]), endpoint, sizeof(endpoint));
  helper_ready(endpoint);
  helper_wait_for_stop();
}

/* One test with managers of either kind, on a pipe in this process and by TCP to another. */
static void run_local(void (*test)(RPC_BINDING_HANDLE binding), enum managers managers)
{
  char endpoint[64];
  listen_here(WIRE_LOCAL, managers, endpoint, sizeof(endpoint));
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, endpoint);
  test(binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static void run_remote(void (*test)(RPC_BINDING_HANDLE binding), enum managers managers)
{
  struct helper helper;
  char arguments[8];
  snprintf(arguments, sizeof(arguments), "%d", managers);
  helper_start(&helper, "status_server", arguments, runtime_expected());
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_TCP, helper.text);
  test(binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  helper_stop(&helper);
}

#define WITH_SERVERS(name)                                                                     \
  static void name##_with(RPC_BINDING_HANDLE binding);                                         \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    run_local(name##_with, MANAGERS_ASYNC);                                                    \
  }                                                                                            \
  TEST(name##_local_sync_managers)                                                             \
  {                                                                                            \
    run_local(name##_with, MANAGERS_SYNC);                                                     \
  }                                                                                            \
  TEST(name##_tcp_remote)                                                                      \
  {                                                                                            \
    run_remote(name##_with, MANAGERS_ASYNC);                                                   \
  }                                                                                            \
  static void name##_with(RPC_BINDING_HANDLE binding)

/* ---- synchronous ---- */

WITH_SERVERS(without_failure_the_server_sets_the_status)
{
  error_status_t comm = UNTOUCHED, fault = UNTOUCHED;
  sync_to_comm(binding, 0, &comm);
  CHECK_EQ(comm, STATUS_OF_MANAGER);
  sync_to_fault(binding, 0, &fault);
  CHECK_EQ(fault, STATUS_OF_MANAGER);
  comm = fault = UNTOUCHED;
  CHECK_EQ(sync_to_comm_and_fault(binding, 0, &comm, &fault), STATUS_OF_MANAGER);
  CHECK_EQ(comm, STATUS_OF_MANAGER);
  CHECK_EQ(fault, STATUS_OF_MANAGER);
  CHECK_EQ(sync_return_comm(binding, 0), STATUS_OF_MANAGER);
  CHECK_EQ(sync_return_both(binding, 0), STATUS_OF_MANAGER);
  fault = UNTOUCHED;
  CHECK_EQ(sync_return_comm_to_fault(binding, 0, &fault), STATUS_OF_MANAGER);
  CHECK_EQ(fault, STATUS_OF_MANAGER);
}

WITH_SERVERS(each_status_takes_its_kind_of_failure)
{
  error_status_t comm = UNTOUCHED, fault = UNTOUCHED;
  sync_to_comm(binding, COMM_CODE, &comm);
  CHECK_EQ(comm, COMM_CODE);
  sync_to_fault(binding, FAULT_CODE, &fault);
  CHECK_EQ(fault, FAULT_CODE);
  CHECK_EQ(sync_return_comm(binding, COMM_CODE), COMM_CODE);
  CHECK_EQ(sync_return_fault(binding, FAULT_CODE), FAULT_CODE);
}

WITH_SERVERS(of_two_statuses_the_other_one_is_zero)
{
  error_status_t comm = UNTOUCHED, fault = UNTOUCHED;
  sync_to_comm_and_fault(binding, COMM_CODE, &comm, &fault);
  CHECK_EQ(comm, COMM_CODE);
  CHECK_EQ(fault, 0);
  comm = fault = UNTOUCHED;
  sync_to_comm_and_fault(binding, FAULT_CODE, &comm, &fault);
  CHECK_EQ(comm, 0);
  CHECK_EQ(fault, FAULT_CODE);
  fault = UNTOUCHED;
  CHECK_EQ(sync_return_comm_to_fault(binding, COMM_CODE, &fault), COMM_CODE);
  CHECK_EQ(fault, 0);
  fault = UNTOUCHED;
  CHECK_EQ(sync_return_comm_to_fault(binding, FAULT_CODE, &fault), 0);
  CHECK_EQ(fault, FAULT_CODE);
}

WITH_SERVERS(one_status_of_both_kinds_takes_all_failures)
{
  static const ULONG codes[] = {COMM_CODE, FAULT_CODE, ERROR_FILE_NOT_FOUND, 0x80004005};
  for (size_t i = 0; i < ARRAYSIZE(codes); i++) {
    error_status_t both = UNTOUCHED;
    sync_to_both(binding, codes[i], &both);
    CHECK_EQ(both, codes[i]);
    CHECK_EQ(sync_return_both(binding, codes[i]), codes[i]);
  }
}

WITH_SERVERS(a_failure_of_the_other_kind_is_raised)
{
  error_status_t status = UNTOUCHED;
  CHECK_EQ(RAISED(sync_to_comm, binding, FAULT_CODE, &status), FAULT_CODE);
  CHECK_EQ(RAISED(sync_to_fault, binding, COMM_CODE, &status), COMM_CODE);
  CHECK_EQ(RAISED(sync_return_comm, binding, FAULT_CODE), FAULT_CODE);
  CHECK_EQ(RAISED(sync_return_fault, binding, COMM_CODE), COMM_CODE);
  CHECK_EQ(status, UNTOUCHED);
}

static RPC_BINDING_HANDLE bind_to_nobody(enum wire wire)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  return endpoint_bind(wire, endpoint);
}

TEST(server_that_is_not_there_is_a_comm_status)
{
  for (enum wire wire = WIRE_LOCAL; wire <= WIRE_TCP; wire++) {
    RPC_BINDING_HANDLE binding = bind_to_nobody(wire);
    error_status_t comm = UNTOUCHED, fault = UNTOUCHED;
    sync_to_comm_and_fault(binding, 0, &comm, &fault);
    CHECK_EQ(comm, RPC_S_SERVER_UNAVAILABLE);
    CHECK_EQ(fault, 0);
    CHECK_EQ(sync_return_comm(binding, 0), RPC_S_SERVER_UNAVAILABLE);
    CHECK_EQ(RAISED(sync_to_fault, binding, 0, &fault), RPC_S_SERVER_UNAVAILABLE);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  }
}

TEST(no_binding_is_a_comm_status)
{
  error_status_t comm = UNTOUCHED;
  sync_to_comm(NULL, 0, &comm);
  CHECK_EQ(comm, RPC_S_INVALID_BINDING);
}

/* Where the place for the status is missing, too. */
TEST(null_status_parameter_raises)
{
  RPC_BINDING_HANDLE binding = bind_to_nobody(WIRE_LOCAL);
  CHECK_EQ(RAISED(sync_to_comm, binding, 0, NULL), RPC_X_NULL_REF_POINTER);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* What stubs that marshal for themselves call. */
TEST(map_comm_and_fault_status_sorts_failures)
{
  MIDL_STUB_MESSAGE message = {0};
  ULONG comm = UNTOUCHED, fault = UNTOUCHED;
  CHECK_EQ(NdrMapCommAndFaultStatus(&message, &comm, &fault, COMM_CODE), RPC_S_OK);
  CHECK_EQ(comm, COMM_CODE);
  CHECK_EQ(fault, 0);
  CHECK_EQ(NdrMapCommAndFaultStatus(&message, &comm, &fault, FAULT_CODE), RPC_S_OK);
  CHECK_EQ(comm, 0);
  CHECK_EQ(fault, FAULT_CODE);
  CHECK_EQ(NdrMapCommAndFaultStatus(&message, &comm, &comm, COMM_CODE), RPC_S_OK);
  CHECK_EQ(comm, COMM_CODE);
  CHECK_EQ(NdrMapCommAndFaultStatus(&message, &comm, &comm, FAULT_CODE), RPC_S_OK);
  CHECK_EQ(comm, FAULT_CODE);
  /* Without a place, the caller has to raise it. */
  CHECK_EQ(NdrMapCommAndFaultStatus(&message, NULL, &fault, COMM_CODE), COMM_CODE);
  CHECK_EQ((ULONG)NdrMapCommAndFaultStatus(&message, &comm, NULL, FAULT_CODE), FAULT_CODE);
}

/* ---- asynchronous: the failure comes when the call is completed, which then is a success ----
 */

WITH_SERVERS(async_without_failure_the_server_sets_the_status)
{
  struct async_call call;
  error_status_t comm = UNTOUCHED, fault = UNTOUCHED, reply = 0;
  async_call_init(&call);
  async_to_comm_and_fault(&call.state, binding, 0, &comm, &fault);
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  CHECK_EQ(comm, STATUS_OF_MANAGER);
  CHECK_EQ(fault, STATUS_OF_MANAGER);
  CHECK_EQ(reply, STATUS_OF_MANAGER);
  async_call_init(&call);
  reply = 0;
  async_return_both(&call.state, binding, 0);
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  CHECK_EQ(reply, STATUS_OF_MANAGER);
}

WITH_SERVERS(async_failure_is_told_by_complete_in_the_parameters)
{
  static const ULONG codes[] = {COMM_CODE, FAULT_CODE, ERROR_FILE_NOT_FOUND, 0x80004005};
  for (size_t i = 0; i < ARRAYSIZE(codes); i++) {
    struct async_call call;
    error_status_t comm = UNTOUCHED, fault = UNTOUCHED, both = UNTOUCHED;
    LONG reply = UNTOUCHED;
    async_call_init(&call);
    async_to_comm_and_fault(&call.state, binding, codes[i], &comm, &fault);
    CHECK_SIGNALLED(call.event);
    /* The call has failed, and says so; and nothing is written before it is completed. */
    CHECK_EQ((ULONG)RpcAsyncGetCallStatus(&call.state), codes[i]);
    CHECK_EQ(comm, UNTOUCHED);
    CHECK_EQ(fault, UNTOUCHED);
    CHECK_EQ(RpcAsyncCompleteCall(&call.state, &reply), RPC_S_OK);
    async_call_close(&call);
    CHECK_EQ(comm, codes[i] == COMM_CODE ? COMM_CODE : 0);
    CHECK_EQ(fault, codes[i] == COMM_CODE ? 0 : codes[i]);
    CHECK_EQ(reply, UNTOUCHED);
    async_call_init(&call);
    async_to_both(&call.state, binding, codes[i], &both);
    CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
    CHECK_EQ(both, codes[i]);
  }
}

WITH_SERVERS(async_failure_is_the_reply_of_a_status_function)
{
  struct async_call call;
  error_status_t reply = UNTOUCHED, fault = UNTOUCHED;
  async_call_init(&call);
  async_return_both(&call.state, binding, FAULT_CODE);
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  CHECK_EQ(reply, FAULT_CODE);
  async_call_init(&call);
  async_return_comm_to_fault(&call.state, binding, FAULT_CODE, &fault);
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  CHECK_EQ(reply, 0);
  CHECK_EQ(fault, FAULT_CODE);
  async_call_init(&call);
  async_return_comm_to_fault(&call.state, binding, COMM_CODE, &fault);
  CHECK_EQ(async_call_finish(&call, &reply), RPC_S_OK);
  CHECK_EQ(reply, COMM_CODE);
  CHECK_EQ(fault, 0);
}

/* A failure without a place for it is what RpcAsyncCompleteCall returns, as without ACF. */
WITH_SERVERS(async_failure_without_a_place_is_the_status_of_complete)
{
  struct async_call call;
  error_status_t status = UNTOUCHED;
  async_call_init(&call);
  async_to_comm(&call.state, binding, FAULT_CODE, &status);
  CHECK_EQ((ULONG)async_call_finish(&call, NULL), FAULT_CODE);
  async_call_init(&call);
  async_to_fault(&call.state, binding, COMM_CODE, &status);
  CHECK_EQ(async_call_finish(&call, NULL), COMM_CODE);
  async_call_init(&call);
  async_return_comm(&call.state, binding, FAULT_CODE);
  CHECK_EQ((ULONG)async_call_finish(&call, &status), FAULT_CODE);
  CHECK_EQ(status, UNTOUCHED);
  /* Nobody wants the result: then it cannot be the place. */
  async_call_init(&call);
  async_return_both(&call.state, binding, FAULT_CODE);
  CHECK_EQ((ULONG)async_call_finish(&call, NULL), FAULT_CODE);
}

WITH_SERVERS(async_cancelled_call_has_its_status)
{
  struct async_call call;
  error_status_t fault = UNTOUCHED;
  async_call_init(&call);
  async_to_fault(&call.state, binding, UNTIL_CANCELLED, &fault);
  CHECK_EQ(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(fault, RPC_S_CALL_CANCELLED);
}

/* What keeps a call from being made is an exception: there will be no notification. */
TEST(async_call_that_cannot_be_made_raises)
{
  struct async_call call;
  error_status_t comm = UNTOUCHED, fault = UNTOUCHED;
  async_call_init(&call);
  CHECK_EQ(RAISED(async_to_comm_and_fault, &call.state, NULL, 0, &comm, &fault),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(RAISED(async_return_both, &call.state, NULL, 0), RPC_S_INVALID_BINDING);
  CHECK_EQ(comm, UNTOUCHED);
  CHECK_EQ(fault, UNTOUCHED);
  CHECK(!async_call_is_notified(&call));
  CHECK_EQ(RpcAsyncCompleteCall(&call.state, NULL), RPC_S_INVALID_ASYNC_HANDLE);
  async_call_close(&call);
}

/* A connection is made by the thread that makes the call. */
TEST(async_call_of_a_server_that_is_not_there_raises)
{
  for (enum wire wire = WIRE_LOCAL; wire <= WIRE_TCP; wire++) {
    RPC_BINDING_HANDLE binding = bind_to_nobody(wire);
    struct async_call call;
    error_status_t comm = UNTOUCHED, fault = UNTOUCHED;
    async_call_init(&call);
    CHECK_EQ(RAISED(async_to_comm_and_fault, &call.state, binding, 0, &comm, &fault),
             RPC_S_SERVER_UNAVAILABLE);
    CHECK_EQ(comm, UNTOUCHED);
    CHECK_EQ(fault, UNTOUCHED);
    CHECK(!async_call_is_notified(&call));
    async_call_close(&call);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  }
}

/*
 * Codes of failures: NCA status codes on the wire against Win32's in programs, both ways, as
 * MS-RPCE 3.1.1.5.5 has them; and codes of applications, which nobody may change.
 */
#include "async_call.h"
#include "raw_peer.h"

#include "../../rpcshim/call/status_map.h"

#define OP_FAIL     4
#define MULTIPLEXED 0x10 /* flag of the common header */

struct pair {
  ULONG fault;
  ULONG status;
};

/* C706 appendix N and what MS-RPCE says a client makes of each. */
static const struct pair received[] = {
    {0x1c010001, RPC_S_COMM_FAILURE},
    {0x1c010002, RPC_S_PROCNUM_OUT_OF_RANGE},
    {0x1c010003, RPC_S_UNKNOWN_IF},
    {0x1c010006, 0x1c010006}, /* nca_wrong_boot_time: not mapped */
    {0x1c010009, RPC_S_CALL_FAILED},
    {0x1c01000b, RPC_S_PROTOCOL_ERROR},
    {0x1c010013, RPC_S_SERVER_OUT_OF_MEMORY},
    {0x1c010014, RPC_S_SERVER_TOO_BUSY},
    {0x1c010015, 0x1c010015}, /* nca_s_fault_string_too_long: not mapped */
    {0x1c010017, RPC_S_UNSUPPORTED_TYPE},
    {0x1c000001, RPC_S_ZERO_DIVIDE},
    {0x1c000002, RPC_S_ADDRESS_ERROR},
    {0x1c000003, RPC_S_FP_DIV_ZERO},
    {0x1c000004, RPC_S_FP_UNDERFLOW},
    {0x1c000005, RPC_S_FP_OVERFLOW},
    {0x1c000006, RPC_S_INVALID_TAG},
    {0x1c000007, RPC_S_INVALID_BOUND},
    {0x1c000008, RPC_S_PROTOCOL_ERROR},
    {0x1c000009, RPC_S_CALL_FAILED},
    {0x1c00000a, RPC_S_CALL_FAILED_DNE},
    {0x1c00000b, RPC_S_CALL_FAILED},
    {0x1c00000c, RPC_S_CALL_FAILED_DNE},
    {0x1c00000d, RPC_S_CALL_CANCELLED},
    {0x1c00000e, RPC_S_ADDRESS_ERROR},
    {0x1c00000f, RPC_S_FP_OVERFLOW},
    {0x1c000010, RPC_S_ADDRESS_ERROR},
    {0x1c000012, RPC_S_CALL_FAILED},
    {0x1c000013, 0x1c000013}, /* nca_s_fault_remote_comm_failure: not mapped */
    {0x1c000014, RPC_X_PIPE_EMPTY},
    {0x1c000015, RPC_X_PIPE_CLOSED},
    {0x1c000016, RPC_X_WRONG_PIPE_ORDER},
    {0x1c000017, RPC_X_PIPE_DISCIPLINE_ERROR},
    {0x1c000018, RPC_S_COMM_FAILURE},
    {0x1c000019, RPC_S_OUT_OF_MEMORY},
    {0x1c00001a, RPC_X_SS_CONTEXT_MISMATCH},
    {0x1c00001b, RPC_S_SERVER_OUT_OF_MEMORY},
    {0x1c00001c, RPC_S_PROTOCOL_ERROR},
    {0x1c00001d, RPC_S_UNSUPPORTED_AUTHN_LEVEL},
    {0x1c00001f, RPC_S_CALL_FAILED_DNE},
    {0x1c000020, RPC_S_CALL_FAILED_DNE},
    {0x1c000021, 0x1c000021}, /* nca_s_fault_user_defined and on: not mapped */
    {0x1c000022, 0x1c000022},
    {0x1c000023, 0x1c000023},
    {0x1c000024, 0x1c000024},
    {0x1c000025, 0x1c000025},
    /* No status: the call has failed, that is all. */
    {0, RPC_S_CALL_FAILED},
    /* What a server must not say (MS-RPCE 3.3.3.5.1) is not believed. */
    {STATUS_ACCESS_VIOLATION, RPC_S_PROTOCOL_ERROR},
    {STATUS_BREAKPOINT, RPC_S_PROTOCOL_ERROR},
    {STATUS_STACK_OVERFLOW, RPC_S_PROTOCOL_ERROR},
    {0xc0000420, RPC_S_PROTOCOL_ERROR},
    /* Everything else is somebody's own code. */
    {ERROR_ACCESS_DENIED, ERROR_ACCESS_DENIED},
    {RPC_X_BAD_STUB_DATA, RPC_X_BAD_STUB_DATA},
    {0x80004005, 0x80004005},
    {0xe0000001, 0xe0000001},
};

/* What a server makes of the code that its manager routine fails with. */
static const struct pair sent[] = {
    {0x1c010001, RPC_S_COMM_FAILURE},
    {0x1c010002, RPC_S_PROCNUM_OUT_OF_RANGE},
    {0x1c010003, RPC_S_UNKNOWN_IF},
    {0x1c01000b, RPC_S_PROTOCOL_ERROR},
    {0x1c010014, RPC_S_SERVER_TOO_BUSY},
    {0x1c010017, RPC_S_UNSUPPORTED_TYPE},
    {0x1c000001, RPC_S_ZERO_DIVIDE},
    {0x1c000002, RPC_S_ADDRESS_ERROR},
    {0x1c000003, RPC_S_FP_DIV_ZERO},
    {0x1c000004, RPC_S_FP_UNDERFLOW},
    {0x1c000005, RPC_S_FP_OVERFLOW},
    {0x1c000006, RPC_S_INVALID_TAG},
    {0x1c000007, RPC_S_INVALID_BOUND},
    {0x1c00000c, RPC_S_CALL_FAILED_DNE},
    {0x1c00000d, RPC_S_CALL_CANCELLED},
    {0x1c000012, RPC_S_CALL_FAILED},
    {0x1c000014, RPC_X_PIPE_EMPTY},
    {0x1c000015, RPC_X_PIPE_CLOSED},
    {0x1c000016, RPC_X_WRONG_PIPE_ORDER},
    {0x1c000017, RPC_X_PIPE_DISCIPLINE_ERROR},
    {0x1c00001a, RPC_X_SS_CONTEXT_MISMATCH},
    {0x1c00001b, RPC_S_SERVER_OUT_OF_MEMORY},
    {0x1c00001d, RPC_S_UNSUPPORTED_AUTHN_LEVEL},
    /* The processor's and the system's exceptions. */
    {0x1c000001, STATUS_INTEGER_DIVIDE_BY_ZERO},
    {0x1c000010, STATUS_INTEGER_OVERFLOW},
    {0x1c000003, STATUS_FLOAT_DIVIDE_BY_ZERO},
    {0x1c00000f, STATUS_FLOAT_INVALID_OPERATION},
    {0x1c000005, STATUS_FLOAT_OVERFLOW},
    {0x1c000004, STATUS_FLOAT_UNDERFLOW},
    {0x1c00001b, STATUS_NO_MEMORY},
    /* Those that must not be sent. */
    {ERROR_NOACCESS, STATUS_ACCESS_VIOLATION},
    {ERROR_NOACCESS, STATUS_DATATYPE_MISALIGNMENT},
    {ERROR_NOACCESS, STATUS_IN_PAGE_ERROR},
    {0x1c00000e, STATUS_ILLEGAL_INSTRUCTION},
    {0x1c00000e, STATUS_PRIVILEGED_INSTRUCTION},
    {0x1c000012, 0xc0000409},
    {0x1c000012, 0xc0000420},
};

/* Whatever an application likes to say. */
static const ULONG own_codes[] = {1,
                                  ERROR_FILE_NOT_FOUND,
                                  ERROR_ACCESS_DENIED,
                                  1234567,
                                  0x7fffffff,
                                  RPC_X_BAD_STUB_DATA,
                                  0xe0000001,
                                  0xefffffff,
                                  0x80004005 /* E_FAIL */,
                                  0x80010108 /* RPC_E_DISCONNECTED */,
                                  0x8001011f /* RPC_E_TIMEOUT */,
                                  0x80070005 /* E_ACCESSDENIED */,
                                  0xc0000022 /* STATUS_ACCESS_DENIED */,
                                  0xffffffff};

/* Codes of applications and of the runtime that survive the way there and back. */
static void check_survives(ULONG status)
{
  CHECK_EQ((ULONG)status_from_fault(fault_from_status(status)), status);
}

TEST(every_received_code_is_mapped_as_documented)
{
  for (size_t i = 0; i < ARRAYSIZE(received); i++)
    CHECK_EQ((ULONG)status_from_fault(received[i].fault), received[i].status);
}

TEST(every_sent_code_is_mapped_back)
{
  for (size_t i = 0; i < ARRAYSIZE(sent); i++)
    CHECK_EQ(fault_from_status(sent[i].status), sent[i].fault);
}

/* All that Win32 has for RPC, and all small codes; no error is none of them. */
TEST(win32_codes_survive_the_way_to_the_client)
{
  for (ULONG status = 1; status < 20000; status++)
    check_survives(status);
  for (size_t i = 0; i < ARRAYSIZE(own_codes); i++) {
    check_survives(own_codes[i]);
    CHECK_EQ(fault_from_status(own_codes[i]), own_codes[i]);
  }
  CHECK_EQ(fault_from_status(0), 0x1c000012);
}

/* ---- clients, of a server that answers every request of one connection with the next fault */

static DWORD WINAPI serve_faults(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct raw_peer *peer = context;
  raw_accept(peer);
  CHECK(raw_receive(peer, pdu));
  size_t length = raw_make_bind_ack(pdu, raw_get32(pdu, RAW_CALL_ID), 0, 0);
  pdu[RAW_FLAGS] |= MULTIPLEXED;
  CHECK(raw_send(peer, pdu, length));
  for (size_t i = 0; i < ARRAYSIZE(received); i++) {
    CHECK(raw_receive(peer, pdu));
    CHECK_EQ(pdu[RAW_TYPE], RAW_REQUEST);
    length = raw_make_fault(pdu, raw_get32(pdu, RAW_CALL_ID), received[i].fault);
    CHECK(raw_send(peer, pdu, length));
  }
  while (raw_receive(peer, pdu))
    ;
  return 0;
}

static void with_faults(enum wire wire, void (*test)(RPC_BINDING_HANDLE binding))
{
  char endpoint[64];
  struct raw_peer peer;
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(&peer, wire, endpoint);
  HANDLE thread = CreateThread(NULL, 0, serve_faults, &peer, 0, NULL);
  CHECK(thread);
  RPC_BINDING_HANDLE binding = endpoint_bind(wire, endpoint);
  test(binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  raw_interrupt(&peer);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  raw_close(&peer);
  raw_stop_listening(&peer);
}

static void call_synchronously(RPC_BINDING_HANDLE binding)
{
  for (size_t i = 0; i < ARRAYSIZE(received); i++)
    CHECK_EQ(RAISED(sync_add, binding, 1, 2), received[i].status);
}

ON_EACH_WIRE(synchronous_client_raises_the_status_of_each_fault)
{
  with_faults(wire, call_synchronously);
}

static void call_asynchronously(RPC_BINDING_HANDLE binding)
{
  for (size_t i = 0; i < ARRAYSIZE(received); i++) {
    struct async_call call;
    LONG sum = 5;
    async_call_init(&call);
    async_add(&call.state, binding, 1, 2);
    CHECK_SIGNALLED(call.event);
    CHECK_EQ((ULONG)RpcAsyncGetCallStatus(&call.state), received[i].status);
    CHECK_EQ((ULONG)RpcAsyncCompleteCall(&call.state, &sum), received[i].status);
    CHECK_EQ(sum, 5);
    async_call_close(&call);
  }
}

ON_EACH_WIRE(asynchronous_client_gets_the_status_of_each_fault)
{
  with_faults(wire, call_asynchronously);
}

/* ---- servers, and a client that reads what they say ---- */

static BYTE pdu[RAW_PDU_ROOM];

static void check_fault_for(struct raw_peer *peer, unsigned call_id, ULONG code, ULONG fault)
{
  CHECK(raw_send(peer, pdu, raw_make_request(pdu, call_id, OP_FAIL, &code, sizeof(code))));
  CHECK(raw_receive(peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_FAULT);
  CHECK_EQ(raw_get32(pdu, RAW_CALL_ID), call_id);
  if (raw_get32(pdu, RAW_STATUS) != fault)
    check_failed(__FILE__, __LINE__, "code 0x%lx is sent as 0x%x, not 0x%lx", code,
                 raw_get32(pdu, RAW_STATUS), fault);
}

static void check_faults_of(enum wire wire, enum managers managers)
{
  struct server server;
  struct raw_peer peer;
  unsigned call_id = 2;
  server_start(&server, wire, IN_THIS_PROCESS, managers, RUNTIME_SHIM);
  raw_connect(&peer, wire, server.endpoint);
  CHECK(raw_send(&peer, pdu, raw_make_bind(pdu, &raw_calls_interface)));
  CHECK(raw_receive(&peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_BIND_ACK);
  for (size_t i = 0; i < ARRAYSIZE(sent); i++)
    check_fault_for(&peer, call_id++, sent[i].status, sent[i].fault);
  for (size_t i = 0; i < ARRAYSIZE(own_codes); i++)
    check_fault_for(&peer, call_id++, own_codes[i], own_codes[i]);
  raw_close(&peer);
  server_stop(&server);
}

ON_EACH_WIRE(synchronous_manager_routine_fails_with_the_code_of_its_exception)
{
  check_faults_of(wire, MANAGERS_SYNC);
}

ON_EACH_WIRE(asynchronous_manager_routine_fails_with_the_code_of_its_exception)
{
  check_faults_of(wire, MANAGERS_ASYNC);
}

/* ---- from program to program ---- */

ON_EACH_SERVER(codes_of_applications_pass_abort_unchanged)
{
  for (size_t i = 0; i < ARRAYSIZE(own_codes); i++) {
    struct async_call call;
    LONG answer = 5;
    async_call_init(&call);
    async_hold(&call.state, server->binding, 1, &answer);
    CHECK_EQ(server_abort(server, 1, own_codes[i]), RPC_S_OK);
    CHECK_SIGNALLED(call.event);
    CHECK_EQ((ULONG)RpcAsyncGetCallStatus(&call.state), own_codes[i]);
    CHECK_EQ((ULONG)RpcAsyncCompleteCall(&call.state, NULL), own_codes[i]);
    async_call_close(&call);
    CHECK_EQ(answer, 5);
  }
}

static void check_exceptions(struct server *server)
{
  for (size_t i = 0; i < ARRAYSIZE(own_codes); i++) {
    struct async_call call;
    LONG never = 5, reply = 6;
    async_call_init(&call);
    async_fail(&call.state, server->binding, own_codes[i], &never);
    CHECK_EQ((ULONG)async_call_finish(&call, &reply), own_codes[i]);
    CHECK_EQ(reply, 6);
    CHECK_EQ(RAISED(sync_fail, server->binding, own_codes[i], &never), own_codes[i]);
    CHECK_EQ(never, 5);
  }
}

ON_EACH_SERVER(codes_of_applications_pass_exceptions_unchanged)
{
  check_exceptions(server);
}

ON_EACH_WIRE(codes_of_applications_pass_synchronous_managers_unchanged)
{
  struct server server;
  server_start(&server, wire, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  check_exceptions(&server);
  server_stop(&server);
}

/* A synchronous client of a call that its server aborts later. */
struct sync_hold {
  RPC_BINDING_HANDLE binding;
  DWORD raised;
};

static DWORD WINAPI hold_synchronously(void *context)
{
  struct sync_hold *hold = context;
  LONG answer = 5;
  hold->raised = RAISED(sync_hold, hold->binding, 7, &answer);
  CHECK_EQ(answer, 5);
  return 0;
}

ON_LOCAL_AND_REMOTE(codes_of_applications_pass_abort_to_a_synchronous_client)
{
  for (size_t i = 0; i < ARRAYSIZE(own_codes); i++) {
    struct sync_hold hold = {server->binding, 0};
    HANDLE thread = CreateThread(NULL, 0, hold_synchronously, &hold, 0, NULL);
    CHECK(thread);
    CHECK_EQ(server_abort(server, 7, own_codes[i]), RPC_S_OK);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
    CHECK_EQ(hold.raised, own_codes[i]);
  }
}

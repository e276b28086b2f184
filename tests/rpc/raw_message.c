/*
 * The message API (I_Rpc…) by itself, as combase and hand-written stubs use it: no NDR
 * interpreter is involved.
 */
#include "server.h"

#define OP_TWICE 0
#define OP_RAISE 1

static const UUID interface_id = {0x7a1c2b3d, 0x1111, 0x4222, {0x83, 0x33, 1, 2, 3, 4, 5, 6}};
static const RPC_SYNTAX_IDENTIFIER ndr = {
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}};

/* Answers with every byte of the request twice. */
static void RPC_ENTRY dispatch_twice(RPC_MESSAGE *message)
{
  const BYTE *request = message->Buffer;
  unsigned length = message->BufferLength;
  CHECK(message->Handle);
  CHECK_EQ(message->ProcNum & 0x7fff, OP_TWICE);
  message->BufferLength = 2 * length;
  CHECK_EQ(I_RpcGetBuffer(message), RPC_S_OK);
  BYTE *reply = message->Buffer;
  for (unsigned i = 0; i < length; i++)
    reply[2 * i] = reply[2 * i + 1] = request[i];
}

static void RPC_ENTRY dispatch_raise(RPC_MESSAGE *message)
{
  (void)message;
  RpcRaiseException(987654);
}

static RPC_DISPATCH_FUNCTION functions[] = {dispatch_twice, dispatch_raise, NULL};
static RPC_DISPATCH_TABLE table = {2, functions, 0};
static RPC_SERVER_INTERFACE server_interface;
static RPC_CLIENT_INTERFACE client_interface;

static RPC_BINDING_HANDLE start(enum wire wire)
{
  char endpoint[64];
  server_interface = (RPC_SERVER_INTERFACE){
      sizeof(server_interface), {interface_id, {1, 0}}, ndr, &table, 0, NULL, NULL, NULL, 0};
  client_interface = (RPC_CLIENT_INTERFACE){
      sizeof(client_interface), {interface_id, {1, 0}}, ndr, NULL, 0, NULL, 0, NULL, 0};
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(&server_interface, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

static void stop(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
  CHECK_EQ(RpcServerUnregisterIf(&server_interface, NULL, TRUE), RPC_S_OK);
}

static RPC_STATUS call(RPC_BINDING_HANDLE binding, unsigned opnum, unsigned length,
                       RPC_MESSAGE *message)
{
  memset(message, 0, sizeof(*message));
  message->Handle = binding;
  message->ProcNum = opnum;
  message->BufferLength = length;
  message->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
  message->RpcInterfaceInformation = &client_interface;
  CHECK_EQ(I_RpcGetBuffer(message), RPC_S_OK);
  for (unsigned i = 0; i < length; i++)
    ((BYTE *)message->Buffer)[i] = (BYTE)(i * 7);
  return I_RpcSendReceive(message);
}

static void check_calls(enum wire wire)
{
  static const unsigned lengths[] = {0, 1, 8, 5000, 70000, 1 << 20};
  RPC_BINDING_HANDLE binding = start(wire);
  RPC_MESSAGE message;
  for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
    CHECK_EQ(call(binding, OP_TWICE, lengths[i], &message), RPC_S_OK);
    CHECK_EQ(message.BufferLength, 2 * lengths[i]);
    for (unsigned j = 0; j < message.BufferLength; j++)
      CHECK_EQ(((BYTE *)message.Buffer)[j], (BYTE)(j / 2 * 7));
    CHECK_EQ(I_RpcFreeBuffer(&message), RPC_S_OK);
  }
  CHECK_EQ(call(binding, OP_RAISE, 8, &message), 987654);
  CHECK_EQ(call(binding, 2, 8, &message), RPC_S_PROCNUM_OUT_OF_RANGE);
  CHECK_EQ(call(binding, OP_TWICE, 8, &message), RPC_S_OK);
  CHECK_EQ(I_RpcFreeBuffer(&message), RPC_S_OK);
  stop(binding);
}

TEST(get_buffer_send_receive_local)
{
  check_calls(WIRE_LOCAL);
}

TEST(get_buffer_send_receive_tcp)
{
  check_calls(WIRE_TCP);
}

TEST(buffer_that_was_never_sent_is_freed)
{
  RPC_BINDING_HANDLE binding = start(WIRE_LOCAL);
  RPC_MESSAGE message = {0};
  message.Handle = binding;
  message.BufferLength = 100;
  message.RpcInterfaceInformation = &client_interface;
  CHECK_EQ(I_RpcGetBuffer(&message), RPC_S_OK);
  CHECK_EQ(I_RpcFreeBuffer(&message), RPC_S_OK);
  stop(binding);
}

TEST(get_buffer_refuses_a_bad_binding)
{
  RPC_MESSAGE message = {0};
  message.RpcInterfaceInformation = &client_interface;
  message.BufferLength = 8;
  CHECK_EQ(I_RpcGetBuffer(&message), RPC_S_INVALID_BINDING);
}

/* As a handle would have it whose call's memory has become the message's. */
TEST(synchronous_call_is_not_cancelled_by_a_stale_handle)
{
  RPC_BINDING_HANDLE binding = start(WIRE_LOCAL);
  RPC_ASYNC_STATE state;
  RPC_MESSAGE message = {0};
  message.Handle = binding;
  message.BufferLength = 100;
  message.RpcInterfaceInformation = &client_interface;
  CHECK_EQ(I_RpcGetBuffer(&message), RPC_S_OK);
  CHECK(message.ReservedForRuntime);
  CHECK_EQ(RpcAsyncInitializeHandle(&state, sizeof(state)), RPC_S_OK);
  state.RuntimeInfo = message.ReservedForRuntime;
  CHECK_EQ(RpcAsyncGetCallStatus(&state), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcAsyncCancelCall(&state, TRUE), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(RpcAsyncCompleteCall(&state, NULL), RPC_S_INVALID_ASYNC_HANDLE);
  CHECK_EQ(I_RpcFreeBuffer(&message), RPC_S_OK);
  stop(binding);
}

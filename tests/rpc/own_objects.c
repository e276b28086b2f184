/*
 * Functions that would hand objects of this runtime to Wine's own, were they forwarded: called
 * where stubs of programs call them, with the handles and messages that they get.
 */
#include "async_call.h"
#include "server.h"

#include <rpcproxy.h>

typedef RPC_STATUS(RPC_ENTRY *set_async_function)(RPC_BINDING_HANDLE binding, void *function);

/* Names that import libraries lack. */
static void *of_rpcrt4(const char *name)
{
  void *found = (void *)GetProcAddress(GetModuleHandleA("rpcrt4.dll"), name);
  CHECK(found);
  return found;
}

static LONG dispatched;

/* What may be asked of the handle of a call. */
static void check_call_handle(RPC_BINDING_HANDLE handle)
{
  set_async_function set_async = of_rpcrt4("I_RpcBindingSetAsync");
  __typeof__(&I_RpcBindingInqConnId) inquire_id = of_rpcrt4("I_RpcBindingInqConnId");
  void *context;
  int first;

  CHECK_EQ(set_async(handle, &context), RPC_S_WRONG_KIND_OF_BINDING);
  CHECK_EQ(inquire_id(handle, &context, &first), RPC_S_CANNOT_SUPPORT);
}

static void RPC_ENTRY dispatch_stub_call(RPC_MESSAGE *message)
{
  ULONG phase = ~0u;
  InterlockedIncrement(&dispatched);
  check_call_handle(message->Handle);
  CHECK_EQ(NdrStubCall2(NULL, NULL, message, &phase), S_OK);
  CHECK_EQ(phase, STUB_CALL_SERVER);
}

static void RPC_ENTRY dispatch_async_stub_call(RPC_MESSAGE *message)
{
  __typeof__(&NdrAsyncStubCall) stub_call = of_rpcrt4("NdrAsyncStubCall");
  ULONG phase = ~0u;
  InterlockedIncrement(&dispatched);
  CHECK_EQ(stub_call(NULL, NULL, message, &phase), S_OK);
  CHECK_EQ(phase, STUB_CALL_SERVER);
}

#define MOST_PROCEDURES 64

/* The interface of `stub`, each procedure of which is dispatched to `function`. */
static RPC_IF_HANDLE with_dispatch(RPC_IF_HANDLE stub, RPC_DISPATCH_FUNCTION function)
{
  static RPC_DISPATCH_FUNCTION functions[MOST_PROCEDURES + 1];
  static RPC_DISPATCH_TABLE table;
  static RPC_SERVER_INTERFACE made;
  made = *(RPC_SERVER_INTERFACE *)stub;
  table = *made.DispatchTable;
  CHECK(table.DispatchTableCount <= MOST_PROCEDURES);
  for (unsigned i = 0; i < table.DispatchTableCount; i++)
    functions[i] = function;
  table.DispatchTable = functions;
  made.DispatchTable = &table;
  return &made;
}

static RPC_BINDING_HANDLE start(enum wire wire, RPC_IF_HANDLE interface_spec)
{
  char endpoint[64];
  dispatched = 0;
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(interface_spec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

ON_EACH_WIRE(stubs_may_call_the_interpreter_themselves)
{
  RPC_BINDING_HANDLE binding =
      start(wire, with_dispatch(sync_server_calls_v1_0_s_ifspec, dispatch_stub_call));
  CHECK_EQ(RAISED(sync_add, binding, 20, 3), 0);
  CHECK_EQ((LONG)RETURNED(), 23);
  CHECK_EQ(dispatched, 1);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

ON_EACH_WIRE(stubs_may_call_the_asynchronous_interpreter_themselves)
{
  struct async_call call;
  LONG sum = 0;
  RPC_BINDING_HANDLE binding =
      start(wire, with_dispatch(async_server_calls_v1_0_s_ifspec, dispatch_async_stub_call));
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, binding, 20, 3), 0);
  CHECK_EQ(async_call_finish(&call, &sum), RPC_S_OK);
  CHECK_EQ(sum, 23);
  CHECK_EQ(dispatched, 1);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* As stubs of mode -Os with an automatic handle do; the handle is at hand already. */
TEST(stubs_that_marshal_for_themselves_may_have_automatic_handles)
{
  struct server server;
  RPC_MESSAGE rpc = {0};
  MIDL_STUB_MESSAGE message = {0};
  MIDL_STUB_DESC description = {.pfnAllocate = NULL, .pfnFree = NULL};
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  RPC_BINDING_HANDLE automatic = server.binding;
  description.RpcInterfaceInformation = sync_calls_v1_0_c_ifspec;
  description.IMPLICIT_HANDLE_INFO.pAutoHandle = &automatic;
  NdrClientInitialize(&rpc, &message, &description, 0);
  NdrNsGetBuffer(&message, 8, automatic);
  ((LONG *)message.Buffer)[0] = 20;
  ((LONG *)message.Buffer)[1] = 3;
  CHECK_EQ(*(LONG *)NdrNsSendReceive(&message, message.Buffer + 8, &automatic), 23);
  NdrFreeBuffer(&message);
  server_stop(&server);
}

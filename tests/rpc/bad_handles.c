/* NULL, foreign and stale handles: each function says so, and nothing else happens. */
#include "async_call.h"
#include "server.h"

/* What a function may say of something that is no binding handle. */
static void check_invalid(RPC_STATUS status, const char *what)
{
  if (status != RPC_S_INVALID_BINDING && status != RPC_S_INVALID_ARG &&
      status != RPC_S_WRONG_KIND_OF_BINDING)
    check_failed(__FILE__, __LINE__, "%s: %ld", what, status);
}

static void use_everywhere(RPC_BINDING_HANDLE handle)
{
  RPC_BINDING_HANDLE copy = NULL, freed = handle;
  RPC_CSTR text = NULL;
  UUID object = {0};
  unsigned int timeout;
  ULONG_PTR option;
  ULONG level, service, authz;
  check_invalid(RpcBindingFree(&freed), "RpcBindingFree");
  check_invalid(RpcBindingCopy(handle, &copy), "RpcBindingCopy");
  check_invalid(RpcBindingToStringBindingA(handle, &text), "RpcBindingToStringBinding");
  check_invalid(RpcBindingSetObject(handle, &object), "RpcBindingSetObject");
  check_invalid(RpcBindingInqObject(handle, &object), "RpcBindingInqObject");
  check_invalid(RpcBindingReset(handle), "RpcBindingReset");
  check_invalid(RpcBindingSetOption(handle, RPC_C_OPT_BINDING_NONCAUSAL, 1),
                "RpcBindingSetOption");
  check_invalid(RpcBindingInqOption(handle, RPC_C_OPT_BINDING_NONCAUSAL, &option),
                "RpcBindingInqOption");
  check_invalid(RpcMgmtSetComTimeout(handle, 5), "RpcMgmtSetComTimeout");
  check_invalid(RpcMgmtInqComTimeout(handle, &timeout), "RpcMgmtInqComTimeout");
  check_invalid(RpcBindingInqAuthInfoA(handle, NULL, &level, &service, NULL, &authz),
                "RpcBindingInqAuthInfo");
  check_invalid(RpcEpResolveBinding(handle, sync_calls_v1_0_c_ifspec), "RpcEpResolveBinding");
  CHECK(!copy && !text);
}

TEST(null_is_refused_everywhere)
{
  RPC_BINDING_HANDLE nothing = NULL;
  RPC_CSTR text = NULL;
  CHECK_EQ(RpcBindingFree(&nothing), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingCopy(NULL, &nothing), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingToStringBindingA(NULL, &text), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingSetOption(NULL, RPC_C_OPT_BINDING_NONCAUSAL, 1), RPC_S_INVALID_BINDING);
  CHECK_EQ(RAISED(sync_add, NULL, 1, 2), RPC_S_INVALID_BINDING);
}

TEST(foreign_pointers_are_refused_everywhere)
{
  struct {
    BYTE bytes[512];
  } zeros = {{0}};
  use_everywhere(&zeros);
  memset(&zeros, 0xff, sizeof(zeros));
  use_everywhere(&zeros);
  use_everywhere((RPC_BINDING_HANDLE)(ULONG_PTR)8);
  CHECK_EQ(RAISED(sync_add, &zeros, 1, 2), RPC_S_INVALID_BINDING);
}

TEST(freed_handles_are_refused_everywhere)
{
  struct server server;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, server.endpoint), stale = binding;
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK(!binding);
  use_everywhere(stale);
  CHECK_EQ(RAISED(sync_add, stale, 1, 2), RPC_S_INVALID_BINDING);
  CHECK_EQ(sync_add(server.binding, 1, 2), 3);
  server_stop(&server);
}

/* The call in flight keeps what it needs: freeing the handle is no reason to fail. */
TEST(binding_may_be_freed_while_a_call_is_pending)
{
  struct server server;
  struct async_call call;
  LONG answer = 0;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, server.endpoint);
  async_call_init(&call);
  async_hold(&call.state, binding, 1, &answer);
  server_wait_held(&server, 1);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(server_release(&server, 1, 9), RPC_S_OK);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  CHECK_EQ(answer, 9);
  server_stop(&server);
}

TEST(stub_of_an_asynchronous_call_checks_its_binding)
{
  struct async_call call;
  BYTE zeros[512] = {0};
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, NULL, 1, 2), RPC_S_INVALID_BINDING);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
  async_call_init(&call);
  CHECK_EQ(RAISED(async_add, &call.state, zeros, 1, 2), RPC_S_INVALID_BINDING);
  CHECK(!async_call_is_notified(&call));
  async_call_close(&call);
}

/* Context handles that the server has not given, or has taken back. */
TEST(stale_context_handles_are_refused)
{
  struct server server;
  session_t session = NULL;
  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  CHECK_EQ(RAISED(sync_session_add, NULL, 1), RPC_X_SS_IN_NULL_CONTEXT);
  sync_session_open(server.binding, 10, &session);
  CHECK_EQ(sync_session_add(session, 1), 11);
  session_t stale = session;
  sync_session_close(&session);
  CHECK(!session);
  CHECK(RAISED(sync_session_add, stale, 1) != 0);
  CHECK_EQ(sync_add(server.binding, 1, 2), 3);
  server_stop(&server);
}

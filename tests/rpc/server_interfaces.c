/*
 * The synchronous core of a server: protocol sequences, interface registration, objects and
 * types, listening and stopping, and the callbacks by which a server refuses.
 */
#include "held_calls.h"
#include "procedures.h"
#include "server.h"

static const UUID object_one = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static const UUID object_two = {2, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static const UUID type_one = {1, 1, 1, {1, 1, 1, 1, 1, 1, 1, 1}};

static RPC_BINDING_HANDLE listen_on_local(char *endpoint, size_t size)
{
  endpoint_choose(WIRE_LOCAL, endpoint, size);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  return endpoint_bind(WIRE_LOCAL, endpoint);
}

static void stop(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

TEST(protocol_sequences_are_checked)
{
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_no_such", 10, (RPC_CSTR) "x", NULL),
           RPC_S_PROTSEQ_NOT_SUPPORTED);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_ip_tcp", 10, (RPC_CSTR) "no port", NULL),
           RPC_S_INVALID_ENDPOINT_FORMAT);
}

TEST(endpoint_in_use_is_refused)
{
  struct server other;
  server_start(&other, WIRE_TCP, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_SHIM);
  CHECK_EQ(
      RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_ip_tcp", 10, (RPC_CSTR)other.endpoint, NULL),
      RPC_S_DUPLICATE_ENDPOINT);
  server_stop(&other);
}

/* RpcServerUseProtseq chooses an endpoint, RpcServerInqBindings tells it. */
TEST(dynamic_endpoints_are_told)
{
  RPC_BINDING_VECTOR *bindings = NULL;
  RPC_CSTR text, protseq, endpoint;
  bool found_tcp = false, found_local = false;
  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR) "ncacn_ip_tcp", 10, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR) "ncalrpc", 10, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  CHECK_EQ(RpcServerInqBindings(&bindings), RPC_S_OK);
  for (unsigned long i = 0; i < bindings->Count; i++) {
    CHECK_EQ(RpcBindingToStringBindingA(bindings->BindingH[i], &text), RPC_S_OK);
    CHECK_EQ(RpcStringBindingParseA(text, NULL, &protseq, NULL, &endpoint, NULL), RPC_S_OK);
    bool tcp = !strcmp((char *)protseq, "ncacn_ip_tcp");
    CHECK(endpoint[0]);
    RPC_BINDING_HANDLE binding = endpoint_bind(tcp ? WIRE_TCP : WIRE_LOCAL, (char *)endpoint);
    CHECK_EQ(sync_add(binding, 1, 2), 3);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
    found_tcp |= tcp;
    found_local |= !tcp;
    RpcStringFreeA(&text);
    RpcStringFreeA(&protseq);
    RpcStringFreeA(&endpoint);
  }
  CHECK(found_tcp && found_local);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
  CHECK(!bindings);
}

TEST(nobody_answers_for_an_interface_that_is_not_registered)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerRegisterIf(server_control_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_UNKNOWN_IF);
  /* And from the moment that it is, somebody does. */
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, FALSE), RPC_S_OK);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_UNKNOWN_IF);
  CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, FALSE),
           RPC_S_UNKNOWN_IF);
  stop(binding);
}

TEST(listening_states_are_told)
{
  char endpoint[64];
  CHECK_EQ(RpcMgmtIsServerListening(NULL), RPC_S_NOT_LISTENING);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_NOT_LISTENING);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_NOT_LISTENING);
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_ALREADY_LISTENING);
  CHECK_EQ(RpcMgmtIsServerListening(NULL), RPC_S_OK);
  stop(binding);
  CHECK_EQ(RpcMgmtIsServerListening(NULL), RPC_S_NOT_LISTENING);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

TEST(limits_of_listening_are_checked)
{
  char endpoint[64];
  CHECK_EQ(RpcServerListen(1, 0, TRUE), RPC_S_MAX_CALLS_TOO_SMALL);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_NO_PROTSEQS_REGISTERED);
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerListen(0, 0, TRUE), RPC_S_MAX_CALLS_TOO_SMALL);
  CHECK_EQ(RpcServerListen(11, 10, TRUE), RPC_S_MAX_CALLS_TOO_SMALL);
  CHECK_EQ(RpcMgmtIsServerListening(NULL), RPC_S_NOT_LISTENING);
  CHECK_EQ(RpcServerListen(10, 10, TRUE), RPC_S_OK);
  stop(binding);
}

TEST(an_interface_is_registered_once_for_a_type)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  static const UUID nil;
  for (int round = 0; round < 2; round++) {
    CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
    CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL),
             RPC_S_TYPE_ALREADY_REGISTERED);
    CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, (UUID *)&nil, NULL),
             RPC_S_TYPE_ALREADY_REGISTERED);
    /* Other stubs of the same interface. An auto-listen one that was refused does not count. */
    CHECK_EQ(RpcServerRegisterIfEx(async_server_calls_v1_0_s_ifspec, NULL, NULL,
                                   RPC_IF_AUTOLISTEN, 10, NULL),
             RPC_S_TYPE_ALREADY_REGISTERED);
    CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_SERVER_TOO_BUSY);
    CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, (UUID *)&type_one, NULL),
             RPC_S_OK);
    CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, (UUID *)&type_one, NULL),
             RPC_S_TYPE_ALREADY_REGISTERED);
    CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
  }
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

struct held {
  RPC_BINDING_HANDLE binding;
  LONG number, answer;
};

static DWORD WINAPI hold(void *context)
{
  struct held *held = context;
  sync_hold(held->binding, held->number, &held->answer);
  return 0;
}

static DWORD WINAPI unregister_and_wait(void *context)
{
  (void)context;
  return RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, TRUE);
}

/* WaitForCallsToComplete: it does. */
TEST(unregister_waits_for_calls)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  struct held held = {binding, 1, 0};
  DWORD status;
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  HANDLE caller = CreateThread(NULL, 0, hold, &held, 0, NULL);
  held_calls_wait(1);
  HANDLE waiter = CreateThread(NULL, 0, unregister_and_wait, NULL, 0, NULL);
  /* Not a proof, but it catches one that does not wait at all. */
  CHECK_EQ(WaitForSingleObject(waiter, 100), WAIT_TIMEOUT);
  CHECK_EQ(held_calls_release(1, 5), RPC_S_OK);
  CHECK_SIGNALLED(waiter);
  CHECK(GetExitCodeThread(waiter, &status));
  CHECK_EQ(status, RPC_S_OK);
  CHECK_SIGNALLED(caller);
  CHECK_EQ(held.answer, 5);
  CloseHandle(caller);
  CloseHandle(waiter);
  stop(binding);
}

static DWORD WINAPI listen_and_wait(void *context)
{
  (void)context;
  return RpcServerListen(1, 10, FALSE);
}

/*
 * RpcServerListen that waits comes back when listening was stopped and the last call has ended.
 */
TEST(listen_waits_until_the_last_call_has_ended)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  struct held held = {binding, 1, 0};
  DWORD status;
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  HANDLE listener = CreateThread(NULL, 0, listen_and_wait, NULL, 0, NULL);
  while (RpcMgmtIsServerListening(NULL) != RPC_S_OK)
    SwitchToThread();
  HANDLE caller = CreateThread(NULL, 0, hold, &held, 0, NULL);
  held_calls_wait(1);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_SERVER_TOO_BUSY);
  CHECK_EQ(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
  CHECK_EQ(WaitForSingleObject(listener, 100), WAIT_TIMEOUT);
  CHECK_EQ(held_calls_release(1, 6), RPC_S_OK);
  CHECK_SIGNALLED(listener);
  CHECK(GetExitCodeThread(listener, &status));
  CHECK_EQ(status, RPC_S_OK);
  CHECK_SIGNALLED(caller);
  CHECK_EQ(held.answer, 6);
  CloseHandle(caller);
  CloseHandle(listener);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* RPC_IF_AUTOLISTEN: calls come in without RpcServerListen. */
TEST(autolisten_needs_no_listen)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerRegisterIfEx(sync_server_calls_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN,
                                 RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL),
           RPC_S_OK);
  CHECK_EQ(sync_add(binding, 20, 4), 24);
  CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static LONG callback_calls;
static RPC_STATUS callback_status;

static RPC_STATUS RPC_ENTRY security_callback(RPC_IF_HANDLE interface_id, void *context)
{
  CHECK(interface_id && context);
  InterlockedIncrement(&callback_calls);
  return callback_status;
}

TEST(security_callback_decides)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerRegisterIfEx(sync_server_calls_v1_0_s_ifspec, NULL, NULL, 0,
                                 RPC_C_LISTEN_MAX_CALLS_DEFAULT, security_callback),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  callback_status = RPC_S_OK;
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  CHECK(callback_calls > 0);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  /*
   * Whatever it returns, the client is told that access is denied. A new binding: the last
   * answer may be kept.
   */
  callback_status = RPC_S_ACCESS_DENIED;
  CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIfEx(sync_server_calls_v1_0_s_ifspec, NULL, NULL, 0,
                                 RPC_C_LISTEN_MAX_CALLS_DEFAULT, security_callback),
           RPC_S_OK);
  binding = endpoint_bind(WIRE_LOCAL, endpoint);
  CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_ACCESS_DENIED);
  stop(binding);
}

/* A second implementation of `add`, for objects of type_one. */
static LONG add_for_type_one(handle_t binding, LONG a, LONG b)
{
  UUID object;
  CHECK_EQ(RpcBindingInqObject(binding, &object), RPC_S_OK);
  CHECK(!memcmp(&object, &object_one, sizeof(object)));
  return a * b;
}

TEST(object_uuids_choose_the_manager)
{
  char endpoint[64];
  static const struct {
    LONG (*add)(handle_t binding, LONG a, LONG b);
    void *others[18];
  } vector = {add_for_type_one, {0}};
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(
      RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, (UUID *)&type_one, (void *)&vector),
      RPC_S_OK);
  CHECK_EQ(RpcObjectSetType((UUID *)&object_one, (UUID *)&type_one), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);

  CHECK_EQ(sync_add(binding, 6, 7), 13);
  CHECK_EQ(RpcBindingSetObject(binding, (UUID *)&object_one), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 6, 7), 42);
  CHECK_EQ(RpcBindingSetObject(binding, (UUID *)&object_two), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 6, 7), 13);
  stop(binding);
}

TEST(calls_of_many_clients_run_side_by_side)
{
  char endpoint[64];
  struct held held[6];
  HANDLE threads[6];
  RPC_BINDING_HANDLE binding = listen_on_local(endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  for (int i = 0; i < 6; i++) {
    held[i] = (struct held){endpoint_bind(WIRE_LOCAL, endpoint), i, 0};
    threads[i] = CreateThread(NULL, 0, hold, &held[i], 0, NULL);
    CHECK(threads[i]);
  }
  held_calls_wait(6);
  for (int i = 5; i >= 0; i--) {
    CHECK_EQ(held_calls_release(i, 50 + i), RPC_S_OK);
    CHECK_SIGNALLED(threads[i]);
    CHECK_EQ(held[i].answer, 50 + i);
    CloseHandle(threads[i]);
    CHECK_EQ(RpcBindingFree(&held[i].binding), RPC_S_OK);
  }
  stop(binding);
}

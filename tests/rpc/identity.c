/*
 * Clients on ncalrpc are authenticated by being there: whatever level and service they ask for,
 * also without asking, the server learns who they are and may act for them, in asynchronous
 * calls until they are complete, on any thread.
 */
#include "async_call.h"
#include "held_calls.h"
#include "privilege.h"
#include "procedures.h"
#include "wine_server.h"

/* ---- what a server can learn ---- */

static void check_name(const WCHAR *name)
{
  WCHAR user[256];
  DWORD length = ARRAYSIZE(user);

  CHECK(name && wcschr(name, L'\\'));
  CHECK(GetUserNameW(user, &length));
  CHECK_WIDE_EQ(wcschr(name, L'\\') + 1, user);
}

static void check_reported(RPC_BINDING_HANDLE handle)
{
  ULONG level = 0, service = 0, authorization = 77;
  RPC_AUTHZ_HANDLE privileges = NULL;
  RPC_WSTR principal = NULL;
  RPC_CSTR ansi = NULL;

  CHECK_EQ(RpcBindingInqAuthClientW(handle, &privileges, &principal, &level, &service,
                                    &authorization),
           RPC_S_OK);
  check_name(privileges);
  check_name((WCHAR *)principal);
  CHECK_EQ(level, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
  CHECK_EQ(service, RPC_C_AUTHN_WINNT);
  CHECK_EQ(authorization, RPC_C_AUTHZ_NONE);
  CHECK_EQ(RpcStringFreeW(&principal), RPC_S_OK);
  CHECK_EQ(RpcBindingInqAuthClientExA(handle, NULL, &ansi, NULL, NULL, NULL, 0), RPC_S_OK);
  CHECK(strchr((char *)ansi, '\\'));
  CHECK_EQ(RpcStringFreeA(&ansi), RPC_S_OK);
  CHECK_EQ(RpcBindingInqAuthClientA(handle, NULL, NULL, NULL, NULL, NULL), RPC_S_OK);
}

/* The client has given a privilege away that this process has. */
static void check_impersonation(RPC_BINDING_HANDLE handle)
{
  CHECK(!thread_has_token());
  CHECK_EQ(RpcImpersonateClient(handle), RPC_S_OK);
  CHECK(!privilege_of_thread());
  CHECK(privilege_of_process());
  CHECK_EQ(RpcImpersonateClient(handle), RPC_S_OK);
  CHECK_EQ(RpcRevertToSelfEx(handle), RPC_S_OK);
  CHECK(!thread_has_token());
  CHECK_EQ(RpcRevertToSelfEx(handle), RPC_S_OK);
}

/* ---- servers of one procedure, `add` ---- */

typedef LONG add_routine(handle_t binding, LONG a, LONG b);

static RPC_BINDING_HANDLE serve(enum wire wire, add_routine *add, char *endpoint, size_t size)
{
  static struct {
    add_routine *add;
    void *others[18];
  } vector;

  vector.add = add;
  endpoint_choose(wire, endpoint, size);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, (void *)&vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

static void stop(RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

/* Each level with each service that ncalrpc has. */
static void call_authenticated(RPC_BINDING_HANDLE binding)
{
  static const ULONG services[] = {RPC_C_AUTHN_WINNT, RPC_C_AUTHN_GSS_NEGOTIATE,
                                   RPC_C_AUTHN_DEFAULT};

  CHECK_EQ(sync_add(binding, 1, 2), 3); /* without */
  for (size_t i = 0; i < ARRAYSIZE(services); i++) {
    for (ULONG level = RPC_C_AUTHN_LEVEL_DEFAULT; level <= RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
         level++) {
      CHECK_EQ(
          RpcBindingSetAuthInfoA(binding, NULL, level, services[i], NULL, RPC_C_AUTHZ_NONE),
          RPC_S_OK);
      CHECK_EQ(sync_add(binding, 1, 2), 3);
    }
  }
}

static LONG reporting_add(handle_t binding, LONG a, LONG b)
{
  check_reported(binding);
  check_reported(NULL);
  return a + b;
}

TEST(every_level_and_service_works_and_is_privacy)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = serve(WIRE_LOCAL, reporting_add, endpoint, sizeof(endpoint));

  call_authenticated(binding);
  stop(binding);
}

static DWORD client_id;

static LONG impersonating_add(handle_t binding, LONG a, LONG b)
{
  ULONG id = 0;

  check_reported(binding);
  check_impersonation(binding);
  check_impersonation(NULL);
  CHECK_EQ(I_RpcBindingInqLocalClientPID(binding, &id), RPC_S_OK);
  CHECK_EQ(id, client_id);
  return a + b;
}

TEST(the_client_is_the_process_that_calls)
{
  struct helper client;
  char endpoint[64];
  RPC_BINDING_HANDLE binding = serve(WIRE_LOCAL, impersonating_add, endpoint, sizeof(endpoint));
  HANDLE lock = CreateEventA(NULL, TRUE, FALSE, endpoint);

  CHECK(lock);
  helper_start(&client, "client_when_told", endpoint, RUNTIME_SHIM);
  client_id = client.id;
  CHECK(SetEvent(lock));
  helper_stop(&client);
  CloseHandle(lock);
  stop(binding);
}

/* The same, when the event of that name is set: by then the server knows its process id. */
HELPER(client_when_told)
{
  CHECK_EQ(argc, 1);
  HANDLE told = OpenEventA(SYNCHRONIZE, FALSE, argv[0]);
  CHECK(told);
  helper_ready("");
  CHECK_SIGNALLED(told);
  CloseHandle(told);
  privilege_give_away();
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, argv[0]);
  call_authenticated(binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* ---- impersonation that is left open ---- */

static LONG forgetful_add(handle_t binding, LONG a, LONG b)
{
  CHECK(!thread_has_token());
  CHECK_EQ(RpcImpersonateClient(binding), RPC_S_OK);
  if (b < 0)
    RpcRaiseException(RPC_S_INTERNAL_ERROR);
  return a + b;
}

TEST(no_thread_goes_on_to_the_next_call_as_somebody_else)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = serve(WIRE_LOCAL, forgetful_add, endpoint, sizeof(endpoint));

  for (LONG i = 0; i < 20; i++) {
    CHECK_EQ(sync_add(binding, i, 2), i + 2);
    CHECK_EQ(RAISED(sync_add, binding, i, -1), RPC_S_INTERNAL_ERROR);
  }
  stop(binding);
}

static RPC_STATUS RPC_ENTRY forgetful_callback(RPC_IF_HANDLE interface_id, void *context)
{
  (void)interface_id;
  check_reported(context);
  CHECK_EQ(RpcImpersonateClient(context), RPC_S_OK);
  return RPC_S_OK;
}

static LONG as_myself_add(handle_t binding, LONG a, LONG b)
{
  (void)binding;
  CHECK(!thread_has_token());
  return a + b;
}

TEST(a_security_callback_may_ask_and_act_and_forget)
{
  static struct {
    add_routine *add;
    void *others[18];
  } vector = {as_myself_add, {0}};
  char endpoint[64];

  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", 10, (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIfEx(sync_server_calls_v1_0_s_ifspec, NULL, (void *)&vector,
                                 RPC_IF_AUTOLISTEN | RPC_IF_SEC_NO_CACHE, 10,
                                 forgetful_callback),
           RPC_S_OK);
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, endpoint);
  for (LONG i = 0; i < 5; i++)
    CHECK_EQ(sync_add(binding, i, 2), i + 2);
  CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* ---- asynchronous calls ---- */

/* holding_client ENDPOINT: privacy, one call that the server holds. */
HELPER(holding_client)
{
  CHECK_EQ(argc, 1);
  privilege_give_away();
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, argv[0]);
  CHECK_EQ(RpcBindingSetAuthInfoA(binding, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                  RPC_C_AUTHN_WINNT, NULL, 0),
           RPC_S_OK);
  helper_ready("");
  sync_hold_void(binding, 1);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static DWORD WINAPI act_for_client(void *context)
{
  RPC_ASYNC_STATE *state = context;
  RPC_BINDING_HANDLE handle = RpcAsyncGetCallHandle(state);

  check_reported(handle);
  check_impersonation(handle);
  CHECK_EQ(RpcImpersonateClient(NULL), RPC_S_NO_CALL_ACTIVE);
  return 0;
}

TEST(asynchronous_calls_know_their_client_until_they_are_complete)
{
  struct server server;
  struct helper client;

  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  helper_start(&client, "holding_client", server.endpoint, RUNTIME_SHIM);
  held_calls_wait(1);
  RPC_ASYNC_STATE *state = held_calls_take(1);
  for (int i = 0; i < 3; i++) {
    HANDLE thread = CreateThread(NULL, 0, act_for_client, state, 0, NULL);
    CHECK(thread);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
  }
  RPC_BINDING_HANDLE handle = RpcAsyncGetCallHandle(state);
  CHECK_EQ(RpcImpersonateClient(handle), RPC_S_OK);
  CHECK_EQ(RpcServerTestCancel(handle), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(RpcAsyncCompleteCall(state, NULL), RPC_S_OK);
  /* The call is gone, and the thread gets its own identity back all the same. */
  CHECK(!privilege_of_thread());
  CHECK_EQ(RpcImpersonateClient(handle), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingInqAuthClientA(handle, NULL, NULL, NULL, NULL, NULL),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcRevertToSelf(), RPC_S_OK);
  CHECK(!thread_has_token());
  CHECK_EQ(RpcRevertToSelf(), RPC_S_NO_CALL_ACTIVE);
  helper_stop(&client);
  server_stop(&server);
}

TEST(a_client_that_has_died_cannot_be_impersonated)
{
  struct server server;
  struct helper client;

  server_start(&server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  helper_start(&client, "holding_client", server.endpoint, RUNTIME_SHIM);
  held_calls_wait(1);
  RPC_ASYNC_STATE *state = held_calls_take(1);
  RPC_BINDING_HANDLE handle = RpcAsyncGetCallHandle(state);
  helper_kill(&client);
  while (RpcServerTestCancel(handle) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
  CHECK_EQ(RpcImpersonateClient(handle), RPC_S_NO_CONTEXT_AVAILABLE);
  CHECK(!thread_has_token());
  CHECK_EQ(RpcAsyncAbortCall(state, RPC_S_CALL_FAILED), RPC_S_CALL_FAILED);
  server_stop(&server);
}

/* ---- what a binding takes, and what not ---- */

static LONG add_nothing_special(handle_t binding, LONG a, LONG b)
{
  (void)binding;
  return a + b;
}

TEST(kerberos_is_refused_and_harms_nothing)
{
  ULONG service = 0, level = 0;
  char endpoint[64];
  RPC_BINDING_HANDLE binding =
      serve(WIRE_LOCAL, add_nothing_special, endpoint, sizeof(endpoint));

  for (int i = 0; i < 2; i++) {
    CHECK_EQ(RpcBindingSetAuthInfoA(binding, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                    RPC_C_AUTHN_GSS_KERBEROS, NULL, 0),
             RPC_S_SEC_PKG_ERROR);
    CHECK_EQ(RpcBindingSetAuthInfoA(binding, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                    RPC_C_AUTHN_GSS_SCHANNEL, NULL, 0),
             RPC_S_UNKNOWN_AUTHN_SERVICE);
    CHECK_EQ(sync_add(binding, 1, 2), 3);
    if (i) { /* what was set before is there still */
      CHECK_EQ(RpcBindingInqAuthInfoA(binding, NULL, &level, &service, NULL, NULL), RPC_S_OK);
      CHECK_EQ(level, RPC_C_AUTHN_LEVEL_CALL);
      CHECK_EQ(service, RPC_C_AUTHN_WINNT);
    } else {
      CHECK_EQ(RpcBindingInqAuthInfoA(binding, NULL, NULL, NULL, NULL, NULL),
               RPC_S_BINDING_HAS_NO_AUTH);
      CHECK_EQ(RpcBindingSetAuthInfoA(binding, NULL, RPC_C_AUTHN_LEVEL_CALL, RPC_C_AUTHN_WINNT,
                                      NULL, 0),
               RPC_S_OK);
    }
  }
  stop(binding);
}

/* Nothing that the caller passes is looked at after the call; what it was is told. */
TEST(what_is_passed_may_go)
{
  static const WCHAR user[] = L"user", nothing[] = L"";
  struct passed {
    SEC_WINNT_AUTH_IDENTITY_W identity;
    RPC_SECURITY_QOS quality;
    WCHAR principal[16];
  } *passed = VirtualAlloc(NULL, sizeof(*passed), MEM_COMMIT, PAGE_READWRITE);
  RPC_AUTH_IDENTITY_HANDLE told = NULL;
  RPC_SECURITY_QOS quality = {0};
  RPC_WSTR principal = NULL;
  char endpoint[64];
  RPC_BINDING_HANDLE copy,
      binding = serve(WIRE_LOCAL, reporting_add, endpoint, sizeof(endpoint));

  CHECK(passed);
  passed->identity = (SEC_WINNT_AUTH_IDENTITY_W){
      (unsigned short *)user,    4, (unsigned short *)nothing,      0,
      (unsigned short *)nothing, 0, SEC_WINNT_AUTH_IDENTITY_UNICODE};
  passed->quality =
      (RPC_SECURITY_QOS){RPC_C_SECURITY_QOS_VERSION_1, RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH,
                         RPC_C_QOS_IDENTITY_DYNAMIC, RPC_C_IMP_LEVEL_IDENTIFY};
  wcscpy(passed->principal, L"principal");
  CHECK_EQ(RpcBindingSetAuthInfoExW(binding, (RPC_WSTR)passed->principal,
                                    RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, RPC_C_AUTHN_WINNT,
                                    &passed->identity, RPC_C_AUTHZ_NONE, &passed->quality),
           RPC_S_OK);
  CHECK(VirtualFree(passed, 0, MEM_RELEASE));
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  CHECK_EQ(RpcBindingCopy(binding, &copy), RPC_S_OK);
  CHECK_EQ(sync_add(copy, 1, 2), 3);
  CHECK_EQ(RpcBindingInqAuthInfoExW(copy, &principal, NULL, NULL, &told, NULL,
                                    RPC_C_SECURITY_QOS_VERSION_1, &quality),
           RPC_S_OK);
  CHECK_WIDE_EQ((WCHAR *)principal, L"principal");
  CHECK_EQ(RpcStringFreeW(&principal), RPC_S_OK);
  CHECK(told == &passed->identity);
  CHECK_EQ(quality.Capabilities, RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH);
  CHECK_EQ(quality.IdentityTracking, RPC_C_QOS_IDENTITY_DYNAMIC);
  CHECK_EQ(quality.ImpersonationType, RPC_C_IMP_LEVEL_IDENTIFY);
  CHECK_EQ(RpcBindingFree(&copy), RPC_S_OK);
  stop(binding);
}

/* ---- other transports ---- */

static LONG unknown_client_add(handle_t binding, LONG a, LONG b)
{
  RPC_AUTHZ_HANDLE privileges = (RPC_AUTHZ_HANDLE)1;
  RPC_CSTR principal = (RPC_CSTR)1;
  ULONG level = 77, id;

  CHECK_EQ(RpcBindingInqAuthClientA(binding, &privileges, &principal, &level, NULL, NULL),
           RPC_S_BINDING_HAS_NO_AUTH);
  CHECK(privileges == (RPC_AUTHZ_HANDLE)1 && principal == (RPC_CSTR)1);
  CHECK_EQ(level, 77);
  CHECK_EQ(I_RpcBindingInqLocalClientPID(binding, &id), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcImpersonateClient(binding), RPC_S_CANNOT_SUPPORT);
  CHECK(!thread_has_token());
  return a + b;
}

TEST(a_client_over_tcp_is_nobody)
{
  char endpoint[64];
  RPC_BINDING_HANDLE binding = serve(WIRE_TCP, unknown_client_add, endpoint, sizeof(endpoint));

  CHECK_EQ(sync_add(binding, 1, 2), 3);
  stop(binding);
}

/* ---- Wine's own ---- */

TEST(authenticated_calls_to_a_server_on_wine_work)
{
  struct server server;

  server_start(&server, WIRE_LOCAL, IN_ANOTHER_PROCESS, MANAGERS_SYNC, RUNTIME_WINE);
  call_authenticated(server.binding);
  server_unbind_and_kill(&server);
}

/* plain_client ENDPOINT: with authentication where Wine can; on Wine a package is needed. */
HELPER(plain_client)
{
  CHECK_EQ(argc, 1);
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, argv[0]);
  RPC_STATUS status = RpcBindingSetAuthInfoA(binding, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                             RPC_C_AUTHN_WINNT, NULL, 0);
  CHECK(status == RPC_S_OK || status == RPC_S_UNKNOWN_AUTHN_SERVICE ||
        status == RPC_S_SEC_PKG_ERROR);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  helper_ready("");
}

TEST(clients_on_wine_are_known_too)
{
  struct helper client;
  char endpoint[64];
  RPC_BINDING_HANDLE binding = serve(WIRE_LOCAL, reporting_add, endpoint, sizeof(endpoint));

  helper_start(&client, "plain_client", endpoint, RUNTIME_WINE);
  helper_stop(&client);
  stop(binding);
}

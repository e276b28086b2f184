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

/* The first call stays, and lends its client to whoever looks for the next one's object. */
static struct {
  RPC_BINDING_HANDLE handle;
  HANDLE entered, leave;
} first_call;

static LONG lending_add(handle_t binding, LONG a, LONG b)
{
  if (a < 0) {
    first_call.handle = binding;
    CHECK(SetEvent(first_call.entered));
    CHECK_SIGNALLED(first_call.leave);
  } else {
    CHECK(!thread_has_token());
  }
  return a + b;
}

static DWORD WINAPI call_first(void *binding)
{
  CHECK_EQ(sync_add(binding, -1, 2), 1);
  return 0;
}

static void RPC_ENTRY forgetful_inquiry(UUID *object, UUID *type, RPC_STATUS *status)
{
  (void)object, (void)type;
  CHECK_EQ(RpcImpersonateClient(first_call.handle), RPC_S_OK);
  *status = RPC_S_OBJECT_NOT_FOUND;
}

TEST(no_call_begins_as_somebody_else)
{
  UUID object = {1, 2, 3, {4}};
  char endpoint[64];
  RPC_BINDING_HANDLE binding = serve(WIRE_LOCAL, lending_add, endpoint, sizeof(endpoint));
  HANDLE thread;

  first_call.entered = CreateEventW(NULL, FALSE, FALSE, NULL);
  first_call.leave = CreateEventW(NULL, FALSE, FALSE, NULL);
  thread = CreateThread(NULL, 0, call_first, binding, 0, NULL);
  CHECK(first_call.entered && first_call.leave && thread);
  CHECK_SIGNALLED(first_call.entered);
  CHECK_EQ(RpcObjectSetInqFn(forgetful_inquiry), RPC_S_OK);
  CHECK_EQ(RpcBindingSetObject(binding, &object), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  CHECK(SetEvent(first_call.leave));
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  CloseHandle(first_call.entered);
  CloseHandle(first_call.leave);
  stop(binding);
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

/* A client in another process, and its call, which this one holds. */
struct held_client {
  struct server server;
  struct helper process;
  RPC_ASYNC_STATE *serving;
  RPC_BINDING_HANDLE handle;
};

static void hold_client(struct held_client *client)
{
  server_start(&client->server, WIRE_LOCAL, IN_THIS_PROCESS, MANAGERS_ASYNC, RUNTIME_SHIM);
  helper_start(&client->process, "holding_client", client->server.endpoint, RUNTIME_SHIM);
  held_calls_wait(1);
  client->serving = held_calls_take(1);
  client->handle = RpcAsyncGetCallHandle(client->serving);
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
  struct held_client client;

  hold_client(&client);
  for (int i = 0; i < 3; i++) {
    HANDLE thread = CreateThread(NULL, 0, act_for_client, client.serving, 0, NULL);
    CHECK(thread);
    CHECK_SIGNALLED(thread);
    CloseHandle(thread);
  }
  CHECK_EQ(RpcImpersonateClient(client.handle), RPC_S_OK);
  CHECK_EQ(RpcServerTestCancel(client.handle), RPC_S_CALL_IN_PROGRESS);
  CHECK_EQ(RpcAsyncCompleteCall(client.serving, NULL), RPC_S_OK);
  /* The call is gone, and the thread gets its own identity back all the same. */
  CHECK(!privilege_of_thread());
  CHECK_EQ(RpcImpersonateClient(client.handle), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingInqAuthClientA(client.handle, NULL, NULL, NULL, NULL, NULL),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcRevertToSelf(), RPC_S_OK);
  CHECK(!thread_has_token());
  CHECK_EQ(RpcRevertToSelf(), RPC_S_NO_CALL_ACTIVE);
  helper_stop(&client.process);
  server_stop(&client.server);
}

static void kill_client(struct held_client *client)
{
  helper_kill(&client->process);
  while (RpcServerTestCancel(client->handle) == RPC_S_CALL_IN_PROGRESS)
    SwitchToThread();
}

static void give_up(struct held_client *client)
{
  CHECK_EQ(RpcAsyncAbortCall(client->serving, RPC_S_CALL_FAILED), RPC_S_CALL_FAILED);
  server_stop(&client->server);
}

TEST(a_client_that_has_died_cannot_be_impersonated)
{
  struct held_client client;
  ULONG id;

  hold_client(&client);
  kill_client(&client);
  CHECK_EQ(RpcImpersonateClient(client.handle), RPC_S_NO_CONTEXT_AVAILABLE);
  CHECK(!thread_has_token());
  CHECK_EQ(I_RpcBindingInqLocalClientPID(client.handle, &id), RPC_S_INVALID_BINDING);
  give_up(&client);
}

/* One whose identity has been asked for before is known as long as its calls. */
TEST(a_client_that_was_known_before_it_died_stays_known)
{
  struct held_client client;

  hold_client(&client);
  check_impersonation(client.handle);
  kill_client(&client);
  check_reported(client.handle);
  check_impersonation(client.handle);
  give_up(&client);
}

/* The identities go with the connections. */
TEST(identities_leave_nothing_behind)
{
  char endpoint[64];
  RPC_BINDING_HANDLE own = serve(WIRE_LOCAL, reporting_add, endpoint, sizeof(endpoint));
  DWORD before = 0, now;

  for (int i = 0; i < 40; i++) {
    RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, endpoint);
    CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_UNIQUE_BINDING, TRUE), RPC_S_OK);
    CHECK_EQ(sync_add(binding, 1, 2), 3);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
    if (i == 9)
      CHECK(GetProcessHandleCount(GetCurrentProcess(), &before));
  }
  /* The server's ends close a little later; 30 tokens would be too many for good. */
  do {
    SwitchToThread();
    CHECK(GetProcessHandleCount(GetCurrentProcess(), &now));
  } while (now > before + 15);
  stop(own);
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

/* The server knows which process has opened the pipe, but nothing has been authenticated. */
static LONG pipe_client_add(handle_t binding, LONG a, LONG b)
{
  unsigned int is_local = 0;

  CHECK_EQ(RpcBindingInqAuthClientA(binding, NULL, NULL, NULL, NULL, NULL),
           RPC_S_BINDING_HAS_NO_AUTH);
  CHECK_EQ(I_RpcBindingIsClientLocal(binding, &is_local), RPC_S_OK);
  CHECK(is_local);
  CHECK_EQ(RpcImpersonateClient(binding), RPC_S_OK);
  CHECK(thread_has_token());
  CHECK_EQ(RpcRevertToSelf(), RPC_S_OK);
  return a + b;
}

TEST(a_client_over_a_named_pipe_is_local_and_can_be_impersonated)
{
  RPC_BINDING_HANDLE local, binding;
  char endpoint[64], text[128];

  local = serve(WIRE_LOCAL, pipe_client_add, endpoint, sizeof(endpoint));
  snprintf(text, sizeof(text), "\\pipe\\%s", endpoint);
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_np", 10, (RPC_CSTR)text, NULL), RPC_S_OK);
  snprintf(text, sizeof(text), "ncacn_np:[\\\\pipe\\\\%s]", endpoint);
  CHECK_EQ(RpcBindingFromStringBindingA((RPC_CSTR)text, &binding), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 1, 2), 3);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  stop(local);
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

/*
 * Endpoints: what a server gives for them is its own again at once, a client gets an answer
 * whether the server listens, has never listened or listens no more, and a listener survives
 * what the system refuses it.
 */
#include <winsock2.h>

#include "import_hook.h"
#include "procedures.h"
#include "server.h"
#include "usage.h"

#include <sddl.h>
#include <stdlib.h>

#define AT_ONCE_MS 4000 /* a client's patience with a busy pipe is 5 s */
#define AT_REST    20   /* endpoints */
#define REST_MS    20000
/* What a worker costs that has been started since: its own and Wine's. */
#define THREAD_HANDLES 3

enum sequence { LOCAL, PIPE, TCP, SEQUENCES };

static const char *const sequence_names[] = {"ncalrpc", "ncacn_np", "ncacn_ip_tcp"};

static void choose(enum sequence sequence, char *endpoint, size_t size)
{
  char name[64];

  endpoint_choose(sequence == TCP ? WIRE_TCP : WIRE_LOCAL, name, sizeof(name));
  snprintf(endpoint, size, "%s%s", sequence == PIPE ? "\\pipe\\" : "", name);
}

static RPC_STATUS use(enum sequence sequence, const char *endpoint, void *security)
{
  return RpcServerUseProtseqEpA((RPC_CSTR)sequence_names[sequence],
                                RPC_C_PROTSEQ_MAX_REQS_DEFAULT, (RPC_CSTR)endpoint, security);
}

/* A client of its own: it shares no connection with any other. */
static RPC_BINDING_HANDLE new_client(enum sequence sequence, const char *endpoint)
{
  RPC_BINDING_HANDLE binding;
  RPC_CSTR text;

  CHECK_EQ(RpcStringBindingComposeA(NULL, (RPC_CSTR)sequence_names[sequence],
                                    (RPC_CSTR)(sequence == TCP ? "127.0.0.1" : ""),
                                    (RPC_CSTR)endpoint, NULL, &text),
           RPC_S_OK);
  CHECK_EQ(RpcBindingFromStringBindingA(text, &binding), RPC_S_OK);
  CHECK_EQ(RpcStringFreeA(&text), RPC_S_OK);
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_UNIQUE_BINDING, TRUE), RPC_S_OK);
  return binding;
}

static void check_served(enum sequence sequence, const char *endpoint)
{
  RPC_BINDING_HANDLE binding = new_client(sequence, endpoint);

  CHECK_EQ(RAISED(sync_add, binding, 40, 2), 0);
  CHECK_EQ(RETURNED(), 42);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static void check_refused(enum sequence sequence, const char *endpoint)
{
  RPC_BINDING_HANDLE binding = new_client(sequence, endpoint);
  ULONGLONG start = GetTickCount64();

  CHECK_EQ(RAISED(sync_add, binding, 40, 2), RPC_S_SERVER_TOO_BUSY);
  CHECK_AT_MOST(GetTickCount64() - start, AT_ONCE_MS);
  CHECK_EQ(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static void serve(void)
{
  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
}

static void stop(void)
{
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

/* ---- security descriptors ---- */

/* Everybody may do everything. */
static SECURITY_DESCRIPTOR *self_relative(ULONG *size)
{
  PSECURITY_DESCRIPTOR made, copy;

  CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA("O:BAG:BAD:(A;;GA;;;WD)",
                                                             SDDL_REVISION_1, &made, size));
  copy = malloc(*size);
  CHECK(copy);
  memcpy(copy, made, *size);
  LocalFree(made);
  return copy;
}

/* Its parts are behind it, in one block. */
static SECURITY_DESCRIPTOR *absolute(ULONG *size)
{
  ULONG relative_size, dacl = 0, sacl = 0, owner = 0, group = 0, head = 0;
  SECURITY_DESCRIPTOR *relative = self_relative(&relative_size);
  BYTE *block;

  MakeAbsoluteSD(relative, NULL, &head, NULL, &dacl, NULL, &sacl, NULL, &owner, NULL, &group);
  *size = head + dacl + owner + group;
  block = malloc(*size);
  CHECK(block);
  CHECK(MakeAbsoluteSD(relative, (SECURITY_DESCRIPTOR *)block, &head, (PACL)(block + head),
                       &dacl, NULL, &sacl, block + head + dacl, &owner,
                       block + head + dacl + owner, &group));
  free(relative);
  return (SECURITY_DESCRIPTOR *)block;
}

static void many_clients_with(enum sequence sequence, SECURITY_DESCRIPTOR *security, ULONG size)
{
  char endpoint[80];

  choose(sequence, endpoint, sizeof(endpoint));
  CHECK_EQ(use(sequence, endpoint, security), RPC_S_OK);
  memset(security, 0xdd, size);
  free(security);
  for (int i = 0; i < 20; i++)
    check_served(sequence, endpoint);
}

TEST(security_descriptors_are_copied)
{
  ULONG size;

  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR) "ncalrpc", 10, NULL), RPC_S_OK);
  serve();
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++) {
    SECURITY_DESCRIPTOR *security = self_relative(&size);
    many_clients_with(sequence, security, size);
    security = absolute(&size);
    many_clients_with(sequence, security, size);
  }
  stop();
}

TEST(bad_security_descriptors_are_refused)
{
  char endpoint[80];
  ULONG size;
  SECURITY_DESCRIPTOR *security = self_relative(&size);
  SECURITY_DESCRIPTOR_RELATIVE *relative = (SECURITY_DESCRIPTOR_RELATIVE *)security;

  for (enum sequence sequence = LOCAL; sequence <= PIPE; sequence++) {
    choose(sequence, endpoint, sizeof(endpoint));
    relative->Revision = 77;
    CHECK_EQ(use(sequence, endpoint, security), RPC_S_INVALID_SECURITY_DESC);
    relative->Revision = SECURITY_DESCRIPTOR_REVISION;
    ((SID *)((BYTE *)relative + relative->Owner))->SubAuthorityCount = 255;
    CHECK_EQ(use(sequence, endpoint, security), RPC_S_INVALID_SECURITY_DESC);
    ((SID *)((BYTE *)relative + relative->Owner))->SubAuthorityCount = 2;
    ((ACL *)((BYTE *)relative + relative->Dacl))->AclRevision = 99;
    CHECK_EQ(use(sequence, endpoint, security), RPC_S_INVALID_SECURITY_DESC);
    ((ACL *)((BYTE *)relative + relative->Dacl))->AclRevision = ACL_REVISION;
    CHECK_EQ(use(sequence, endpoint, (void *)(ULONG_PTR)8), RPC_S_INVALID_SECURITY_DESC);
    /* None of that has left anything behind. */
    CHECK_EQ(use(sequence, endpoint, security), RPC_S_OK);
  }
  free(security);
}

/* ---- names ---- */

static const struct {
  enum sequence sequence;
  const char *endpoint;
} bad_names[] = {
    {LOCAL, ""},
    {LOCAL, "back\\slash"},
    {LOCAL, "\\pipe\\name"},
    {LOCAL, "\\pipe\\OLE_"},
    {PIPE, "name"},
    {PIPE, "\\name"},
    {PIPE, "pipe\\name"},
    {PIPE, "\\pipe\\"},
    {PIPE, "\\pipename"},
    {TCP, "0"},
    {TCP, "65536"},
    {TCP, " 80"},
    {TCP, "80x"},
    {TCP, "http"},
};

TEST(names_that_no_endpoint_may_have_are_refused)
{
  for (size_t i = 0; i < ARRAYSIZE(bad_names); i++) {
    RPC_STATUS status = use(bad_names[i].sequence, bad_names[i].endpoint, NULL);

    if (status != RPC_S_INVALID_ENDPOINT_FORMAT)
      test_note("\"%s\"", bad_names[i].endpoint);
    CHECK_EQ(status, RPC_S_INVALID_ENDPOINT_FORMAT);
  }
}

/* A binding can be made of them; a call cannot. */
TEST(calls_to_such_names_are_refused)
{
  for (size_t i = 0; i < ARRAYSIZE(bad_names); i++) {
    RPC_BINDING_HANDLE binding;

    if (bad_names[i].sequence == TCP || !bad_names[i].endpoint[0])
      continue;
    binding = new_client(bad_names[i].sequence, bad_names[i].endpoint);
    CHECK_EQ(RAISED(sync_add, binding, 1, 2), RPC_S_INVALID_ENDPOINT_FORMAT);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  }
}

/* Any character but a backslash; COM's on Wine have even those. */
TEST(other_names_serve)
{
  static const char *const names[] = {"a,b=c[d]@e:f %lu", "\\pipe\\OLE_%lu"};
  char endpoint[80];

  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR) "ncalrpc", 10, NULL), RPC_S_OK);
  serve();
  for (size_t i = 0; i < ARRAYSIZE(names); i++) {
    snprintf(endpoint, sizeof(endpoint), names[i], GetCurrentProcessId());
    CHECK_EQ(use(LOCAL, endpoint, NULL), RPC_S_OK);
    check_served(LOCAL, endpoint);
  }
  snprintf(endpoint, sizeof(endpoint), "\\PIPE\\a,b=c %lu", GetCurrentProcessId());
  CHECK_EQ(use(PIPE, endpoint, NULL), RPC_S_OK);
  check_served(PIPE, endpoint);
  stop();
}

/* ---- servers that do not listen ---- */

TEST(a_server_that_has_never_listened_refuses_at_once)
{
  char endpoints[SEQUENCES][80];

  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++) {
    choose(sequence, endpoints[sequence], sizeof(endpoints[sequence]));
    CHECK_EQ(use(sequence, endpoints[sequence], NULL), RPC_S_OK);
  }
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++)
    for (int i = 0; i < 6; i++)
      check_refused(sequence, endpoints[sequence]);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++)
    check_served(sequence, endpoints[sequence]);
  stop();
}

static DWORD WINAPI call_early(void *endpoint)
{
  check_served(LOCAL, endpoint);
  return 0;
}

/* Between opening the endpoint and listening: the client waits that moment. */
TEST(a_client_may_come_a_moment_before_the_server_listens)
{
  char endpoint[80];
  HANDLE client;

  CHECK_EQ(RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
  choose(LOCAL, endpoint, sizeof(endpoint));
  client = CreateThread(NULL, 0, call_early, endpoint, CREATE_SUSPENDED, NULL);
  CHECK(client);
  CHECK_EQ(use(LOCAL, endpoint, NULL), RPC_S_OK);
  ResumeThread(client);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  CHECK_SIGNALLED(client);
  CloseHandle(client);
  stop();
}

/* In another process: calls there, and says with what it ended. */
HELPER(client)
{
  char text[32];
  RPC_BINDING_HANDLE binding;
  ULONGLONG start;

  CHECK_EQ(argc, 2);
  binding = new_client(atoi(argv[0]), argv[1]);
  start = GetTickCount64();
  snprintf(text, sizeof(text), "%lu", RAISED(sync_add, binding, 40, 2));
  CHECK_AT_MOST(GetTickCount64() - start, AT_ONCE_MS);
  helper_ready(text);
  helper_wait_for_stop();
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static DWORD call_from_another_process(enum sequence sequence, const char *endpoint)
{
  struct helper helper;
  char arguments[100];
  DWORD raised;

  snprintf(arguments, sizeof(arguments), "%d %s", sequence, endpoint);
  helper_start(&helper, "client", arguments, runtime_expected());
  raised = (DWORD)atoi(helper.text);
  helper_stop(&helper);
  return raised;
}

/* A connection is open and keeps the name of the pipe. */
TEST(a_server_that_has_stopped_refuses_at_once)
{
  char endpoints[SEQUENCES][80];
  RPC_BINDING_HANDLE open[SEQUENCES];

  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR) "ncalrpc", 10, NULL), RPC_S_OK);
  serve();
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++) {
    choose(sequence, endpoints[sequence], sizeof(endpoints[sequence]));
    CHECK_EQ(use(sequence, endpoints[sequence], NULL), RPC_S_OK);
    open[sequence] = new_client(sequence, endpoints[sequence]);
    CHECK_EQ(sync_add(open[sequence], 1, 2), 3);
  }
  stop();
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++) {
    for (int i = 0; i < 6; i++)
      check_refused(sequence, endpoints[sequence]);
    CHECK_EQ(call_from_another_process(sequence, endpoints[sequence]), RPC_S_SERVER_TOO_BUSY);
    CHECK_EQ(RAISED(sync_add, open[sequence], 1, 2), RPC_S_SERVER_TOO_BUSY);
  }
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++) {
    check_served(sequence, endpoints[sequence]);
    CHECK_EQ(RpcMgmtIsServerListening(open[sequence]), RPC_S_OK);
    CHECK_EQ(RpcBindingFree(&open[sequence]), RPC_S_OK);
  }
  stop();
}

/* ---- endpoints that nobody calls any more ---- */

struct used {
  long handles;
  long threads;
};

static struct used used_now(void)
{
  struct used used = {usage_handles(), usage_threads()};
  return used;
}

static void check_one_handle_each(const struct used *before)
{
  ULONGLONG limit = GetTickCount64() + REST_MS;
  struct used used;
  long most;

  do {
    SwitchToThread();
    used = used_now();
    most = before->handles + AT_REST;
    if (used.threads > before->threads)
      most += THREAD_HANDLES * (used.threads - before->threads);
  } while (used.handles > most && GetTickCount64() < limit);
  CHECK_AT_MOST(used.handles, most);
}

static void clients_come_together(enum sequence sequence, const char *endpoint)
{
  RPC_BINDING_HANDLE clients[6];

  for (size_t i = 0; i < ARRAYSIZE(clients); i++) {
    clients[i] = new_client(sequence, endpoint);
    CHECK_EQ(sync_add(clients[i], 1, 2), 3);
  }
  for (size_t i = 0; i < ARRAYSIZE(clients); i++)
    CHECK_EQ(RpcBindingFree(&clients[i]), RPC_S_OK);
}

/* Nobody takes an endpoint back: each apartment that has ended leaves one. */
TEST(a_pipe_that_nobody_calls_costs_a_handle)
{
  char endpoints[AT_REST][80];
  struct used before = {0};

  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR) "ncalrpc", 10, NULL), RPC_S_OK);
  serve();
  for (int i = 0; i < AT_REST; i++) {
    enum sequence sequence = i % 2 ? PIPE : LOCAL;
    choose(sequence, endpoints[i], sizeof(endpoints[i]));
    CHECK_EQ(use(sequence, endpoints[i], NULL), RPC_S_OK);
    check_served(sequence, endpoints[i]);
    if (!i)
      before = used_now();
  }
  for (int round = 0; round < 2; round++) {
    check_one_handle_each(&before);
    for (int i = 0; i < AT_REST; i++)
      clients_come_together(i % 2 ? PIPE : LOCAL, endpoints[i]);
  }
  stop();
}

/* ---- what the system refuses ---- */

static volatile LONG refuse, refused;

static bool is_refused(void)
{
  if (!InterlockedCompareExchange(&refuse, 0, 0))
    return false;
  InterlockedIncrement(&refused);
  return true;
}

static __typeof__(&CreateNamedPipeW) create_pipe;

static HANDLE WINAPI create_pipe_or_not(const WCHAR *name, DWORD open_mode, DWORD pipe_mode,
                                        DWORD instances, DWORD out, DWORD in, DWORD time_out,
                                        SECURITY_ATTRIBUTES *security)
{
  if (!is_refused())
    return create_pipe(name, open_mode, pipe_mode, instances, out, in, time_out, security);
  SetLastError(ERROR_NO_SYSTEM_RESOURCES);
  return INVALID_HANDLE_VALUE;
}

static __typeof__(&WSASocketW) make_socket;

static SOCKET WSAAPI make_socket_or_not(int family, int type, int protocol,
                                        WSAPROTOCOL_INFOW *info, GROUP group, DWORD flags)
{
  if (!is_refused())
    return make_socket(family, type, protocol, info, group, flags);
  WSASetLastError(WSAENOBUFS);
  return INVALID_SOCKET;
}

static __typeof__(&GetProcAddress) find_function;

/* Winsock is loaded when it is needed. */
static FARPROC WINAPI find_socket_function(HMODULE module, const char *name)
{
  FARPROC found = find_function(module, name);

  if ((ULONG_PTR)name <= 0xffff || strcmp(name, "WSASocketW") != 0)
    return found;
  make_socket = (__typeof__(make_socket))(void *)found;
  return (FARPROC)(void *)make_socket_or_not;
}

static void begin_refusing(void)
{
  refused = 0;
  InterlockedExchange(&refuse, 1);
}

static void end_refusing(LONG at_least)
{
  while (InterlockedCompareExchange(&refused, 0, 0) < at_least)
    SwitchToThread();
  InterlockedExchange(&refuse, 0);
}

static void hook_pipes(void)
{
  create_pipe = (__typeof__(create_pipe))(void *)import_replace(
      GetModuleHandleW(L"rpcrt4.dll"), "CreateNamedPipeW", (FARPROC)(void *)create_pipe_or_not);
}

static void hook_sockets(void)
{
  find_function = (__typeof__(find_function))(void *)import_replace(
      GetModuleHandleW(L"rpcrt4.dll"), "GetProcAddress", (FARPROC)(void *)find_socket_function);
}

TEST(an_endpoint_that_could_not_be_made_is_not_listed)
{
  char endpoint[80];

  hook_pipes();
  hook_sockets();
  for (enum sequence sequence = LOCAL; sequence < SEQUENCES; sequence++) {
    choose(sequence, endpoint, sizeof(endpoint));
    begin_refusing();
    CHECK_EQ(use(sequence, endpoint, NULL), RPC_S_CANT_CREATE_ENDPOINT);
    end_refusing(1);
    CHECK_EQ(use(sequence, endpoint, NULL), RPC_S_OK);
    CHECK_EQ(use(sequence, endpoint, NULL), RPC_S_DUPLICATE_ENDPOINT);
  }
}

/* Clients take all instances that wait, and there are no new ones. */
static void check_pipe_listens_on(enum sequence sequence)
{
  char endpoint[80];
  RPC_BINDING_HANDLE clients[4];

  choose(sequence, endpoint, sizeof(endpoint));
  CHECK_EQ(use(sequence, endpoint, NULL), RPC_S_OK);
  check_served(sequence, endpoint);
  begin_refusing();
  for (size_t i = 0; i < ARRAYSIZE(clients); i++) {
    clients[i] = new_client(sequence, endpoint);
    CHECK_EQ(sync_add(clients[i], 1, 2), 3);
  }
  end_refusing(8);
  for (int i = 0; i < 6; i++)
    check_served(sequence, endpoint);
  for (size_t i = 0; i < ARRAYSIZE(clients); i++)
    CHECK_EQ(RpcBindingFree(&clients[i]), RPC_S_OK);
}

TEST(a_pipe_listens_on_after_failures)
{
  hook_pipes();
  CHECK_EQ(RpcServerUseProtseqA((RPC_CSTR) "ncalrpc", 10, NULL), RPC_S_OK);
  serve();
  check_pipe_listens_on(LOCAL);
  check_pipe_listens_on(PIPE);
  stop();
}

/* The first instance is there; the others are not when the server starts to listen. */
TEST(a_pipe_that_could_not_start_listens_on)
{
  char endpoint[80];
  RPC_BINDING_HANDLE first;

  hook_pipes();
  choose(LOCAL, endpoint, sizeof(endpoint));
  CHECK_EQ(use(LOCAL, endpoint, NULL), RPC_S_OK);
  begin_refusing();
  serve();
  first = new_client(LOCAL, endpoint);
  CHECK_EQ(sync_add(first, 1, 2), 3);
  end_refusing(8);
  for (int i = 0; i < 6; i++)
    check_served(LOCAL, endpoint);
  CHECK_EQ(RpcBindingFree(&first), RPC_S_OK);
  stop();
}

static SOCKET connect_bare(const char *port)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)atoi(port))};
  SOCKET client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(client != INVALID_SOCKET);
  CHECK_EQ(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
  return client;
}

TEST(a_port_listens_on_after_failures)
{
  char endpoint[80];
  SOCKET client;

  hook_sockets();
  choose(TCP, endpoint, sizeof(endpoint));
  CHECK_EQ(use(TCP, endpoint, NULL), RPC_S_OK);
  serve();
  check_served(TCP, endpoint);
  begin_refusing();
  client = connect_bare(endpoint);
  end_refusing(4);
  for (int i = 0; i < 3; i++)
    check_served(TCP, endpoint);
  closesocket(client);
  stop();
}

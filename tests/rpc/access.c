/*
 * Who may call an interface: its flags, security descriptor and security callback; and what of
 * that is kept for the next call.
 */
#include "../../include/asyncshim/rpc.h"
#include "server.h"

#include <sddl.h>

enum { OVER_LOCAL, OVER_PIPE, OVER_TCP, WAYS };
static RPC_BINDING_HANDLE ways[WAYS];

static RPC_BINDING_HANDLE listen_on(const char *protseq, const char *address,
                                    const char *endpoint)
{
  RPC_BINDING_HANDLE binding;
  RPC_CSTR text;

  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)protseq, RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, (RPC_CSTR)address,
                                    (RPC_CSTR)endpoint, NULL, &text),
           RPC_S_OK);
  CHECK_EQ(RpcBindingFromStringBindingA(text, &binding), RPC_S_OK);
  CHECK_EQ(RpcStringFreeA(&text), RPC_S_OK);
  return binding;
}

static void start(void)
{
  char endpoint[64], pipe[80];

  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  snprintf(pipe, sizeof(pipe), "\\pipe\\%s", endpoint);
  ways[OVER_LOCAL] = listen_on("ncalrpc", "", endpoint);
  ways[OVER_PIPE] = listen_on("ncacn_np", "", pipe);
  endpoint_choose(WIRE_TCP, endpoint, sizeof(endpoint));
  ways[OVER_TCP] = listen_on("ncacn_ip_tcp", "127.0.0.1", endpoint);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
}

static void stop(void)
{
  for (int way = 0; way < WAYS; way++)
    CHECK_EQ(RpcBindingFree(&ways[way]), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

static RPC_STATUS register_with(unsigned int flags, RPC_IF_CALLBACK_FN *callback,
                                void *descriptor)
{
  return RpcServerRegisterIf3(sync_server_calls_v1_0_s_ifspec, NULL, NULL, flags,
                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, (unsigned int)-1, callback,
                              descriptor);
}

static void unregister(void)
{
  CHECK_EQ(RpcServerUnregisterIf(sync_server_calls_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
}

static DWORD call(int way)
{
  DWORD raised = RAISED(sync_add, ways[way], 1, 2);

  if (!raised)
    CHECK_EQ(RETURNED(), 3);
  return raised;
}

static void check_calls(DWORD local, DWORD pipe, DWORD tcp)
{
  CHECK_EQ(call(OVER_LOCAL), local);
  CHECK_EQ(call(OVER_PIPE), pipe);
  CHECK_EQ(call(OVER_TCP), tcp);
}

static LONG asked;
static RPC_STATUS answer;

static RPC_STATUS RPC_ENTRY security_callback(RPC_IF_HANDLE interface_id, void *context)
{
  CHECK(interface_id && context);
  InterlockedIncrement(&asked);
  return answer;
}

/* ---- flags ---- */

TEST(an_interface_without_flags_is_for_all)
{
  start();
  CHECK_EQ(register_with(0, NULL, NULL), RPC_S_OK);
  check_calls(0, 0, 0);
  stop();
}

TEST(local_only_refuses_tcp)
{
  start();
  CHECK_EQ(register_with(RPC_IF_ALLOW_LOCAL_ONLY, NULL, NULL), RPC_S_OK);
  check_calls(0, 0, RPC_S_ACCESS_DENIED);
  /* It is the interface that is closed, not the endpoint. */
  unregister();
  CHECK_EQ(register_with(0, NULL, NULL), RPC_S_OK);
  check_calls(0, 0, 0);
  stop();
}

TEST(secure_only_refuses_who_is_not_authenticated)
{
  start();
  CHECK_EQ(register_with(RPC_IF_ALLOW_SECURE_ONLY, NULL, NULL), RPC_S_OK);
  check_calls(0, 0, RPC_S_ACCESS_DENIED);
  stop();
}

TEST(flags_of_refusal_come_before_the_callback)
{
  start();
  CHECK_EQ(register_with(RPC_IF_ALLOW_LOCAL_ONLY | RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH,
                         security_callback, NULL),
           RPC_S_OK);
  CHECK_EQ(call(OVER_TCP), RPC_S_ACCESS_DENIED);
  CHECK_EQ(asked, 0);
  stop();
}

/* Wine's DCOM is local; the calls are those of the interpreter, as COM's table has one entry.
 */
TEST(interfaces_of_com_answer_no_tcp_client)
{
  start();
  CHECK_EQ(register_with(RPC_IF_OLE | RPC_IF_AUTOLISTEN, NULL, NULL), RPC_S_OK);
  check_calls(0, 0, RPC_S_ACCESS_DENIED);
  stop();
}

/* ---- the callback ---- */

TEST(a_callback_is_not_asked_of_clients_without_authentication)
{
  start();
  CHECK_EQ(register_with(0, security_callback, NULL), RPC_S_OK);
  CHECK_EQ(call(OVER_TCP), RPC_S_ACCESS_DENIED);
  CHECK_EQ(asked, 0);
  CHECK_EQ(call(OVER_LOCAL), 0);
  CHECK_EQ(asked, 1);
  CHECK_EQ(call(OVER_PIPE), 0);
  CHECK_EQ(asked, 2);
  stop();
}

TEST(a_callback_that_wants_to_know_is_asked_of_all_and_each_time)
{
  start();
  CHECK_EQ(register_with(RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH, security_callback, NULL),
           RPC_S_OK);
  for (LONG i = 1; i <= 3; i++) {
    CHECK_EQ(call(OVER_TCP), 0);
    CHECK_EQ(asked, i);
  }
  answer = RPC_S_CALL_FAILED; /* whatever it says: the client is refused */
  CHECK_EQ(call(OVER_TCP), RPC_S_ACCESS_DENIED);
  stop();
}

TEST(what_a_callback_grants_is_kept_for_the_client)
{
  start();
  CHECK_EQ(register_with(0, security_callback, NULL), RPC_S_OK);
  answer = RPC_S_ACCESS_DENIED;
  CHECK_EQ(call(OVER_LOCAL), RPC_S_ACCESS_DENIED);
  CHECK_EQ(call(OVER_LOCAL), RPC_S_ACCESS_DENIED);
  CHECK_EQ(asked, 2); /* what it refuses is not */
  answer = RPC_S_OK;
  CHECK_EQ(call(OVER_LOCAL), 0);
  answer = RPC_S_ACCESS_DENIED;
  CHECK_EQ(call(OVER_LOCAL), 0);
  sync_nothing(ways[OVER_LOCAL]);
  CHECK_EQ(asked, 3);
  /* Another client is another one; another registration, too. */
  CHECK_EQ(call(OVER_PIPE), RPC_S_ACCESS_DENIED);
  unregister();
  CHECK_EQ(register_with(0, security_callback, NULL), RPC_S_OK);
  CHECK_EQ(call(OVER_LOCAL), RPC_S_ACCESS_DENIED);
  stop();
}

TEST(sec_no_cache_asks_each_time)
{
  start();
  CHECK_EQ(register_with(RPC_IF_SEC_NO_CACHE, security_callback, NULL), RPC_S_OK);
  for (LONG i = 1; i <= 3; i++) {
    CHECK_EQ(call(OVER_LOCAL), 0);
    CHECK_EQ(asked, i);
  }
  stop();
}

TEST(sec_cache_per_proc_asks_for_each_procedure)
{
  start();
  CHECK_EQ(register_with(RPC_IF_SEC_CACHE_PER_PROC, security_callback, NULL), RPC_S_OK);
  for (int i = 0; i < 3; i++) {
    CHECK_EQ(call(OVER_LOCAL), 0);
    CHECK_EQ(asked, i ? 2 : 1);
    sync_nothing(ways[OVER_LOCAL]);
    CHECK_EQ(asked, 2);
  }
  stop();
}

static RPC_STATUS RPC_ENTRY raising_callback(RPC_IF_HANDLE interface_id, void *context)
{
  (void)interface_id, (void)context;
  InterlockedIncrement(&asked);
  RpcRaiseException(RPC_S_INTERNAL_ERROR);
  return RPC_S_OK;
}

TEST(a_callback_that_raises_refuses)
{
  start();
  CHECK_EQ(register_with(0, raising_callback, NULL), RPC_S_OK);
  CHECK_EQ(call(OVER_LOCAL), RPC_S_ACCESS_DENIED);
  CHECK_EQ(call(OVER_LOCAL), RPC_S_ACCESS_DENIED);
  CHECK_EQ(asked, 2);
  stop();
}

/* ---- security descriptors ---- */

/* Registers with it, and destroys it: it must have been copied. */
static void register_descriptor(const char *text)
{
  PSECURITY_DESCRIPTOR descriptor;
  ULONG size;

  CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &descriptor,
                                                             &size));
  CHECK_EQ(register_with(RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH, security_callback, descriptor),
           RPC_S_OK);
  memset(descriptor, 0xee, size);
  LocalFree(descriptor);
}

static void check_descriptor(const char *text, DWORD known, DWORD unknown)
{
  asked = 0;
  register_descriptor(text);
  check_calls(known, known, unknown);
  CHECK_EQ(asked, (known ? 0 : 2) + (unknown ? 0 : 1)); /* only after the descriptor */
  unregister();
}

TEST(a_security_descriptor_decides_before_the_callback)
{
  start();
  check_descriptor("D:(A;;GA;;;WD)", 0, RPC_S_ACCESS_DENIED);
  check_descriptor("O:BAG:BAD:(A;;GX;;;WD)", 0, RPC_S_ACCESS_DENIED);
  check_descriptor("D:(A;;0x1;;;WD)(A;;0x1;;;AN)", 0, 0);
  check_descriptor("D:(D;;GA;;;AN)(A;;GA;;;WD)(A;;GA;;;AN)", 0, RPC_S_ACCESS_DENIED);
  check_descriptor("D:(D;;GA;;;WD)(A;;GA;;;AN)", RPC_S_ACCESS_DENIED, 0);
  check_descriptor("D:", RPC_S_ACCESS_DENIED, RPC_S_ACCESS_DENIED); /* a list of nobody */
  check_descriptor("O:BA", 0, 0);                                   /* no list */
  stop();
}

TEST(absolute_security_descriptors_are_taken_too)
{
  SECURITY_DESCRIPTOR descriptor;

  start();
  CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
  CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
  CHECK_EQ(register_with(0, NULL, &descriptor), RPC_S_OK);
  memset(&descriptor, 0xee, sizeof(descriptor));
  check_calls(0, 0, 0);
  stop();
}

TEST(what_is_no_security_descriptor_is_refused)
{
  SECURITY_DESCRIPTOR descriptor = {.Revision = 77};

  CHECK_EQ(register_with(0, NULL, &descriptor), RPC_S_INVALID_SECURITY_DESC);
}

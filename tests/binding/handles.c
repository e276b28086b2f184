/*
 * Binding handles: a NULL, stale or foreign one is refused by every function; live ones are
 * independent.
 */
#include "harness.h"

#include <rpc.h>
#include <stdlib.h>

static RPC_BINDING_HANDLE bind_string(const char *string)
{
  RPC_BINDING_HANDLE binding = NULL;

  CHECK_EQ(RpcBindingFromStringBindingA((RPC_CSTR)string, &binding), RPC_S_OK);
  return binding;
}

static void check_string(RPC_BINDING_HANDLE binding, const char *expected)
{
  RPC_CSTR text;

  CHECK_EQ(RpcBindingToStringBindingA(binding, &text), RPC_S_OK);
  CHECK(!strcmp((const char *)text, expected));
  CHECK_EQ(RpcStringFreeA(&text), RPC_S_OK);
}

/* Names that the import library lacks. */
static void *of_rpcrt4(const char *name)
{
  void *found = (void *)GetProcAddress(GetModuleHandleA("rpcrt4.dll"), name);

  if (!found)
    check_failed(__FILE__, __LINE__, "%s is not there", name);
  return found;
}

typedef RPC_STATUS(RPC_ENTRY *set_async_function)(RPC_BINDING_HANDLE binding, void *function);
typedef RPC_STATUS(RPC_ENTRY *text_function)(RPC_BINDING_HANDLE binding, WCHAR **text);
typedef RPC_STATUS(RPC_ENTRY *ansi_function)(RPC_BINDING_HANDLE binding, char **text);
typedef RPC_STATUS(RPC_ENTRY *set_entry_function)(RPC_BINDING_HANDLE binding, ULONG syntax,
                                                  const WCHAR *name);
typedef RPC_STATUS(RPC_ENTRY *inquire_entry_function)(RPC_BINDING_HANDLE binding, ULONG syntax,
                                                      WCHAR **name);

/* What Wine's DLL would have taken for binding handles of its own. */
static void check_refused_by_internal_functions(RPC_BINDING_HANDLE handle)
{
  WCHAR *text = NULL;
  char *ansi = NULL;

  CHECK_EQ(((set_async_function)of_rpcrt4("I_RpcBindingSetAsync"))(handle, NULL),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(((text_function)of_rpcrt4("I_RpcBindingToStaticStringBindingW"))(handle, &text),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(((text_function)of_rpcrt4("I_RpcBindingInqDynamicEndPointW"))(handle, &text),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(((ansi_function)of_rpcrt4("I_RpcBindingInqDynamicEndPointA"))(handle, &ansi),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(((set_entry_function)of_rpcrt4("I_RpcNsBindingSetEntryNameW"))(handle, 0, L"name"),
           RPC_S_INVALID_BINDING);
  CHECK_EQ(((inquire_entry_function)of_rpcrt4("RpcNsBindingInqEntryNameW"))(handle, 0, &text),
           RPC_S_INVALID_BINDING);
  CHECK(!text && !ansi);
}

static void check_refused_everywhere(RPC_BINDING_HANDLE handle)
{
  RPC_BINDING_HANDLE copy = NULL, freed = handle;
  static RPC_CLIENT_INTERFACE spec = {.Length = sizeof(spec)};
  ULONG_PTR value;
  unsigned int timeout;
  RPC_CSTR ansi;
  RPC_WSTR wide;
  UUID uuid;

  CHECK_EQ(RpcBindingFree(&freed), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingCopy(handle, &copy), RPC_S_INVALID_BINDING);
  CHECK_EQ(I_RpcBindingCopy(handle, &copy), RPC_S_INVALID_BINDING);
  CHECK(!copy);
  CHECK_EQ(RpcBindingReset(handle), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingInqObject(handle, &uuid), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingSetObject(handle, NULL), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingToStringBindingA(handle, &ansi), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingToStringBindingW(handle, &wide), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingSetOption(handle, RPC_C_OPT_CALL_TIMEOUT, 1), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingInqOption(handle, RPC_C_OPT_CALL_TIMEOUT, &value), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcMgmtSetComTimeout(handle, 5), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcMgmtInqComTimeout(handle, &timeout), RPC_S_INVALID_BINDING);
  CHECK_EQ(
      RpcBindingSetAuthInfoA(handle, NULL, RPC_C_AUTHN_LEVEL_NONE, RPC_C_AUTHN_NONE, NULL, 0),
      RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcBindingInqAuthInfoA(handle, NULL, NULL, NULL, NULL, NULL), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcEpResolveBinding(handle, &spec), RPC_S_INVALID_BINDING);
  check_refused_by_internal_functions(handle);
}

TEST(null_handles_are_refused)
{
  check_refused_everywhere(NULL);
  CHECK_EQ(RpcBindingFree(NULL), RPC_S_INVALID_BINDING);
}

TEST(freed_handles_are_refused)
{
  RPC_BINDING_HANDLE binding = bind_string("ncalrpc:[name]"), stale = binding;

  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK(!binding);
  check_refused_everywhere(stale);
}

TEST(foreign_pointers_are_refused)
{
  ULONG_PTR memory[64] = {0};

  check_refused_everywhere((RPC_BINDING_HANDLE)memory);
  check_refused_everywhere((RPC_BINDING_HANDLE)(ULONG_PTR)1);
  check_refused_everywhere((RPC_BINDING_HANDLE) ~(ULONG_PTR)0);
}

TEST(copies_are_independent)
{
  static UUID object = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
  RPC_BINDING_HANDLE binding = bind_string("ncacn_ip_tcp:127.0.0.1[4711]"), copy;

  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 1234), RPC_S_OK);
  CHECK_EQ(RpcBindingCopy(binding, &copy), RPC_S_OK);
  CHECK(copy != binding);
  CHECK_EQ(RpcBindingSetObject(copy, &object), RPC_S_OK);
  check_string(binding, "ncacn_ip_tcp:127.0.0.1[4711]");
  check_string(copy, "00000001-0002-0003-0405-060708090a0b@ncacn_ip_tcp:127.0.0.1[4711]");
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  ULONG_PTR value;
  CHECK_EQ(RpcBindingInqOption(copy, RPC_C_OPT_CALL_TIMEOUT, &value), RPC_S_OK);
  CHECK_EQ(value, 1234);
  CHECK_EQ(RpcBindingFree(&copy), RPC_S_OK);
}

TEST(reset_forgets_the_endpoint)
{
  RPC_BINDING_HANDLE binding = bind_string("ncacn_ip_tcp:127.0.0.1[4711]");

  CHECK_EQ(RpcBindingReset(binding), RPC_S_OK);
  check_string(binding, "ncacn_ip_tcp:127.0.0.1");
  CHECK_EQ(RpcBindingReset(binding), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

/* Wine's function would write into it. */
TEST(a_blocking_function_leaves_the_binding_as_it_is)
{
  set_async_function set_async = of_rpcrt4("I_RpcBindingSetAsync");
  RPC_BINDING_HANDLE binding = bind_string("ncacn_ip_tcp:127.0.0.1[4711]");

  CHECK_EQ(set_async(binding, (void *)(ULONG_PTR)0x12345678), RPC_S_OK);
  check_string(binding, "ncacn_ip_tcp:127.0.0.1[4711]");
  CHECK_EQ(RpcBindingReset(binding), RPC_S_OK);
  check_string(binding, "ncacn_ip_tcp:127.0.0.1");
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(an_endpoint_of_the_application_is_not_dynamic)
{
  text_function dynamic = of_rpcrt4("I_RpcBindingInqDynamicEndPointW");
  text_function whole = of_rpcrt4("I_RpcBindingToStaticStringBindingW");
  RPC_BINDING_HANDLE binding = bind_string("ncacn_ip_tcp:127.0.0.1[4711]");
  WCHAR *text = L"";

  CHECK_EQ(dynamic(binding, &text), RPC_S_OK);
  CHECK(!text);
  CHECK_EQ(whole(binding, &text), RPC_S_OK);
  CHECK_WIDE_EQ(text, L"ncacn_ip_tcp:127.0.0.1[4711]");
  CHECK_EQ(RpcStringFreeW((RPC_WSTR *)&text), RPC_S_OK);
  CHECK_EQ(RpcBindingReset(binding), RPC_S_OK);
  CHECK_EQ(dynamic(binding, &text), RPC_S_BINDING_INCOMPLETE);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(entry_name_is_what_was_set)
{
  set_entry_function set = of_rpcrt4("I_RpcNsBindingSetEntryNameW");
  inquire_entry_function inquire = of_rpcrt4("RpcNsBindingInqEntryNameW");
  RPC_BINDING_HANDLE binding = bind_string("ncalrpc:[name]"), copy;
  WCHAR *name = NULL;

  CHECK_EQ(inquire(binding, RPC_C_NS_SYNTAX_DEFAULT, &name), RPC_S_NO_ENTRY_NAME);
  CHECK_EQ(set(binding, 7, L"/.:/servers/one"), RPC_S_UNSUPPORTED_NAME_SYNTAX);
  CHECK_EQ(set(binding, RPC_C_NS_SYNTAX_DCE, L"/.:/servers/one"), RPC_S_OK);
  CHECK_EQ(RpcBindingCopy(binding, &copy), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(inquire(copy, RPC_C_NS_SYNTAX_DEFAULT, &name), RPC_S_OK);
  CHECK_WIDE_EQ(name, L"/.:/servers/one");
  CHECK_EQ(RpcStringFreeW((RPC_WSTR *)&name), RPC_S_OK);
  CHECK_EQ(set(copy, RPC_C_NS_SYNTAX_DCE, NULL), RPC_S_OK);
  CHECK_EQ(inquire(copy, RPC_C_NS_SYNTAX_DEFAULT, &name), RPC_S_NO_ENTRY_NAME);
  CHECK_EQ(RpcBindingFree(&copy), RPC_S_OK);
}

TEST(object_is_what_was_set)
{
  static UUID object = {0x12345678, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}}, nil;
  RPC_BINDING_HANDLE binding =
      bind_string("12345678-0002-0003-0405-060708090a0b@ncalrpc:[name]");
  UUID found;

  CHECK_EQ(RpcBindingInqObject(binding, &found), RPC_S_OK);
  CHECK(!memcmp(&found, &object, sizeof(found)));
  CHECK_EQ(RpcBindingSetObject(binding, NULL), RPC_S_OK);
  CHECK_EQ(RpcBindingInqObject(binding, &found), RPC_S_OK);
  CHECK(!memcmp(&found, &nil, sizeof(found)));
  CHECK_EQ(RpcBindingSetObject(binding, &object), RPC_S_OK);
  CHECK_EQ(RpcBindingInqObject(binding, &found), RPC_S_OK);
  CHECK(!memcmp(&found, &object, sizeof(found)));
  CHECK_EQ(RpcBindingInqObject(binding, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(many_handles_are_told_apart)
{
  enum { COUNT = 5000 };
  static RPC_BINDING_HANDLE bindings[COUNT], stale[COUNT];

  for (int i = 0; i < COUNT; i++) {
    UUID object = {.Data1 = (unsigned long)i};

    bindings[i] = stale[i] = bind_string("ncalrpc:[name]");
    CHECK_EQ(RpcBindingSetObject(bindings[i], &object), RPC_S_OK);
  }
  for (int i = 0; i < COUNT; i += 2)
    CHECK_EQ(RpcBindingFree(&bindings[i]), RPC_S_OK);
  for (int i = 0; i < COUNT; i++) {
    UUID object;

    CHECK_EQ(RpcBindingInqObject(stale[i], &object), i % 2 ? RPC_S_OK : RPC_S_INVALID_BINDING);
    CHECK(i % 2 == 0 || object.Data1 == (unsigned long)i);
  }
  for (int i = 1; i < COUNT; i += 2)
    CHECK_EQ(RpcBindingFree(&bindings[i]), RPC_S_OK);
}

TEST(vector_free_frees_every_binding)
{
  static unsigned char protocol[] = "ncalrpc", endpoint[] = "asyncshim test vector";
  RPC_BINDING_VECTOR *vector = NULL;
  RPC_BINDING_HANDLE kept;

  CHECK_EQ(RpcServerUseProtseqEpA(protocol, 10, endpoint, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerInqBindings(&vector), RPC_S_OK);
  CHECK_EQ(vector->Count, 1);
  kept = vector->BindingH[0];
  check_string(kept, "ncalrpc:[asyncshim test vector]");
  CHECK_EQ(RpcBindingVectorFree(&vector), RPC_S_OK);
  CHECK(!vector);
  check_refused_everywhere(kept);
  CHECK_EQ(RpcBindingVectorFree(&vector), RPC_S_INVALID_ARG);
}

struct race {
  RPC_BINDING_HANDLE binding;
  HANDLE start;
  LONG freed;
};

static DWORD WINAPI free_it(void *context)
{
  struct race *race = context;
  RPC_BINDING_HANDLE own = race->binding;

  CHECK_SIGNALLED(race->start);
  RPC_STATUS status = RpcBindingFree(&own);
  if (status == RPC_S_OK)
    InterlockedIncrement(&race->freed);
  else
    CHECK_EQ(status, RPC_S_INVALID_BINDING);
  return 0;
}

TEST(of_two_threads_that_free_one_handle_one_succeeds)
{
  for (int round = 0; round < 100; round++) {
    struct race race = {bind_string("ncalrpc:[name]"), CreateEventW(NULL, TRUE, FALSE, NULL),
                        0};
    HANDLE threads[2];

    for (int i = 0; i < 2; i++)
      CHECK((threads[i] = CreateThread(NULL, 0, free_it, &race, 0, NULL)) != NULL);
    SetEvent(race.start);
    for (int i = 0; i < 2; i++) {
      CHECK_SIGNALLED(threads[i]);
      CloseHandle(threads[i]);
    }
    CHECK_EQ(race.freed, 1);
    CloseHandle(race.start);
  }
}

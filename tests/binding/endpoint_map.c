/*
 * The endpoint map: what a server registers is found by clients, on this runtime and on Wine's,
 * until it is unregistered. The mapper is Wine's service RpcSs, started by the first test that
 * needs it.
 */
#include "harness.h"
#include "helper.h"

#include <rpc.h>
#include <rpcndr.h>
#include <stdlib.h>

#define NDR_SYNTAX                                                                             \
  {                                                                                            \
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}},            \
    {                                                                                          \
      2, 0                                                                                     \
    }                                                                                          \
  }

/* Each process has interfaces of its own, so that tests do not meet each other's entries. */
static RPC_SERVER_INTERFACE server_interface(unsigned short number, unsigned long process)
{
  RPC_SERVER_INTERFACE spec = {
      .Length = sizeof(spec),
      .InterfaceId = {{0x6e706431, number, 0x4a1c, {0x80}}, {1, 4}},
      .TransferSyntax = NDR_SYNTAX,
  };

  memcpy(&spec.InterfaceId.SyntaxGUID.Data4[4], &process, sizeof(process));
  return spec;
}

static RPC_CLIENT_INTERFACE client_interface(const RPC_SERVER_INTERFACE *server)
{
  RPC_CLIENT_INTERFACE spec = {.Length = sizeof(spec),
                               .InterfaceId = server->InterfaceId,
                               .TransferSyntax = server->TransferSyntax};

  return spec;
}

/* Endpoints of their own choice on both transports. */
static RPC_BINDING_VECTOR *listen_anywhere(void)
{
  static unsigned char tcp[] = "ncacn_ip_tcp", local[] = "ncalrpc";
  RPC_BINDING_VECTOR *bindings = NULL;

  CHECK_EQ(RpcServerUseProtseqA(tcp, 10, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerUseProtseqA(local, 10, NULL), RPC_S_OK);
  CHECK_EQ(RpcServerInqBindings(&bindings), RPC_S_OK);
  CHECK_EQ(bindings->Count, 2);
  return bindings;
}

static RPC_BINDING_HANDLE bind_string(const char *string)
{
  RPC_BINDING_HANDLE binding = NULL;

  CHECK_EQ(RpcBindingFromStringBindingA((RPC_CSTR)string, &binding), RPC_S_OK);
  return binding;
}

/* Protocol sequence and endpoint of a binding. */
static void inquire(RPC_BINDING_HANDLE binding, char *protocol, char *endpoint)
{
  RPC_CSTR string, protocol_part = NULL, endpoint_part = NULL;

  CHECK_EQ(RpcBindingToStringBindingA(binding, &string), RPC_S_OK);
  CHECK_EQ(RpcStringBindingParseA(string, NULL, &protocol_part, NULL, &endpoint_part, NULL),
           RPC_S_OK);
  strcpy(protocol, (const char *)protocol_part);
  strcpy(endpoint, endpoint_part ? (const char *)endpoint_part : "");
  RpcStringFreeA(&string);
  RpcStringFreeA(&protocol_part);
  RpcStringFreeA(&endpoint_part);
}

/* Resolves `string` and checks that it is the endpoint of that protocol sequence in the vector.
 */
static void check_resolves(const char *string, RPC_SERVER_INTERFACE *server,
                           const RPC_BINDING_VECTOR *bindings)
{
  char protocol[64], endpoint[256], server_protocol[64], server_endpoint[256];
  RPC_CLIENT_INTERFACE client = client_interface(server);
  RPC_BINDING_HANDLE binding = bind_string(string);
  bool found = false;

  CHECK_EQ(RpcEpResolveBinding(binding, &client), RPC_S_OK);
  inquire(binding, protocol, endpoint);
  for (unsigned long i = 0; i < bindings->Count; i++) {
    inquire(bindings->BindingH[i], server_protocol, server_endpoint);
    found = found || (!strcmp(protocol, server_protocol) && !strcmp(endpoint, server_endpoint));
  }
  if (!found)
    test_note("%s got endpoint \"%s\"", string, endpoint);
  CHECK(found);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

static void check_not_registered(const char *string, RPC_SERVER_INTERFACE *server)
{
  RPC_CLIENT_INTERFACE client = client_interface(server);
  RPC_BINDING_HANDLE binding = bind_string(string);

  CHECK_EQ(RpcEpResolveBinding(binding, &client), EPT_S_NOT_REGISTERED);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST_WITHIN(registered_endpoints_are_found_until_unregistered, 60000)
{
  static unsigned char annotation[] = "asyncshim test";
  RPC_SERVER_INTERFACE server = server_interface(1, GetCurrentProcessId());
  RPC_BINDING_VECTOR *bindings = listen_anywhere();

  check_not_registered("ncacn_ip_tcp:127.0.0.1", &server);
  CHECK_EQ(RpcEpRegisterA(&server, bindings, NULL, annotation), RPC_S_OK);
  check_resolves("ncacn_ip_tcp:127.0.0.1", &server, bindings);
  check_resolves("ncacn_ip_tcp:", &server, bindings);
  check_resolves("ncacn_ip_tcp:localhost", &server, bindings);
  check_resolves("ncalrpc:", &server, bindings);
  check_not_registered("ncacn_np:.", &server);
  CHECK_EQ(RpcEpRegisterA(&server, bindings, NULL, NULL), RPC_S_OK); /* again: replaces */
  check_resolves("ncalrpc:", &server, bindings);
  CHECK_EQ(RpcEpUnregister(&server, bindings, NULL), RPC_S_OK);
  check_not_registered("ncacn_ip_tcp:127.0.0.1", &server);
  check_not_registered("ncalrpc:", &server);
  CHECK_EQ(RpcEpUnregister(&server, bindings, NULL), EPT_S_NOT_REGISTERED);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
}

TEST_WITHIN(objects_have_endpoints_of_their_own, 60000)
{
  static UUID first = {.Data1 = 1}, second = {.Data1 = 2};
  UUID_VECTOR objects = {1, {&first}};
  RPC_SERVER_INTERFACE server = server_interface(2, GetCurrentProcessId());
  RPC_CLIENT_INTERFACE client = client_interface(&server);
  RPC_BINDING_VECTOR *bindings = listen_anywhere();
  RPC_BINDING_HANDLE binding;

  CHECK_EQ(RpcEpRegisterNoReplaceW(&server, bindings, &objects, NULL), RPC_S_OK);
  check_not_registered("ncalrpc:", &server);
  check_resolves("00000001-0000-0000-0000-000000000000@ncalrpc:", &server, bindings);
  binding = bind_string("ncalrpc:");
  CHECK_EQ(RpcBindingSetObject(binding, &second), RPC_S_OK);
  CHECK_EQ(RpcEpResolveBinding(binding, &client), EPT_S_NOT_REGISTERED);
  /* Those registered for no object in particular serve every object. */
  CHECK_EQ(RpcEpRegisterA(&server, bindings, NULL, NULL), RPC_S_OK);
  CHECK_EQ(RpcEpResolveBinding(binding, &client), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcEpUnregister(&server, bindings, &objects), RPC_S_OK);
  CHECK_EQ(RpcEpUnregister(&server, bindings, NULL), RPC_S_OK);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
}

/* Registers `count` endpoints at which nobody listens. */
static void register_dead(RPC_SERVER_INTERFACE *server, const char *protocol, int first,
                          int count)
{
  for (int i = first; i < first + count; i++) {
    RPC_BINDING_VECTOR dead = {1, {NULL}};
    char string[80];

    /* No server of the test's own network has a port that low. */
    snprintf(string, sizeof(string), !strcmp(protocol, "ncalrpc") ? "%s:[dead %d]" : "%s:[%d]",
             protocol, i);
    dead.BindingH[0] = bind_string(string);
    CHECK_EQ(RpcEpRegisterNoReplaceA(server, &dead, NULL, NULL), RPC_S_OK);
    CHECK_EQ(RpcBindingFree(&dead.BindingH[0]), RPC_S_OK);
  }
}

static void check_the_living_is_found(unsigned short number, const char *protocol)
{
  RPC_SERVER_INTERFACE server = server_interface(number, GetCurrentProcessId());
  RPC_BINDING_VECTOR *bindings = listen_anywhere();
  char string[80];

  snprintf(string, sizeof(string), "%s:", protocol);
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
  register_dead(&server, protocol, 200, 2);
  check_not_registered(string, &server);
  CHECK_EQ(RpcEpRegisterNoReplaceA(&server, bindings, NULL, NULL), RPC_S_OK);
  check_resolves(string, &server, bindings);
  register_dead(&server, protocol, 202, 1);
  check_resolves(string, &server, bindings);
  register_dead(&server, protocol, 203, 60); /* more than one call may give */
  check_resolves(string, &server, bindings);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
}

TEST_WITHIN(entries_of_the_dead_do_not_count_local, 60000)
{
  check_the_living_is_found(7, "ncalrpc");
}

TEST_WITHIN(entries_of_the_dead_do_not_count_tcp, 60000)
{
  check_the_living_is_found(8, "ncacn_ip_tcp");
}

TEST(endpoints_of_the_interface_specification_come_first)
{
  static unsigned char tcp[] = "ncacn_ip_tcp", port[] = "4711";
  static RPC_PROTSEQ_ENDPOINT endpoints[] = {{tcp, port}};
  RPC_SERVER_INTERFACE server = server_interface(3, GetCurrentProcessId());
  RPC_CLIENT_INTERFACE client = client_interface(&server);
  RPC_BINDING_HANDLE binding = bind_string("ncacn_ip_tcp:127.0.0.1");
  RPC_CSTR string;

  client.RpcProtseqEndpointCount = 1;
  client.RpcProtseqEndpoint = endpoints;
  CHECK_EQ(RpcEpResolveBinding(binding, &client), RPC_S_OK);
  CHECK_EQ(RpcBindingToStringBindingA(binding, &string), RPC_S_OK);
  CHECK(!strcmp((const char *)string, "ncacn_ip_tcp:127.0.0.1[4711]"));
  RpcStringFreeA(&string);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(a_fully_bound_handle_stays_as_it_is)
{
  RPC_SERVER_INTERFACE server = server_interface(4, GetCurrentProcessId());
  RPC_CLIENT_INTERFACE client = client_interface(&server);
  RPC_BINDING_HANDLE binding = bind_string("ncalrpc:[name]");

  CHECK_EQ(RpcEpResolveBinding(binding, &client), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(wrong_arguments_get_their_status)
{
  RPC_SERVER_INTERFACE server = server_interface(5, GetCurrentProcessId());
  RPC_BINDING_VECTOR none = {0, {NULL}}, wrong = {1, {NULL}},
                     partial = {1, {bind_string("ncalrpc:")}};
  RPC_EP_INQ_HANDLE inquiry = NULL;

  CHECK_EQ(RpcEpRegisterA(&server, NULL, NULL, NULL), RPC_S_NO_BINDINGS);
  CHECK_EQ(RpcEpRegisterA(&server, &none, NULL, NULL), RPC_S_NO_BINDINGS);
  CHECK_EQ(RpcEpRegisterA(&server, &wrong, NULL, NULL), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcEpRegisterA(&server, &partial, NULL, NULL), RPC_S_INVALID_BINDING);
  CHECK_EQ(RpcEpRegisterA(NULL, &wrong, NULL, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcEpUnregister(&server, &none, NULL), RPC_S_NO_BINDINGS);
  CHECK_EQ(RpcEpResolveBinding(partial.BindingH[0], NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcBindingFree(&partial.BindingH[0]), RPC_S_OK);

  CHECK_EQ(RpcMgmtEpEltInqBegin(NULL, 4, NULL, 0, NULL, &inquiry), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_IF, NULL, 9, NULL, &inquiry),
           RPC_S_INVALID_VERS_OPTION);
  CHECK_EQ(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_OBJ, NULL, 0, NULL, &inquiry),
           RPC_S_INVALID_ARG);
  CHECK(!inquiry);
  CHECK_EQ(RpcMgmtEpEltInqDone(&inquiry), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcMgmtEpEltInqNextA(NULL, NULL, NULL, NULL, NULL), RPC_S_INVALID_ARG);
}

/* Wine's mapper does not list its map; that it says so is what arrives. */
TEST_WITHIN(inquiries_report_what_the_mapper_answers, 60000)
{
  RPC_EP_INQ_HANDLE inquiry = NULL, stale;
  RPC_CSTR annotation = NULL;
  RPC_IF_ID id;

  CHECK_EQ(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry), RPC_S_OK);
  CHECK_EQ(RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, &annotation), EPT_S_CANT_PERFORM_OP);
  stale = inquiry;
  CHECK_EQ(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
  CHECK(!inquiry);
  CHECK_EQ(RpcMgmtEpEltInqNextA(stale, &id, NULL, NULL, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcMgmtEpEltInqDone(&stale), RPC_S_INVALID_ARG);
}

/* Registers interface 6 of its own process and says which that is. */
HELPER(registrar)
{
  (void)argc, (void)argv;
  RPC_SERVER_INTERFACE server = server_interface(6, GetCurrentProcessId());
  RPC_BINDING_VECTOR *bindings = listen_anywhere();
  char protocol[64], endpoint[2][256], text[256];

  CHECK_EQ(RpcEpRegisterA(&server, bindings, NULL, NULL), RPC_S_OK);
  for (int i = 0; i < 2; i++)
    inquire(bindings->BindingH[i], protocol, endpoint[i]);
  snprintf(text, sizeof(text), "%lu %s %s", GetCurrentProcessId(), endpoint[0], endpoint[1]);
  helper_ready(text);
  helper_wait_for_stop();
  /* Wine's own RpcEpUnregister registers once more. */
  RpcEpUnregister(&server, bindings, NULL);
}

/* Resolves interface 6 of the process in argv[0] over the protocol sequence in argv[1]. */
HELPER(resolver)
{
  CHECK_EQ(argc, 2);
  RPC_SERVER_INTERFACE server = server_interface(6, strtoul(argv[0], NULL, 10));
  RPC_CLIENT_INTERFACE client = client_interface(&server);
  char string[64], protocol[64], endpoint[256];
  RPC_BINDING_HANDLE binding;

  snprintf(string, sizeof(string), "%s:", argv[1]);
  binding = bind_string(string);
  CHECK_EQ(RpcEpResolveBinding(binding, &client), RPC_S_OK);
  inquire(binding, protocol, endpoint);
  helper_ready(endpoint);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  helper_wait_for_stop();
}

static void check_resolved_across(enum runtime server_runtime, enum runtime client_runtime)
{
  char process[32], endpoints[2][128], arguments[64];
  struct helper registrar, resolver;

  helper_start(&registrar, "registrar", "", server_runtime);
  CHECK_EQ(sscanf(registrar.text, "%31s %127s %127s", process, endpoints[0], endpoints[1]), 3);
  snprintf(arguments, sizeof(arguments), "%s ncalrpc", process);
  helper_start(&resolver, "resolver", arguments, client_runtime);
  test_note("%s or %s: got %s", endpoints[0], endpoints[1], resolver.text);
  CHECK(!strcmp(resolver.text, endpoints[0]) || !strcmp(resolver.text, endpoints[1]));
  helper_stop(&resolver);
  helper_stop(&registrar);
}

TEST_WITHIN(wine_finds_what_we_register, 60000)
{
  check_resolved_across(RUNTIME_SHIM, RUNTIME_WINE);
}

TEST_WITHIN(we_find_what_wine_registers, 60000)
{
  check_resolved_across(RUNTIME_WINE, RUNTIME_SHIM);
}

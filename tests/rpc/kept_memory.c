/*
 * What a program hands to the runtime is its own again when the call returns: everything is
 * poisoned and freed, and only then do the calls come that rely on it. (Security descriptors:
 * endpoints.c. What is the runtime's to keep by contract: rpcshim/README.md.)
 */
#include "procedures.h"
#include "server.h"

#include <stdlib.h>

#define KEEP 32 /* blocks */

static struct {
  void *data;
  size_t size;
} blocks[KEEP];
static size_t block_count;

static void *lend(const void *data, size_t size)
{
  void *copy = malloc(size);

  CHECK(copy && block_count < KEEP);
  memcpy(copy, data, size);
  blocks[block_count].data = copy;
  blocks[block_count++].size = size;
  return copy;
}

static void *lend_text(const char *text)
{
  return lend(text, strlen(text) + 1);
}

static void *lend_wide(const WCHAR *text)
{
  return lend(text, (size_t)(lstrlenW(text) + 1) * sizeof(*text));
}

static void take_back(void)
{
  while (block_count) {
    block_count--;
    memset(blocks[block_count].data, 0xdd, blocks[block_count].size);
    free(blocks[block_count].data);
  }
}

static const UUID object = {7, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static const UUID type = {9, 1, 1, {1, 1, 1, 1, 1, 1, 1, 1}};

/* Serves the type's objects only. */
static void serve(const char *endpoint)
{
  RPC_POLICY policy = {sizeof(policy), 0, 0};

  CHECK_EQ(RpcServerUseProtseqEpExA(lend_text("ncalrpc"), 10, lend_text(endpoint), NULL,
                                    lend(&policy, sizeof(policy))),
           RPC_S_OK);
  CHECK_EQ(
      RpcServerRegisterIf(sync_server_calls_v1_0_s_ifspec, lend(&type, sizeof(type)), NULL),
      RPC_S_OK);
  CHECK_EQ(RpcObjectSetType(lend(&object, sizeof(object)), lend(&type, sizeof(type))),
           RPC_S_OK);
  take_back();
  CHECK_EQ(RpcServerListen(1, 10, TRUE), RPC_S_OK);
}

static RPC_BINDING_HANDLE bind_lent(const char *endpoint)
{
  RPC_BINDING_HANDLE binding;
  RPC_CSTR text;

  CHECK_EQ(RpcStringBindingComposeA(NULL, lend_text("ncalrpc"), lend_text(""),
                                    lend_text(endpoint), NULL, &text),
           RPC_S_OK);
  take_back();
  CHECK_EQ(RpcBindingFromStringBindingA(text, &binding), RPC_S_OK);
  memset(text, 0xdd, strlen((char *)text));
  CHECK_EQ(RpcStringFreeA(&text), RPC_S_OK);
  return binding;
}

TEST(names_identifiers_and_qualities)
{
  RPC_SECURITY_QOS quality = {RPC_C_SECURITY_QOS_VERSION_1, RPC_C_QOS_CAPABILITIES_DEFAULT,
                              RPC_C_QOS_IDENTITY_STATIC, RPC_C_IMP_LEVEL_IDENTIFY};
  char endpoint[64];
  RPC_BINDING_HANDLE binding, copy;
  RPC_WSTR principal;

  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  serve(endpoint);
  binding = bind_lent(endpoint);
  CHECK_EQ(RpcBindingSetObject(binding, lend(&object, sizeof(object))), RPC_S_OK);
  CHECK_EQ(RpcBindingSetAuthInfoExW(binding, lend_wide(L"a principal"),
                                    RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_AUTHN_WINNT, NULL,
                                    RPC_C_AUTHZ_NONE, lend(&quality, sizeof(quality))),
           RPC_S_OK);
  take_back();
  CHECK_EQ(RpcBindingCopy(binding, &copy), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(sync_add(copy, 40, 2), 42);
  CHECK_EQ(RpcBindingInqAuthInfoExW(copy, &principal, NULL, NULL, NULL, NULL,
                                    RPC_C_SECURITY_QOS_VERSION_1, &quality),
           RPC_S_OK);
  CHECK_WIDE_EQ((WCHAR *)principal, L"a principal");
  CHECK_EQ(quality.ImpersonationType, RPC_C_IMP_LEVEL_IDENTIFY);
  CHECK_EQ(RpcStringFreeW(&principal), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&copy), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

/* The endpoint mapper's: vectors, the objects in them, the annotation, what is looked for. */
TEST(vectors_and_inquiries)
{
  RPC_IF_ID id = {{0}, 0, 0};
  struct {
    ULONG count;
    UUID *objects[1];
  } objects = {1, {NULL}};
  RPC_BINDING_VECTOR *bindings;
  RPC_BINDING_HANDLE binding;
  RPC_EP_INQ_HANDLE inquiry;
  char endpoint[64];

  endpoint_choose(WIRE_LOCAL, endpoint, sizeof(endpoint));
  serve(endpoint);
  CHECK_EQ(RpcServerInqBindings(&bindings), RPC_S_OK);
  objects.objects[0] = lend(&object, sizeof(object));
  CHECK_EQ(RpcEpRegisterA(sync_server_calls_v1_0_s_ifspec, bindings,
                          lend(&objects, sizeof(objects)), lend_text("annotated")),
           RPC_S_OK);
  CHECK_EQ(RpcBindingVectorFree(&bindings), RPC_S_OK);
  take_back();

  /* Wine's mapper does not list what it has: the inquiry only has to end well. */
  CHECK_EQ(RpcIfInqId(sync_server_calls_v1_0_s_ifspec, &id), RPC_S_OK);
  CHECK_EQ(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_BOTH, lend(&id, sizeof(id)),
                                RPC_C_VERS_EXACT, lend(&object, sizeof(object)), &inquiry),
           RPC_S_OK);
  take_back();
  RpcMgmtEpEltInqNextA(inquiry, NULL, NULL, NULL, NULL);
  CHECK_EQ(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
  CHECK_EQ(RpcBindingFromStringBindingA((RPC_CSTR) "ncalrpc:", &binding), RPC_S_OK);
  CHECK_EQ(RpcBindingSetObject(binding, (UUID *)&object), RPC_S_OK);
  CHECK_EQ(RpcEpResolveBinding(binding, sync_server_calls_v1_0_s_ifspec), RPC_S_OK);
  CHECK_EQ(sync_add(binding, 40, 2), 42);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);
  CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);
}

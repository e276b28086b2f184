/*
 * Every function of the runtime's own that takes a pointer and has a status to give: NULL for
 * all that it takes, and a sound handle with NULL for the rest. None crashes. The names are
 * those of the export table; what is not asked is listed, too, so that a new name has to be put
 * somewhere.
 */
#include "server.h"

#include "own_names.h"

#define ANY (-1) /* any status */

struct function {
  const char *name;
  size_t arguments;
  RPC_STATUS expected; /* with NULL and 0 for all of them */
};

static const struct function functions[] = {
    {"I_RpcBindingCopy", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqLocalClientPID", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqTransportType", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingIsClientLocal", 2, RPC_S_INVALID_ARG},
    {"I_RpcServerInqTransportType", 1, RPC_S_INVALID_ARG},
    {"RpcAbortAsyncCall", 2, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcAsyncAbortCall", 2, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcAsyncCancelCall", 2, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcCancelAsyncCall", 2, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcAsyncCompleteCall", 2, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcCompleteAsyncCall", 2, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcAsyncGetCallStatus", 1, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcGetAsyncCallStatus", 1, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcAsyncInitializeHandle", 2, ERROR_INVALID_PARAMETER},
    {"RpcInitializeAsyncHandle", 2, ERROR_INVALID_PARAMETER},
    {"RpcAsyncRegisterInfo", 1, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcRegisterAsyncInfo", 1, RPC_S_INVALID_ASYNC_HANDLE},
    {"RpcBindingCopy", 2, RPC_S_INVALID_ARG},
    {"RpcBindingFree", 1, RPC_S_INVALID_BINDING},
    {"RpcBindingFromStringBindingA", 2, RPC_S_INVALID_ARG},
    {"RpcBindingFromStringBindingW", 2, RPC_S_INVALID_ARG},
    {"RpcBindingInqAuthClientA", 6, RPC_S_NO_CALL_ACTIVE},
    {"RpcBindingInqAuthClientExA", 7, RPC_S_NO_CALL_ACTIVE},
    {"RpcBindingInqAuthClientExW", 7, RPC_S_NO_CALL_ACTIVE},
    {"RpcBindingInqAuthClientW", 6, RPC_S_NO_CALL_ACTIVE},
    {"RpcBindingInqAuthInfoA", 6, RPC_S_INVALID_BINDING},
    {"RpcBindingInqAuthInfoExA", 8, RPC_S_INVALID_BINDING},
    {"RpcBindingInqAuthInfoExW", 8, RPC_S_INVALID_BINDING},
    {"RpcBindingInqAuthInfoW", 6, RPC_S_INVALID_BINDING},
    {"RpcBindingInqObject", 2, RPC_S_INVALID_ARG},
    {"RpcBindingInqOption", 3, RPC_S_INVALID_ARG},
    {"RpcBindingReset", 1, RPC_S_INVALID_BINDING},
    {"RpcBindingServerFromClient", 2, RPC_S_INVALID_ARG},
    {"RpcBindingSetAuthInfoA", 6, RPC_S_INVALID_BINDING},
    {"RpcBindingSetAuthInfoExA", 7, RPC_S_INVALID_BINDING},
    {"RpcBindingSetAuthInfoExW", 7, RPC_S_INVALID_BINDING},
    {"RpcBindingSetAuthInfoW", 6, RPC_S_INVALID_BINDING},
    {"RpcBindingSetObject", 2, RPC_S_INVALID_BINDING},
    {"RpcBindingSetOption", 3, RPC_S_INVALID_BINDING},
    {"RpcBindingToStringBindingA", 2, RPC_S_INVALID_ARG},
    {"RpcBindingToStringBindingW", 2, RPC_S_INVALID_ARG},
    {"RpcBindingVectorFree", 1, RPC_S_INVALID_ARG},
    {"RpcCancelThread", 1, RPC_S_ACCESS_DENIED},
    {"RpcCancelThreadEx", 2, RPC_S_ACCESS_DENIED},
    {"RpcEpRegisterA", 4, ANY},
    {"RpcEpRegisterNoReplaceA", 4, ANY},
    {"RpcEpRegisterNoReplaceW", 4, ANY},
    {"RpcEpRegisterW", 4, ANY},
    {"RpcEpResolveBinding", 2, RPC_S_INVALID_BINDING},
    {"RpcEpUnregister", 3, ANY},
    {"RpcIfIdVectorFree", 1, RPC_S_INVALID_ARG},
    {"RpcImpersonateClient", 1, RPC_S_NO_CALL_ACTIVE},
    {"RpcMgmtEpEltInqBegin", 6, RPC_S_INVALID_ARG},
    {"RpcMgmtEpEltInqDone", 1, RPC_S_INVALID_ARG},
    {"RpcMgmtEpEltInqNextA", 5, RPC_S_INVALID_ARG},
    {"RpcMgmtEpEltInqNextW", 5, RPC_S_INVALID_ARG},
    {"RpcMgmtEpUnregister", 4, EPT_S_CANT_PERFORM_OP},
    {"RpcMgmtInqComTimeout", 2, RPC_S_INVALID_ARG},
    {"RpcMgmtInqIfIds", 2, RPC_S_INVALID_ARG},
    {"RpcMgmtInqStats", 2, RPC_S_INVALID_ARG},
    {"RpcMgmtIsServerListening", 1, RPC_S_NOT_LISTENING},
    {"RpcMgmtSetComTimeout", 2, RPC_S_INVALID_BINDING},
    {"RpcMgmtStatsVectorFree", 1, RPC_S_INVALID_ARG},
    {"RpcMgmtStopServerListening", 1, RPC_S_NOT_LISTENING},
    {"RpcObjectInqType", 2, RPC_S_INVALID_OBJECT},
    {"RpcObjectSetInqFn", 1, RPC_S_OK},
    {"RpcObjectSetType", 2, RPC_S_INVALID_OBJECT},
    {"RpcRevertToSelf", 0, RPC_S_NO_CALL_ACTIVE},
    {"RpcRevertToSelfEx", 1, RPC_S_NO_CALL_ACTIVE},
    {"RpcServerInqBindings", 1, RPC_S_INVALID_ARG},
    {"RpcServerInqIf", 3, RPC_S_INVALID_ARG},
    {"RpcServerListen", 3, RPC_S_MAX_CALLS_TOO_SMALL},
    {"RpcServerRegisterIf", 3, ERROR_INVALID_PARAMETER},
    {"RpcServerRegisterIf2", 7, ERROR_INVALID_PARAMETER},
    {"RpcServerRegisterIf3", 8, ERROR_INVALID_PARAMETER},
    {"RpcServerRegisterIfEx", 6, ERROR_INVALID_PARAMETER},
    {"RpcServerTestCancel", 1, RPC_S_NO_CALL_ACTIVE},
    {"RpcServerUnregisterIf", 3, RPC_S_UNKNOWN_IF},
    {"RpcServerUnregisterIfEx", 3, RPC_S_UNKNOWN_IF},
    {"RpcServerUseAllProtseqsIf", 3, RPC_S_NO_PROTSEQS},
    {"RpcServerUseAllProtseqsIfEx", 4, RPC_S_NO_PROTSEQS},
    {"RpcServerUseProtseqA", 3, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqEpA", 4, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqEpExA", 5, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqEpExW", 5, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqEpW", 4, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqExA", 4, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqExW", 4, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqIfA", 4, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqIfExA", 5, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqIfExW", 5, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqIfW", 4, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcServerUseProtseqW", 3, RPC_S_INVALID_RPC_PROTSEQ},
    {"RpcSmDestroyClientContext", 1, RPC_X_SS_CONTEXT_MISMATCH},
    {"RpcSsContextLockExclusive", 2, ANY},
    {"RpcSsContextLockShared", 2, ANY},
    {"RpcStringBindingComposeA", 6, RPC_S_INVALID_ARG},
    {"RpcStringBindingComposeW", 6, RPC_S_INVALID_ARG},
    {"RpcStringBindingParseA", 6, RPC_S_INVALID_STRING_BINDING},
    {"RpcStringBindingParseW", 6, RPC_S_INVALID_STRING_BINDING},
    {"RpcTestCancel", 0, ANY},
    {"UuidCreate", 1, RPC_S_INVALID_ARG},
    /* What Wine has as bare stubs. */
    {"I_RpcBindingInqConnId", 3, ANY},
    {"I_RpcBindingInqDynamicEndPoint", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqDynamicEndpointA", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqDynamicEndpointW", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqDynamicEndPointA", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqDynamicEndPointW", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqSecurityContext", 2, ANY},
    {"I_RpcBindingInqWireIdForSnego", 2, ANY},
    {"I_RpcBindingToStaticStringBindingW", 2, RPC_S_INVALID_ARG},
    {"I_RpcConnectionInqSockBuffSize", 2, RPC_S_INVALID_ARG},
    {"I_RpcConnectionSetSockBuffSize", 2, RPC_S_CANNOT_SUPPORT},
    {"I_RpcGetExtendedError", 0, RPC_S_OK},
    {"I_RpcIfInqTransferSyntaxes", 4, RPC_S_INVALID_ARG},
    {"I_RpcNsBindingSetEntryName", 3, RPC_S_INVALID_BINDING},
    {"I_RpcNsBindingSetEntryNameA", 3, RPC_S_INVALID_BINDING},
    {"I_RpcNsBindingSetEntryNameW", 3, RPC_S_INVALID_BINDING},
    {"I_RpcNsInterfaceExported", 3, RPC_S_INVALID_ARG},
    {"I_RpcNsInterfaceUnexported", 3, RPC_S_INVALID_ARG},
    {"I_RpcServerAllocateIpPort", 2, RPC_S_INVALID_ARG},
    {"I_RpcServerInqAddressChangeFn", 0, 0},
    {"I_RpcServerInqLocalConnAddress", 4, ANY},
    {"I_RpcServerRegisterForwardFunction", 1, RPC_S_CANNOT_SUPPORT},
    {"I_RpcServerSetAddressChangeFn", 1, RPC_S_CANNOT_SUPPORT},
    {"I_RpcServerUseProtseq2A", 5, RPC_S_INVALID_RPC_PROTSEQ},
    {"I_RpcServerUseProtseq2W", 5, RPC_S_INVALID_RPC_PROTSEQ},
    {"I_RpcServerUseProtseqEp2A", 6, RPC_S_INVALID_RPC_PROTSEQ},
    {"I_RpcServerUseProtseqEp2W", 6, RPC_S_INVALID_RPC_PROTSEQ},
    {"I_RpcTurnOnEEInfoPropagation", 0, RPC_S_CANNOT_SUPPORT},
    {"I_RpcOpenClientProcess", 3, ANY},
    {"RpcServerInqCallAttributesA", 2, ANY},
    {"RpcServerInqCallAttributesW", 2, ANY},
    {"RpcServerInqDefaultPrincNameA", 2, ANY},
    {"RpcServerInqDefaultPrincNameW", 2, ANY},
    {"RpcServerRegisterAuthInfoA", 4, ANY},
    {"RpcServerRegisterAuthInfoW", 4, ANY},
    {"RpcCertGeneratePrincipalNameA", 3, RPC_S_INVALID_ARG},
    {"RpcCertGeneratePrincipalNameW", 3, RPC_S_INVALID_ARG},
    {"RpcErrorAddRecord", 1, ERROR_INVALID_PARAMETER},
    {"RpcErrorNumberOfRecords", 2, ERROR_INVALID_PARAMETER},
    {"RpcErrorResetEnumeration", 1, ERROR_INVALID_PARAMETER},
    {"RpcFreeAuthorizationContext", 1, ANY},
    {"RpcMgmtInqDefaultProtectLevel", 2, ANY},
    {"RpcMgmtInqServerPrincNameA", 3, ANY},
    {"RpcMgmtInqServerPrincNameW", 3, ANY},
    {"RpcNsBindingInqEntryNameA", 3, RPC_S_INVALID_ARG},
    {"RpcNsBindingInqEntryNameW", 3, RPC_S_INVALID_ARG},
    {"RpcSmClientFree", 1, RPC_S_OK},
    {"RpcUserFree", 2, ANY},
    {"RpcSmDisableAllocate", 0, RPC_S_INVALID_ARG},
    {"RpcSmFree", 1, RPC_S_INVALID_ARG},
    {"RpcSmSetClientAllocFree", 2, RPC_S_INVALID_ARG},
    {"RpcSmSetThreadHandle", 1, RPC_S_OK},
    {"RpcSmSwapClientAllocFree", 4, RPC_S_INVALID_ARG},
};

/* With a client's binding handle first, and NULL for what else they take. */
static const struct function with_binding[] = {
    {"I_RpcBindingCopy", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqTransportType", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingInqDynamicEndPointW", 2, RPC_S_INVALID_ARG},
    {"I_RpcBindingToStaticStringBindingW", 2, RPC_S_INVALID_ARG},
    {"RpcBindingCopy", 2, RPC_S_INVALID_ARG},
    {"RpcBindingInqAuthInfoW", 6, RPC_S_BINDING_HAS_NO_AUTH},
    {"RpcBindingInqObject", 2, RPC_S_INVALID_ARG},
    {"RpcBindingSetObject", 2, RPC_S_OK},
    {"RpcBindingToStringBindingA", 2, RPC_S_INVALID_ARG},
    {"RpcBindingToStringBindingW", 2, RPC_S_INVALID_ARG},
    {"RpcEpResolveBinding", 2, RPC_S_OK}, /* fully bound: nothing to do */
    {"RpcMgmtInqComTimeout", 2, RPC_S_INVALID_ARG},
    {"RpcMgmtInqIfIds", 2, RPC_S_INVALID_ARG},
    {"RpcMgmtInqServerPrincNameW", 3, ANY},
    {"RpcMgmtInqStats", 2, RPC_S_INVALID_ARG},
    {"RpcNsBindingInqEntryNameW", 3, RPC_S_INVALID_ARG},
};

/* What has no status, or reports by raising, and is called by stubs or COM with what the
 * runtime gave them; and what blocks, starts or opens something without an argument. */
static const char *const not_asked[] = {
    "AsyncshimComApartments",
    "AsyncshimComCancels",
    "CStdStubBuffer_Invoke",
    "CreateStubFromTypeInfo",
    "GlobalMutex",
    "I_RpcAbortAsyncCall",
    "I_RpcAsyncAbortCall",
    "I_RpcAsyncSetHandle",
    "I_RpcSetAsyncHandle",
    "I_RpcFreeBuffer",
    "I_RpcFreePipeBuffer",
    "I_RpcReallocPipeBuffer",
    "I_RpcGetBuffer",
    "I_RpcGetCurrentCallHandle",
    "I_RpcNegotiateTransferSyntax",
    "I_RpcReceive",
    "I_RpcSend",
    "I_RpcServerStartListening",
    "I_RpcServerStopListening",
    "I_RpcBindingSetAsync",
    "I_RpcSsDontSerializeContext",
    "I_RpcRequestMutex",
    "I_RpcClearMutex",
    "I_RpcDeleteMutex",
    "I_RpcPauseExecution",
    "NDRCContext",
    "NDRSContext",
    "Ndr",
    "RpcErrorClearInformation",
    "RpcMgmtEnableIdleCleanup",
    "RpcMgmtSetCancelTimeout",
    "RpcMgmtSetServerStackSize",
    "RpcMgmtWaitServerListen",
    "RpcServerUseAllProtseqs",
    "RpcServerUseAllProtseqsEx",
    "RpcServerYield",
    "RpcSmAllocate",
    "RpcSmEnableAllocate",
    "RpcSmGetThreadHandle",
    "RpcSs",
    "RpcGetAuthorizationContextForClient",
};

static bool begins_with(const char *name, const char *beginning)
{
  return !strncmp(name, beginning, strlen(beginning));
}

static bool is_asked(const char *name)
{
  for (size_t i = 0; i < ARRAYSIZE(functions); i++)
    if (!strcmp(functions[i].name, name))
      return true;
  return false;
}

static bool is_not_asked(const char *name)
{
  for (size_t i = 0; i < ARRAYSIZE(not_asked); i++)
    if (begins_with(name, not_asked[i]))
      return true;
  return false;
}

TEST(every_own_name_is_asked_or_said_not_to_be)
{
  for (size_t i = 0; i < ARRAYSIZE(own_names); i++)
    if (!is_asked(own_names[i]) && !is_not_asked(own_names[i]))
      check_failed(__FILE__, __LINE__, "%s", own_names[i]);
}

/* By its callers' prototypes: one that pops anything else leaves them with a broken stack. */
#ifdef __i386__
#define POPPED(arguments) ((arguments) * sizeof(ULONG_PTR))
#else
#define POPPED(arguments) ((arguments)*0)
#endif

static void check_function(const struct function *function, ULONG_PTR first)
{
  const ULONG_PTR arguments[8] = {first};
  raises_stub call = (raises_stub)(void (*)(void))GetProcAddress(
      GetModuleHandleW(L"rpcrt4.dll"), function->name);
  DWORD raised;

  if (!call)
    check_failed(__FILE__, __LINE__, "%s is not exported", function->name);
  raised = raises_call(call, arguments, function->arguments);
  if (raised)
    check_failed(__FILE__, __LINE__, "%s raised %#lx", function->name, raised);
  if (raises_popped() != POPPED(function->arguments))
    check_failed(__FILE__, __LINE__, "%s pops %zu bytes of arguments", function->name,
                 raises_popped());
  if (function->expected != ANY && (RPC_STATUS)RETURNED() != function->expected)
    check_failed(__FILE__, __LINE__, "%s is %ld, not %ld", function->name, (long)RETURNED(),
                 (long)function->expected);
}

TEST(null_has_a_status)
{
  for (size_t i = 0; i < ARRAYSIZE(functions); i++)
    check_function(&functions[i], 0);
}

TEST(null_beside_a_binding_has_a_status)
{
  RPC_BINDING_HANDLE binding = endpoint_bind(WIRE_LOCAL, "nobody");

  for (size_t i = 0; i < ARRAYSIZE(with_binding); i++)
    check_function(&with_binding[i], (ULONG_PTR)binding);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

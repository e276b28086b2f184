/*
 * What MinGW-w64's RPC headers lack, for programs that are cross-compiled for asyncshim or for
 * Windows. Include it after <rpc.h>. Everything here is in the import library librpcrt4.a
 * already.
 */
#ifndef ASYNCSHIM_RPC_H
#define ASYNCSHIM_RPC_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of interfaces: what a security callback grants is kept for the procedure only. */
#ifndef RPC_IF_SEC_CACHE_PER_PROC
#define RPC_IF_SEC_CACHE_PER_PROC 0x0080
#endif

/*
 * Registers an interface of this process (Microsoft: rpcdce.h, RpcServerRegisterIf3).
 *
 * spec: from the server stub; manager_type: NULL for the nil type; manager_epv: NULL for the
 * stub's default; flags: RPC_IF_*; max_calls: a hint; max_rpc_size: most bytes of [in] data of
 * one call, larger ones are refused; callback: decides who gets in, may be NULL;
 * security_descriptor: says who gets in before the callback is asked, may be NULL, is copied.
 * RPC_S_OK, ERROR_INVALID_PARAMETER (no spec), RPC_S_INVALID_SECURITY_DESC,
 * RPC_S_OUT_OF_MEMORY. Any thread.
 */
RPC_STATUS RPC_ENTRY RpcServerRegisterIf3(RPC_IF_HANDLE spec, UUID *manager_type,
                                          RPC_MGR_EPV *manager_epv, unsigned int flags,
                                          unsigned int max_calls, unsigned int max_rpc_size,
                                          RPC_IF_CALLBACK_FN *callback,
                                          void *security_descriptor);

/*
 * A handle of the calling process to the client's process of a call over ncalrpc (or a pipe of
 * this machine), with these access rights, for CloseHandle. RPC_S_OK; RPC_S_NO_CALL_ACTIVE,
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING; RPC_S_CANNOT_SUPPORT: another transport;
 * RPC_S_NO_CONTEXT_AVAILABLE: the client is gone; RPC_S_ACCESS_DENIED. Any thread.
 */
RPC_STATUS RPC_ENTRY I_RpcOpenClientProcess(RPC_BINDING_HANDLE binding, ULONG access,
                                            HANDLE *process);

/*
 * What RpcServerInqCallAttributes takes: `Flags` says what it fills in. (Microsoft: rpcasync.h,
 * RPC_CALL_ATTRIBUTES_V1 to _V3, each of which begins with the one before.)
 */
#define RPC_QUERY_CALL_LOCAL_ADDRESS 0x08
#define RPC_QUERY_CLIENT_PID         0x10 /* RPC_S_CANNOT_SUPPORT over TCP */
#define RPC_QUERY_IS_CLIENT_LOCAL    0x20
#define RPC_QUERY_NO_AUTH_REQUIRED   0x40 /* else RPC_S_BINDING_HAS_NO_AUTH for such clients */
#define RPC_QUERY_CLIENT_ID          0x80 /* RPC_S_CANNOT_SUPPORT */

/* `ProtocolSequence` */
#define RPC_PROTSEQ_TCP  0x1
#define RPC_PROTSEQ_NMP  0x2
#define RPC_PROTSEQ_LRPC 0x3

/* Bits of `CallStatus`; MinGW-w64 has the numbers of a page that Windows does not keep to. */
#undef RPC_CALL_STATUS_CANCELLED
#undef RPC_CALL_STATUS_DISCONNECTED
#define RPC_CALL_STATUS_CANCELLED    0x01
#define RPC_CALL_STATUS_DISCONNECTED 0x02

#if _WIN32_WINNT >= 0x0600
#define ASYNCSHIM_CALL_ATTRIBUTES_V3(character)                                                \
  unsigned int Version;                                                                        \
  ULONG Flags;                                                                                 \
  ULONG ServerPrincipalNameBufferLength; /* bytes, with the terminating NUL */                 \
  character *ServerPrincipalName;                                                              \
  ULONG ClientPrincipalNameBufferLength;                                                       \
  character *ClientPrincipalName;                                                              \
  ULONG AuthenticationLevel;                                                                   \
  ULONG AuthenticationService;                                                                 \
  BOOL NullSession;                                                                            \
  BOOL KernelModeCaller; /* from here on: version 2 */                                         \
  ULONG ProtocolSequence;                                                                      \
  RpcCallClientLocality IsClientLocal;                                                         \
  HANDLE ClientPID;                                                                            \
  ULONG CallStatus;                                                                            \
  RpcCallType CallType;                                                                        \
  RPC_CALL_LOCAL_ADDRESS_W *CallLocalAddress;                                                  \
  unsigned short OpNum;                                                                        \
  UUID InterfaceUuid;                                                                          \
  ULONG ClientIdentifierBufferLength; /* from here on: version 3 */                            \
  unsigned char *ClientIdentifier

typedef struct tagRPC_CALL_ATTRIBUTES_V3_W {
  ASYNCSHIM_CALL_ATTRIBUTES_V3(WCHAR);
} RPC_CALL_ATTRIBUTES_V3_W;

typedef struct tagRPC_CALL_ATTRIBUTES_V3_A {
  ASYNCSHIM_CALL_ATTRIBUTES_V3(char);
} RPC_CALL_ATTRIBUTES_V3_A;
#endif

#ifdef __cplusplus
}
#endif

#endif

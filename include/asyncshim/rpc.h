/*
 * What MinGW-w64's RPC headers lack, for programs that are cross-compiled for asyncshim or for
 * Windows. Include it after <rpc.h>. Everything here is in the import library librpcrt4.a
 * already.
 */
#ifndef ASYNCSHIM_RPC_H
#define ASYNCSHIM_RPC_H

#include <windows.h>
#include <rpc.h>

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

#ifdef __cplusplus
}
#endif

#endif

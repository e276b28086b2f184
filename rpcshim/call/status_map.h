/*
 * What a fault carries on the wire and what an application sees: NCA status codes (C706
 * appendix N, MS-RPCE 3.1.1.5.5) against Win32's RPC_S_* and RPC_X_*. Codes that neither table
 * knows pass unchanged, in both directions: an application's own code or HRESULT arrives as it
 * was given to RpcAsyncAbortCall or RpcRaiseException. What may not be in a fault (no error,
 * and exceptions that are bugs of the server) is neither sent nor believed.
 */
#ifndef ASYNCSHIM_CALL_STATUS_MAP_H
#define ASYNCSHIM_CALL_STATUS_MAP_H

#include <windows.h>
#include <rpc.h>
#include <stdint.h>

#define NCA_S_OP_RNG_ERROR           0x1c010002u
#define NCA_S_UNK_IF                 0x1c010003u
#define NCA_S_PROTO_ERROR            0x1c01000bu
#define NCA_S_SERVER_TOO_BUSY        0x1c010014u
#define NCA_S_FAULT_INT_DIV_BY_ZERO  0x1c000001u
#define NCA_S_FAULT_FP_DIV_ZERO      0x1c000003u
#define NCA_S_FAULT_FP_UNDERFLOW     0x1c000004u
#define NCA_S_FAULT_FP_OVERFLOW      0x1c000005u
#define NCA_S_FAULT_CANCEL           0x1c00000du
#define NCA_S_FAULT_ILL_INST         0x1c00000eu
#define NCA_S_FAULT_FP_ERROR         0x1c00000fu
#define NCA_S_FAULT_INT_OVERFLOW     0x1c000010u
#define NCA_S_FAULT_UNSPEC           0x1c000012u
#define NCA_S_FAULT_CONTEXT_MISMATCH 0x1c00001au
#define NCA_S_FAULT_REMOTE_NO_MEMORY 0x1c00001bu

/* The status that a client sees for a fault; never RPC_S_OK. */
RPC_STATUS status_from_fault(uint32_t fault);
/* The fault for a status or exception code; never 0. */
uint32_t fault_from_status(ULONG status);

#endif

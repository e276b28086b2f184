/*
 * What a fault carries on the wire and what an application sees: NCA status codes (C706
 * appendix E) against Win32's RPC_S_* and RPC_X_*. Codes that neither table knows pass
 * unchanged, in both directions: an application's own code or HRESULT arrives as it was given
 * to RpcAsyncAbortCall or RpcRaiseException.
 */
#ifndef ASYNCSHIM_CALL_STATUS_MAP_H
#define ASYNCSHIM_CALL_STATUS_MAP_H

#include <windows.h>
#include <rpc.h>
#include <stdint.h>

#define NCA_S_OP_RNG_ERROR            0x1c010002u
#define NCA_S_UNK_IF                  0x1c010003u
#define NCA_S_PROTO_ERROR             0x1c01000bu
#define NCA_S_SERVER_TOO_BUSY         0x1c010014u
#define NCA_S_FAULT_CANCEL            0x1c00000du
#define NCA_S_FAULT_CONTEXT_MISMATCH  0x1c00001au
#define NCA_S_FAULT_REMOTE_NO_MEMORY  0x1c00001bu
#define NCA_S_INVALID_PRES_CONTEXT_ID 0x1c00001cu

/* The status that a client sees for a fault; never RPC_S_OK. */
RPC_STATUS status_from_fault(uint32_t fault);
/* The fault for a status or exception code. */
uint32_t fault_from_status(ULONG status);

#endif

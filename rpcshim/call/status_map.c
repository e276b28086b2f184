#include "status_map.h"

#include <stdbool.h>

/* The first row of a Win32 code is the one it is sent as, but for those that are only received.
 */
static const struct {
  uint32_t fault;
  ULONG status;
  bool only_received;
} map[] = {
    {0x1c010001u, RPC_S_COMM_FAILURE, false},
    {NCA_S_OP_RNG_ERROR, RPC_S_PROCNUM_OUT_OF_RANGE, false},
    {NCA_S_UNK_IF, RPC_S_UNKNOWN_IF, false},
    {NCA_S_PROTO_ERROR, RPC_S_PROTOCOL_ERROR, false},
    {0x1c010013u, RPC_S_SERVER_OUT_OF_MEMORY, false},
    {NCA_S_SERVER_TOO_BUSY, RPC_S_SERVER_TOO_BUSY, false},
    {0x1c010017u, RPC_S_UNSUPPORTED_TYPE, false},
    {0x1c000001u, RPC_S_ZERO_DIVIDE, false},
    {0x1c000002u, RPC_S_ADDRESS_ERROR, false},
    {0x1c000003u, RPC_S_FP_DIV_ZERO, false},
    {0x1c000004u, RPC_S_FP_UNDERFLOW, false},
    {0x1c000005u, RPC_S_FP_OVERFLOW, false},
    {0x1c000006u, RPC_S_INVALID_TAG, false},
    {0x1c000007u, RPC_S_INVALID_BOUND, false},
    {0x1c00000cu, RPC_S_CALL_FAILED_DNE, false}, /* nca_s_manager_not_entered */
    {NCA_S_FAULT_CANCEL, RPC_S_CALL_CANCELLED, false},
    {NCA_S_FAULT_CONTEXT_MISMATCH, (ULONG)RPC_X_SS_CONTEXT_MISMATCH, false},
    {NCA_S_FAULT_REMOTE_NO_MEMORY, RPC_S_SERVER_OUT_OF_MEMORY, false},
    {0x1c000012u, RPC_S_CALL_FAILED, false},     /* nca_s_fault_unspec */
    {0x1c010006u, RPC_S_CALL_FAILED_DNE, false}, /* nca_s_wrong_boot_time */
    {0x1c010009u, RPC_S_CALL_FAILED, false},     /* nca_s_you_crashed */
    {0x1c000008u, RPC_S_PROTOCOL_ERROR, false},  /* nca_s_rpc_version_mismatch */
    {0x1c000009u, RPC_S_CALL_FAILED_DNE, false}, /* nca_s_unspec_reject */
    {0x1c00000au, RPC_S_CALL_FAILED_DNE, false}, /* nca_s_bad_actid */
    {0x1c00000bu, RPC_S_CALL_FAILED, false},     /* nca_s_who_are_you_failed */
    {0x1c00000eu, RPC_S_ADDRESS_ERROR, false},   /* nca_s_fault_ill_inst */
    {0x1c00000fu, RPC_S_FP_OVERFLOW, false},     /* nca_s_fault_fp_error */
    {0x1c000010u, RPC_S_ADDRESS_ERROR, false},   /* nca_s_fault_int_overflow */
    {0x1c000013u, RPC_S_CALL_FAILED, false},     /* nca_s_fault_remote_comm_failure */
    {0x1c000014u, RPC_X_PIPE_EMPTY, false},
    {0x1c000015u, RPC_X_PIPE_CLOSED, false},
    {0x1c000016u, RPC_X_WRONG_PIPE_ORDER, false},
    {0x1c000017u, RPC_X_PIPE_DISCIPLINE_ERROR, false},
    {NCA_S_INVALID_PRES_CONTEXT_ID, RPC_S_UNKNOWN_IF, false},
    {0x1c00001du, RPC_S_UNSUPPORTED_AUTHN_LEVEL, false},
    {0x1c00001fu, ERROR_ACCESS_DENIED, true}, /* nca_s_invalid_checksum */
};

/* Hardware exceptions of a manager routine, as Windows reports them to the client. */
static ULONG status_from_exception(ULONG code)
{
  switch (code) {
  case STATUS_ACCESS_VIOLATION:
    return ERROR_NOACCESS;
  case STATUS_INTEGER_DIVIDE_BY_ZERO:
    return RPC_S_ZERO_DIVIDE;
  case STATUS_FLOAT_DIVIDE_BY_ZERO:
    return RPC_S_FP_DIV_ZERO;
  case STATUS_FLOAT_UNDERFLOW:
    return RPC_S_FP_UNDERFLOW;
  case STATUS_FLOAT_OVERFLOW:
    return RPC_S_FP_OVERFLOW;
  case STATUS_NO_MEMORY:
    return RPC_S_SERVER_OUT_OF_MEMORY;
  default:
    return code;
  }
}

RPC_STATUS status_from_fault(uint32_t fault)
{
  for (size_t i = 0; i < ARRAYSIZE(map); i++)
    if (map[i].fault == fault)
      return (RPC_STATUS)map[i].status;
  /* A fault without a status says nothing but that the call failed. */
  return fault ? (RPC_STATUS)fault : RPC_S_CALL_FAILED;
}

uint32_t fault_from_status(ULONG status)
{
  status = status_from_exception(status);
  for (size_t i = 0; i < ARRAYSIZE(map); i++)
    if (map[i].status == status && !map[i].only_received)
      return map[i].fault;
  return status;
}

#include "status_map.h"

#include <stdbool.h>

/*
 * MS-RPCE 3.1.1.5.5 for what is received; codes of C706 appendix N that it does not map are not
 * here. A Win32 code is sent as the row that is not only received: there is one at most.
 */
static const struct {
  uint32_t fault;
  ULONG status;
  bool only_received;
} map[] = {
    {0x1c010001u, RPC_S_COMM_FAILURE, false},
    {NCA_S_OP_RNG_ERROR, RPC_S_PROCNUM_OUT_OF_RANGE, false},
    {NCA_S_UNK_IF, RPC_S_UNKNOWN_IF, false},
    {0x1c010009u, RPC_S_CALL_FAILED, true}, /* nca_s_you_crashed */
    {NCA_S_PROTO_ERROR, RPC_S_PROTOCOL_ERROR, false},
    {0x1c010013u, RPC_S_SERVER_OUT_OF_MEMORY, true}, /* nca_out_args_too_big */
    {NCA_S_SERVER_TOO_BUSY, RPC_S_SERVER_TOO_BUSY, false},
    {0x1c010017u, RPC_S_UNSUPPORTED_TYPE, false},
    {NCA_S_FAULT_INT_DIV_BY_ZERO, RPC_S_ZERO_DIVIDE, false},
    {0x1c000002u, RPC_S_ADDRESS_ERROR, false},
    {NCA_S_FAULT_FP_DIV_ZERO, RPC_S_FP_DIV_ZERO, false},
    {NCA_S_FAULT_FP_UNDERFLOW, RPC_S_FP_UNDERFLOW, false},
    {NCA_S_FAULT_FP_OVERFLOW, RPC_S_FP_OVERFLOW, false},
    {0x1c000006u, RPC_S_INVALID_TAG, false},
    {0x1c000007u, RPC_S_INVALID_BOUND, false},
    {0x1c000008u, RPC_S_PROTOCOL_ERROR, true},   /* nca_rpc_version_mismatch */
    {0x1c000009u, RPC_S_CALL_FAILED, true},      /* nca_unspec_reject */
    {0x1c00000au, RPC_S_CALL_FAILED_DNE, true},  /* nca_s_bad_actid */
    {0x1c00000bu, RPC_S_CALL_FAILED, true},      /* nca_who_are_you_failed */
    {0x1c00000cu, RPC_S_CALL_FAILED_DNE, false}, /* nca_manager_not_entered */
    {NCA_S_FAULT_CANCEL, RPC_S_CALL_CANCELLED, false},
    {NCA_S_FAULT_ILL_INST, RPC_S_ADDRESS_ERROR, true},
    {NCA_S_FAULT_FP_ERROR, RPC_S_FP_OVERFLOW, true},
    {NCA_S_FAULT_INT_OVERFLOW, RPC_S_ADDRESS_ERROR, true},
    {NCA_S_FAULT_UNSPEC, RPC_S_CALL_FAILED, false},
    {0x1c000014u, RPC_X_PIPE_EMPTY, false},
    {0x1c000015u, RPC_X_PIPE_CLOSED, false},
    {0x1c000016u, RPC_X_WRONG_PIPE_ORDER, false},
    {0x1c000017u, RPC_X_PIPE_DISCIPLINE_ERROR, false},
    {0x1c000018u, RPC_S_COMM_FAILURE, true},  /* nca_s_fault_pipe_comm_error */
    {0x1c000019u, RPC_S_OUT_OF_MEMORY, true}, /* nca_s_fault_pipe_memory */
    {NCA_S_FAULT_CONTEXT_MISMATCH, (ULONG)RPC_X_SS_CONTEXT_MISMATCH, false},
    {NCA_S_FAULT_REMOTE_NO_MEMORY, RPC_S_SERVER_OUT_OF_MEMORY, false},
    {0x1c00001cu, RPC_S_PROTOCOL_ERROR, true}, /* nca_invalid_pres_context_id */
    {0x1c00001du, RPC_S_UNSUPPORTED_AUTHN_LEVEL, false},
    {0x1c00001fu, RPC_S_CALL_FAILED_DNE, true}, /* nca_invalid_checksum */
    {0x1c000020u, RPC_S_CALL_FAILED_DNE, true}, /* nca_invalid_crc */
};

/*
 * Exceptions of the processor and the system that a manager routine may end with. `forbidden`:
 * MS-RPCE 3.3.3.5.1 keeps them off the wire, because a client that raised them would seem to
 * have crashed itself.
 */
static const struct {
  ULONG exception;
  uint32_t fault;
  bool forbidden;
} exceptions[] = {
    {STATUS_ACCESS_VIOLATION, ERROR_NOACCESS, true},
    {STATUS_DATATYPE_MISALIGNMENT, ERROR_NOACCESS, true},
    {STATUS_GUARD_PAGE_VIOLATION, ERROR_NOACCESS, true},
    {STATUS_IN_PAGE_ERROR, ERROR_NOACCESS, true},
    {STATUS_ILLEGAL_INSTRUCTION, NCA_S_FAULT_ILL_INST, true},
    {STATUS_PRIVILEGED_INSTRUCTION, NCA_S_FAULT_ILL_INST, true},
    {0xc00000aau, NCA_S_FAULT_ILL_INST, true}, /* STATUS_INSTRUCTION_MISALIGNMENT */
    {STATUS_BREAKPOINT, NCA_S_FAULT_UNSPEC, true},
    {STATUS_STACK_OVERFLOW, NCA_S_FAULT_UNSPEC, true},
    {0xc0000194u, NCA_S_FAULT_UNSPEC, true}, /* STATUS_POSSIBLE_DEADLOCK */
    {0xc0000235u, NCA_S_FAULT_UNSPEC, true}, /* STATUS_HANDLE_NOT_CLOSABLE */
    {0xc0000409u, NCA_S_FAULT_UNSPEC, true}, /* STATUS_STACK_BUFFER_OVERRUN */
    {0xc0000420u, NCA_S_FAULT_UNSPEC, true}, /* STATUS_ASSERTION_FAILURE */
    {STATUS_INTEGER_DIVIDE_BY_ZERO, NCA_S_FAULT_INT_DIV_BY_ZERO, false},
    {STATUS_INTEGER_OVERFLOW, NCA_S_FAULT_INT_OVERFLOW, false},
    {STATUS_FLOAT_DIVIDE_BY_ZERO, NCA_S_FAULT_FP_DIV_ZERO, false},
    {STATUS_FLOAT_INVALID_OPERATION, NCA_S_FAULT_FP_ERROR, false},
    {STATUS_FLOAT_OVERFLOW, NCA_S_FAULT_FP_OVERFLOW, false},
    {STATUS_FLOAT_UNDERFLOW, NCA_S_FAULT_FP_UNDERFLOW, false},
    {STATUS_NO_MEMORY, NCA_S_FAULT_REMOTE_NO_MEMORY, false},
};

RPC_STATUS status_from_fault(uint32_t fault)
{
  for (size_t i = 0; i < ARRAYSIZE(map); i++)
    if (map[i].fault == fault)
      return (RPC_STATUS)map[i].status;
  for (size_t i = 0; i < ARRAYSIZE(exceptions); i++)
    if (exceptions[i].exception == fault && exceptions[i].forbidden)
      return RPC_S_PROTOCOL_ERROR;
  /* A fault without a status says nothing but that the call failed. */
  return fault ? (RPC_STATUS)fault : RPC_S_CALL_FAILED;
}

uint32_t fault_from_status(ULONG status)
{
  for (size_t i = 0; i < ARRAYSIZE(exceptions); i++)
    if (exceptions[i].exception == status)
      return exceptions[i].fault;
  for (size_t i = 0; i < ARRAYSIZE(map); i++)
    if (map[i].status == status && !map[i].only_received)
      return map[i].fault;
  return status ? status : NCA_S_FAULT_UNSPEC;
}

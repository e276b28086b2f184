#include "comm_status.h"

#include "engine.h"

/* COMM_FAULT_OFFSETS: an offset on the stack, or one of these. */
#define STATUS_IS_RETURNED (-1)
#define STATUS_IS_ABSENT   (-2)

bool comm_status_is_communication(RPC_STATUS status)
{
  switch (status) {
  case ERROR_INVALID_HANDLE:
  case RPC_S_INVALID_BINDING:
  case RPC_S_UNKNOWN_IF:
  case RPC_S_SERVER_UNAVAILABLE:
  case RPC_S_SERVER_TOO_BUSY:
  case RPC_S_CALL_FAILED_DNE:
  case RPC_S_PROTOCOL_ERROR:
  case RPC_S_UNSUPPORTED_TRANS_SYN:
  case RPC_S_UNSUPPORTED_TYPE:
  case RPC_S_PROCNUM_OUT_OF_RANGE:
  case RPC_S_COMM_FAILURE:
  case EPT_S_NOT_REGISTERED:
    return true;
  default:
    return false;
  }
}

bool comm_status_is_status(DWORD code)
{
  return engine.I_RpcExceptionFilter(code) == EXCEPTION_EXECUTE_HANDLER;
}

LONG comm_status_filter(EXCEPTION_POINTERS *pointers, void *context)
{
  (void)context;
  return engine.I_RpcExceptionFilter(pointers->ExceptionRecord->ExceptionCode);
}

/* The variable an offset stands for, or NULL. */
static error_status_t *status_variable(unsigned char *stack, void *result, short offset)
{
  if (offset == STATUS_IS_RETURNED)
    return result;
  if (offset < 0)
    return NULL;
  return *(error_status_t **)(stack + offset);
}

bool comm_status_store(const struct procedure *procedure, unsigned char *stack, void *result,
                       DWORD code)
{
  static const COMM_FAULT_OFFSETS none = {STATUS_IS_ABSENT, STATUS_IS_ABSENT};
  const COMM_FAULT_OFFSETS *table = procedure->description->CommFaultOffsets;
  const COMM_FAULT_OFFSETS *offsets = table ? &table[procedure->number] : &none;
  error_status_t *comm = status_variable(stack, result, offsets->CommOffset);
  error_status_t *fault = status_variable(stack, result, offsets->FaultOffset);
  bool is_communication = comm_status_is_communication(code);
  error_status_t *right = is_communication ? comm : fault;
  error_status_t *other = is_communication ? fault : comm;

  if (!right)
    return false;
  if (other)
    *other = 0;
  *right = code; /* last: both may be the same variable */
  return true;
}

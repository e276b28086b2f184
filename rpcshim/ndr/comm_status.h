/*
 * [comm_status] and [fault_status] of a procedure: failures as values instead of exceptions.
 * [Microsoft, "comm_status attribute", "fault_status attribute", NdrMapCommAndFaultStatus]
 *
 * A synchronous stub returns normally then. Of an asynchronous procedure it is the call that
 * fails so, when RpcAsyncCompleteCall ends it with RPC_S_OK; what keeps the stub from making
 * the call is an exception with these attributes, too [Microsoft, "Error Handling" of
 * asynchronous RPC]: there is no notification to wait for, and nothing that a stub without a
 * result could say it with.
 */
#ifndef ASYNCSHIM_NDR_COMM_STATUS_H
#define ASYNCSHIM_NDR_COMM_STATUS_H

#include "client_frame.h"

/* Whether `status` tells of the communication rather than of the server. */
bool comm_status_is_communication(RPC_STATUS status);

/*
 * guard_filter: exceptions that are bugs of the program (access violations, …) are no status
 * and pass.
 */
LONG comm_status_filter(EXCEPTION_POINTERS *pointers, void *context);

/* The same for a code that has been caught already. true: it is a status. */
bool comm_status_is_status(DWORD code);

/*
 * Stores `code` where the procedure's status parameters or return value say, and 0 in the other
 * one of the two. `result`: the return value's place, or NULL. false, and nothing is stored:
 * the procedure has no place for this kind of failure.
 */
bool comm_status_store(const struct procedure *procedure, unsigned char *stack, void *result,
                       DWORD code);

#endif

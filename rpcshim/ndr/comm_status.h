/*
 * [comm_status] and [fault_status] of a procedure: failures as values instead of exceptions.
 * [Microsoft, "comm_status attribute", "fault_status attribute", NdrMapCommAndFaultStatus]
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

/*
 * Stores `code` where the procedure's status parameters or return value say, and 0 in the other
 * one of the two. Raises it again where the procedure has no place for this kind of failure.
 */
void comm_status_store(const struct procedure *procedure, unsigned char *stack,
                       union client_result *result, DWORD code);

#endif

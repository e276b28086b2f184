/*
 * The synchronous client interpreter: NdrClientCall2 and its relatives.
 *
 * Called by the entry points in api_client_call.c with the arguments of the application's call.
 * Exceptions go to the application, unless the procedure has comm_status or fault_status
 * parameters, which then receive them.
 */
#ifndef ASYNCSHIM_NDR_SYNC_CLIENT_H
#define ASYNCSHIM_NDR_SYNC_CLIENT_H

#include "client_frame.h"

/*
 * Runs the procedure at `format` with the arguments at `stack`; returns its return value, 0
 * where it has none.
 */
ULONGLONG sync_client_call(PMIDL_STUB_DESC description, PFORMAT_STRING format,
                           unsigned char *stack);

/*
 * Arguments of a variadic call on x86_64: float came as double, by the promotions of C. Turns
 * the slots back into what the format string says they are; nothing to do on i686, where the
 * application's own stub function, which has a prototype, hands over its stack.
 */
void client_arguments_demote(const struct procedure *procedure, unsigned char *stack);

#endif

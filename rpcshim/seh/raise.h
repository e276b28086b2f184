/*
 * Raising an RPC status as a structured exception, as RpcRaiseException does it.
 *
 * Called by whatever talks to a stub (ndr/, exports): below it, failures are returned as status
 * codes.
 */
#ifndef ASYNCSHIM_SEH_RAISE_H
#define ASYNCSHIM_SEH_RAISE_H

#include <windows.h>

/* Raises `code`, noncontinuable. Does not return, whatever the handlers of the thread say. */
_Noreturn void raise_status(DWORD code);

#endif

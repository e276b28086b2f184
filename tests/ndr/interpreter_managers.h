/* What the manager routines of `interpreter` saw. */
#ifndef ASYNCSHIM_TESTS_NDR_INTERPRETER_MANAGERS_H
#define ASYNCSHIM_TESTS_NDR_INTERPRETER_MANAGERS_H

#include <windows.h>
#include <rpc.h>

extern LONG manager_calls;
extern RPC_BINDING_HANDLE manager_binding; /* what the last one with an explicit handle got */
extern LONG counters_run_down;
extern LONG tenants_bound, tenants_unbound;

#endif

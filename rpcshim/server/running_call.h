/*
 * What the NDR layer asks of, and tells, the call that it dispatches; by the call's binding
 * handle, on the thread that dispatches it. Nothing happens where the handle is no such call.
 */
#ifndef ASYNCSHIM_SERVER_RUNNING_CALL_H
#define ASYNCSHIM_SERVER_RUNNING_CALL_H

#include <windows.h>
#include <rpc.h>

struct context_table; /* contexts/context_table.h */

/*
 * The table of the association that the call came in on, valid while the call lasts; NULL:
 * `handle` is no server call. Does not add a reference.
 */
struct context_table *server_context_table(RPC_BINDING_HANDLE handle);

/*
 * The very next thing is to enter the manager routine of the call. Where that takes its time,
 * the requests behind it on its connection have their turns meanwhile.
 */
void server_call_enters_manager(RPC_BINDING_HANDLE handle);

#endif

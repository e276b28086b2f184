/*
 * What the NDR layer asks of, and tells, the call that it dispatches; by the call's binding
 * handle, on the thread that dispatches it. Nothing happens where the handle is no such call.
 */
#ifndef ASYNCSHIM_SERVER_RUNNING_CALL_H
#define ASYNCSHIM_SERVER_RUNNING_CALL_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>

struct context_table; /* contexts/context_table.h */
struct context_request;

/*
 * The table of the association that the call came in on, valid while the call lasts; NULL:
 * `handle` is no server call. Does not add a reference.
 */
struct context_table *server_context_table(RPC_BINDING_HANDLE handle);

/*
 * context_table_lock() for a call that another thread may end meanwhile: it, and its table, stay.
 * Its statuses; RPC_S_INVALID_BINDING: `handle` is no server call.
 */
RPC_STATUS server_call_lock_context(RPC_BINDING_HANDLE handle, const void *user_context,
                                    bool exclusive);

/*
 * The very next thing is to enter the manager routine of the call. Where that takes its time,
 * the requests behind it on its connection have their turns meanwhile.
 */
void server_call_enters_manager(RPC_BINDING_HANDLE handle);

/* How a call goes on that was parked, with the `status` of what it waited for: on a worker, in
 * the place of its dispatch routine. What it raises is a fault. */
typedef void (*server_call_resume)(void *context, RPC_STATUS status);

/*
 * The contexts that the call has to have, for the routine that dispatches it. With `resume` it
 * is parked where they are others' now: RPC_S_ASYNC_CALL_PENDING, and the thread returns from
 * the routine without touching the call, or what goes with it, again; `requests` stay until
 * `resume` has been called, once. Without, the thread waits. The other statuses are
 * context_wait_begin()'s, and RPC_S_CALL_CANCELLED: the client is gone.
 */
RPC_STATUS server_call_find_contexts(RPC_BINDING_HANDLE handle,
                                     struct context_request *requests, unsigned int count,
                                     server_call_resume resume, void *context);

#endif

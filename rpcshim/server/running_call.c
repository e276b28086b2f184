#include "running_call.h"

#include "server_call.h"
#include "turns.h"

/* A synchronous routine may block, and others need not wait for it; an asynchronous one is to
 * return, and only where it does not others go on. */
void server_call_enters_manager(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;

  if (server_call_from_handle(handle, &call) != RPC_S_OK)
    return;
  if (call->async)
    server_connection_watch_turn(call);
  else
    server_connection_pass_on(call->connection, call->turn);
  server_call_release(call);
}

struct context_table *server_context_table(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;
  struct context_table *table;

  if (server_call_from_handle(handle, &call) != RPC_S_OK)
    return NULL;
  table = call->association->contexts;
  server_call_release(call);
  return table;
}

#include "context_host.h"

#include "server_call.h"
#include "turns.h"

/*
 * What ends the waiting may be a request behind this one on its connection. Not by
 * server_connection_watch_turn(): the thread may be any of the application's, and only the one
 * that dispatches the call takes out again what is watched. Where it went on after it had been
 * parked, its turn is over.
 */
static void call_waits(RPC_BINDING_HANDLE handle)
{
  struct server_call *call;

  if (server_call_from_handle(handle, &call) != RPC_S_OK)
    return;
  if (!call->resumed)
    server_connection_turn_blocks(call->connection, call->turn);
  server_call_release(call);
}

static void *add_context(RPC_BINDING_HANDLE handle)
{
  struct server_interface *owner;
  struct server_call *call;

  if (server_call_from_handle(handle, &call) != RPC_S_OK)
    return NULL;
  owner = call->server_interface;
  if (owner)
    server_interface_add_context(owner);
  server_call_release(call);
  return owner;
}

static void remove_context(void *owner)
{
  server_interface_remove_context(owner);
}

static bool begin_rundown(void *owner)
{
  return server_interface_enter_rundown(owner);
}

static void end_rundown(void *owner)
{
  server_interface_leave(owner);
}

const struct context_host server_context_host = {call_waits, add_context, remove_context,
                                                 begin_rundown, end_rundown};

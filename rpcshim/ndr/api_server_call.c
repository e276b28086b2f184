/* The dispatch routines of server stubs: entries of an interface's dispatch table. */
#include "async_server.h"
#include "sync_server.h"

#include <rpcndr.h>

/* Raises what unmarshalling or the manager routine raised; the reply is in message->Buffer. */
void RPC_ENTRY NdrServerCall2(RPC_MESSAGE *message)
{
  sync_server_call(message);
}

/* The same for stubs of version 1, whose format strings say so themselves. */
void RPC_ENTRY NdrServerCall(RPC_MESSAGE *message)
{
  sync_server_call(message);
}

/*
 * Stubs for several transfer syntaxes: the runtime negotiates NDR only, whose format string is
 * the server's first.
 */
void RPC_ENTRY NdrServerCallAll(RPC_MESSAGE *message)
{
  sync_server_call(message);
}

/* Returns when the manager routine does; the reply is sent when the call is completed. */
void RPC_ENTRY NdrAsyncServerCall(RPC_MESSAGE *message)
{
  async_server_call(message);
}

/* The dispatch routines of server stubs: entries of an interface's dispatch table. */
#include "async_server.h"
#include "sync_server.h"

#include <rpcndr.h>

#include "engine.h"

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

/*
 * What the above are made of on Windows, exported for stubs that call it themselves. Without an
 * object the message is one of this runtime's; an object's reply goes by its channel, and
 * Wine's interpreter may have it. `phase` ends as STUB_CALL_SERVER, behind which nothing can
 * fail. S_OK, or what Wine's returns.
 */
LONG RPC_ENTRY NdrStubCall2(struct IRpcStubBuffer *object, struct IRpcChannelBuffer *channel,
                            RPC_MESSAGE *message, ULONG *phase)
{
  if (object)
    return engine.NdrStubCall2(object, channel, message, phase);
  *phase = STUB_UNMARSHAL;
  sync_server_call(message);
  *phase = STUB_CALL_SERVER;
  return S_OK;
}

LONG RPC_ENTRY NdrStubCall(struct IRpcStubBuffer *object, struct IRpcChannelBuffer *channel,
                           RPC_MESSAGE *message, ULONG *phase)
{
  return NdrStubCall2(object, channel, message, phase);
}

/* The same for asynchronous procedures. Those of objects have stubs of their own
 * (com/async_stub.h): E_NOTIMPL. */
LONG RPC_ENTRY NdrAsyncStubCall(struct IRpcStubBuffer *object,
                                struct IRpcChannelBuffer *channel, RPC_MESSAGE *message,
                                ULONG *phase)
{
  (void)channel;
  if (object)
    return E_NOTIMPL;
  *phase = STUB_UNMARSHAL;
  async_server_call(message);
  *phase = STUB_CALL_SERVER;
  return S_OK;
}

/* The name of that in stubs of objects. */
LONG RPC_ENTRY NdrDcomAsyncStubCall(struct IRpcStubBuffer *object,
                                    struct IRpcChannelBuffer *channel, RPC_MESSAGE *message,
                                    ULONG *phase)
{
  return NdrAsyncStubCall(object, channel, message, phase);
}

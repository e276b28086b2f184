/*
 * What stubs that marshal for themselves (-Os) call around their own code. All raise the
 * runtime's statuses.
 */
#include <stddef.h>

#include "client_handle.h"
#include "comm_status.h"
#include "engine.h"
#include "message_buffer.h"

/* Wine has these two under their newer names only. They keep the message's address and do not
 * look at its handle. */
void RPC_ENTRY NdrClientInitialize(RPC_MESSAGE *rpc, MIDL_STUB_MESSAGE *message,
                                   PMIDL_STUB_DESC description, unsigned int procedure)
{
  engine.NdrClientInitializeNew(rpc, message, description, procedure);
}

unsigned char *RPC_ENTRY NdrServerInitialize(RPC_MESSAGE *rpc, MIDL_STUB_MESSAGE *message,
                                             PMIDL_STUB_DESC description)
{
  return engine.NdrServerInitializeNew(rpc, message, description);
}

unsigned char *RPC_ENTRY NdrGetBuffer(MIDL_STUB_MESSAGE *message, ULONG length,
                                      RPC_BINDING_HANDLE handle)
{
  message_get_buffer(message, length, handle);
  return message->Buffer;
}

/*
 * `end`: behind the last byte written. Returns the reply's first byte, as message->Buffer has
 * it.
 */
unsigned char *RPC_ENTRY NdrSendReceive(MIDL_STUB_MESSAGE *message, unsigned char *end)
{
  message_send_receive(message, end);
  return message->Buffer;
}

/*
 * The same for stubs with an automatic handle, which is `handle` once there is one. The name
 * service's next server is never tried: there is no name service.
 */
unsigned char *RPC_ENTRY NdrNsGetBuffer(MIDL_STUB_MESSAGE *message, ULONG length,
                                        RPC_BINDING_HANDLE handle)
{
  return NdrGetBuffer(message, length,
                      handle ? handle : client_handle_automatic(message->StubDesc));
}

unsigned char *RPC_ENTRY NdrNsSendReceive(MIDL_STUB_MESSAGE *message, unsigned char *end,
                                          RPC_BINDING_HANDLE *automatic)
{
  (void)automatic;
  return NdrSendReceive(message, end);
}

void RPC_ENTRY NdrFreeBuffer(MIDL_STUB_MESSAGE *message)
{
  message_free_buffer(message);
}

/*
 * Sorts `status` into the status of the communication or of the server; the other one becomes
 * 0. Either may be NULL. RPC_S_OK, or `status` where the one it belongs to is NULL.
 */
RPC_STATUS RPC_ENTRY NdrMapCommAndFaultStatus(MIDL_STUB_MESSAGE *message, ULONG *comm_status,
                                              ULONG *fault_status, RPC_STATUS status)
{
  bool is_communication = comm_status_is_communication(status);

  (void)message;
  if (comm_status)
    *comm_status = is_communication ? (ULONG)status : 0;
  if (fault_status && (fault_status != comm_status || !is_communication))
    *fault_status = is_communication ? 0 : (ULONG)status;
  return (is_communication ? comm_status : fault_status) ? RPC_S_OK : status;
}

/*
 * One call that a server's call object (AsyncI...) does: Begin_, ISynchronize::Signal, Finish_,
 * and the reply.
 *
 * It is the controlling unknown that the object's CreateCall is given, with an ISynchronize of
 * its own. The arguments are those of the synchronous method, unmarshalled by its format
 * string; Begin_ is given the [in] ones of them, and Finish_ the [out] ones, so [in,out]
 * arguments are in the same memory for both, and a size in an [in] argument holds for an [out]
 * array.
 *
 *   BEGINNING --Begin_ returned--> BEGUN --------+
 *       |                                        +--> both: the end, in the object's apartment
 *       +--Signal, or the stub disconnected------+
 *
 * The end is Finish_ and the reply; where nothing has been signalled, the fault
 * RPC_E_DISCONNECTED without Finish_, and a Signal that comes later does nothing. A failure of
 * Begin_ counts as Signal, and is what the method returns: Finish_ is not called. What error
 * information the one has set that ends the call goes with the reply.
 *
 * The RPC call stays open meanwhile and costs no thread; the stub has it in its list
 * (stub_calls.h). That calls come by RPC, also those of the apartment's own process, is seen to
 * by binding/rpc_objects.h.
 *
 * Reference counted by COM's rules; one reference is the call's own, until it has replied. The
 * arguments belong to the one thread that is in Begin_ or finishes; `stage` decides which.
 */
#ifndef ASYNCSHIM_COM_SERVER_OBJECT_CALL_H
#define ASYNCSHIM_COM_SERVER_OBJECT_CALL_H

#include "async_lineage.h"
#include "stub_calls.h"

/* What a stub says of the call that it is to invoke. */
struct server_object_invocation {
  const struct async_interface *twins;
  struct async_lineage *lineage; /* of `twins`; describes the method */
  IRpcStubBuffer *stub;          /* its own, kept until the call has replied */
  struct stub_calls *calls;      /* of the stub that COM has */
  ICallFactory *factory;
  bool has_errors; /* ISupportErrorInfo says so of the synchronous interface */
  RPCOLEMESSAGE *message;
  IRpcChannelBuffer *channel;
};

/*
 * For IRpcStubBuffer::Invoke. S_FALSE: the object has no call object to give, and nothing has
 * been done. S_OK: the call has replied or will reply. Else the call has failed, and that is to
 * be returned.
 */
HRESULT server_object_call_invoke(const struct server_object_invocation *invocation);

#endif

/*
 * The arguments of Begin_ and Finish_ on their way to and from the wire.
 *
 * A call keeps a stack of the synchronous method's form: Begin_ fills its [in] slots, Finish_
 * the [out] ones, and both are marshalled from there by the synchronous method's format string.
 * [in,out] arguments are [in] for Begin_ and [out] for Finish_, which may be given other
 * memory.
 *
 * The channel calls come here, too, because marshalling is between them. Exceptions end here:
 * their code as an HRESULT. One thread at a time per call, async_proxy.h says which.
 */
#ifndef ASYNCSHIM_COM_ASYNC_METHOD_H
#define ASYNCSHIM_COM_ASYNC_METHOD_H

#include "../ndr/procedure.h"
#include "async_interface.h"

struct async_method {
  struct procedure procedure;           /* of the synchronous method */
  unsigned int begin_size, finish_size; /* bytes of the arguments, with that of the object */
  unsigned int out_count;               /* of arguments */
};

struct async_method_call;

struct async_method_reply {
  RPC_MESSAGE rpc;
};

/* `number`: of the synchronous method. S_OK, or what is wrong with its format string. */
HRESULT async_method_parse(struct async_method *method, const struct async_interface *twins,
                           unsigned int number);

/*
 * A call with the arguments of Begin_. `floats`: async_proxy_entry.h. `method` has to live as
 * long. NULL: no memory. Ended by free().
 */
struct async_method_call *async_method_call_create(const struct async_method *method,
                                                   const unsigned char *stack,
                                                   const unsigned char *floats);
/* A buffer for the request; where it fails, the channel has none to be freed. */
HRESULT async_method_get_buffer(struct async_method_call *call, IAsyncRpcChannelBuffer *channel,
                                REFIID iid);
/* Marshals and sends it. Whatever comes, the buffer is no longer ours. */
HRESULT async_method_send(struct async_method_call *call, IAsyncRpcChannelBuffer *channel);

/*
 * Waits for the reply. `stack`: the arguments of Finish_, of which pointers to be set are NULL
 * from then on.
 */
HRESULT async_method_receive(const struct async_method *method, const unsigned char *stack,
                             IAsyncRpcChannelBuffer *channel, struct async_method_reply *reply);
/* After S_OK: takes what is in the reply and frees it. Returns what the method did. */
HRESULT async_method_unmarshall(struct async_method_call *call, const unsigned char *stack,
                                IAsyncRpcChannelBuffer *channel,
                                struct async_method_reply *reply);

#endif

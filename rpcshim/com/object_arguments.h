/*
 * The arguments of a synchronous COM method, given to the two methods that do its work
 * asynchronously: Begin_ gets the [in] ones, Finish_ the [out] ones.
 *
 * They are unmarshalled by the synchronous method's format string and lie in memory as that
 * method's would: what one argument says of another (size_is, iid_is) holds across both, and
 * [in,out] arguments are the same for both. Begin_ and Finish_ take a choice of the slots.
 *
 * One thread at a time. Exceptions end here: RPC_E_SERVERFAULT where the object has raised
 * them, else their code as an HRESULT.
 */
#ifndef ASYNCSHIM_COM_OBJECT_ARGUMENTS_H
#define ASYNCSHIM_COM_OBJECT_ARGUMENTS_H

#include "async_interface.h"

struct object_arguments;

/*
 * Unmarshals the request in `message`, whose buffer has to live as long; `handle`: of the RPC
 * call, or NULL. The channel is used only here. `twins` has a format string for the method, and
 * lives as long.
 */
HRESULT object_arguments_create(const struct async_interface *twins,
                                const RPCOLEMESSAGE *message, RPC_BINDING_HANDLE handle,
                                IRpcChannelBuffer *channel,
                                struct object_arguments **arguments);
/* Frees what the arguments hold, too. */
void object_arguments_free(struct object_arguments *arguments);

/* A method of an object's asynchronous interface. */
struct object_method {
  void *object;
  unsigned int number;
  STUB_THUNK thunk; /* async_interface.h; NULL: none */
};

/* Call the method; S_OK, and *result is what it returned. */
HRESULT object_arguments_begin(struct object_arguments *arguments,
                               const struct object_method *method, HRESULT *result);
HRESULT object_arguments_finish(struct object_arguments *arguments,
                                const struct object_method *method, HRESULT *result);

/* The synchronous method returns `result`. *size: what object_arguments_write() needs at most.
 */
HRESULT object_arguments_reply_size(struct object_arguments *arguments, HRESULT result,
                                    unsigned int *size);
/* Marshals the [out] arguments and the result; `buffer` is a multiple of 8. *length: how many
 * bytes. */
HRESULT object_arguments_write(struct object_arguments *arguments, void *buffer,
                               unsigned int *length);

#endif

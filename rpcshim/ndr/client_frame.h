/*
 * A client call under the interpreter, synchronous or not: what it needs from the stub's first
 * instruction to the last [out] parameter.
 *
 *   client_frame_begin     find the binding handle of the decoded procedure
 *   client_frame_marshall  [in] arguments into a buffer of the runtime
 *   (the caller sends it and gets the reply)
 *   client_frame_unmarshall  [out] arguments and the return value
 *   client_frame_end       whatever happened: gives everything back
 *
 * The frame is the caller's memory, its arguments stay where the caller says. All but
 * client_frame_end may raise; client_frame_end is called once, also after an exception in
 * client_frame_begin. One thread at a time.
 */
#ifndef ASYNCSHIM_NDR_CLIENT_FRAME_H
#define ASYNCSHIM_NDR_CLIENT_FRAME_H

#include "procedure.h"

struct client_frame {
  struct procedure procedure;
  unsigned char *stack; /* the arguments, as the procedure's offsets have them */
  MIDL_STUB_MESSAGE message;
  RPC_MESSAGE rpc;
  RPC_BINDING_HANDLE handle; /* NULL: not bound yet */
  /*
   * Of the call's own, for the context handles that come back, or NULL: until the reply is
   * there, the application may free `handle`, and the reply may close the context it is of.
   */
  RPC_BINDING_HANDLE context_binding;
};

/* A return value that fits into registers, and the form in which calls hand it on. */
union client_result {
  ULONGLONG integer;
  void *pointer;
  unsigned char bytes[8];
};

/*
 * frame->procedure has been decoded; the arguments are at `stack`. `flags`: RPC_BUFFER_ASYNC or
 * 0, what the runtime has to know of the call from its beginning.
 */
void client_frame_begin(struct client_frame *frame, unsigned char *stack, ULONG flags);
void client_frame_marshall(struct client_frame *frame);
/* `result`: where the return value goes, of the size of its type; NULL: nobody wants it. */
void client_frame_unmarshall(struct client_frame *frame, void *result);
void client_frame_end(struct client_frame *frame);

#endif

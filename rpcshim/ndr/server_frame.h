/*
 * A server call under the interpreter, synchronous or not: from the request's bytes to the
 * manager routine's arguments and back.
 *
 *   server_frame_begin       decode the procedure, make an empty stack
 *   server_frame_unmarshall  [in] arguments
 *   server_frame_find_contexts  ... and their context handles, which may take time
 *   server_frame_prepare     memory for [out] arguments: now it can be called
 *   server_frame_call        the manager routine; if it answers later, server_frame_set_result
 *   server_frame_marshall    [out] arguments and the return value, into a buffer of the runtime
 *   server_frame_end         whatever happened: frees what the arguments hold
 *
 * The frame and the memory for its arguments are the caller's. The RPC_MESSAGE belongs to the
 * runtime and lives until the call ends; the request stays in place as long, since arguments
 * may point into it. All but server_frame_end may raise; server_frame_end is called once,
 * before the call ends. One thread at a time.
 */
#ifndef ASYNCSHIM_NDR_SERVER_FRAME_H
#define ASYNCSHIM_NDR_SERVER_FRAME_H

#include "../server/running_call.h"
#include "procedure.h"
#include "trial_free.h"

enum server_frame_progress {
  SERVER_FRAME_EMPTY,
  SERVER_FRAME_UNMARSHALLING,
  SERVER_FRAME_READY,  /* all arguments are whole */
  SERVER_FRAME_CALLED, /* the manager routine has done its work */
  SERVER_FRAME_REPLIED,
};

struct server_frame {
  const struct procedure *procedure;
  const MIDL_SERVER_INFO *information;
  enum server_frame_progress progress;
  unsigned int context_count; /* context handles among the parameters */
  unsigned int request_count; /* [in] ones that stand for something */
  struct context_request *requests;
  struct parameter *requested; /* for each its parameter */
  RPC_BINDING_HANDLE handle;  /* of the call; explicit handles by pointer point here */
  unsigned char *stack;
  struct unreachable_blocks unreachable; /* of malformed arguments */
  MIDL_STUB_MESSAGE message;
};

/*
 * The stub of the procedure that `rpc` asks for: its interpreter information and its format
 * string.
 */
const MIDL_SERVER_INFO *server_information(const RPC_MESSAGE *rpc);
PFORMAT_STRING server_procedure_format(const RPC_MESSAGE *rpc);

/*
 * May a frame of the procedure have to wait for context handles? Interfaces that have such have
 * rundown routines.
 */
bool server_frame_may_wait(const struct procedure *procedure);

/*
 * `memory`: procedure_frame_size(procedure) zeroed bytes, aligned as for any type. `procedure`
 * has to live as long as the frame.
 */
void server_frame_begin(struct server_frame *frame, const struct procedure *procedure,
                        RPC_MESSAGE *rpc, void *memory);
/*
 * Raises RPC_X_BAD_STUB_DATA for anything in the request that does not fit the format string.
 */
void server_frame_unmarshall(struct server_frame *frame);
/*
 * server_call_find_contexts() for the call's context handles: RPC_S_OK; its other statuses.
 * RPC_S_ASYNC_CALL_PENDING: the frame is another thread's by now. Raises
 * RPC_X_SS_IN_NULL_CONTEXT, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS server_frame_find_contexts(struct server_frame *frame, server_call_resume resume,
                                      void *context);
void server_frame_prepare(struct server_frame *frame);
/* Calls the manager routine, which may do anything, with its return value as the result. */
void server_frame_call(struct server_frame *frame);
/*
 * Calls the manager routine for its side effects only. Does not touch the frame once the
 * routine has been entered: it may have gone.
 */
void server_frame_call_and_forget(const struct server_frame *frame);
/* The return value is at `result`; NULL leaves it 0. */
void server_frame_set_result(struct server_frame *frame, const void *result);
void server_frame_marshall(struct server_frame *frame);
/*
 * The two halves of server_frame_marshall, for a reply that has something in front of it: an
 * upper bound of the bytes it takes, and, once rpc->Buffer has room for them at a multiple of
 * 8, the reply, whose true length is in rpc->BufferLength then.
 */
unsigned int server_frame_reply_size(struct server_frame *frame);
void server_frame_write_reply(struct server_frame *frame);
/* Never raises. */
void server_frame_end(struct server_frame *frame);

#endif

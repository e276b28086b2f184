/*
 * The state of a call channel (call_channel.h), for the files that move it: call_request.h
 * sends, call_wait.h waits for the end of a call and gives it up, call_outcome.h takes what it
 * has come to.
 */
#ifndef ASYNCSHIM_OLE32_CALL_STATE_H
#define ASYNCSHIM_OLE32_CALL_STATE_H

#include <stdbool.h>

#include <rpc.h>
#include <rpcasync.h>
#include <rpcndr.h>

#include "call_channel.h"
#include "call_notice.h"
#include "interface_question.h"

/* The RPC_FLAGS_VALID_BIT of old proxies is no part of the method's number. */
#define METHOD_FLAGS 0x8000u

enum call_state { IDLE, BEGINNING, PENDING, COMPLETE, REJECTED, FINISHING };

struct call_channel {
  IAsyncRpcChannelBuffer channel;
  LONG references;
  RPC_BINDING_HANDLE binding;
  DWORD callee;
  RPC_CLIENT_INTERFACE interface_specification;
  struct interface_question *question; /* NULL: the binding has the IPID from the beginning */

  /* guards the rest; `message` and `async` are also the thread's that is inside */
  SRWLOCK lock;
  enum call_state state;
  ULONG serial; /* of the call that was sent last: the first one's is 1 */
  bool cancelled;
  bool disconnected; /* the client's apartment has ended: that is what becomes of the call */
  bool parked;       /* PENDING: it waits for the answer to `question` */
  bool leaving;      /* parked: the answer is there, and a thread about to send the request */
  bool is_resolved;  /* the binding has the IPID that answers `question` */
  bool is_local;     /* nothing is sent: call_request_complete_locally() */
  struct call_listener listener;
  struct call_notice *notice; /* PENDING: armed */
  void (*completed_hook)(void *context);
  void *hook_context;
  HANDLE completed; /* an event, made for the first thread that has to wait for a call; also set
                       by who cancels a REJECTED one */
  DWORD begun;      /* GetTickCount() */
  void *request;    /* malloc'ed: what is sent, later or again; NULL: it has not been kept */
  unsigned int request_length;
  bool may_retry; /* the request has been kept to be sent again */
  RPC_MESSAGE message;
  RPC_ASYNC_STATE async;
  HRESULT outcome;   /* COMPLETE */
  RPC_STATUS status; /* COMPLETE: the runtime's */
  size_t offset;     /* COMPLETE, FINISHING: of the data in the reply */
};

/* Moves from the one to the other. false: it is in another one. Any thread. */
bool call_state_enter(struct call_channel *channel, enum call_state from, enum call_state to);
bool call_state_is(struct call_channel *channel, enum call_state state);
/* What a status of the runtime means to COM. */
HRESULT call_state_result(RPC_STATUS status);

#endif

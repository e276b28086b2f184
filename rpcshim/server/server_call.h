/*
 * A server's call: from its first request fragment until its response or fault has been handed
 * to the sender.
 *
 * States, changed nowhere but in server_call.c:
 *
 *   RECEIVING --last fragment--> READY --dispatch--> RUNNING --manager returned,
 * asynchronous--> DETACHED |                          |                   | |
 *        +--------------------------+-------------------+---------server_call_end()----------------+-->
 * ENDED
 *
 * server_call_end() sends the one answer; whoever comes second is told no. For asynchronous
 * calls server_call_claim() says which thread may complete or abort it.
 *
 * The RPC_MESSAGE that the dispatch routine gets lives in the call, and the [in] buffer with
 * it, until the call ends; so does its binding handle, which is what the application sees of a
 * call.
 *
 * Reference counted: one of its own until it ends (a call outlives its connection: the manager
 * may not have done with it), one for the queue and the thread that dispatches it, short ones
 * for whoever looks at it. The connection's table does not count: a call leaves it, under the
 * connection's lock, before it gives up its own reference. `lock` guards what is marked;
 * `message` belongs to whoever dispatches or has claimed the call.
 */
#ifndef ASYNCSHIM_SERVER_SERVER_CALL_H
#define ASYNCSHIM_SERVER_SERVER_CALL_H

#include "../binding/binding.h"
#include "../wire/reassembly.h"
#include <rpcasync.h>

#include "../contexts/context_wait.h"
#include "../workers/worker_pool.h"
#include "client_share.h"
#include "running_call.h"
#include "server_association.h"
#include "server_interface.h"
#include "turn_watch.h"

struct server_connection;

enum server_call_state {
  SERVER_CALL_RECEIVING,
  SERVER_CALL_READY,
  SERVER_CALL_RUNNING,
  SERVER_CALL_DETACHED,
  SERVER_CALL_ENDED,
};

struct server_call {
  LONG references;
  struct server_call *next_ready; /* connection's lock */
  ULONGLONG unfinished_since;     /* connection's lock: when the last fragment came of a request
                                     that is not complete; 0: it is */
  struct server_call *next_object_call;     /* object_calls.c's lock */
  struct server_call *previous_object_call; /* likewise */
  struct server_connection *connection;     /* counted */
  struct server_association *association;   /* counted */
  struct syntax_id interface_id;
  uint32_t call_id;
  uint16_t context_id;
  uint16_t opnum;
  uint8_t drep[4];
  bool has_object;
  UUID object;

  SRWLOCK lock;
  enum server_call_state state; /* lock */
  bool cancelled;               /* lock: the client asked for it, or is gone */
  bool orphaned;                /* lock: nobody waits for an answer */
  bool claimed;                 /* lock */
  bool waits_for_contexts;      /* lock: `contexts` may be withdrawn */
  RPC_ASYNC_STATE *async;       /* lock: asynchronous */

  unsigned int turn; /* the connection's, in which it was dispatched */
  struct watched_turn watched;
  struct dispatch *dispatch;    /* dispatch.c's, of the thread that is in its routine */
  struct worker_task task;      /* likewise: to be in it */
  struct server_interface *entered; /* in whose code it is */
  unsigned int place;           /* in_place.h: of the read of who dispatches it; 0: none */
  bool is_object_call;          /* it is in object_calls.c's list */
  bool resumed;                 /* not in its turn: it has been parked */
  struct context_wait contexts; /* what it waits for */
  server_call_resume resume;    /* how it goes on then */
  void *resume_context;
  struct share_wait share; /* to go on */
  bool has_share;          /* its thread is one of its client's share */
  bool counted; /* among the calls that stopping to listen waits for */
  size_t held;  /* charged to the connection's `memory` while the call exists */
  struct reassembly request;
  uint8_t *request_data;                     /* malloc'ed [in] buffer */
  void *reply_data;                          /* malloc'ed, from I_RpcGetBuffer, until sent */
  struct server_interface *server_interface; /* counted as a call, from dispatch on */
  struct binding *binding;                   /* counted */
  RPC_MESSAGE message;
};

/* With its own reference. NULL: out of memory. References on connection and association are
 * taken. */
struct server_call *server_call_create(struct server_connection *connection,
                                       struct server_association *association);
void server_call_add_reference(struct server_call *call);
void server_call_release(struct server_call *call);

/*
 * The call behind a binding handle of the application's (0: the one this thread executes), or
 * its binding, which keeps the call, with a reference. (Another thread may end the call at this
 * moment; then it gives up its `binding`.) RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_NO_CALL_ACTIVE, RPC_S_WRONG_KIND_OF_BINDING.
 */
RPC_STATUS server_binding_from_handle(RPC_BINDING_HANDLE handle, struct binding **binding);
RPC_STATUS server_call_from_handle(RPC_BINDING_HANDLE handle, struct server_call **call);
/*
 * The call that was made asynchronous with the state, with a reference, or NULL. A state whose
 * call is over, of a client or of a server, does not get the one that has its address now.
 */
struct server_call *server_call_from_state(const RPC_ASYNC_STATE *state);

/* The client has the process hold the call, and whatever it will take. false: it has its share.
 */
bool server_call_charge(struct server_call *call);

/* Its first fragment has come: RECEIVING. */
void server_call_receiving(struct server_call *call);
void server_call_ready(struct server_call *call);
void server_call_cancel(struct server_call *call, bool orphan);
bool server_call_is_cancelled(struct server_call *call);

/* Runs the dispatch routine on this thread; READY. See dispatch.c. */
void server_call_dispatch(struct server_call *call);
/* The same for one that has been parked, in running_call.h's words. */
void server_call_dispatch_rest(struct server_call *call, RPC_STATUS status);
/* -> RUNNING; false: it has ended meanwhile. */
bool server_call_begin_running(struct server_call *call);
/* RUNNING -> DETACHED where it is asynchronous; true: the answer comes later (or has been
 * given). */
bool server_call_detach(struct server_call *call);

/* RUNNING: RPC_S_OK, RPC_S_INVALID_ASYNC_CALL where it is asynchronous already or over. */
RPC_STATUS server_call_set_async(struct server_call *call, RPC_ASYNC_STATE *state);
/* Exactly one thread gets RPC_S_OK; others RPC_S_INVALID_ASYNC_CALL. */
RPC_STATUS server_call_claim(struct server_call *call);

/* I_RpcGetBuffer on the server. RPC_S_OK, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS server_call_get_buffer(struct server_call *call, RPC_MESSAGE *message);
void server_call_free_buffer(struct server_call *call, RPC_MESSAGE *message);

/*
 * Ends the call with a response: the buffer that server_call_get_buffer() gave, `length` bytes
 * of it, or an empty one. RPC_S_OK; RPC_S_INVALID_ASYNC_CALL: it had ended before;
 * RPC_S_CALL_FAILED: the client is gone. Ended in each case.
 */
RPC_STATUS server_call_respond(struct server_call *call, void *buffer, size_t length);
/* Ends it with a fault. `status`: as the application gave it. `executed` false: the manager was
 * not entered. */
RPC_STATUS server_call_fault(struct server_call *call, ULONG status, bool executed);

#endif

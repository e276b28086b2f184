/*
 * A client's call: from I_RpcGetBuffer until its reply has been handed over.
 *
 * States, changed nowhere but in client_call.c:
 *
 *   PREPARED --start--> PENDING --complete--> COMPLETE --claim--> CLAIMED
 *      ^---------------repeat---------------------+
 *
 * client_call_complete() may be called by anybody with an opinion (reply, fault, cancel, lost
 * connection): the first one decides status and reply, everybody else is told no. It then fires
 * the notification, last, and still under the lock: who polls cannot have completed the call
 * and closed the event before that is set. Callback routines run later, without it
 * (callback_queue.h). client_call_claim() lets exactly one RpcAsyncCompleteCall have the
 * outcome.
 *
 * A call knows nothing of connections: `route` is what carries it, for cancelling. It is
 * guarded by the route's owner (client/), as is `reply` while PENDING; everything else here by
 * `lock`.
 *
 * Reference counted: one for the RPC_MESSAGE that made it (until I_RpcFreeBuffer or
 * I_RpcReceive's final answer), one for the connection's call table while PENDING, short ones
 * for whoever works on it. Live calls are in a handle set, because applications hold them in
 * RPC_MESSAGE and RPC_ASYNC_STATE.
 */
#ifndef ASYNCSHIM_CALL_CLIENT_CALL_H
#define ASYNCSHIM_CALL_CLIENT_CALL_H

#include "../binding/binding.h"
#include "../cancel/com_call.h"
#include "../wire/reassembly.h"
#include "../workers/timer.h"
#include "callback_queue.h"
#include "notification.h"

enum client_call_state {
  CLIENT_CALL_PREPARED,
  CLIENT_CALL_PENDING,
  CLIENT_CALL_COMPLETE,
  CLIENT_CALL_CLAIMED,
};

struct association;       /* client/association.h */
struct client_connection; /* client/client_connection.h */

struct client_call {
  LONG references;
  struct binding *binding; /* counted */
  struct syntax_id interface_id;
  struct syntax_id transfer;
  uint16_t opnum;
  uint8_t request_flags; /* PDU_FLAG_MAYBE, PDU_FLAG_OBJECT_UUID with `object` */
  struct wire_uuid object;
  DWORD timeout; /* ms that the server may keep silent, or INFINITE: RPC_C_OPT_CALL_TIMEOUT */
  struct com_call
      *com;         /* counted; not NULL: CoCancelCall may cancel it, or a filter is asked */
  uint8_t *request; /* malloc'ed; kept where `com` may have it sent again; else NULL */
  size_t request_length;

  SRWLOCK lock;
  enum client_call_state state;
  RPC_STATUS status;   /* outcome, from COMPLETE on */
  uint8_t *reply_data; /* outcome RPC_S_OK: malloc'ed stub data, until handed over */
  size_t reply_length;
  RPC_ASYNC_STATE *async; /* NULL: synchronous */
  bool cancel_kept;       /* PREPARED, and to be cancelled … */
  bool abandon_kept;      /* … and given up */
  LONG_PTR serial;        /* asynchronous: which call of its state's it is */
  struct notification notification;

  struct association *association;      /* route: counted; set before `drop_route` */
  struct client_connection *connection; /* route: counted while set; written under `lock` */
  void (*drop_route)(
      struct client_call *call); /* NULL: no route; gives both up, at the last release */
  uint32_t call_id;
  struct peer_memory
      reply_memory; /* what the server has it hold, until the reply is complete */
  struct reassembly reply;
  struct client_call *next_complete; /* list of calls whose callbacks are still to run */
  struct due_callback callback;

  bool timed;      /* lock: `silence` is armed, and holds a reference */
  ULONGLONG heard; /* lock: GetTickCount64() of the last word from the server */
  struct timer silence;
  void (*give_up)(struct client_call *call);

  /* The thread's that makes a synchronous call, or opens a connection for an asynchronous one
   * (client/call_wait.h). */
  bool cancelled;            /* by RpcCancelThread or CoCancelCall */
  bool cancel_told;          /* and the server knows as much as it can */
  ULONGLONG cancel_deadline; /* cancelled: the server has until then */
};

/* New call with one reference, PREPARED. NULL: out of memory. The binding gets a reference. */
struct client_call *client_call_create(struct binding *binding);
/* The live call behind a pointer of the application's, with a reference, or NULL. */
struct client_call *client_call_from_handle(void *handle);
/*
 * The call that was made with the state, with a reference, or NULL. A state that the
 * application used once too often does not get a later call that has the same address.
 */
struct client_call *client_call_from_state(const RPC_ASYNC_STATE *state);
void client_call_add_reference(struct client_call *call);
void client_call_release(struct client_call *call);
/* No longer reachable by the application. */
void client_call_retire(struct client_call *call);

/* PREPARED: makes it asynchronous, and it the call of the state. RPC_S_OK,
 * RPC_S_INVALID_ASYNC_CALL, or notification_capture()'s. */
RPC_STATUS client_call_set_async(struct client_call *call, RPC_ASYNC_STATE *state);

/* Captures the notification of an asynchronous call anew; nothing to do once it is COMPLETE. */
RPC_STATUS client_call_register(struct client_call *call);

/*
 * A cancel that comes while the stub is still making the call, from another thread: kept until
 * the request is on its way. false: it is, or the call is over; the caller cancels it himself.
 */
bool client_call_keep_cancel(struct client_call *call, bool abandon);
/* PENDING since just now: true: a cancel was kept, *abandon says which. */
bool client_call_take_kept_cancel(struct client_call *call, bool *abandon);

/* PREPARED -> PENDING, and back where sending failed: then nothing was notified and nothing
 * will be. */
void client_call_start(struct client_call *call);
bool client_call_unstart(struct client_call *call);

/* COMPLETE -> PREPARED: a synchronous call that has failed is sent again. */
void client_call_repeat(struct client_call *call);

/*
 * PENDING -> COMPLETE. `data` (malloc'ed) is the call's from then on; on false it is the
 * caller's still. `deferred`: not NULL on a connection's reader; a call whose application
 * callback is to run is then put on that list, with a reference, for
 * client_call_run_deferred(); otherwise another worker runs it. Other notifications are fired
 * here.
 */
bool client_call_complete(struct client_call *call, RPC_STATUS status, uint8_t *data,
                          size_t length, struct client_call **deferred);
void client_call_run_deferred(struct client_call *list);

/*
 * RPC_C_OPT_CALL_TIMEOUT of an asynchronous call, once its request is on its way: where nothing
 * comes from the server for `timeout` ms, give_up(call) is called, on the timer's thread, to
 * end it. No matter for a call that is complete. RPC_S_OK, RPC_S_OUT_OF_RESOURCES.
 */
RPC_STATUS client_call_limit_silence(struct client_call *call,
                                     void (*give_up)(struct client_call *call));
/* Something has come, though not the end of it: the time begins anew. */
void client_call_heard(struct client_call *call);

/* RPC_S_ASYNC_CALL_PENDING, RPC_S_INVALID_BINDING (PREPARED), or the outcome. */
RPC_STATUS client_call_status(struct client_call *call);
/* COMPLETE -> CLAIMED: RPC_S_OK; RPC_S_ASYNC_CALL_PENDING; RPC_S_INVALID_ASYNC_CALL where it is
 * somebody else's. */
RPC_STATUS client_call_claim(struct client_call *call);

#endif

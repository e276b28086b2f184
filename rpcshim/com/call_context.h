/*
 * A server's call context: what CoGetCallContext() finds while a call is in its method, or in
 * Begin_ of a call object.
 *
 * One for each call, made before its method is entered. call_context_enter() makes it the
 * thread's (CoSwitchCallContext) and call_context_leave() puts back what was there; between
 * them is application code of that one call. A thread that has got IServerSecurity there may
 * hand it to others, which may make it theirs by CoSwitchCallContext.
 *
 *   VALID --call_context_complete(): Signal, or the method has returned--> COMPLETE
 *
 * When it is complete, IServerSecurity is refused (RPC_E_CALL_COMPLETE, also as an interface to
 * be asked for), but to a thread that still impersonates: RevertToSelf works there.
 *
 * ICancelMethodCalls says in TestCancel whether the client has cancelled the call
 * (RPC_E_CALL_CANCELED, RPC_S_CALLPENDING; RPC_E_CALL_COMPLETE: when it is complete).
 *
 * Impersonation is the thread's: a slot says whose client it impersonates by us. What a thread
 * impersonates in enter() is set aside until leave(), which ends what has been left open, as
 * COM does. [Impersonation and Asynchronous Calls; IServerSecurity::ImpersonateClient]
 *
 * Reference counted by COM's rules, of which one reference is its maker's. `lock` guards what
 * changes; no application code runs under it. Any thread.
 */
#ifndef ASYNCSHIM_COM_CALL_CONTEXT_H
#define ASYNCSHIM_COM_CALL_CONTEXT_H

#include <windows.h>
#include <objbase.h>

#include "../server/server_call.h"

struct call_context;

/* What the thread had before. */
struct call_context_frame {
  BOOL entered;
  IUnknown *outer; /* its call context, not counted */
  void *impersonated;
  HANDLE token; /* of `impersonated` */
};

/*
 * `message`: what the stub was given, valid until complete. `call`: the RPC call that it is of;
 * NULL where that has not been looked for, and is found by `message` when it is asked for:
 * until complete it has to be COM's dispatch routine then that keeps it. NULL: out of memory.
 * com_library_load() has succeeded.
 */
struct call_context *call_context_create(const RPC_MESSAGE *message, struct server_call *call);
void call_context_release(struct call_context *context);

void call_context_enter(struct call_context *context, struct call_context_frame *frame);
void call_context_leave(const struct call_context_frame *frame);

/* Once or more. Nothing of the call is touched afterwards. */
void call_context_complete(struct call_context *context);

#endif

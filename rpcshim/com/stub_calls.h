/*
 * The calls that a stub has open: begun, and not answered yet.
 *
 * COM gives up the stub when the object is disconnected, when its last client has gone and when
 * its apartment ends. Nobody can answer the calls for the object then, so they end with
 * RPC_E_DISCONNECTED; what the object signals later comes to nothing.
 *
 * Reference counted: the stub's, and one per call, which may be on its way out while the stub
 * goes. `lock` guards the list, in which a call is while it has its own reference; nothing is
 * called under it.
 */
#ifndef ASYNCSHIM_COM_STUB_CALLS_H
#define ASYNCSHIM_COM_STUB_CALLS_H

#include <stdbool.h>
#include <windows.h>

struct stub_calls;

/* A member of each call. */
struct stub_call {
  struct stub_call *next, *previous; /* lock */
  bool listed;                       /* lock */
  /* Ends the call, in whatever state it is; any thread. */
  void (*disconnect)(struct stub_call *call);
  void (*add_reference)(struct stub_call *call);
  void (*release)(struct stub_call *call);
};

/* With one reference; NULL: out of memory. */
struct stub_calls *stub_calls_create(void);
void stub_calls_add_reference(struct stub_calls *calls);
void stub_calls_release(struct stub_calls *calls);

void stub_calls_add(struct stub_calls *calls, struct stub_call *call);
/* Nothing to do where it has been disconnected. */
void stub_calls_remove(struct stub_calls *calls, struct stub_call *call);
/* Disconnects those that are there now. */
void stub_calls_disconnect(struct stub_calls *calls);

#endif

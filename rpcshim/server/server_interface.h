/*
 * The server's registry: which interfaces it serves, for which manager types, and which object
 * is of which type (Microsoft: RpcServerRegisterIf3, RpcObjectSetType).
 *
 * One registry per process, guarded by one SRW lock in server_interface.c. An interface is
 * reference counted: one for the registry, one per call that uses it, per thread inside of its
 * code and per context handle that its calls have made. Of each of these there is a count of
 * its own, and unregistering can wait for them to come to zero: then nothing of the interface
 * is called any more, and the DLL that has it may go.
 *
 * The entry has a copy of the specification, and pointers of callers are read and written with
 * no lock held: they may point nowhere, and somebody may catch the exception.
 *
 * Unregistering one of COM's interfaces (RPC_IF_OLE) never waits for calls: COM asks for that
 * with a lock of its own held, on threads that dispatch such a call or that a pending one needs,
 * and all that it frees afterwards is its specification.
 */
#ifndef ASYNCSHIM_SERVER_SERVER_INTERFACE_H
#define ASYNCSHIM_SERVER_SERVER_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

#include "../wire/pdu.h"

struct server_interface {
  struct server_interface *next; /* registry lock */
  LONG references;               /* registry lock */
  unsigned int repeated;         /* registry lock: registered once more so often */
  unsigned int calls;            /* registry lock: dispatched, and not over */
  unsigned int entered;  /* registry lock: threads in a dispatch routine or rundown routine */
  unsigned int contexts; /* registry lock */
  bool gone;             /* registry lock: it has no rundown routines any more */
  RPC_SERVER_INTERFACE *spec; /* `own_spec`, as those who call the interface want it */
  RPC_SERVER_INTERFACE own_spec;
  const RPC_SERVER_INTERFACE *given_spec; /* to be compared only */
  UUID manager_type;
  RPC_MGR_EPV *manager_epv;
  unsigned int flags;
  bool is_class_table; /* class_servers.h */
  unsigned int max_calls; /* 0 and RPC_C_LISTEN_MAX_CALLS_DEFAULT: any number */
  unsigned int max_rpc_size;
  RPC_IF_CALLBACK_FN *security_callback;
  SECURITY_DESCRIPTOR *security_descriptor; /* security/access_descriptor.h; NULL: none */
  uint32_t registration;                    /* its number: of no other before or after; not 0 */
};

/* Takes over `security_descriptor`, also where it fails. RPC_S_OK,
 * RPC_S_TYPE_ALREADY_REGISTERED (that interface for that type, but for one of Wine's own, see
 * wine_module.h: that is to be unregistered as often), RPC_S_OUT_OF_MEMORY. */
RPC_STATUS server_interface_register(RPC_SERVER_INTERFACE *spec, const UUID *manager_type,
                                     RPC_MGR_EPV *manager_epv, unsigned int flags,
                                     unsigned int max_calls, unsigned int max_rpc_size,
                                     RPC_IF_CALLBACK_FN *security_callback,
                                     SECURITY_DESCRIPTOR *security_descriptor);

/* What unregistering waits for. */
enum unregistering {
  UNREGISTER_AT_ONCE,         /* nothing: calls go on, contexts stay */
  UNREGISTER_AFTER_CALLS,     /* contexts are run down when their clients go */
  UNREGISTER_WITH_RUNDOWN,    /* calls, then all its contexts are run down */
  UNREGISTER_WITHOUT_RUNDOWN, /* calls, then its contexts are forgotten */
};

/*
 * `spec` NULL: every interface that is not auto-listen; `manager_type` NULL: every type. COM's
 * are unregistered at once. *auto_listen: how many auto-listen ones went. RPC_S_OK,
 * RPC_S_UNKNOWN_IF.
 */
RPC_STATUS server_interface_unregister(RPC_SERVER_INTERFACE *spec, const UUID *manager_type,
                                       enum unregistering how, unsigned int *auto_listen);

/* For a bind. *transfer: index of the first of `transfers` that the interface speaks. */
enum context_reason server_interface_negotiate(const struct syntax_id *interface_id,
                                               const struct syntax_id *transfers,
                                               unsigned int transfer_count,
                                               unsigned int *transfer, bool *accepted);

/* MaxRpcSize of an interface for whatever manager type: the most that any of them takes. Where
 * the interface is not there, anything: that is found out later. */
unsigned int server_interface_largest_request(const struct syntax_id *interface_id);

/* For a call on `object` (NULL: nil); counts it. NULL: not (or no longer) registered. */
struct server_interface *server_interface_begin_call(const struct syntax_id *interface_id,
                                                     const UUID *object);
/* An auto-listen interface that was registered for fewer calls than it has now, the last one
 * included. Others are not limited, as documented for RpcServerRegisterIfEx. */
bool server_interface_is_full(struct server_interface *server_interface);
/* Is it one of COM's? */
bool server_interface_is_of_objects(const struct syntax_id *interface_id);
void server_interface_end_call(struct server_interface *server_interface);

/* This thread is about to enter the dispatch routine for a call of the interface, and a rundown
 * routine for a context of it (false: that may be gone). Its code stays until
 * server_interface_leave(). */
void server_interface_enter(struct server_interface *server_interface);
bool server_interface_enter_rundown(struct server_interface *server_interface);
void server_interface_leave(struct server_interface *server_interface);
/* A call of the interface makes a context; it is no more. */
void server_interface_add_context(struct server_interface *server_interface);
void server_interface_remove_context(struct server_interface *server_interface);

/* The manager EPV for a type; NULL is the nil one. RPC_S_OK, RPC_S_UNKNOWN_IF,
 * RPC_S_UNKNOWN_MGR_TYPE. */
RPC_STATUS server_interface_inquire(RPC_SERVER_INTERFACE *spec, const UUID *manager_type,
                                    RPC_MGR_EPV **manager_epv);
/* Ids of all registered interfaces, once each; free() it. *count may be 0 with NULL. false: out
 * of memory. */
bool server_interface_list(RPC_IF_ID **ids, unsigned int *count);

/* RPC_S_OK, RPC_S_INVALID_OBJECT, RPC_S_ALREADY_REGISTERED, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS object_type_set(const UUID *object, const UUID *type);
/* RPC_S_OK, RPC_S_OBJECT_NOT_FOUND. */
RPC_STATUS object_type_inquire(const UUID *object, UUID *type);
void object_type_set_inquiry(RPC_OBJECT_INQ_FN *inquiry);

#endif

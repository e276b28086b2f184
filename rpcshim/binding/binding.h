/*
 * Binding handles.
 *
 * A `struct binding` is what an RPC_BINDING_HANDLE points to. Two kinds:
 *   - client: made from a string binding by the application; says which server, object,
 * options. When the first call needs a route to the server (client/association.h), the binding
 * gets it and keeps a reference on it.
 *   - server: made by the runtime for one incoming call (server/server_call.h); names that
 * call.
 *
 * Ownership: reference counted. The application holds one reference (until RpcBindingFree),
 * each call in flight holds one. binding_release() of the last one frees it. Handles from
 * outside are checked: every live handle is in one set (handle_set.h), and
 * binding_from_handle() takes a reference or says no: a NULL, foreign or freed handle is never
 * followed. Locking: `lock` (SRW) guards all members below it; the members above it never
 * change after creation. Protocol sequences are static data: compare pointers.
 */
#ifndef ASYNCSHIM_BINDING_BINDING_H
#define ASYNCSHIM_BINDING_BINDING_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

#include "../transport/protocol_sequence.h"

struct auth_info;   /* auth_info.h */
struct server_call; /* server/server_call.h */

/*
 * What the calls of a client binding travel by, as far as a binding has to know it: the rest is
 * struct association (client/association.c), which begins with this.
 */
struct binding_route {
  void (*add_reference)(struct binding_route *route);
  void (*release)(struct binding_route *route);
};

enum binding_kind { BINDING_CLIENT, BINDING_SERVER };

/* What RpcBindingSetOption can set, with the defaults of a new binding. */
struct binding_options {
  unsigned int com_timeout; /* RPC_C_BINDING_DEFAULT_TIMEOUT, RpcMgmtSetComTimeout */
  ULONG call_timeout;       /* ms, 0: none; RPC_C_OPT_CALL_TIMEOUT */
  bool noncausal;           /* RPC_C_OPT_BINDING_NONCAUSAL */
  bool dont_linger;         /* RPC_C_OPT_DONT_LINGER */
  bool unique_binding;      /* RPC_C_OPT_UNIQUE_BINDING: an association of its own */
};

struct binding {
  LONG references;
  enum binding_kind kind;
  const struct protocol_sequence *protocol;
  /*
   * server: the call, which lives as long as its binding (whoever got hold of the handle may
   * look at it); the call gives up its binding when it ends. `release_call` undoes the
   * reference that whoever made the binding took for it.
   */
  struct server_call *server_call;
  void (*release_call)(struct server_call *call);

  SRWLOCK lock;
  UUID object;               /* nil: none */
  WCHAR *network_address;    /* never NULL; L"" is this machine. malloc'ed, like … */
  WCHAR *endpoint;           /* NULL: partially bound */
  WCHAR *network_options;    /* NULL: none */
  WCHAR *entry_name;         /* NULL: none; RpcNsBindingInqEntryName */
  bool endpoint_from_mapper; /* RpcBindingReset forgets it */
  struct binding_options options;
  struct binding_route *route; /* client: NULL until needed; counted */
  struct auth_info *auth_info; /* client: NULL for none; counted */
};

/*
 * The live binding behind an application's handle, with a reference for the caller; NULL where
 * it is no handle (RPC_S_INVALID_BINDING) . Any thread.
 */
struct binding *binding_from_handle(RPC_BINDING_HANDLE handle);
/* The same, for a handle of that kind only; *status: RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING. */
struct binding *binding_from_handle_of_kind(RPC_BINDING_HANDLE handle, enum binding_kind kind,
                                            RPC_STATUS *status);
RPC_BINDING_HANDLE binding_handle(struct binding *binding);
void binding_add_reference(struct binding *binding);
void binding_release(struct binding *binding);
/*
 * Takes the handle out of the live set, so that the application's next use is refused; keeps
 * references alive. Must come before the last binding_release(). false: somebody else has done
 * it before.
 */
bool binding_retire(struct binding *binding);

/*
 * New binding with one reference, registered as a live handle. Strings are copied. RPC_S_OK,
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS binding_create_client(const struct protocol_sequence *protocol,
                                 const WCHAR *network_address, const WCHAR *endpoint,
                                 const WCHAR *network_options, const UUID *object,
                                 struct binding **binding);
/* For an incoming call; `network_address` as the transport names the client (NULL: L""). Also
 * registered. */
RPC_STATUS binding_create_server(const struct protocol_sequence *protocol,
                                 struct server_call *call, const WCHAR *network_address,
                                 const UUID *object, struct binding **binding);

/*
 * Makes a client binding partially bound; `dynamic_only`: where the endpoint mapper gave its
 * endpoint, so that the next call asks the mapper anew. false: nothing has changed.
 */
bool binding_forget_endpoint(struct binding *binding, bool dynamic_only);

/*
 * Makes a partially bound client binding fully bound for `interface_spec`: by the endpoint in
 * the interface specification (RPC_PROTSEQ_ENDPOINT) or else by the endpoint mapper. Nothing to
 * do where it is fully bound. RPC_S_OK, EPT_S_NOT_REGISTERED, RPC_S_SERVER_UNAVAILABLE,
 * RPC_S_OUT_OF_MEMORY, …
 */
RPC_STATUS binding_resolve(struct binding *binding, RPC_CLIENT_INTERFACE *interface_spec);

#endif

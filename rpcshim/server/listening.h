/*
 * Endpoints and whether the process listens on them (Microsoft: RpcServerListen,
 * RPC_IF_AUTOLISTEN).
 *
 * An endpoint lets clients in for as long as the process lives (transport/listener.h). What
 * they get depends on the state: the process accepts clients while RpcServerListen is in force
 * or an auto-listen interface is registered, else it refuses their binds; a call is dispatched
 * if its interface is auto-listen or RpcServerListen is in force. Refused is
 * RPC_S_SERVER_TOO_BUSY, as on Windows. Only the clients of an endpoint that is younger than
 * ENDPOINT_GRACE_MS wait: programs open their endpoints a moment before they listen, and Wine's
 * own wait for that.
 *
 * One state per process: `lock` in listening.c guards what is in force, `endpoints_lock` the
 * list of endpoints. Under `lock` comes that of calls_in_progress.h. Nothing waits under either
 * but for the name of a new endpoint. Endpoints are never freed.
 */
#ifndef ASYNCSHIM_SERVER_LISTENING_H
#define ASYNCSHIM_SERVER_LISTENING_H

#include "../binding/binding.h"

struct server_endpoint;
struct server_interface;
struct stream; /* transport/stream.h */

/* A client has come to the endpoint; the routine takes the stream over. Called on a worker. */
typedef void (*client_accepted)(struct server_endpoint *endpoint, struct stream *stream);

const WCHAR *server_endpoint_name(const struct server_endpoint *endpoint);
const struct protocol_sequence *
server_endpoint_protocol(const struct server_endpoint *endpoint);

/*
 * RpcServerUseProtseq*: `endpoint` NULL: any endpoint of that protocol sequence will do, also
 * one in use. RPC_S_OK, RPC_S_PROTSEQ_NOT_SUPPORTED, listener_create()'s statuses.
 */
RPC_STATUS server_endpoint_use(const WCHAR *protocol_sequence, const WCHAR *endpoint,
                               SECURITY_DESCRIPTOR *security, client_accepted accepted);
/* Has this process that endpoint? */
bool server_endpoint_is_used(const WCHAR *protocol_sequence, const WCHAR *endpoint);
/* A client binding per endpoint. RPC_S_OK, RPC_S_NO_BINDINGS, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS server_endpoint_bindings(RPC_BINDING_VECTOR **vector);

/* RPC_S_OK, RPC_S_ALREADY_LISTENING, RPC_S_NO_PROTSEQS_REGISTERED. */
RPC_STATUS server_listening_start(void);
/* RPC_S_OK (also where it was stopped before and nobody has waited since), RPC_S_NOT_LISTENING.
 * Does not wait for calls. */
RPC_STATUS server_listening_stop(void);
/* Waits until listening has been stopped and no call is in progress. RPC_S_OK,
 * RPC_S_NOT_LISTENING, RPC_S_ALREADY_LISTENING (another thread waits). */
RPC_STATUS server_listening_wait(void);
bool server_is_listening(void);
/* Listening, or there are auto-listen interfaces: does a bind make sense? */
bool server_is_accepting(void);
/* One more, or fewer, auto-listen interfaces. */
void server_listening_auto(int change);

/* May this interface be called now? */
bool server_listening_for(const struct server_interface *server_interface);

#endif

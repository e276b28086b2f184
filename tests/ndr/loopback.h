/*
 * A runtime in one process for the tests of ndr/: what the interpreters ask of message/,
 * async/, binding/ and server/, with the server's dispatch routine called by the client's own
 * send.
 *
 * One interface at a time. It checks what the layers below may rely on: buffers are freed,
 * handles are sound, a call ends once.
 */
#ifndef ASYNCSHIM_TESTS_NDR_LOOPBACK_H
#define ASYNCSHIM_TESTS_NDR_LOOPBACK_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcasync.h>

struct context_table;

/* The interface that calls go to, and the association that its context handles belong to. */
void loopback_serve(RPC_IF_HANDLE server_interface);
struct context_table *loopback_association(void);
/*
 * The client's connection is lost: its contexts are run down, and the next call starts a new
 * association.
 */
void loopback_disconnect(void);

/* A binding handle that calls can be made with. */
RPC_BINDING_HANDLE loopback_binding(void);

/*
 * Client or server allocations that have not been freed: buffers of the runtime, and
 * midl_user_allocate.
 */
long loopback_live_buffers(void);
long loopback_live_bindings(void);
long loopback_live_memory(void);

/* Changes the next request before the server sees it: its length, and one byte. */
void loopback_corrupt(unsigned int cut, unsigned int offset, unsigned char byte);
/* The length of the last request, before it was changed. */
unsigned int loopback_last_request(void);
/* The next I_RpcSend, I_RpcSendReceive or I_RpcGetBuffer of a client fails. */
void loopback_fail_next(RPC_STATUS status);
void loopback_fail_next_buffer(RPC_STATUS status);

#endif

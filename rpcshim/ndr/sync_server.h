/*
 * The synchronous server interpreter: the dispatch routine of -Oi and -Oicf stubs.
 */
#ifndef ASYNCSHIM_NDR_SYNC_SERVER_H
#define ASYNCSHIM_NDR_SYNC_SERVER_H

#include <windows.h>
#include <rpc.h>

/*
 * Serves the call that `rpc` brings; the reply is in rpc->Buffer when it returns. Raises
 * whatever unmarshalling or the manager routine raised, after everything has been freed: the
 * runtime makes a fault of it.
 */
void sync_server_call(RPC_MESSAGE *rpc);

#endif

/*
 * STAs of this process that combase is to call by RPC, as it calls those of other processes.
 *
 * Combase posts a call to an STA of its own process past RPC. Such a call cannot be kept open
 * for a later reply, cannot be cancelled, and does not end with its object. So an STA that has
 * asynchronous objects is listed here (com/apartment.h), for the clients' threads to be told
 * of no object in it (RpcBindingInqObject).
 *
 * Combase's OXID says which STA a binding leads to: the numbers of process and thread. An entry
 * belongs to whoever lists it; one SRW lock guards the list.
 */
#ifndef ASYNCSHIM_BINDING_RPC_APARTMENTS_H
#define ASYNCSHIM_BINDING_RPC_APARTMENTS_H

#include <stdbool.h>
#include <windows.h>

struct rpc_apartment {
  struct rpc_apartment *next; /* lock */
  DWORD thread;
};

/* On the thread of the STA. */
void rpc_apartments_add(struct rpc_apartment *apartment);
/* Any thread; nothing to do where it is not listed. */
void rpc_apartments_remove(struct rpc_apartment *apartment);

/* Whether that is an endpoint of combase's. */
bool rpc_apartments_is_com_endpoint(const WCHAR *endpoint);
/* Whether that endpoint of combase's leads to an STA that is listed. */
bool rpc_apartments_contain(const WCHAR *com_endpoint);

#endif

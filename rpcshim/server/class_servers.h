/*
 * Wine's class table (rpcss, interface Irpcss), where this DLL is in its process: what a local
 * server has registered goes with the server's process. Wine leaves it there, so that
 * activating the class of a server that was killed fails with RPC_S_SERVER_UNAVAILABLE until
 * the session ends; now the next activation finds none, and COM starts one.
 *
 * The dispatcher tells of each call of that interface. A registration is remembered with a
 * handle of its client's process; before a class is looked up, those of dead processes are
 * revoked, by the table's own routine for that. One SRW lock, under which nothing is called.
 */
#ifndef ASYNCSHIM_SERVER_CLASS_SERVERS_H
#define ASYNCSHIM_SERVER_CLASS_SERVERS_H

#include "server_call.h"

bool class_servers_are_in(const RPC_SERVER_INTERFACE *spec);
/* The call's routine is about to be entered; has returned. On the dispatching thread. */
void class_servers_before(struct server_call *call);
void class_servers_after(struct server_call *call);

#endif

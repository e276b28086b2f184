/*
 * COM objects in STAs of this process that combase is to call by RPC, as it calls those of
 * other processes: the asynchronous ones (com/async_stub.h).
 *
 * Combase posts a call to an STA of its own process past RPC. Such a call cannot be kept open
 * for a later reply, and does not end with its object. Before, it asks the client's binding for
 * the object, which is the IPID: RpcBindingInqObject does not tell it those that are listed
 * here.
 *
 * Combase makes the IPID itself, right after the stub and on the same thread, with UuidCreate,
 * and keeps Data4 of what that gives. So a stub is expected here until its thread makes a UUID,
 * and known by that from then on. (Where somebody else makes a stub, what becomes known is no
 * IPID, and is never asked for.)
 *
 * An entry belongs to the stub; one SRW lock guards all of them.
 */
#ifndef ASYNCSHIM_BINDING_RPC_OBJECTS_H
#define ASYNCSHIM_BINDING_RPC_OBJECTS_H

#include <stdbool.h>
#include <windows.h>

struct rpc_object {
  struct rpc_object **list; /* lock: which it is in; NULL: none */
  struct rpc_object *next;  /* lock */
  DWORD thread;             /* lock: expected */
  unsigned char id[8];      /* lock: known */
};

/* On the thread that makes the stub. `object` is zeroed memory. */
void rpc_objects_expect(struct rpc_object *object);
/* This thread has made a UUID. */
void rpc_objects_made_uuid(const UUID *uuid);
/* The stub goes; any thread. */
void rpc_objects_remove(struct rpc_object *object);

/* Any thread. */
bool rpc_objects_contain(const UUID *ipid);

#endif

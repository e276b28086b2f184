/*
 * An inquiry into an endpoint map: what an RPC_EP_INQ_HANDLE points to.
 *
 * Made by RpcMgmtEpEltInqBegin, read entry by entry, freed by RpcMgmtEpEltInqDone. Handles from
 * outside are checked against the set of live ones. One thread at a time, as the order of its
 * entries would mean nothing otherwise; `lock` keeps two from harming each other.
 */
#ifndef ASYNCSHIM_BINDING_ENDPOINT_INQUIRY_H
#define ASYNCSHIM_BINDING_ENDPOINT_INQUIRY_H

#include "binding.h"

struct endpoint_inquiry;

/* One entry; everything in it belongs to the caller. */
struct endpoint_inquiry_entry {
  RPC_IF_ID interface_id;
  UUID object;
  struct binding *binding; /* NULL where it was not wanted */
  char annotation[64];
};

/*
 * `host`: whose map (NULL: this machine's). `type`: RPC_C_EP_*. RPC_S_OK, RPC_S_INVALID_ARG
 * (unknown type, or an id that it needs is NULL), RPC_S_INVALID_VERS_OPTION,
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS endpoint_inquiry_create(struct binding *host, ULONG type,
                                   const RPC_IF_ID *interface_id, ULONG version_option,
                                   const UUID *object, struct endpoint_inquiry **inquiry);
/* The live inquiry behind a handle, with a reference; NULL: none. */
struct endpoint_inquiry *endpoint_inquiry_from_handle(RPC_EP_INQ_HANDLE handle);
void endpoint_inquiry_release(struct endpoint_inquiry *inquiry);
/* false: it was not live. */
bool endpoint_inquiry_retire(struct endpoint_inquiry *inquiry);
/* RPC_S_OK, RPC_X_NO_MORE_ENTRIES, or as in endpoint_mapper.h. Entries that cannot be
 * understood are left out. */
RPC_STATUS endpoint_inquiry_next(struct endpoint_inquiry *inquiry, bool want_binding,
                                 struct endpoint_inquiry_entry *entry);

#endif

/*
 * A question for several interfaces of one remote object at a time, as AsyncIMultiQI asks it,
 * or for one: what the client has is found first, the server is asked for the rest.
 *
 * Owned by one call at a time (async_unknown.h). What has been found and is not taken is given
 * back with it. No lock.
 */
#ifndef ASYNCSHIM_OLE32_INTERFACE_QUERIES_H
#define ASYNCSHIM_OLE32_INTERFACE_QUERIES_H

#include "../remote/object_exporter.h"

/* RemQueryInterface takes more; nobody has so many. */
#define QUERIES_LIMIT 4096u

struct interface_query {
  IID iid;
  HRESULT result;
  IUnknown *found; /* a reference, or NULL */
};

struct interface_queries {
  size_t count, asked_count;
  IID *asked; /* those that the client does not have */
  struct query_result *answers;
  struct interface_query queries[];
};

/* Of 1 to QUERIES_LIMIT. NULL: out of memory. */
struct interface_queries *interface_queries_create(size_t count);
void interface_queries_free(struct interface_queries *queries);

/* Finds what there are proxies of; `asked` is the rest. S_OK; E_OUTOFMEMORY. */
HRESULT interface_queries_find_proxies(struct interface_queries *queries, IUnknown *remote);
/* Gives back what has been found: nobody will take it. */
void interface_queries_forget_proxies(struct interface_queries *queries);
/* After the server has filled `answers`: makes proxies of them, in this apartment. */
void interface_queries_take_answers(struct interface_queries *queries, uint64_t oxid);
/* Without making proxies: the references in them go back. */
void interface_queries_drop_answers(struct interface_queries *queries, uint64_t oxid);
/* S_OK: all have been found; S_FALSE: some; E_NOINTERFACE: none. */
HRESULT interface_queries_result(const struct interface_queries *queries);

#endif

/*
 * The IRpcProxyBuffer of a proxy of ours around one of Wine's: what combase connects,
 * disconnects and releases goes on to Wine's.
 *
 * A member of the proxy, which is a part of its proxy manager's object (`outer`) and holds no
 * reference of that. It owns Wine's proxy and ends, with the memory that it is the first member
 * of, when combase has released the last reference. No lock: nothing changes after creation but
 * the count.
 */
#ifndef ASYNCSHIM_OLE32_PROXY_AROUND_H
#define ASYNCSHIM_OLE32_PROXY_AROUND_H

#include <windows.h>
#include <objbase.h>

/* The first member of malloc'ed memory. */
struct proxy_around {
  IRpcProxyBuffer buffer;
  IUnknown *outer;
  LONG references;
  IRpcProxyBuffer *wine;
};

/*
 * Has `wine` make its proxy of the interface, around which this one is then, with one
 * reference. *wine_object: its interface, without a reference of its own: the one of the outer
 * unknown that it came with is for the interface of ours. S_OK; what Wine's said, and nothing
 * has been made.
 */
HRESULT proxy_around_init(struct proxy_around *around, IPSFactoryBuffer *wine, IUnknown *outer,
                          REFIID iid, void **wine_object);

#endif

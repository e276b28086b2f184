/*
 * The methods of all asynchronous proxies: one table, whose entries say their number.
 *
 * What arguments a method has is known to the proxy alone, so an entry spills what came in
 * registers, hands on where the arguments are, and on i686 takes them off the stack.
 */
#ifndef ASYNCSHIM_COM_ASYNC_PROXY_ENTRY_H
#define ASYNCSHIM_COM_ASYNC_PROXY_ENTRY_H

#include "async_interface.h"

/* COM has at most 1024 methods in an interface. */
#define ASYNC_PROXY_METHOD_END 1024

extern void *const async_proxy_methods[ASYNC_PROXY_METHOD_END];

/* The first three. */
HRESULT STDMETHODCALLTYPE async_proxy_query_interface(IUnknown *object, REFIID iid,
                                                      void **found);
ULONG STDMETHODCALLTYPE async_proxy_add_ref(IUnknown *object);
ULONG STDMETHODCALLTYPE async_proxy_release(IUnknown *object);

/*
 * All others. `stack`: the arguments, of which the first is the object. `floats`: x86_64: the
 * second to fourth argument as they are in the floating registers, 8 bytes each; i686: NULL.
 * *arguments_size: bytes that the caller has pushed.
 */
HRESULT async_proxy_call(unsigned int number, const unsigned char *stack,
                         const unsigned char *floats, unsigned int *arguments_size);

#endif

/*
 * An interface and its asynchronous twin (AsyncI...), as the proxy file of a proxy DLL has
 * them.
 *
 * The asynchronous one has two methods for each of the other's: Begin_ with the [in]
 * parameters, Finish_ with the [out] ones, each in their order. On the wire there is only the
 * synchronous method, with its number. So it is the synchronous method's format string that
 * describes both: only there does what one parameter says of another (size_is, iid_is) hold
 * across the two.
 *
 * Called by registration and the proxy factory, by asynchronous proxies and by stubs of objects
 * with asynchronous calls. Holds pointers into the proxy DLL, owns nothing. Any thread.
 */
#ifndef ASYNCSHIM_COM_ASYNC_INTERFACE_H
#define ASYNCSHIM_COM_ASYNC_INTERFACE_H

#include <stdbool.h>

/* Proxy files with asynchronous interfaces have stubless proxies, always. */
#define USE_STUBLESS_PROXY
#include <windows.h>
#include <objbase.h>
#include <rpcproxy.h>

/* Those of IUnknown, which every interface begins with. */
#define FIRST_METHOD 3

struct async_interface {
  const IID *synchronous, *asynchronous;
  /*
   * The methods before method_begin are those of the interface `base` of another file, which
   * has their format strings; NULL: there are none such but IUnknown's.
   */
  const IID *base;
  unsigned int method_begin, method_end;
  /* The nearest one of the same file that it inherits from; NULL: none. */
  const struct async_interface *parent;
  PMIDL_STUB_DESC description;   /* of the synchronous one, as what follows */
  PFORMAT_STRING procedures;     /* all procedure format strings */
  const unsigned short *offsets; /* into these, by method */
  /*
   * Of the asynchronous one, by its methods; NULL: there are none, and an entry may be NULL:
   * the method is called as it is. A thunk calls a method that is another one for the object
   * than on the wire (call_as): with the arguments of that one, and a result behind them.
   */
  const STUB_THUNK *thunks;
};

/* Whether the file can have asynchronous interfaces: a quick answer. */
bool proxy_file_is_async(const ProxyFileInfo *file);

/*
 * Whether the interface at `index` of such a file (as its compiler wrote it: Wine has filled no
 * table) is an asynchronous one whose twin is there, too. Its `parent` is left NULL.
 */
bool async_interface_at(const ProxyFileInfo *file, unsigned int index,
                        struct async_interface *found);

/*
 * Whether `heir` inherits from `other` of the same file, which has further methods than
 * IUnknown. Files do not say so, but what is inherited has one format string for both. MIDL
 * also shares them between methods that are only alike: an interface whose methods begin with
 * all those of another, parameter by parameter, counts as its heir.
 */
bool async_interface_inherits(const struct async_interface *heir,
                              const struct async_interface *other);

/* Method of the asynchronous interface that belongs to `method` of the synchronous one. */
static inline unsigned int async_interface_begin_method(unsigned int method)
{
  return FIRST_METHOD + 2 * (method - FIRST_METHOD);
}

static inline unsigned int async_interface_finish_method(unsigned int method)
{
  return async_interface_begin_method(method) + 1;
}

/* The procedure format string of a method of the synchronous interface, from method_begin on.
 */
static inline PFORMAT_STRING async_interface_procedure(const struct async_interface *async,
                                                       unsigned int method)
{
  return async->procedures + async->offsets[method];
}

#endif

/*
 * An object with one of the system's interfaces that have an asynchronous twin, and, if it is
 * to, with an ICallFactory whose call objects have the twin. Its user says what the methods do;
 * those of IUnknown are here, for both interfaces.
 */
#ifndef ASYNCSHIM_TESTS_TWIN_OBJECT_H
#define ASYNCSHIM_TESTS_TWIN_OBJECT_H

#include "apartment.h"

/* What CreateCall and twin_call_begun() do. */
enum twin_manner {
  TWIN_SYNCHRONOUS, /* no ICallFactory */
  TWIN_REFUSES,     /* CreateCall says E_ACCESSDENIED */
  TWIN_SIGNALS,     /* in Begin_ */
  TWIN_SIGNALS_FROM_THREAD,
  TWIN_MANNERS,
};

struct twin_interfaces {
  const IID *iid, *base; /* `base`: one that it inherits from, too; or NULL */
  const IID *async_iid, *async_base;
  void *const *methods;
  void *const *async_methods;
};

struct twin_object {
  void *const *methods; /* the interface */
  const struct twin_interfaces *interfaces;
  ICallFactory factory;
  enum twin_manner manner;
  LONG references; /* the test's own is the first */
  LONG calls;      /* call objects that are there */
  LONG begun, finished;
  LONG seen; /* calls of the synchronous methods, also by call objects: the user counts */
};

struct twin_call {
  void *const *methods; /* the asynchronous interface, by the controlling unknown */
  IUnknown unknown;     /* its own */
  IUnknown *outer;      /* not counted */
  LONG references;
  struct twin_object *object;
  ULONG_PTR kept; /* for the methods: from Begin_ to Finish_ */
};

void twin_object_init(struct twin_object *object, const struct twin_interfaces *interfaces,
                      enum twin_manner manner);
/* That it has seen so many calls, all or none of them by call objects. And that those go,
 * though a thread that has signalled may still be on its way out. */
void twin_object_check_served(struct twin_object *object, LONG calls);

/* IUnknown's methods of both interfaces. */
HRESULT STDMETHODCALLTYPE twin_query_interface(void *iface, REFIID iid, void **found);
ULONG STDMETHODCALLTYPE twin_add_ref(void *iface);
ULONG STDMETHODCALLTYPE twin_release(void *iface);
HRESULT STDMETHODCALLTYPE twin_call_query_interface(void *iface, REFIID iid, void **found);
ULONG STDMETHODCALLTYPE twin_call_add_ref(void *iface);
ULONG STDMETHODCALLTYPE twin_call_release(void *iface);

/* At the end of each Begin_, and at the beginning of each Finish_. */
void twin_call_begun(struct twin_call *call);
void twin_call_finished(struct twin_call *call);

#endif

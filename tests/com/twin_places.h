/*
 * Calls between two places of objects with a twin (twin_object.h): in every manner, by a
 * synchronous and an asynchronous client.
 */
#ifndef ASYNCSHIM_TESTS_TWIN_PLACES_H
#define ASYNCSHIM_TESTS_TWIN_PLACES_H

#include "twin_object.h"

/* What a program says of the objects that it has; it ends its list with one without `iid`. */
struct twin_kind {
  const IID *iid;
  /* A new object, to be ended by free(). */
  struct twin_object *(*create)(enum twin_manner manner);
  /* Clients. They CHECK what comes back. */
  void (*call)(void *proxy);
  void (*call_asynchronously)(void *proxy);
  LONG calls; /* of both together */
};

extern const struct twin_kind twin_kinds[];

/* All kinds: an object in the caller's apartment, and a client in another one. */
void twin_places_call_from(enum apartment client);
/* All kinds: an object in an apartment of another process, and the client is the caller. */
void twin_places_call_process(enum apartment server);

/* A call object of the proxy's ICallFactory: its interface `async_iid`. */
void *twin_new_call(void *proxy, REFIID async_iid);

#endif

/*
 * COM objects of the tests, and ways to the system's.
 */
#ifndef ASYNCSHIM_TESTS_OBJECTS_H
#define ASYNCSHIM_TESTS_OBJECTS_H

#include "apartment.h"

#include <objbase.h>

#include "../../include/asyncshim/com.h"

/*
 * An object with nothing but ISynchronize, whose methods tell that they have been called. It is
 * marshalled as any other object: calls from other apartments arrive on its own thread.
 */
struct probe {
  ISynchronize synchronize;
  LONG references;        /* the test's own is the first */
  LONG signals;           /* calls of Signal */
  DWORD thread;           /* of the last one */
  ISynchronize *forwards; /* what its methods call in turn, or NULL */
};

void probe_init(struct probe *probe, ISynchronize *forwards);

/* A manual-reset event in this apartment, by CoCreateInstance. */
ISynchronize *new_event(void);
ISynchronizeContainer *new_container(void);
/* The class object, in whose factory such an object can be made as well. */
IClassFactory *class_object(REFCLSID class_id);

/* A thread in the MTA that calls Signal of an object of this apartment, by a proxy. */
void call_from_mta(struct apartment_thread *thread, struct probe *probe);

#endif

/*
 * An object with IRing and all that it inherits (circle.idl, figure.idl), which may process
 * calls by call objects: for AsyncIRing alone.
 */
#ifndef ASYNCSHIM_TESTS_RING_OBJECT_H
#define ASYNCSHIM_TESTS_RING_OBJECT_H

#include "harness.h"

#include <objbase.h>

#include "circle.h"

struct ring_object {
  IRing ring;
  ICallFactory factory;
  bool has_factory;
  LONG references; /* the test's own is the first */
  LONG radius;
  LONG calls; /* of methods */
  LONG begun; /* calls of Begin_ */
};

void ring_object_init(struct ring_object *object, bool has_factory);

/* Registers both proxy DLLs. */
void ring_register(void);

#endif

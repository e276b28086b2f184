/*
 * An object with the interfaces of numbers.idl, without asynchronous calls of its own.
 */
#ifndef ASYNCSHIM_TESTS_NUMBERS_OBJECT_H
#define ASYNCSHIM_TESTS_NUMBERS_OBJECT_H

#include "apartment.h"
#include "numbers.h"

struct numbers_object {
  INumbers numbers;
  IBefore before;
  IPlain plain;
  LONG references; /* the test's own is the first */
  LONG nothings;   /* calls of Nothing */
  DWORD thread;    /* of the last call */
};

/* What Square says of numbers that it does not like. */
#define NUMBER_TOO_LARGE MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x299)
#define LARGEST_NUMBER   46340

void numbers_object_init(struct numbers_object *object);

#endif

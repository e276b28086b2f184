/*
 * An object that a call object is a part of, with an ISynchronize of its own: it is called when
 * the call is complete. Not agile: in the apartment that it was made in.
 */
#ifndef ASYNCSHIM_TESTS_CALL_OUTER_H
#define ASYNCSHIM_TESTS_CALL_OUTER_H

#include "apartment.h"

struct call_outer {
  IUnknown unknown;
  ISynchronize synchronize;
  LONG references;     /* the test's own is the first */
  IUnknown *part;      /* the call object; NULL: it has gone */
  ISynchronize *event; /* its own, as `call` without a reference */
  void *call;          /* its asynchronous interface */
  void (*complete)(struct call_outer *outer);
  DWORD signal_thread; /* that complete() has been called on */
  HANDLE done;         /* for complete() */
};

void call_outer_create(struct call_outer *outer, void *proxy, REFIID async_iid,
                       void (*complete)(struct call_outer *outer));
/* Nobody else has it any more. */
void call_outer_end(struct call_outer *outer);

#endif

/*
 * An object with the interfaces of numbers.idl whose ICallFactory gives call objects for
 * AsyncINumbers. Finish_ does the work, by the synchronous methods of numbers_object.h.
 */
#ifndef ASYNCSHIM_TESTS_SERVER_CALLS_OBJECT_H
#define ASYNCSHIM_TESTS_SERVER_CALLS_OBJECT_H

#include "numbers_object.h"

/* What CreateCall, and what Begin_ do. */
enum server_calls_manner {
  SIGNAL_IN_BEGIN,
  SIGNAL_FROM_THREAD, /* of the MTA, at any moment */
  SIGNAL_TOGETHER,    /* Square only: none before all are there */
  FAIL_BEGIN,         /* with BEGIN_FAILURE */
  FAIL_AND_SIGNAL,
  RAISE_IN_BEGIN,
  RAISE_IN_FINISH,
  REFUSE_CALL,        /* with E_ACCESSDENIED */
  REFUSE_AGGREGATION, /* with CLASS_E_NOAGGREGATION */
  ASK_IN_SQUARE,      /* Square only: in_begin() and in_finish() */
  LACK_INTERFACE,     /* CreateCall says yes, but the object has IUnknown only */
  LACK_FACTORY,       /* no ICallFactory at all: COM posts such a call in one process */
};
#define BEGIN_FAILURE MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x29a)

#define TOGETHER_LIMIT 1000

struct server_calls_object {
  struct numbers_object numbers; /* its `thread`: where Finish_ was called */
  INumbersVtbl methods;
  ICallFactory factory;
  enum server_calls_manner manner;
  LONG begun, finished; /* calls of Begin_ and Finish_ */
  LONG objects;         /* call objects that are there */
  DWORD begin_thread;
  /* SIGNAL_TOGETHER */
  LONG together, waiting;
  ISynchronize *signals[TOGETHER_LIMIT];
  void (*all_are_waiting)(struct server_calls_object *object);
  /* ASK_IN_SQUARE: the argument, and what is to be signalled, or kept, and released. */
  void (*in_begin)(LONG value, ISynchronize *synchronize);
  void (*in_finish)(LONG value);
  void (*in_failure)(void); /* FAIL_BEGIN */
};

void server_calls_object_init(struct server_calls_object *object,
                              enum server_calls_manner manner);

#endif

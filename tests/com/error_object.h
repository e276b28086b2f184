/*
 * An object with the interfaces of numbers.idl whose Square has error information, and a client
 * that looks what has come of it.
 */
#ifndef ASYNCSHIM_TESTS_ERROR_OBJECT_H
#define ASYNCSHIM_TESTS_ERROR_OBJECT_H

#include "server_calls_object.h"

#include <oleauto.h>

/* What Square is asked for, by its argument. */
enum error_kind {
  ERR_FULL,    /* every field */
  ERR_EMPTY,   /* no texts */
  ERR_LONG,    /* ERR_LONG_TEXT characters of description */
  ERR_FOREIGN, /* an object of the server's own */
  ERR_NONE,    /* fails, and that is all */
  ERR_CLEARED, /* has set one, and taken it back */
  ERR_RAISED,  /* has set one, and raises */
  ERR_SUCCESS, /* succeeds, and has set one */
  ERR_NOTHING, /* succeeds */
  ERR_KINDS,
};
#define ERR_LONG_TEXT 100000
/* How much of it travels. */
#define ERR_TEXT_SENT 32767

struct error_object {
  struct server_calls_object calls;
  ISupportErrorInfo support;
  bool has_support; /* the interface */
  HRESULT supports; /* what it says of INumbers */
  void (*query_interface_was)(void);
};

/* Supports error information. */
void error_object_init(struct error_object *object, enum server_calls_manner manner);

/* Sets such an error object for the calling thread. */
void error_set(enum error_kind kind);

/* An error object that is the test's own. */
struct foreign_error {
  IErrorInfo iface;
  LONG references;
  DWORD released_on; /* thread of the last release */
};
void foreign_error_init(struct foreign_error *error);
extern struct foreign_error error_foreign; /* of ERR_FOREIGN */

/* How a client calls Square: synchronously, or by a call object of its own. */
typedef HRESULT (*error_square)(INumbers *numbers, LONG value, LONG *result);
HRESULT error_square_synchronous(INumbers *numbers, LONG value, LONG *result);
HRESULT error_square_asynchronous(INumbers *numbers, LONG value, LONG *result);

/* Calls, and checks the result and the thread's error object. */
void error_call(INumbers *numbers, enum error_kind kind, error_square square);
/* Each kind; each after one that has left something, and after one that has not. */
void error_call_all(INumbers *numbers, error_square square);
/* The thread has none. */
void error_check_none(void);

#endif

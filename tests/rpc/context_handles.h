/*
 * The manager routines of `contexts` and what they know of each context: a state that checks
 * whether it is used, closed and run down as promised. Everything is in this process.
 */
#ifndef ASYNCSHIM_TESTS_CONTEXT_HANDLES_H
#define ASYNCSHIM_TESTS_CONTEXT_HANDLES_H

#include "context_handles_async.h"
/* The two headers guard the same interface name. */
#undef __contexts_INTERFACE_DEFINED__
#include "context_handles_sync.h"

#define STATES 64

/* What the server keeps for context number `id`. */
struct context_state {
  LONG id;
  LONG uses;     /* so far */
  LONG users;    /* at this moment */
  LONG shared;   /* it may be more than one */
  LONG closed;   /* by a manager routine */
  LONG run_down; /* by its rundown routine */
};

extern struct context_state context_states[STATES];

/* Contexts that have been opened and neither closed nor run down. */
LONG contexts_alive(void);
LONG contexts_run_down(void);

/* The manager routine's use of a context by a held call is over: to be called before it ends.
 */
void context_leave(LONG id);

#endif

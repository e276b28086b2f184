/*
 * A pipe in an STA of its own, whose Pull takes until it is told to answer; its thread ends
 * with its last reference. As in the series, but for what is slow: an event, not a time.
 */
#ifndef ASYNCSHIM_TESTS_SLOW_PIPE_H
#define ASYNCSHIM_TESTS_SLOW_PIPE_H

#include "apartment.h"

#include "../../include/asyncshim/com.h"

#define SLOW_PIPE_BYTES 100 /* that a Pull gives, of more that are asked for */

struct slow_pipe {
  IPipeByte pipe;
  LONG references;
  struct apartment_thread thread;
  IStream *stream;
  HANDLE ready;  /* the stream is there */
  HANDLE pulled; /* Pull has come */
  HANDLE answer; /* Pull returns, while its thread dispatches till then */
  HANDLE hung, go_on;
};

/* Starts its thread; returns a proxy. */
IPipeByte *slow_pipe_create(struct slow_pipe *pipe);
/* The thread dispatches nothing any more, until `go_on` is signalled; returns when it hangs. */
void slow_pipe_hang(struct slow_pipe *pipe);
/* After the last reference has gone: waits until it has ended. */
void slow_pipe_end(struct slow_pipe *pipe);

/* Of the proxy: a call object, by its interface for calls. */
AsyncIPipeByte *slow_pipe_new_call(IPipeByte *proxy);
/* Finish_Pull, which gives what a pipe gives. */
void slow_pipe_finish(AsyncIPipeByte *call);

#endif

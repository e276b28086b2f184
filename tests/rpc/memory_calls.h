/*
 * The interface `memory`: what its manager routines do with what they get, and the arguments of
 * memory_all, made and checked by the client.
 *
 * Manager routines never look whether the [in] arguments are the right ones: what they answer
 * depends on all of them, and the client knows what it has to be. So they also serve requests
 * that somebody has changed on the way.
 */
#ifndef ASYNCSHIM_TESTS_MEMORY_CALLS_H
#define ASYNCSHIM_TESTS_MEMORY_CALLS_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#include "memory_async.h"
/* The two headers guard the same interface name. */
#undef __memory_INTERFACE_DEFINED__
#include "memory_sync.h"

/* How the manager routine of memory_all ends the call. */
enum memory_ending {
  ENDING_COMPLETE,      /* with all [out] arguments */
  ENDING_COMPLETE_NULL, /* with those NULL that may be */
  ENDING_ABORT,         /* at once */
  ENDING_ABORT_LATE,    /* with the [out] arguments set already */
  ENDING_RAISE,         /* by an exception */
  ENDING_RAISE_LATE,
  ENDING_HOLD, /* by memory_finish(), later */
};
#define MEMORY_CODE 0xe0004711

/*
 * Ends the call that was held, which must have come: sets the [out] arguments and completes it,
 * or aborts it with MEMORY_CODE. What the manager routine had kept for itself is overwritten
 * and freed right after. Returns the status of RpcAsyncCompleteCall or RpcAsyncAbortCall.
 */
RPC_STATUS memory_finish(bool complete);
/* Waits until a call is held. */
void memory_wait_held(void);
/* RpcServerTestCancel of the held call. */
RPC_STATUS memory_test_cancel(void);

/* The arguments of memory_all; `size` is the length of what has one. */
struct memory_arguments {
  LONG size;
  link_t *list, *changed;
  char *ansi;
  wchar_t *wide;
  char **texts;
  blob_t *blob;
  record_t record;
  cell_t *graph;
  /* [out] */
  wchar_t *joined;
  LONG copied;
  ansi_t *copies;
  blob_t *twice;
  link_t *reversed;
  graph_t other;
  LONG result;
};

void memory_arguments_make(struct memory_arguments *arguments, LONG size);
/* After a call that was completed; `null`: with ENDING_COMPLETE_NULL. */
void memory_arguments_check(struct memory_arguments *arguments, bool null);
/* After a call that has failed: the [out] ones are as they were. */
void memory_arguments_check_untouched(struct memory_arguments *arguments);
void memory_arguments_free(struct memory_arguments *arguments);

/* memory_all with those arguments. */
void memory_all_async(RPC_ASYNC_STATE *state, RPC_BINDING_HANDLE binding,
                      enum memory_ending ending, struct memory_arguments *arguments);
LONG memory_all_sync(RPC_BINDING_HANDLE binding, enum memory_ending ending,
                     struct memory_arguments *arguments);

/* Lists, texts and graphs of midl_user_allocate. */
char *text_make(const char *text);
wchar_t *wide_make(const wchar_t *text);
link_t *links_make(LONG count);
void links_free(link_t *list);
LONG links_count(const link_t *list);
blob_t *blob_make(LONG count);
void record_make(record_t *record, LONG kind, LONG count);
void record_free(record_t *record);
/* What the manager routines do with a record. */
void record_change(record_t *record);
void record_check_changed(const record_t *record, LONG kind, LONG count);
/* Three cells: the second is left and right of the first, the third left and right of the
 * second. */
cell_t *graph_make(LONG value);
void graph_check(const cell_t *graph, LONG value);
void graph_free(cell_t *graph);

#endif
